//! What a browser saw of the first pages, as the HTML report shows it: passes side by side, requests in their order,
//! cookies, storage and pictures.

use pixelproof_model::{
    Beacon, Page, Pass, PassEnd, PassPhase, PictureOf, SetCookie, StorageArea, Stored, Technique, Verdict, Writer,
    WrittenBy,
};
use serde::Serialize;
use url::Url;

use super::{
    html_exercise::{ActRow, TypedRow, acts, typed},
    html_findings::Names,
    source::{Source, Which},
};
use crate::{Result, words};

/// Pages shown.
const MAX_PAGES: usize = 12;
/// Pages looked through for them: on a large site not all.
const LOOKED_THROUGH: usize = 100;
/// Requests, cookies and stored things shown of a page.
const MAX_ROWS: usize = 40;
/// Pictures shown, each content once, and their bytes in all.
const MAX_PICTURES: usize = 8;
const MAX_PICTURE_BYTES: usize = 2 << 20;

/// A page that was looked at.
#[derive(Serialize)]
pub(super) struct Seen {
    url: String,
    passes: Vec<PassRow>,
    sent: Vec<SentRow>,
    hidden_sent: usize,
    cookies: Vec<StateRow>,
    storage: Vec<StateRow>,
    hints: Vec<String>,
    pictures: Vec<PictureView>,
    acts: Vec<ActRow>,
    typed: Vec<TypedRow>,
}

#[derive(Serialize)]
struct PassRow {
    name: &'static str,
    verdict: String,
    before: usize,
    after: usize,
    cookies: usize,
    storage: usize,
}

#[derive(Serialize)]
struct SentRow {
    at: String,
    pass: &'static str,
    phase: &'static str,
    vendor: String,
    to: String,
    fate: String,
    from: String,
}

/// A cookie, or something stored.
#[derive(Serialize)]
struct StateRow {
    name: String,
    place: String,
    party: &'static str,
    life: String,
    vendor: String,
    by: String,
    passes: String,
}

#[derive(Serialize)]
struct PictureView {
    address: String,
    caption: String,
}

/// The first pages that a browser looked at.
pub(super) fn seen(source: &dyn Source, names: &Names) -> Result<Vec<Seen>> {
    let mut pages = Vec::new();
    let mut shown: Vec<String> = Vec::new();
    source.pages(Which::Read(LOOKED_THROUGH), &mut |page, _| {
        let page = &page.page;
        if pages.len() < MAX_PAGES && page.passes.iter().any(|end| end.looked) {
            let pictures = pictures(source, page, &mut shown)?;
            pages.push(view(page, names, pictures));
        }
        Ok(())
    })?;
    Ok(pages)
}

fn pictures(source: &dyn Source, page: &Page, shown: &mut Vec<String>) -> Result<Vec<PictureView>> {
    let mut out = Vec::new();
    let room = |shown: &[String]| {
        shown.len() < MAX_PICTURES && shown.iter().map(String::len).sum::<usize>() < MAX_PICTURE_BYTES
    };
    if !room(shown) {
        return Ok(out);
    }
    for (picture, address) in source.pictures(&page.url)? {
        if room(shown) && !shown.contains(&address) {
            let what = if picture.of == PictureOf::Banner { "The banner before it was answered" } else { "The page" };
            shown.push(address.clone());
            out.push(PictureView { address, caption: format!("{what} (pass {})", picture.pass.name()) });
        }
    }
    Ok(out)
}

fn view(page: &Page, names: &Names, pictures: Vec<PictureView>) -> Seen {
    let mut sent: Vec<&Beacon> = page.beacons.iter().collect();
    sent.sort_by_key(|beacon| (beacon.pass, beacon.at_ms, beacon.id));
    Seen {
        url: page.url.to_string(),
        passes: page.passes.iter().map(|end| pass_row(page, end)).collect(),
        hidden_sent: sent.len().saturating_sub(MAX_ROWS),
        sent: sent.into_iter().take(MAX_ROWS).map(|beacon| sent_row(beacon, names)).collect(),
        cookies: cookies(&page.cookies, names),
        storage: storage(&page.storage, names),
        hints: page
            .fingerprints
            .iter()
            .take(MAX_ROWS)
            .map(|hint| format!("{}: {} ({})", technique(hint.technique), hint.script, hint.detail))
            .collect(),
        pictures,
        acts: acts(page, names),
        typed: typed(&page.typed, names),
    }
}

fn pass_row(page: &Page, end: &PassEnd) -> PassRow {
    let beacons = || page.beacons.iter().filter(|beacon| beacon.pass == end.pass);
    let before = beacons().filter(|beacon| beacon.phase == PassPhase::Before).count();
    PassRow {
        name: end.pass.name(),
        verdict: verdict(end),
        before,
        after: beacons().count() - before,
        cookies: page.cookies.iter().filter(|cookie| cookie.pass == end.pass).count(),
        storage: page.storage.iter().filter(|item| item.pass == end.pass).count(),
    }
}

