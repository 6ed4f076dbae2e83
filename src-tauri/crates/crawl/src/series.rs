//! Series of addresses without end: recognised by the addresses, by who names them and by what the pages say. A sample of
//! each is looked at, after everything else, so that no series takes the page limit from the rest of a site. Pure.
//!
//! Nothing is cut for being many: products by the thousand and long pagination are only put behind other pages, where
//! they name each other. What starts, lists and sitemaps name is never part of a series.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pixelproof_model::Trap;
use sha2::{Digest, Sha256};
use url::Url;

use crate::dates::{Month, dated};

/// Pages of a calendar that are looked at like any other, up to the present and after it.
const CALENDAR_PAST: u64 = 40;
const CALENDAR_FUTURE: u64 = 12;
/// Pages of a calendar looked at last: thirty years of months, and one more year to come.
const MORE_PAST: u64 = 360;
const MORE_FUTURE: u64 = 12;
/// Variations looked at of one list.
const VARIATIONS: u64 = 10;
/// Pages looked at whose folders repeat, of one folder.
const REPEATING: u64 = 10;
/// Pages looked at that only pages with nothing new to say name, of one shape.
const SAME: u64 = 50;
/// Samples of all series together: this share of the page limit, and at least so many.
const SAMPLE_SHARE: u64 = 5;
const SAMPLE_LEAST: u64 = 50;
/// Share of the page limit beyond which pages that name others of their shape wait for other shapes, and the least.
const CROWD_SHARE: u64 = 4;
const CROWD_LEAST: u64 = 25;
/// Paths, calendars and shapes remembered.
const MAX_REMEMBERED: usize = 500_000;
/// Names of parameters remembered of one path.
const MAX_NAMES: usize = 64;

/// Parameters that only arrange what a list shows.
const ARRANGING: &[&str] = &[
    "add-to-cart",
    "add_to_wishlist",
    "asc",
    "desc",
    "dir",
    "direction",
    "display_mode",
    "items_per_page",
    "limit",
    "mode",
    "order",
    "order_by",
    "orderby",
    "orderdir",
    "orderway",
    "page_size",
    "pagesize",
    "per_page",
    "perpage",
    "print",
    "printable",
    "product_list_dir",
    "product_list_limit",
    "product_list_mode",
    "product_list_order",
    "replytocom",
    "resultsperpage",
    "share",
    "sort",
    "sort-by",
    "sort_by",
    "sort_order",
    "sortby",
    "sortdir",
    "sortorder",
];
/// Parameters that lead through a list, or choose its language.
const PAGING: &[&str] = &[
    "currentpage",
    "hl",
    "lang",
    "language",
    "locale",
    "offset",
    "p",
    "page",
    "paged",
    "pageno",
    "pagenum",
    "pagina",
    "pg",
    "seite",
    "skip",
    "start",
];

/// The page that names an address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Namer<'a> {
    /// Its [`shape`].
    pub(crate) shape: &'a str,
    /// It says the same as an earlier page.
    pub(crate) same: bool,
}

/// When an address is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// In the order of discovery.
    Now,
    /// After everything else; as a sample of a series, if it is one.
    Later(Option<Trap>),
    /// Not at all: the series was sampled enough.
    Never,
}

/// A series that was cut.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Cut {
    /// Samples looked at.
    pub(crate) sampled: u64,
    /// Addresses left out.
    pub(crate) left: u64,
    /// One of them.
    pub(crate) example: String,
}

/// What is known of a site's series.
#[derive(Debug)]
pub(crate) struct Series {
    today: Month,
    samples_left: u64,
    crowd: u64,
    /// Series by kind and shape.
    cuts: BTreeMap<(Trap, String), Cut>,
    /// Pages of each calendar, up to the present and after it.
    calendars: HashMap<u128, (u64, u64)>,
    /// Parameters that were seen alone, by path.
    alone: HashMap<u128, BTreeSet<String>>,
    /// Pages that pages of the same shape name.
    crowds: HashMap<u128, u64>,
}

