//! Series of pages without end beside a small site: the site is read whole, the series are sampled and named. And large
//! sites that are no such thing.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use pixelproof_model::{AuditConfig, Trap};
use pixelproof_tests::{Act, Site, TestServer};

use super::{config, run};

/// Pages of the site proper, one behind the other in groups of four, all with the same way into the trap.
const REAL: usize = 40;

fn page(title: &str, links: &[String]) -> Act {
    let list: String = links.iter().map(|href| format!("<a href=\"{href}\">x</a>\n")).collect();
    Act::html(format!("<!doctype html><title>{title}</title><p>{title} has a text of its own.</p>\n{list}"))
}

fn real(n: usize, trap: &str) -> Act {
    let mut links: Vec<String> =
        (n * 4 + 1..=n * 4 + 4).filter(|m| *m < REAL).map(|m| format!("/real/{}", name(m))).collect();
    links.insert(0, trap.to_owned());
    page(&format!("Real {}", name(n)), &links)
}

/// A name without digits.
fn name(n: usize) -> String {
    n.to_string().bytes().map(|b| char::from(b - b'0' + b'a')).collect()
}

/// The site with pages of a trap made on the fly.
fn beside(trap: &'static str, make: fn(&str) -> Option<Act>) -> Site {
    let mut site = Site::new().on("/", real(0, trap)).made(make);
    for n in 1..REAL {
        site = site.on(&format!("/real/{}", name(n)), real(n, trap));
    }
    site
}

fn calendar(target: &str) -> Option<Act> {
    let (year, month) = target.strip_prefix("/cal/")?.split_once('/')?;
    let months: i64 = year.parse::<i64>().ok()? * 12 + month.parse::<i64>().ok()? - 1;
    let link = |at: i64| format!("/cal/{}/{:02}", at / 12, at % 12 + 1);
    Some(page(&format!("Events of {year}-{month}"), &[link(months - 1), link(months + 1)]))
}

fn facets(target: &str) -> Option<Act> {
    let (_, query) = target.strip_prefix("/list").map(|rest| rest.split_once('?').unwrap_or(("", "")))?;
    let add = |pair: String| if query.is_empty() { format!("/list?{pair}") } else { format!("/list?{query}&{pair}") };
    let mut links = Vec::new();
    for facet in ["color", "size", "brand", "price"] {
        if !query.contains(facet) {
            links.extend((0..5).map(|value| add(format!("{facet}={value}"))));
        }
    }
    links.extend(["name", "date"].map(|by| add(format!("sort={by}"))));
    Some(page(&format!("A list by {query}"), &links))
}

fn deeper(target: &str) -> Option<Act> {
    target.starts_with("/deep/").then(|| page(target, &["a/".to_owned(), "b/".to_owned()]))
}

static COUNT: AtomicU64 = AtomicU64::new(1);

fn sessions(target: &str) -> Option<Act> {
    let number = COUNT.fetch_add(1, Relaxed);
    let place = target.split(';').next()?.strip_prefix("/s/")?;
    let links = ["a", "b", "c"].map(|to| format!("/s/{to};jsessionid=A{number}B?PHPSESSID=x{number}"));
    Some(page(&format!("Place {place}"), &links))
}

fn maze(target: &str) -> Option<Act> {
    let number = COUNT.fetch_add(1, Relaxed) * 7919;
    let links: String =
        (0..5).map(|n| format!("<a href=\"/maze/{}\">on</a>", name((number * 31 + n) as usize))).collect();
    let text = "You are in a maze of little twisting passages, all alike. ".repeat(6);
    target.starts_with("/maze/").then(|| Act::html(format!("<title>A maze</title><p>{text}</p>{links}")))
}

fn numbers(target: &str) -> Option<Act> {
    let number: u64 = target.strip_prefix("/x/")?.parse().ok()?;
    let links: Vec<String> = (0..10).map(|n| format!("/x/{}", number * 10 + n + 1)).collect();
    Some(page(&format!("Number {number}"), &links))
}

