//! A Google tag's own configuration on a page (`gtag/js?id=…`): destinations that the vendor's account adds, events that
//! the library sends by itself, and conversions that the account makes of what the page sends.

use pixelproof_model::{Event, Fires, Install, Page, State, Text};
use serde_json::Value;
use url::Url;

use super::file::File;
use super::layer::Layer;
use super::own_rules;
use super::page::{Container, MAX_BROUGHT, outer};
use super::tag::{self, Pixel, event_of};
use super::trigger::Triggers;
use super::value::Resolver;
use crate::catalogue::Catalogue;

/// Functions of a destination: who gets what the tag sends.
const DESTINATIONS: [&str; 4] = ["__gct", "__dest_ga", "__rep", "__zone"];
/// Catalogue ids of the vendors that a Google tag serves.
const VENDORS: [&str; 4] = ["google-analytics-4", "google-ads", "floodlight", "google-tag"];
/// What Analytics sends by itself for each configured destination.
const PAGE_VIEW: &str = "page_view";

/// Whether an id is one of a Google tag and not one of a container.
pub(crate) fn is_id(id: &str) -> bool {
    ["G-", "GT-", "AW-", "DC-"].iter().any(|prefix| id.starts_with(prefix))
}

/// What the tag's configuration adds to the page whose `carrier` loads it.
pub(super) fn brings(
    container: &Container,
    file: &File,
    catalogue: &Catalogue,
    (url, page): (&Url, &Page),
    carrier: &Install,
) -> (Vec<Install>, Vec<Event>) {
    let (mut installs, mut events): (Vec<Install>, Vec<Event>) = Default::default();
    let triggers = Triggers::new(file);
    let verdicts = triggers.verdicts(Some(url), &Layer::default()).fires;
    for (index, verdict) in verdicts.into_iter().enumerate() {
        let definition = &file.tags[index];
        let function = definition["function"].as_str().unwrap_or_default();
        if verdict == Fires::No || installs.len() + events.len() >= MAX_BROUGHT {
            continue;
        }
        let on = own_rules::trigger(definition).unwrap_or_else(|| outer(verdict, &triggers.events(index), carrier));
        let place = container.place(index, function, on, carrier);
        if DESTINATIONS.contains(&function) {
            for (vendor, account) in destinations(catalogue, file, definition, url) {
                if account == container.id || is_installed(page, &vendor, &account, &installs) {
                    continue;
                }
                let pages = sends_page_views(catalogue, page, carrier, &vendor, &account);
                events.extend(pages.map(|event| place.event(event)));
                installs.push(place.install(&vendor, Some(account), carrier.library_only));
            }
        } else {
            let pixels = tag::pixels(catalogue, file, definition, Some(url));
            let own = pixels.into_iter().filter(|pixel| pixel.account.is_some());
            events.extend(own.flat_map(|pixel| pixel.events).map(|event| place.event(event)));
        }
    }
    (installs, events)
}

/// The destinations that a tag names, each with its vendor.
fn destinations(catalogue: &Catalogue, file: &File, definition: &Value, url: &Url) -> Vec<(String, String)> {
    if definition["function"] != "__zone" {
        let pixels = tag::pixels(catalogue, file, definition, Some(url)).into_iter();
        return pixels.filter_map(|Pixel { vendor, account, .. }| Some((vendor, account?))).collect();
    }
    let at = Resolver::new(&file.macros, Some(url), None);
    let owner = |id: String| {
        let mut vendors = VENDORS.iter().filter_map(|vendor| catalogue.get(vendor));
        vendors.find(|vendor| vendor.account.pattern.is_match(&id)).map(|vendor| (vendor.id.clone(), id))
    };
    tag::links(&at, definition).into_iter().filter_map(owner).collect()
}

/// Whether the page has the destination already, by its own code or by what was read before.
fn is_installed(page: &Page, vendor: &str, account: &str, more: &[Install]) -> bool {
    let same = |i: &&Install| i.vendor == vendor && i.account.as_deref() == Some(account);
    page.installs.iter().chain(more).filter(same).any(|i| i.state != State::Inert && !i.by_events)
}