impl Series {
    /// Series of a crawl of so many pages that takes place in this month.
    pub(crate) fn new(max_pages: u64, today: Month) -> Series {
        Series {
            today,
            samples_left: (max_pages / SAMPLE_SHARE).max(SAMPLE_LEAST),
            crowd: (max_pages / CROWD_SHARE).max(CROWD_LEAST),
            cuts: BTreeMap::new(),
            calendars: HashMap::new(),
            alone: HashMap::new(),
            crowds: HashMap::new(),
        }
    }

    /// When an address that was not known before is looked at.
    pub(crate) fn turn(&mut self, url: &Url, namer: Namer<'_>) -> Turn {
        if let Some(folder) = repeating(url) {
            return self.sample(Trap::RepeatingPath, folder, REPEATING, url);
        }
        if let Some(turn) = self.in_calendar(url) {
            return turn;
        }
        if self.is_variation(url) {
            return self.sample(Trap::QueryVariations, url.path().to_owned(), VARIATIONS, url);
        }
        if namer.same {
            return self.sample(Trap::SameContent, shape(url), SAME, url);
        }
        let own = shape(url);
        if own == namer.shape && self.counted(own) { Turn::Later(None) } else { Turn::Now }
    }

    /// The series that were cut, in a fixed order.
    pub(crate) fn cuts(&self) -> impl Iterator<Item = (Trap, &str, &Cut)> {
        self.cuts.iter().filter(|(_, cut)| cut.left > 0).map(|((trap, shape), cut)| (*trap, shape.as_str(), cut))
    }

    fn sample(&mut self, trap: Trap, shape: String, most: u64, url: &Url) -> Turn {
        if self.cuts.len() >= MAX_REMEMBERED {
            return Turn::Never;
        }
        let cut = self.cuts.entry((trap, shape)).or_default();
        if cut.sampled < most && self.samples_left > 0 {
            cut.sampled += 1;
            self.samples_left -= 1;
            return Turn::Later(Some(trap));
        }
        cut.left += 1;
        if cut.example.is_empty() {
            cut.example = url.to_string();
        }
        Turn::Never
    }

    fn in_calendar(&mut self, url: &Url) -> Option<Turn> {
        let (shape, month) = dated(url)?;
        let key = key(&shape);
        if self.calendars.len() >= MAX_REMEMBERED && !self.calendars.contains_key(&key) {
            return None;
        }
        let (past, future) = self.calendars.entry(key).or_default();
        let (count, first, more) = match month > self.today {
            true => (future, CALENDAR_FUTURE, MORE_FUTURE),
            false => (past, CALENDAR_PAST, MORE_PAST),
        };
        *count += 1;
        if *count <= first {
            return None;
        }
        // The two directions are sampled on their own.
        let shape = if month > self.today { format!("{shape} (future)") } else { shape };
        Some(self.sample(Trap::Calendar, shape, more, url))
    }

