//! Custom HTML and custom images of a container, read like a page's. The same text is read once, however many pages run it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use pixelproof_model::{Event, Install, Request, State, Text, Trigger, Via};
use serde_json::Value;
use url::Url;

use super::file::File;
use super::tag::{Pixel, event_of};
use super::value::{PLACEHOLDER, Resolver};
use crate::catalogue::Catalogue;

/// Texts kept read, per container: a tag's text may hang on the page.
const KEPT: usize = 512;

/// What the custom HTML of a container was read as, by the site it runs on and its text.
#[derive(Debug, Default)]
pub(crate) struct Htmls(Mutex<Kept>);

type Kept = BTreeMap<(String, String), Arc<Vec<Pixel>>>;

impl Htmls {
    /// The pixels of a markup text on a page.
    pub(super) fn read(&self, catalogue: &Catalogue, text: String, on: Option<&Url>) -> Vec<Pixel> {
        let site = on.map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        let key = (site, text);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let pixels = known.unwrap_or_else(|| {
            let read = Arc::new(read(catalogue, &key.1, on));
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(key, read.clone());
            read
        });
        pixels.as_ref().clone()
    }
}

/// The text of a tag's HTML, with a name that nothing defines where only the page knows a value.
fn markup(raw: &Value, at: &Resolver<'_>) -> String {
    let parts = raw.as_array().filter(|parts| parts.first().is_some_and(|k| k == "template"));
    let Some(parts) = parts else { return at.value(raw).text().unwrap_or_default() };
    let text = parts.iter().skip(1).map(|part| at.value(part).text().unwrap_or_else(|| PLACEHOLDER.to_owned()));
    text.collect()
}

/// The pixels of a custom HTML tag.
pub(super) fn pixels(catalogue: &Catalogue, file: &File, definition: &Value, at: &Resolver<'_>) -> Vec<Pixel> {
    let text = markup(&definition["vtp_html"], at)
        .replace("text/gtmscript", "text/javascript")
        .replace("data-gtmsrc=", "src=");
    file.htmls.read(catalogue, text, at.url)
}

fn read(catalogue: &Catalogue, text: &str, on: Option<&Url>) -> Vec<Pixel> {
    let blank = Url::parse("https://container.invalid/").expect("a constant address");
    let input = crate::PageInput { source: "custom HTML", url: on.unwrap_or(&blank), html: text };
    let page = crate::read_page(catalogue, &input).finish(catalogue, &|_| None);
    // a script with an error runs not at all, though its calls are named
    let sound = page.problems.is_empty();
    let mut pixels: Vec<Pixel> = Vec::new();
    // a container needs JavaScript: where it runs, what stands in for it doesn't
    for install in page.installs.into_iter().filter(|install| install.via != Via::Noscript && !install.by_events) {
        let starts = sound && install_runs(&install);
        let pixel = of(&mut pixels, &install.vendor, &install.account);
        pixel.starts |= starts;
        pixel.installs.get_or_insert_default().push(install);
    }
    for mut event in page.events.into_iter().filter(|event| event.via != Via::Noscript) {
        let starts = sound && event_runs(&event);
        event.via = Via::Container;
        let accounts: Vec<Option<String>> =
            if event.accounts.is_empty() { vec![None] } else { event.accounts.iter().cloned().map(Some).collect() };
        for account in accounts {
            let pixel = of(&mut pixels, &event.vendor, &account);
            pixel.starts |= starts;
            pixel.installs.get_or_insert_default();
            pixel.events.push(event.clone());
        }
    }
    pixels
}

fn of<'p>(pixels: &'p mut Vec<Pixel>, vendor: &str, account: &Option<String>) -> &'p mut Pixel {
    let known = pixels.iter().position(|p| p.vendor == vendor && p.account == *account);
    let at = known.unwrap_or_else(|| {
        pixels.push(Pixel {
            vendor: vendor.to_owned(),
            account: account.clone(),
            events: Vec::new(),
            installs: None,
            starts: false,
        });
        pixels.len() - 1
    });
    &mut pixels[at]
}

/// Whether the code runs with its tag: at once, on no condition, without waiting for consent.
fn install_runs(install: &Install) -> bool {
    install.trigger == Trigger::Load && install.branch.is_none() && install.state == State::Active
}

fn event_runs(event: &Event) -> bool {
    event.trigger == Trigger::Load && event.branch.is_none() && event.state == State::Active
}

/// A custom image is a request of whoever claims its address.
pub(super) fn image(catalogue: &Catalogue, definition: &Value, at: &Resolver<'_>) -> Vec<Pixel> {
    request(catalogue, markup(&definition["vtp_url"], at))
}

/// The pixels of a request for an image.
pub(super) fn request(catalogue: &Catalogue, text: String) -> Vec<Pixel> {
    let url = if text.starts_with("//") { format!("https:{text}") } else { text };
    let request = Request { method: "GET".to_owned(), url, body: None, body_base64: None, headers: Default::default() };
    let decoded = crate::decode(catalogue, &request);
    let Some(vendor) = decoded.vendor.as_deref().and_then(|id| catalogue.get(id)) else { return Vec::new() };
    if decoded.events.is_empty() {
        return vec![Pixel::new(vendor, None, Vec::new())];
    }
    let pixel = |event: pixelproof_model::DecodedEvent| {
        let one = event_of(vendor, Text::Known(event.name), event.account.as_deref(), event.params, false);
        Pixel::new(vendor, event.account, vec![one])
    };
    decoded.events.into_iter().map(pixel).collect()
}