/// The page view that an added destination gets: where the tag itself is configured, and not told to send none.
fn sends_page_views(
    catalogue: &Catalogue,
    page: &Page,
    carrier: &Install,
    vendor: &str,
    account: &str,
) -> impl Iterator<Item = Event> + use<> {
    let analytics = (vendor == VENDORS[0]).then(|| catalogue.get(vendor)).flatten();
    let of_carrier = |event: &Event| {
        event.name == Text::Known(PAGE_VIEW.to_owned())
            && carrier.account.as_ref().is_some_and(|account| event.accounts.contains(account))
    };
    let sends = match carrier.vendor.as_str() {
        "google-tag" => !carrier.library_only && !carrier.code.contains("send_page_view"),
        _ => page.events.iter().any(of_carrier),
    };
    let event = |vendor| event_of(vendor, Text::Known(PAGE_VIEW.to_owned()), Some(account), Default::default(), true);
    analytics.filter(|_| sends).map(event).into_iter()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pixelproof_model::{Page, Via};
    use url::Url;

    use super::{Container, is_id};
    use crate::container::{add_containers, containers_of};
    use crate::{Catalogue, PageInput, read_page};

    /// The configuration of a Google tag with two more destinations, settings and what Analytics measures by itself;
    /// fuzzing starts from it too.
    const FILE: &str = include_str!("../../fuzz/seeds/container/google_tag.js");

    fn page(html: &str, url: &Url) -> Page {
        let catalogue = Catalogue::builtin();
        let mut page = read_page(catalogue, &PageInput { source: "page", url, html }).finish(catalogue, &|_| None);
        let ids = containers_of(&page, catalogue, url).into_iter().filter(|wanted| is_id(&wanted.id));
        let read: Vec<Arc<Container>> =
            ids.map(|wanted| Arc::new(Container::parse(&wanted.id, FILE).expect("parses"))).collect();
        add_containers(&mut page, catalogue, url, &Default::default(), &read);
        page
    }

    fn lines(page: &Page) -> Vec<String> {
        let installs = page.installs.iter().filter(|i| i.via == Via::Container);
        let installs = installs.map(|i| {
            let (account, by) = (i.account.as_deref().unwrap_or("-"), i.installer.as_deref().unwrap_or("-"));
            format!("{account}{} by {by}", if i.library_only { " library" } else { "" })
        });
        let events = page.events.iter().filter(|e| e.via == Via::Container);
        let events = events.map(|e| {
            let name = e.name.known().unwrap_or("?");
            format!("{} {name} {:?} {:?}", e.accounts.join("+"), e.class, e.trigger).to_lowercase()
        });
        installs.chain(events).collect()
    }

    #[track_caller]
    fn check(head: &str, path: &str, expected: &[&str]) {
        let url = Url::parse(&format!("https://pots.test{path}")).expect("an address");
        let html = format!("<!doctype html><head>{}</head><body>", head.replace("LOAD", LOAD));
        assert_eq!(lines(&page(&html, &url)), expected, "{head} on {path}");
    }

    const LOAD: &str = "<script async src='https://www.googletagmanager.com/gtag/js?id=GT-POTS0001'></script>";
    const SCROLL: &str = "g-kettle0001 scroll automatic scroll";
    const ROUTE: &str = "g-kettle0001 page_view automatic route";

    #[test]
    fn a_google_tag_brings_its_destinations_and_what_they_measure() {
        let config = |more: &str| {
            format!(
                "LOAD<script>function gtag(){{dataLayer.push(arguments)}}gtag('js',new Date());gtag('config','GT-POTS0001'{more});</script>"
            )
        };
        let installs = [
            "G-KETTLE0001 by GT-POTS0001 tag 8",
            "AW-700800900 by GT-POTS0001 tag 9",
            "G-TEAPOT0002 by GT-POTS0001 tag 10",
        ];
        let views = ["g-kettle0001 page_view automatic load", "g-teapot0002 page_view automatic load"];
        check(&config(""), "/", &[&installs[..], &[SCROLL, ROUTE], &views].concat());
        check(&config(",{send_page_view:false}"), "/", &[&installs[..], &[SCROLL, ROUTE]].concat());
        let found = "g-kettle0001 view_search_results automatic load";
        check(&config(""), "/?q=tea", &[&installs[..], &[SCROLL, found, ROUTE], &views].concat());
        let conversion = "aw-700800900 conversion standard conditional";
        check(&config(""), "/thank-you", &[&installs[..], &[SCROLL, ROUTE, conversion], &views].concat());
        let loaded = installs.map(|line| line.replace(" by", " library by"));
        let loaded: Vec<&str> = loaded.iter().map(String::as_str).collect();
        check("LOAD", "/", &[&loaded[..], &[SCROLL, ROUTE]].concat());
    }

    #[test]
    fn what_the_page_has_is_not_brought_again() {
        let own = "<script async src='https://www.googletagmanager.com/gtag/js?id=G-KETTLE0001'></script>\
            <script>function gtag(){dataLayer.push(arguments)}gtag('config','G-KETTLE0001');gtag('config','AW-700800900');</script>";
        // both tags are read, and have the same file here: what the first brings the second doesn't
        let events = [SCROLL, ROUTE, "g-teapot0002 page_view automatic load", SCROLL, ROUTE];
        check(own, "/", &[&["G-TEAPOT0002 by G-KETTLE0001 tag 10"][..], &events].concat());
        check("<script>gtag('event','conversion',{send_to:'AW-700800900/x'})</script>", "/", &[]);
    }

    #[test]
    fn a_tag_is_fetched_from_where_the_page_loads_it() {
        let url = Url::parse("https://www.pots.test/tea/").expect("an address");
        let load = |src: &str| format!("<script src='{src}'></script>");
        for (head, expected) in [
            (
                load("https://www.googletagmanager.com/gtag/js?id=G-KETTLE0001&l=x"),
                "https://www.googletagmanager.com/gtag/js?id=G-KETTLE0001",
            ),
            (
                load("https://metrics.pots.test/gtag/js?id=G-KETTLE0001"),
                "https://metrics.pots.test/gtag/js?id=G-KETTLE0001",
            ),
            (load("/metrics/gtm.js?id=GTM-KETTLE1"), "https://www.pots.test/metrics/gtm.js?id=GTM-KETTLE1"),
            (
                load("https://www.googletagmanager.com/gtm.js?id=GTM-KETTLE1&gtm_auth=a1&gtm_preview=env-5"),
                "https://www.googletagmanager.com/gtm.js?id=GTM-KETTLE1&gtm_auth=a1&gtm_preview=env-5",
            ),
            (load("https://www.googletagmanager.com/gtag/js?id=G-XXXXXXXXXX"), ""),
            (load("https://www.googletagmanager.com/gtag/js?id=AW-CONVERSION"), ""),
        ] {
            let catalogue = Catalogue::builtin();
            let input = PageInput { source: "page", url: &url, html: &head };
            let page = read_page(catalogue, &input).finish(catalogue, &|_| None);
            let urls: Vec<String> = containers_of(&page, catalogue, &url).iter().map(|w| w.url.to_string()).collect();
            assert_eq!(urls.join(" "), expected, "{head}");
        }
    }
}
