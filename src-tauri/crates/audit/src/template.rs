//! Page templates: the shape of an address, `/product/*`, computed from all addresses of an audit.
//!
//! 1. A segment that looks like an id (a number, a hash, three digits in a row) is `*`, with its extension kept.
//! 2. A page is a segment with nothing below it, a folder one with something. Pages side by side in one folder become `*`
//!    when at least [`MIN_SIBLINGS`] of them have the same extension (at the top of the site [`MIN_ROOT_SIBLINGS`], since
//!    `/about` and `/cart` are neighbours there without being alike), or when more than [`MAX_NAMES`] names stand there.
//! 3. Folders keep their names until more than [`MAX_FOLDERS`] of them stand in one place; then all of that place is `*`.
//! 4. Of a query only the names count: `/item.php?id=*`. Segments beyond [`MAX_DEPTH`] are `**`. Hosts other than the one
//!    with most addresses are written in front.
//!
//! Each of these conditions only ever turns true while addresses are added, so that the result depends on their set and
//! not on their order, and names can be forgotten as soon as they are too many: memory grows with the kinds of pages.

use std::collections::BTreeMap;

use url::Url;

/// Pages in one folder that make a template.
pub(crate) const MIN_SIBLINGS: usize = 4;
/// Pages at the top of the site that make a template.
pub(crate) const MIN_ROOT_SIBLINGS: usize = 40;
/// Names in one place beyond which pages aren't told apart, whatever their extension.
pub(crate) const MAX_NAMES: usize = 200;
/// Folders in one place that keep their names.
pub(crate) const MAX_FOLDERS: usize = 40;
/// Segments that a template tells apart.
pub(crate) const MAX_DEPTH: usize = 8;
/// Names of query parameters in a template.
const MAX_QUERY: usize = 4;
/// A segment longer than this is no name.
const MAX_SEGMENT: usize = 80;

/// Collects addresses, then names the template of each.
#[derive(Debug, Default)]
pub(crate) struct Templates {
    hosts: BTreeMap<String, (u64, Node)>,
}

#[derive(Debug, Default)]
struct Node {
    /// By segment, ids already starred. A child without children is a page.
    children: BTreeMap<String, Node>,
    /// More than [`MAX_NAMES`] names: pages are no longer kept.
    crowded: bool,
    /// More than [`MAX_FOLDERS`] folders: all that lies below any of them.
    any: Option<Box<Node>>,
}

impl Templates {
    /// Takes an address.
    pub(crate) fn add(&mut self, url: &Url) {
        let (count, root) = self.hosts.entry(host_of(url)).or_default();
        *count += 1;
        root.add(&segments(url));
    }

    /// The template of an address that was added.
    pub(crate) fn of(&self, url: &Url) -> String {
        let host = host_of(url);
        let mut out = if self.main_host() == Some(host.as_str()) { String::new() } else { host.clone() };
        let segments = segments(url);
        let mut node = self.hosts.get(&host).map(|(_, root)| root);
        for (i, segment) in segments.iter().enumerate() {
            out.push('/');
            out.push_str(&node.map_or_else(|| segment.clone(), |n| n.shown(segment, i == 0)));
            node = node.and_then(|n| n.below(segment));
        }
        if segments.is_empty() {
            out.push('/');
        }
        out.push_str(&query_shape(url));
        out
    }

    /// The smallest name among those with most addresses.
    fn main_host(&self) -> Option<&str> {
        self.hosts.iter().rev().max_by_key(|(_, (count, _))| *count).map(|(host, _)| host.as_str())
    }
}

impl Node {
    fn add(&mut self, path: &[String]) {
        let Some((segment, rest)) = path.split_first() else { return };
        if let Some(any) = &mut self.any {
            any.add(rest);
            return;
        }
        if rest.is_empty() && self.crowded {
            return;
        }
        self.children.entry(segment.clone()).or_default().add(rest);
        self.settle();
    }