    /// Whether a query only arranges a list, or combines choices that the list also offers one by one.
    fn is_variation(&mut self, url: &Url) -> bool {
        let names: Vec<(String, String)> =
            url.query_pairs().map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned())).collect();
        let arranges = |(name, value): &(String, String)| {
            let is_number = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
            // `order=4711` is a purchase, `order=price` is not.
            ARRANGING.contains(&name.as_str()) && !(is_number && matches!(name.as_str(), "order" | "mode" | "share"))
        };
        if names.iter().any(arranges) {
            return true;
        }
        let mut chosen: Vec<&str> = names.iter().map(|(n, _)| n.as_str()).filter(|n| !PAGING.contains(n)).collect();
        let all = chosen.len();
        chosen.sort_unstable();
        chosen.dedup();
        if chosen.is_empty() {
            return false;
        }
        let path = key(&format!("{}{}", url.host_str().unwrap_or_default(), url.path()));
        match chosen.as_slice() {
            [] => false,
            // One choice several times over: `color=red&color=blue`.
            [_] if all > 1 => true,
            [one] => {
                if self.alone.len() < MAX_REMEMBERED || self.alone.contains_key(&path) {
                    let alone = self.alone.entry(path).or_default();
                    if alone.len() < MAX_NAMES {
                        alone.insert((*one).to_owned());
                    }
                }
                false
            }
            several => {
                let alone = self.alone.get(&path);
                alone.is_some_and(|alone| several.iter().filter(|name| alone.contains(**name)).count() > 1)
            }
        }
    }

    /// Counts a page that its like names; true when they are a crowd.
    fn counted(&mut self, shape: String) -> bool {
        let key = key(&shape);
        if self.crowds.len() >= MAX_REMEMBERED && !self.crowds.contains_key(&key) {
            return false;
        }
        let count = self.crowds.entry(key).or_default();
        *count += 1;
        *count > self.crowd
    }
}

/// What a series is, for people.
pub(crate) fn words(trap: Trap) -> &'static str {
    match trap {
        Trap::RepeatingPath => "folders that repeat",
        Trap::Calendar => "a calendar",
        Trap::QueryVariations => "a list sorted and filtered in every combination",
        Trap::SameContent => "pages that name each other and say the same",
    }
}

/// The folder below which segments repeat, if they do: three times in a row, or several again and again.
fn repeating(url: &Url) -> Option<String> {
    const AGAIN: usize = 3;
    let is_word = |segment: &&str| !segment.is_empty() && !segment.bytes().all(|b| b.is_ascii_digit());
    let segments: Vec<&str> = url.path_segments()?.filter(is_word).collect();
    let mut seen = BTreeSet::new();
    let again = segments.iter().filter(|segment| !seen.insert(**segment)).count();
    let in_a_row = segments.windows(3).any(|three| matches!(three, [a, b, c] if a == b && b == c));
    let first = segments.first()?;
    (again >= AGAIN || in_a_row).then(|| format!("/{first}/*"))
}

/// Path and parameter names with the last segment, and all segments with digits, as `*`.
pub(crate) fn shape(url: &Url) -> String {
    let path = url.path();
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let starred: Vec<&str> =
        folder.split('/').map(|s| if s.bytes().any(|b| b.is_ascii_digit()) { "*" } else { s }).collect();
    let mut names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    names.sort();
    names.dedup();
    let mark = if names.is_empty() { "" } else { "?" };
    let file = if file.is_empty() { "" } else { "*" };
    format!("{}/{file}{mark}{}", starred.join("/"), names.join("&"))
}