#[tokio::test]
async fn a_series_without_end_is_sampled_and_named() {
    type Case = (&'static str, fn(&str) -> Option<Act>, Option<Trap>, &'static str);
    let table: [Case; 5] = [
        ("/cal/2026/03", calendar, Some(Trap::Calendar), "a calendar"),
        ("/list", facets, Some(Trap::QueryVariations), "every combination"),
        ("/deep/", deeper, Some(Trap::RepeatingPath), "folders that repeat"),
        ("/maze/start", maze, Some(Trap::SameContent), "say the same"),
        ("/s/a", sessions, None, "session ids (jsessionid"),
    ];
    for (trap, make, kind, words) in table {
        let server = TestServer::start(beside(trap, make)).unwrap();
        let config = AuditConfig { max_pages: 300, ..config(&server, "/") };
        let crawled = run(&config).await;
        let is_real = |path: &String| path == "/" || path.starts_with("/real/");
        assert_eq!(crawled.paths().iter().filter(|p| is_real(p)).count(), REAL, "{trap}");
        assert!(crawled.end.complete, "{trap}: {:?}", crawled.end);
        assert!(crawled.pages.len() < 250, "{trap}: {} pages", crawled.pages.len());
        assert!(crawled.notices.iter().any(|n| n.contains(words)), "{trap}: {:?}", crawled.notices);
        let samples = crawled.pages.iter().filter(|p| p.trap.is_some());
        assert!(samples.clone().all(|p| p.trap == kind), "{trap}");
        assert_eq!(samples.count() > 0, kind.is_some(), "{trap}: samples are marked");
        let last_real = crawled.pages.iter().rposition(|p| is_real(&super::path(p)));
        let first_sample = crawled.pages.iter().position(|p| p.trap.is_some());
        assert!(first_sample.is_none_or(|first| Some(first) > last_real), "{trap}: samples come last");
    }
}

#[tokio::test]
async fn what_no_sign_gives_away_still_takes_nothing_from_the_site() {
    let server = TestServer::start(beside("/x/1", numbers)).unwrap();
    let config = AuditConfig { max_pages: 100, ..config(&server, "/") };
    let crawled = run(&config).await;
    let real = crawled.paths().iter().filter(|p| !p.starts_with("/x/")).count();
    assert_eq!((real, crawled.pages.len()), (REAL, 100));
    assert!(crawled.end.reason.unwrap().contains("page limit of 100"));
}

#[tokio::test]
async fn large_is_no_trap() {
    let products = |target: &str| -> Option<Act> {
        let number: u64 = target.strip_prefix("/product/")?.parse().ok().filter(|n| *n < 1000)?;
        let links: Vec<String> = (1..4).map(|n| format!("/product/{}", (number * 3 + n) % 1000)).collect();
        Some(page(&format!("Product {number}"), &links))
    };
    let blog = |target: &str| -> Option<Act> {
        let number: u64 = target.strip_prefix("/blog/page/")?.parse().ok().filter(|n| (1..=300).contains(n))?;
        let older = format!("/blog/page/{}", number + 1);
        let posts = format!("/2020/{:02}/post-{number}", number % 12 + 1);
        let links = if number < 300 { vec![older, posts] } else { Vec::new() };
        Some(page(&format!("Blog, page {number}"), &links))
    };
    let post = |target: &str| target.starts_with("/2020/").then(|| page(target, &[]));
    let home = page("Home", &["/product/0".to_owned(), "/blog/page/1".to_owned()]);
    let site = Site::new()
        .on("/", home)
        .made(move |target| products(target).or_else(|| blog(target)).or_else(|| post(target)));
    let server = TestServer::start(site).unwrap();
    let config = AuditConfig { max_pages: 2000, ..config(&server, "/") };
    let crawled = run(&config).await;
    assert_eq!(crawled.pages.len(), 1 + 1000 + 300 + 299);
    assert!(crawled.end.complete && crawled.notices.is_empty(), "{:?} {:?}", crawled.end, crawled.notices);
    let again = run(&config).await;
    assert_eq!(again.paths(), crawled.paths(), "the order is the site's");
}

#[tokio::test]
async fn pages_that_refresh_in_a_circle_are_named() {
    let to = |path: &str| Act::html(format!("<i data-refresh=\"{path}\">"));
    let site = Site::new()
        .on("/", Act::links(&["/a", "/self", "/on"]))
        .on("/a", to("/b"))
        .on("/b", to("/a"))
        .on("/self", to("/self"))
        .on("/on", to("/there"))
        .on("/there", Act::html("there"));
    let server = TestServer::start(site).unwrap();
    let crawled = run(&config(&server, "/")).await;
    let named: Vec<_> = crawled.notices.iter().filter(|n| n.contains("back to itself by a refresh")).collect();
    assert_eq!(named.len(), 2, "{:?}", crawled.notices);
    assert!(named.iter().any(|n| n.contains("/self")) && named.iter().any(|n| n.contains("/b ")));
}