    /// Forgets what is too much.
    fn settle(&mut self) {
        if self.children.len() > MAX_NAMES {
            self.crowded = true;
        }
        if self.crowded {
            self.children.retain(|_, child| !child.is_page());
        }
        if self.children.values().filter(|c| !c.is_page()).count() > MAX_FOLDERS {
            let mut any = Node::default();
            std::mem::take(&mut self.children).into_values().for_each(|child| any.join(child));
            self.any = Some(Box::new(any));
        }
    }

    /// Takes everything that lies below another node.
    fn join(&mut self, other: Node) {
        if let Some(any) = &mut self.any {
            other.children.into_values().for_each(|child| any.join(child));
            if let Some(others) = other.any {
                any.join(*others);
            }
            return;
        }
        for (segment, child) in other.children {
            self.children.entry(segment).or_default().join(child);
        }
        self.crowded |= other.crowded;
        if let Some(mut any) = other.any {
            std::mem::take(&mut self.children).into_values().for_each(|child| any.join(child));
            self.any = Some(any);
            return;
        }
        self.settle();
    }

    fn is_page(&self) -> bool {
        self.children.is_empty() && self.any.is_none() && !self.crowded
    }

    fn below(&self, segment: &str) -> Option<&Node> {
        self.any.as_deref().or_else(|| self.children.get(segment))
    }

    fn shown(&self, segment: &str, top: bool) -> String {
        if self.any.is_some() {
            return starred(segment);
        }
        if self.children.get(segment).is_some_and(|child| !child.is_page()) {
            return segment.to_owned();
        }
        let (_, extension) = split_extension(segment);
        let alike = |(name, child): &(&String, &Node)| child.is_page() && split_extension(name).1 == extension;
        let needed = if top { MIN_ROOT_SIBLINGS } else { MIN_SIBLINGS };
        if self.crowded || self.children.iter().filter(alike).count() >= needed {
            return starred(segment);
        }
        segment.to_owned()
    }
}

/// The template as far as the address alone says it; used while the audit runs.
pub(crate) fn provisional(url: &Url) -> String {
    format!("/{}{}", segments(url).join("/"), query_shape(url))
}

fn host_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => String::new(),
    }
}

/// Segments of the path, ids starred, without empty ones.
fn segments(url: &Url) -> Vec<String> {
    let all = || url.path().split('/').filter(|s| !s.is_empty());
    let star = |s: &str| if is_id(s) { starred(s) } else { s.to_owned() };
    let mut out: Vec<String> = all().take(MAX_DEPTH).map(star).collect();
    if all().nth(MAX_DEPTH).is_some() {
        out.push("**".to_owned());
    }
    out
}

fn starred(segment: &str) -> String {
    if segment == "**" {
        return segment.to_owned();
    }
    format!("*{}", split_extension(segment).1)
}

