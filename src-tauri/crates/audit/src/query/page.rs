//! One page with everything known of it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use pixelproof_detect::{Catalogue, decode};
use pixelproof_model::{Beacon, DecodedEvent, ExerciseAct, Page, PageDetail, Picture, Provoked};
use rusqlite::{Connection, OptionalExtension, params};

use super::{duplicates, findings, key_of};
use crate::{
    AuditError, Result,
    names::parse,
    store::{unpack, unpack_json},
};

/// The page of a row.
pub(crate) fn detail(conn: &Connection, id: &str, row: i64, catalogue: &Catalogue) -> Result<PageDetail> {
    let audit = key_of(conn, id)?;
    let found: Option<(String, bool, String)> = conn
        .prepare_cached("SELECT template, capture IS NOT NULL, url FROM pages WHERE audit = ?1 AND id = ?2")?
        .query_row(params![audit, row], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .optional()?;
    let (template, has_source, url) = found.ok_or(AuditError::NoPage(row))?;
    let page = body(conn, row)?;
    let said: Vec<Vec<DecodedEvent>> = page.beacons.iter().map(|beacon| said(beacon, catalogue)).collect();
    Ok(PageDetail {
        id: row,
        template,
        duplicate_of: duplicates::of_page(conn, audit, &page)?,
        provoked: page.exercise.iter().map(|act| provoked(act, &page.beacons, &said)).collect(),
        said,
        page,
        findings: findings::of_page(conn, audit, row, &url)?,
        has_source,
        pictures: pictures(conn, row)?,
    })
}

/// What a beacon says. Read from the request that was kept, which is smaller than both and never disagrees with itself.
pub(super) fn said(beacon: &Beacon, catalogue: &Catalogue) -> Vec<DecodedEvent> {
    decode(catalogue, &beacon.request()).events
}

/// What left in an act of exercise.
fn provoked(act: &ExerciseAct, beacons: &[Beacon], said: &[Vec<DecodedEvent>]) -> Vec<Provoked> {
    let sent = beacons.iter().zip(said).filter(|(beacon, _)| act.set_off(beacon));
    sent.map(|(beacon, said)| Provoked {
        beacon: beacon.id,
        vendor: beacon.vendor.clone(),
        events: said.iter().map(|event| event.name.clone()).collect(),
    })
    .collect()
}

/// The page itself.
pub(crate) fn body(conn: &Connection, row: i64) -> Result<Page> {
    let packed: Vec<u8> =
        conn.prepare_cached("SELECT body FROM bodies WHERE page = ?1")?.query_row([row], |r| r.get(0))?;
    unpack_json(&packed)
}

/// Pictures of a page.
fn pictures(conn: &Connection, row: i64) -> Result<Vec<Picture>> {
    let mut select = conn.prepare_cached("SELECT n, shows, pass FROM page_pictures WHERE page = ?1 ORDER BY n")?;
    let mut rows = select.query([row])?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let (of, pass): (String, String) = (row.get(1)?, row.get(2)?);
        out.push(Picture { n: row.get(0)?, of: parse(&of)?, pass: parse(&pass)? });
    }
    Ok(out)
}

/// The pictures of a page, each as `data:` address.
pub(super) fn all_pictures(conn: &Connection, row: i64) -> Result<Vec<(Picture, String)>> {
    let mut select = conn.prepare_cached(
        "SELECT i.body FROM page_pictures s JOIN pictures i ON i.hash = s.picture WHERE s.page = ?1 AND s.n = ?2",
    )?;
    let shown = pictures(conn, row)?.into_iter().map(|picture| {
        let jpeg: Vec<u8> = select.query_row(params![row, picture.n], |r| r.get(0))?;
        Ok((picture, data_url(&jpeg)))
    });
    shown.collect()
}

/// A picture of a page, as `data:` address.
pub(crate) fn picture(conn: &Connection, id: &str, row: i64, n: u32) -> Result<Option<String>> {
    let audit = key_of(conn, id)?;
    let found: Option<Vec<u8>> = conn
        .prepare_cached(
            "SELECT i.body FROM pages p JOIN page_pictures s ON s.page = p.id JOIN pictures i ON i.hash = s.picture
             WHERE p.audit = ?1 AND p.id = ?2 AND s.n = ?3",
        )?
        .query_row(params![audit, row, n], |r| r.get(0))
        .optional()?;
    Ok(found.map(|jpeg| data_url(&jpeg)))
}

/// A JPEG picture as address.
fn data_url(jpeg: &[u8]) -> String {
    format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg))
}

/// Source of a page, where it was kept.
pub(crate) fn source(conn: &Connection, id: &str, row: i64) -> Result<Option<String>> {
    let audit = key_of(conn, id)?;
    let found: Option<Option<Vec<u8>>> = conn
        .prepare_cached(
            "SELECT c.body FROM pages p LEFT JOIN captures c ON c.hash = p.capture WHERE p.audit = ?1 AND p.id = ?2",
        )?
        .query_row(params![audit, row], |r| r.get(0))
        .optional()?;
    match found.ok_or(AuditError::NoPage(row))? {
        Some(packed) => Ok(Some(String::from_utf8_lossy(&unpack(&packed)?).into_owned())),
        None => Ok(None),
    }
}
