//! Tables of what a browser saw.

use std::io::Write;

use pixelproof_model::{Writer as Setter, WrittenBy};

use super::Sheet;
use crate::{
    Result,
    names::name,
    report::source::{Source, Which},
};

/// One row a request to a vendor.
pub(super) fn beacons(source: &dyn Source, out: &mut dyn Write) -> Result<()> {
    let mut table = Sheet::new(out);
    let head = ["page", "id", "pass", "phase", "at_ms", "vendor", "kind", "method", "url", "status", "held", "error"];
    let more = ["consent", "leaving", "source", "line"];
    table.row(head.iter().chain(&more).map(|name| (*name).to_owned()).collect())?;
    source.pages(Which::All, &mut |page, _| {
        page.page.beacons.iter().try_for_each(|beacon| {
            let from = beacon.initiator.as_ref();
            table.row(vec![
                page.page.url.to_string(),
                beacon.id.to_string(),
                beacon.pass.name().to_owned(),
                name(&beacon.phase),
                beacon.at_ms.to_string(),
                beacon.vendor.clone().unwrap_or_default(),
                name(&beacon.kind),
                beacon.method.clone(),
                beacon.url.clone(),
                beacon.status.map(|status| status.to_string()).unwrap_or_default(),
                beacon.held.to_string(),
                beacon.error.clone().unwrap_or_default(),
                beacon.consent.clone().unwrap_or_default(),
                beacon.leaving.to_string(),
                from.map(|at| at.source.clone()).unwrap_or_default(),
                from.map(|at| at.line.to_string()).unwrap_or_default(),
            ])
        })
    })?;
    table.finish()
}

/// One row a cookie and pass.
pub(super) fn cookies(source: &dyn Source, out: &mut dyn Write) -> Result<()> {
    let mut table = Sheet::new(out);
    let head = ["page", "pass", "name", "domain", "days", "first_party", "http_only", "vendor", "phase", "at_ms"];
    table.row(head.iter().chain(&SETTER).map(|name| (*name).to_owned()).collect())?;
    source.pages(Which::All, &mut |page, _| {
        page.page.cookies.iter().try_for_each(|cookie| {
            let row = vec![
                page.page.url.to_string(),
                cookie.pass.name().to_owned(),
                cookie.name.clone(),
                cookie.domain.clone(),
                cookie.days.map(|days| days.to_string()).unwrap_or_default(),
                cookie.first_party.to_string(),
                cookie.http_only.to_string(),
                cookie.vendor.clone().unwrap_or_default(),
                cookie.phase.as_ref().map(name).unwrap_or_default(),
                cookie.at_ms.map(|at| at.to_string()).unwrap_or_default(),
            ];
            table.row([row, setter(cookie.by.as_ref())].concat())
        })
    })?;
    table.finish()
}

/// One row a thing stored and pass.
pub(super) fn storage(source: &dyn Source, out: &mut dyn Write) -> Result<()> {
    let mut table = Sheet::new(out);
    let head = ["page", "pass", "phase", "at_ms", "area", "origin", "first_party", "key", "length", "vendor"];
    table.row(head.iter().chain(&SETTER).map(|name| (*name).to_owned()).collect())?;
    source.pages(Which::All, &mut |page, _| {
        page.page.storage.iter().try_for_each(|item| {
            let row = vec![
                page.page.url.to_string(),
                item.pass.name().to_owned(),
                name(&item.phase),
                item.at_ms.to_string(),
                name(&item.area),
                item.origin.clone(),
                item.first_party.to_string(),
                item.key.clone(),
                item.length.map(|length| length.to_string()).unwrap_or_default(),
                item.vendor.clone().unwrap_or_default(),
            ];
            table.row([row, setter(item.by.as_ref())].concat())
        })
    })?;
    table.finish()
}

/// Columns of who stored something.
const SETTER: [&str; 3] = ["set_how", "set_by", "set_line"];

fn setter(by: Option<&Setter>) -> Vec<String> {
    let how = by.map(|by| if by.how == WrittenBy::Header { "header" } else { "script" });
    vec![
        how.unwrap_or_default().to_owned(),
        by.map(|by| by.url.clone()).unwrap_or_default(),
        by.and_then(|by| by.line).map(|line| line.to_string()).unwrap_or_default(),
    ]
}