fn verdict(end: &PassEnd) -> String {
    if !end.looked {
        return format!("could not look: {}", end.problems.join(" "));
    }
    let Some(consent) = &end.consent else { return "nobody answers the banner".to_owned() };
    let verdict = match consent.verdict {
        Verdict::Taken => "taken and kept",
        Verdict::NotEvaluable => "could not be evaluated",
        Verdict::NotKept => "not kept",
        Verdict::NotAnswered => "could not be answered this way",
        Verdict::NoBanner => "no banner was shown",
        Verdict::BotWall => "a check for robots stood in the way",
    };
    match consent.platform.as_deref() {
        Some(platform) => format!("{platform}: {verdict}"),
        None => verdict.to_owned(),
    }
}

fn sent_row(beacon: &Beacon, names: &Names) -> SentRow {
    let url = Url::parse(&beacon.url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let fate = match (&beacon.error, beacon.held, beacon.status) {
        (Some(error), _, _) => error.clone(),
        (None, true, _) => "held".to_owned(),
        (None, false, Some(status)) => format!("sent, {status}"),
        (None, false, None) => "sent".to_owned(),
    };
    SentRow {
        at: format!("{:.2} s", beacon.at_ms as f64 / 1000.0),
        pass: beacon.pass.name(),
        phase: match beacon.phase {
            PassPhase::Before => "before an answer",
            PassPhase::After => "after the answer",
            PassPhase::Again => "loaded again",
            PassPhase::Second => "second page",
        },
        vendor: beacon.vendor.as_deref().map(|vendor| names.vendor(vendor)).unwrap_or_default(),
        to: format!("{host}{}", url.as_ref().map(Url::path).unwrap_or_default()),
        fate,
        from: beacon
            .initiator
            .as_ref()
            .map(|at| if at.line > 0 { format!("{}:{}", at.source, at.line) } else { at.source.clone() })
            .unwrap_or_default(),
    }
}

fn cookies(cookies: &[SetCookie], names: &Names) -> Vec<StateRow> {
    let row = |cookie: &SetCookie| StateRow {
        name: cookie.name.clone(),
        place: cookie.domain.clone(),
        party: party(cookie.first_party),
        life: cookie.days.map_or_else(|| "session".to_owned(), |days| format!("{days:.0} days")),
        vendor: cookie.vendor.as_deref().map(|vendor| names.vendor(vendor)).unwrap_or_default(),
        by: writer(cookie.by.as_ref()),
        passes: cookie.pass.name().to_owned(),
    };
    one_of_each(cookies, |cookie| (cookie.name.as_str(), cookie.domain.as_str()), |cookie| cookie.pass, row)
}

fn storage(items: &[Stored], names: &Names) -> Vec<StateRow> {
    let row = |item: &Stored| StateRow {
        name: item.key.clone(),
        place: item.origin.clone(),
        party: party(item.first_party),
        life: match item.area {
            StorageArea::Local => "localStorage",
            StorageArea::Session => "sessionStorage",
            StorageArea::IndexedDb => "IndexedDB",
        }
        .to_owned(),
        vendor: item.vendor.as_deref().map(|vendor| names.vendor(vendor)).unwrap_or_default(),
        by: writer(item.by.as_ref()),
        passes: item.pass.name().to_owned(),
    };
    one_of_each(items, |item| (item.area, item.origin.as_str(), item.key.as_str()), |item| item.pass, row)
}

/// The first rows, those of one key joined: the first, with the passes of all.
fn one_of_each<'i, T, K: PartialEq>(
    items: &'i [T],
    key: impl Fn(&'i T) -> K,
    pass: impl Fn(&T) -> Pass,
    row: impl Fn(&T) -> StateRow,
) -> Vec<StateRow> {
    let mut rows: Vec<(K, StateRow)> = Vec::new();
    for item in items {
        let key = key(item);
        let full = rows.len() >= MAX_ROWS;
        match rows.iter_mut().find(|(known, _)| *known == key) {
            Some((_, row)) => add_pass(&mut row.passes, pass(item)),
            None if !full => rows.push((key, row(item))),
            None => {}
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

fn add_pass(passes: &mut String, pass: Pass) {
    if !passes.split(", ").any(|known| known == pass.name()) {
        passes.push_str(", ");
        passes.push_str(pass.name());
    }
}

fn party(first: bool) -> &'static str {
    if first { "first" } else { "third" }
}

/// Who stored something, for a narrow column.
fn writer(by: Option<&Writer>) -> String {
    let Some(by) = by else { return "not seen".to_owned() };
    let address = words::visible(by.url.split(['?', '#']).next().unwrap_or_default());
    match (by.how, by.line) {
        (WrittenBy::Header, _) => format!("answer of {address}"),
        (WrittenBy::Script, Some(line)) => format!("{address}:{line}"),
        (WrittenBy::Script, None) => address,
    }
}

fn technique(of: Technique) -> &'static str {
    match of {
        Technique::Canvas => "How text is drawn",
        Technique::Fonts => "Fonts installed",
        Technique::Audio => "How sound is computed",
        Technique::Webgl => "Name of the graphics card",
        Technique::Webrtc => "Network addresses",
        Technique::Battery => "State of the battery",
        Technique::Devices => "Cameras and microphones",
    }
}