fn key(text: &str) -> u128 {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(16).fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Month = Month { year: 2026, month: 3 };

    fn url(path: &str) -> Url {
        Url::parse("https://shop.test/").unwrap().join(path).unwrap()
    }

    /// Offers addresses that one page names; how many go where.
    fn turns(series: &mut Series, namer: &str, same: bool, paths: &[String]) -> (usize, usize, usize) {
        let from = shape(&url(namer));
        let all: Vec<Turn> = paths.iter().map(|p| series.turn(&url(p), Namer { shape: &from, same })).collect();
        let count = |wanted: fn(&Turn) -> bool| all.iter().filter(|t| wanted(t)).count();
        (count(|t| *t == Turn::Now), count(|t| matches!(t, Turn::Later(_))), count(|t| *t == Turn::Never))
    }

    #[track_caller]
    fn check(paths: Vec<String>, trap: Trap, now: usize, later: usize, never: usize) {
        let mut series = Series::new(5000, TODAY);
        assert_eq!(turns(&mut series, "/", false, &paths), (now, later, never), "{trap:?}");
        let cuts: Vec<_> = series.cuts().map(|(trap, _, cut)| (trap, cut.left)).collect();
        assert_eq!(cuts, [(trap, never as u64)]);
    }

    #[test]
    fn series_without_end_are_sampled() {
        let months = |from: u32| (0..2000).map(move |n| format!("/cal/{}/{}", from + n / 12, n % 12 + 1)).collect();
        check(months(2027), Trap::Calendar, 12, 12, 1976);
        check(
            (0..2000).map(|n| format!("/cal?month={}-{:02}", 2025 - n / 12, n % 12 + 1)).collect(),
            Trap::Calendar,
            40,
            360,
            1600,
        );
        check((2..100).map(|n| format!("{}/x", "/a/b".repeat(n))).collect(), Trap::RepeatingPath, 1, 10, 87);
        check((0..100).map(|n| format!("/list?sort=price&page={n}")).collect(), Trap::QueryVariations, 0, 10, 90);
        let facets = |n: u32| format!("/list?color={}&size={}&brand={}", n % 7, n % 11, n % 13);
        let mut paths: Vec<String> = ["color", "size", "brand"].iter().map(|f| format!("/list?{f}=1")).collect();
        paths.extend((0..100).map(facets));
        check(paths, Trap::QueryVariations, 3, 10, 90);
    }

    #[test]
    fn what_is_only_large_is_not_cut() {
        let mut series = Series::new(20_000, TODAY);
        for (what, paths) in [
            ("products by number", (0..10_000).map(|n| format!("/product/{n}")).collect::<Vec<_>>()),
            ("products by id", (0..10_000).map(|n| format!("/product.php?id={n}&lang=de")).collect()),
            ("products below categories", (0..1000).map(|n| format!("/c{}/p-{n}.html", n % 9)).collect()),
            ("items of a shop system", (0..1000).map(|n| format!("/?route=product&path={}&id={n}", n % 30)).collect()),
            ("a long blog", (1..=300).map(|n| format!("/blog/page/{n}")).collect()),
            ("a long list", (1..=300).map(|n| format!("/list?cat={}&page={n}", n % 3)).collect()),
            ("posts by date", (0..1000).map(|n| format!("/{}/{:02}/post-{n}", 2000 + n % 25, n % 12 + 1)).collect()),
            ("thirty years of archive", (0..360).map(|n| format!("/{}/{:02}/", 1996 + n / 12, n % 12 + 1)).collect()),
            ("an order", vec!["/order?order=4711".to_owned()]),
            ("an address with numbers", vec!["/1/1/1/1".to_owned(), "/a/b/a/b".to_owned()]),
        ] {
            let (_, _, never) = turns(&mut series, "/start", false, &paths);
            assert_eq!(never, 0, "{what}");
        }
        assert_eq!(series.cuts().count(), 0);
    }

    #[test]
    fn a_crowd_that_names_itself_waits_for_others() {
        let mut series = Series::new(400, TODAY);
        let paths: Vec<String> = (0..1000).map(|n| format!("/item/{n}")).collect();
        assert_eq!(turns(&mut series, "/item/x", false, &paths), (100, 900, 0));
        let more: Vec<String> = (1000..1100).map(|n| format!("/item/{n}")).collect();
        assert_eq!(turns(&mut series, "/list", false, &more), (100, 0, 0), "named by a page of another kind");
    }

    #[test]
    fn pages_with_nothing_new_to_say_name_little() {
        let mut series = Series::new(5000, TODAY);
        let paths: Vec<String> = (0..100).map(|n| format!("/x?r={n}")).collect();
        assert_eq!(turns(&mut series, "/x", true, &paths), (0, 50, 50));
    }

    #[test]
    fn all_samples_together_are_bounded() {
        let mut series = Series::new(100, TODAY);
        let paths: Vec<String> = (0..100).map(|n| format!("/list{n}?sort=x")).collect();
        assert_eq!(turns(&mut series, "/", false, &paths), (0, 50, 50));
    }
}