/// Name and extension (`.html`, with its dot) of a segment.
fn split_extension(segment: &str) -> (&str, &str) {
    match segment.rsplit_once('.') {
        Some((name, ext)) if !name.is_empty() && matches!(ext.len(), 2..=5) && is_word(ext) => {
            segment.split_at(name.len())
        }
        _ => (segment, ""),
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// A number, a hash, three digits in a row, or something far too long to be a name.
fn is_id(segment: &str) -> bool {
    let (name, _) = split_extension(segment);
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let long_run = name.as_bytes().windows(3).any(|w| w.iter().all(u8::is_ascii_digit));
    let hash = name.len() >= 12 && digits > 0 && name.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    (digits > 0 && digits == name.len()) || long_run || hash || name.len() > MAX_SEGMENT
}

/// Names of the query's parameters, sorted: `?id=*&page=*`.
fn query_shape(url: &Url) -> String {
    let mut names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    names.sort();
    names.dedup();
    match names.len() {
        0 => String::new(),
        1..=MAX_QUERY => {
            let pairs: Vec<String> = names.iter().map(|n| format!("{n}=*")).collect();
            format!("?{}", pairs.join("&"))
        }
        _ => "?*".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Url {
        let text = if path.starts_with('/') { format!("https://shop.example{path}") } else { path.to_owned() };
        Url::parse(&text).unwrap()
    }

    fn templates(paths: &[String]) -> Templates {
        let mut templates = Templates::default();
        paths.iter().for_each(|p| templates.add(&url(p)));
        templates
    }

    #[track_caller]
    fn check(paths: &[&str], want: &[&str]) {
        let paths: Vec<String> = paths.iter().map(|p| (*p).to_owned()).collect();
        let found = templates(&paths);
        let got: Vec<String> = paths.iter().map(|p| found.of(&url(p))).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn shapes() {
        check(&["/", "/about", "/cart"], &["/", "/about", "/cart"]);
        check(&["/p/1", "/p/22"], &["/p/*", "/p/*"]);
        check(&["/b/a", "/b/c", "/b/d", "/b/e", "/b"], &["/b/*", "/b/*", "/b/*", "/b/*", "/b"]);
        check(&["/b/a", "/b/c", "/b/d"], &["/b/a", "/b/c", "/b/d"]);
        check(&["/b/a.html", "/b/c.html", "/b/d.html", "/b/e"], &["/b/a.html", "/b/c.html", "/b/d.html", "/b/e"]);
        check(&["/x?id=1&a=2", "/x?a=1"], &["/x?a=*&id=*", "/x?a=*"]);
        check(&["/2024/05/some-post", "/o-4711.html"], &["/*/*/some-post", "/*.html"]);
        check(&["/a/b/c/d/e/f/g/h/i/j"], &["/a/b/c/d/e/f/g/h/**"]);
        check(&["/a", "/b", "https://blog.shop.example/c"], &["/a", "/b", "blog.shop.example/c"]);
        check(&["/9f86d081884c7d65", "/face"], &["/*", "/face"]);
    }

    #[test]
    fn many_folders_and_many_pages_merge_whatever_the_order() {
        let mut paths: Vec<String> = (0..60).map(|i| format!("/brand{}/shoes", letters(i))).collect();
        paths.extend((0..300).map(|i| format!("/help/topic-{}", letters(i))));
        paths.extend((0..20).map(|i| format!("/help/faq/{}", letters(i))));
        let forward = templates(&paths);
        let named: Vec<String> = paths.iter().map(|p| forward.of(&url(p))).collect();
        for step in [1, 7, 119] {
            let mut shuffled: Vec<String> = (0..paths.len()).map(|i| paths[(i * step) % paths.len()].clone()).collect();
            shuffled.sort_by_key(|p| std::cmp::Reverse(p.len() % (step + 2)));
            shuffled.extend(paths.iter().rev().cloned());
            let found = templates(&shuffled);
            let again: Vec<String> = paths.iter().map(|p| found.of(&url(p))).collect();
            assert_eq!(again, named);
        }
        // More than MAX_FOLDERS folders at the top: everything below them is one crowd.
        assert_eq!(forward.of(&url(&paths[0])), "/*/*");
    }

    #[test]
    fn a_crowd_of_pages_leaves_folders_their_names_and_is_forgotten() {
        let mut paths: Vec<String> = (0..5000).map(|i| format!("/{}", letters(i))).collect();
        paths.push("/blog/first".to_owned());
        let found = templates(&paths);
        assert_eq!(found.of(&url("/abc")), "/*");
        assert_eq!(found.of(&url("/blog/first")), "/blog/first");
        let (_, root) = &found.hosts["shop.example"];
        assert!(root.children.len() <= MAX_FOLDERS + 1, "{}", root.children.len());
    }

    /// A name without digits.
    fn letters(mut n: usize) -> String {
        let mut out = String::from("n");
        for _ in 0..4 {
            out.push(char::from(b'a' + (n % 26) as u8));
            n /= 26;
        }
        out
    }
}
