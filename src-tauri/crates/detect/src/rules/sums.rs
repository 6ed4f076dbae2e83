//! Sums by page template: all that rules over a site may see, so that memory doesn't grow with its pages.

use std::collections::BTreeMap;

use pixelproof_model::{Cell, Install, Page, State, Via};

use super::{PixelSums, TemplateSums, Tracking, copies, should_be_tracked, tracking, words};
use crate::catalogue::Catalogue;

/// State of each pixel account on a page, in document order. A library without an account stands for itself only where
/// the vendor has no account on the page. `Missing` and the states of pages not read never occur here.
pub fn cells(page: &Page) -> Vec<(&str, Option<&str>, Cell)> {
    let mut keys: Vec<(&str, Option<&str>)> = Vec::new();
    for install in &page.installs {
        let key = (install.vendor.as_str(), install.account.as_deref());
        let named = page.installs.iter().any(|i| i.vendor == install.vendor && i.account.is_some());
        if !keys.contains(&key) && (key.1.is_some() || !named) {
            keys.push(key);
        }
    }
    keys.into_iter().map(|(vendor, account)| (vendor, account, cell(page, vendor, account))).collect()
}

fn cell(page: &Page, vendor: &str, account: Option<&str>) -> Cell {
    let same = || page.installs.iter().filter(move |i| i.vendor == vendor && i.account.as_deref() == account);
    let of = |install: &Install| match (install.state, install.via) {
        (State::Inert, _) => Cell::Inert,
        (_, Via::Noscript | Via::Image) => Cell::ImageOnly,
        (State::Gated, _) => Cell::Gated,
        (State::Active, _) => Cell::Active,
    };
    let inits =
        same().filter(|i| copies::runs(i.state, i.via) && i.via != Via::Image && !i.library_only && !i.by_events);
    let repeated = copies::sets(inits, |i| i.into(), |_, _| true).iter().any(|set| set.len() > 1);
    let best = same().map(of).min().unwrap_or(Cell::Missing);
    if repeated && best == Cell::Active { Cell::Duplicate } else { best }
}

/// Sums of a site, page by page, in any order.
#[derive(Debug, Clone, Default)]
pub struct SiteSums {
    templates: BTreeMap<String, TemplateSums>,
}

impl SiteSums {
    /// Counts a page; one that need not be tracked counts nowhere.
    pub fn add(&mut self, template: &str, page: &Page, catalogue: &Catalogue) {
        if !should_be_tracked(page) {
            return;
        }
        let sums = self.templates.entry(template.to_owned()).or_default();
        if sums.pages == 0 || page.url.as_str() < sums.example.as_str() {
            sums.example = page.url.to_string();
        }
        sums.template = template.to_owned();
        sums.pages += 1;
        let tracked = tracking(page, catalogue) == Tracking::Active;
        sums.untracked += u64::from(!tracked);
        for (vendor, account, cell) in cells(page) {
            add_pixel(sums, page, catalogue, (vendor, account, cell), tracked);
        }
    }

    /// The sums, by template.
    pub fn templates(&self) -> Vec<TemplateSums> {
        self.templates.values().cloned().collect()
    }
}

fn add_pixel(
    sums: &mut TemplateSums,
    page: &Page,
    catalogue: &Catalogue,
    (vendor, account, cell): (&str, Option<&str>, Cell),
    tracked: bool,
) {
    let at = sums.pixels.binary_search_by(|p| (p.vendor.as_str(), p.account.as_deref()).cmp(&(vendor, account)));
    let at = at.unwrap_or_else(|at| {
        let pixel = PixelSums { vendor: vendor.to_owned(), account: account.map(str::to_owned), ..Default::default() };
        sums.pixels.insert(at, pixel);
        at
    });
    let pixel = &mut sums.pixels[at];
    match cell {
        Cell::Active | Cell::Duplicate => pixel.active += 1,
        Cell::Gated => {
            pixel.gated += 1;
            pixel.gated_beside += u64::from(tracked);
        }
        Cell::ImageOnly => {
            pixel.image_only += 1;
            pixel.image_beside += u64::from(tracked);
        }
        Cell::Inert | Cell::Missing | Cell::NotChecked | Cell::CouldNotLook => return,
    }
    let install = page.installs.iter().find(|i| i.vendor == vendor && i.account.as_deref() == account);
    if let Some(install) = install {
        let name = words::pixel_name(catalogue, vendor, account);
        let piece = words::of_install(page, install, format!("{name} on a page that carries it"));
        // The smallest address wins, so that the order in which pages arrive doesn't show.
        if pixel.example.as_ref().is_none_or(|old| piece.page < old.page) {
            pixel.example = Some(piece);
        }
    }
}
