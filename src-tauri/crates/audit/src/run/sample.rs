//! The pages of a large site that a browser looks at besides those that need one: so many of each template, chosen by their
//! addresses alone, so that the same site gives the same sample. Chosen when all pages are known, after the crawl.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use pixelproof_detect::rules::Need;
use pixelproof_model::{AuditConfig, DEFAULT_BROWSER_ALL, DEFAULT_BROWSER_SAMPLE, Mode, Page};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use url::Url;

use super::{analyse::record_page, finish::name_templates, reader::PageReader};
use crate::{AuditError, Result, browser::Looker, names::need_bit, store::unpack_json, words};

/// Pages looked at at once; the browser's tabs decide how many of them really are.
const AT_ONCE: usize = 16;

/// Pages of a template that are looked at; `None`: all of them, whatever their number.
fn of_template(config: &AuditConfig) -> Option<u32> {
    match config.browser_sample {
        Some(0) => None,
        Some(sample) => Some(sample),
        None => Some(DEFAULT_BROWSER_SAMPLE),
    }
}

/// Whether the browser looks at a page at once, by its place in the order of discovery.
pub(super) fn looks_at_once(config: &AuditConfig, order: u64, needs_browser: bool) -> bool {
    match (config.mode, config.browser_sample) {
        (Mode::Source, _) => false,
        (Mode::Browser, _) | (_, Some(0)) => true,
        (Mode::Both, None) => needs_browser || order < DEFAULT_BROWSER_ALL,
        (Mode::Both, Some(_)) => needs_browser,
    }
}

/// Why the browser did not look at a page.
pub(super) fn not_looked(config: &AuditConfig) -> String {
    let of = of_template(config).unwrap_or_default();
    let pages = words::count(u64::from(of), "page", "pages");
    format!("The browser looked at a sample of {pages} of each template, and this one is not in it.")
}

/// Looks at the sample. Gives what to tell of it, and whether it came to its end.
pub(super) async fn look(reader: &PageReader) -> Result<(Option<String>, bool)> {
    let most = of_template(&reader.config).filter(|_| reader.config.mode == Mode::Both);
    let (Some(looker), Some(most)) = (&reader.looker, most) else { return Ok((None, true)) };
    let (from, audit) = (reader.store.clone(), reader.audit);
    let chosen = tokio::task::spawn_blocking(move || {
        from.writer().call(move |conn| name_templates(conn, audit))?;
        from.read(|conn| choose(conn, audit, usize::try_from(most).unwrap_or(usize::MAX)))
    });
    let (chosen, left) = chosen.await.map_err(|error| AuditError::Internal(error.to_string()))??;
    let mut looks = stream::iter(chosen)
        .map(|page| async move {
            if !reader.control.resumed().await {
                return Ok(false);
            }
            look_at(reader, looker, page).await.map(|()| true)
        })
        .buffer_unordered(AT_ONCE);
    let mut finished = true;
    while let Some(done) = looks.next().await {
        finished &= done?;
    }
    let told = (left > 0).then(|| {
        let pages = words::count(left, "page was", "pages were");
        format!("{pages} not looked at in the browser: of each template it looked at {most} at most.")
    });
    Ok((told, finished))
}

/// Pages of a template: how many were looked at, and the others, each with the hash of its address.
#[derive(Default)]
struct Template {
    looked: usize,
    others: Vec<([u8; 32], i64)>,
}

/// The rows to look at, and how many pages are left out.
fn choose(conn: &Connection, audit: i64, most: usize) -> Result<(Vec<i64>, u64)> {
    let mut select = conn.prepare("SELECT id, url, template, met FROM pages WHERE audit = ?1 AND read")?;
    let mut rows = select.query([audit])?;
    let mut templates: BTreeMap<String, Template> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (id, url, met): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(3)?);
        let Template { looked, others } = templates.entry(row.get(2)?).or_default();
        match met & need_bit(Need::Any) {
            0 => others.push((Sha256::digest(url.as_bytes()).into(), id)),
            _ => *looked += 1,
        }
    }
    let (mut chosen, mut left) = (Vec::new(), 0);
    for Template { looked, mut others } in templates.into_values() {
        others.sort_unstable();
        let take = most.saturating_sub(looked).min(others.len());
        left += u64::try_from(others.len() - take).unwrap_or(0);
        chosen.extend(others.into_iter().take(take).map(|(_, id)| id));
    }
    Ok((chosen, left))
}

/// A page as it is kept.
struct Stored {
    page: Page,
    order: i64,
    template: String,
    trail: Vec<u8>,
    capture: Option<Vec<u8>>,
}

fn stored(conn: &Connection, id: i64) -> Result<Stored> {
    let (body, order, template, trail, capture): (Vec<u8>, i64, String, Vec<u8>, Option<Vec<u8>>) = conn
        .prepare_cached(
            "SELECT b.body, p.ord, p.template, t.trail, p.capture FROM pages p JOIN bodies b ON b.page = p.id
             JOIN trails t ON t.page = p.id WHERE p.id = ?1",
        )?
        .query_row(params![id], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))?;
    let page = unpack_json(&body)?;
    Ok(Stored { page, order, template, trail, capture })
}

async fn look_at(reader: &PageReader, looker: &Looker, id: i64) -> Result<()> {
    let from = reader.store.clone();
    let read = tokio::task::spawn_blocking(move || from.read(|conn| stored(conn, id)));
    let Stored { mut page, order, template, trail, capture } =
        read.await.map_err(|error| AuditError::Internal(error.to_string()))??;
    let url: Url = page.fetch.as_ref().map_or_else(|| page.url.clone(), |fetch| fetch.final_url.clone());
    page.not_looked = None;
    let kept = looker.look(&mut page, &url).await;
    let (into, audit, catalogue) = (reader.store.clone(), reader.audit, reader.catalogue);
    let written = tokio::task::spawn_blocking(move || {
        let mut record = record_page(audit, order, &page, catalogue, None).with(kept);
        record.template = template;
        record.trail = trail;
        into.writer().call(move |conn| record.replace(conn, id, capture.as_deref()))
    });
    written.await.map_err(|error| AuditError::Internal(error.to_string()))?
}
