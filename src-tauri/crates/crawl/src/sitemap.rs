//! Reads sitemaps: XML, index, plain text, RSS and Atom, gzip or not. Pure: bytes in, addresses out. Entities are never
//! expanded beyond the predefined ones, so an entity bomb is only text.

use std::io::Read;

use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};
use url::Url;

use crate::charset::decode_text;

/// Bytes of one sitemap after decompression; the protocol's own limit.
pub(crate) const MAX_SITEMAP: u64 = 50 << 20;
/// Addresses taken from one sitemap; the protocol's own limit.
pub(crate) const MAX_ADDRESSES: usize = 50_000;
/// Deepest element looked at.
const MAX_NESTING: usize = 64;
/// Longest text of one address, before it is parsed.
const MAX_TEXT: usize = 16 * 1024;

/// What a sitemap names.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Sitemap {
    /// Pages, in their order.
    pub pages: Vec<Url>,
    /// Further sitemaps.
    pub sitemaps: Vec<Url>,
    /// Why not all of it was read.
    pub problem: Option<String>,
}

/// Reads one sitemap as it was fetched from `at`.
pub(crate) fn parse(bytes: Vec<u8>, content_type: Option<&str>, at: &Url) -> Sitemap {
    let (bytes, cut) = match gunzip(bytes, MAX_SITEMAP) {
        Ok(unpacked) => unpacked,
        Err(problem) => return Sitemap { problem: Some(problem), ..Sitemap::default() },
    };
    let text = decode_text(bytes, content_type);
    let mut sitemap = match text.trim_start().starts_with('<') {
        true => Collector::new(at).read(&text),
        false => plain(&text, at),
    };
    if cut && sitemap.problem.is_none() {
        sitemap.problem = Some(format!("it is larger than {} MB", MAX_SITEMAP >> 20));
    }
    sitemap
}

/// Unpacks by the magic number, whatever the name says. The flag says that the size limit cut it.
fn gunzip(bytes: Vec<u8>, limit: u64) -> Result<(Vec<u8>, bool), String> {
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return Ok((bytes, false));
    }
    let mut out = Vec::new();
    let mut limited = flate2::read::MultiGzDecoder::new(bytes.as_slice()).take(limit + 1);
    if let Err(error) = limited.read_to_end(&mut out)
        && out.is_empty()
    {
        return Err(format!("it can't be unpacked ({error})"));
    }
    let cut = out.len() as u64 > limit;
    out.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok((out, cut))
}

fn plain(text: &str, at: &Url) -> Sitemap {
    let mut sitemap = Sitemap::default();
    for line in text.lines().map(str::trim).filter(|l| l.starts_with("http://") || l.starts_with("https://")) {
        if !push(&mut sitemap.pages, line, at) {
            sitemap.problem = Some(too_many());
            break;
        }
    }
    sitemap
}

fn too_many() -> String {
    format!("it names more than {MAX_ADDRESSES} addresses")
}

/// False when the list is full.
fn push(list: &mut Vec<Url>, text: &str, at: &Url) -> bool {
    if list.len() >= MAX_ADDRESSES {
        return false;
    }
    list.extend(at.join(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https")));
    true
}

/// What the text of an element is.
#[derive(Clone, Copy, PartialEq)]
enum Slot {
    Page,
    Sitemap,
}

/// The pull parser's state: open elements by their local names, and the text being collected.
struct Collector<'a> {
    at: &'a Url,
    found: Sitemap,
    open: Vec<String>,
    slot: Option<(Slot, usize)>,
    text: String,
}

impl<'a> Collector<'a> {
    fn new(at: &'a Url) -> Self {
        Collector { at, found: Sitemap::default(), open: Vec::new(), slot: None, text: String::new() }
    }

    fn read(mut self, text: &str) -> Sitemap {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        loop {
            let more = match reader.read_event() {
                Ok(Event::Start(tag)) => self.start(&tag),
                Ok(Event::Empty(tag)) => {
                    let more = self.link(&tag);
                    more && self.open.len() < MAX_NESTING
                }
                Ok(Event::End(_)) => self.end(),
                Ok(Event::Text(part)) => self.text(&part.xml10_content()),
                Ok(Event::CData(part)) => self.text(&part.into_inner()),
                Ok(Event::GeneralRef(reference)) => {
                    let written = written_out(&reference);
                    self.text(&written)
                }
                Ok(Event::Eof) => break,
                Ok(_) => true,
                Err(error) => {
                    self.found.problem = Some(format!("it is not well-formed ({error})"));
                    break;
                }
            };
            if !more {
                self.found.problem.get_or_insert_with(too_many);
                break;
            }
        }
        self.found
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> bool {
        if self.open.len() >= MAX_NESTING {
            self.found.problem = Some("its elements are nested too deeply".to_owned());
            return false;
        }
        let name = local(tag);
        let slot = match (self.open.last().map(String::as_str), name.as_str()) {
            (Some("url"), "loc") | (Some("item"), "link") => Some(Slot::Page),
            (Some("sitemap"), "loc") => Some(Slot::Sitemap),
            _ => None,
        };
        let more = self.link(tag);
        self.open.push(name);
        if let Some(slot) = slot {
            self.slot = Some((slot, self.open.len()));
            self.text.clear();
        }
        more
    }

    /// `<link href>` of an Atom entry, and the language versions of a `<url>`.
    fn link(&mut self, tag: &BytesStart<'_>) -> bool {
        if !matches!(self.open.last().map(String::as_str), Some("entry" | "url")) || local(tag) != "link" {
            return true;
        }
        let attribute = |name: &str| {
            let found = tag.try_get_attribute(name).ok().flatten();
            found.and_then(|a| a.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok().map(|v| v.into_owned()))
        };
        let alternate = attribute("rel").is_none_or(|rel| rel == "alternate");
        match attribute("href") {
            Some(href) if alternate => push(&mut self.found.pages, &href, self.at),
            _ => true,
        }
    }

    fn end(&mut self) -> bool {
        let depth = self.open.len();
        self.open.pop();
        let Some((slot, _)) = self.slot.filter(|(_, opened)| *opened == depth) else { return true };
        self.slot = None;
        let list = if slot == Slot::Page { &mut self.found.pages } else { &mut self.found.sitemaps };
        push(list, &self.text, self.at)
    }

    fn text(&mut self, part: &str) -> bool {
        if self.slot.is_some() && self.text.len() + part.len() <= MAX_TEXT {
            self.text.push_str(part);
        }
        true
    }
}

fn local(tag: &BytesStart<'_>) -> String {
    let name = tag.local_name();
    AsRef::<str>::as_ref(&name).to_ascii_lowercase()
}

/// A character or predefined entity; any other reference stays as it is written.
fn written_out(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name = reference.xml10_content();
    let known = quick_xml::escape::resolve_predefined_entity(&name);
    known.map_or_else(|| format!("&{name};"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: &[u8]) -> Sitemap {
        parse(bytes.to_vec(), None, &Url::parse("https://shop.test/maps/sitemap.xml").unwrap())
    }

    #[track_caller]
    fn check(text: &str, pages: &[&str], sitemaps: &[&str], problem: Option<&str>) {
        let got = read(text.as_bytes());
        assert_eq!(got.pages.iter().map(Url::as_str).collect::<Vec<_>>(), pages, "pages of {text}");
        assert_eq!(got.sitemaps.iter().map(Url::as_str).collect::<Vec<_>>(), sitemaps, "sitemaps of {text}");
        match (problem, &got.problem) {
            (None, None) => {}
            (Some(part), Some(said)) if said.contains(part) => {}
            _ => panic!("problem {:?}, wanted {problem:?}, of {text}", got.problem),
        }
    }

    const URLSET: &str = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>";

    #[test]
    fn pages_are_read() {
        check(
            &format!(
                "<?xml version='1.0'?>{URLSET}<url><loc> https://shop.test/a?x=1&amp;y=2 </loc><lastmod>2024</lastmod></url>\
                 <url><loc><![CDATA[https://shop.test/b]]></loc><image:image><image:loc>https://shop.test/i.png</image:loc>\
                 </image:image></url><url><loc>/rel&#x2F;c</loc></url><url><loc>mailto:a@b.test</loc></url></urlset>"
            ),
            &["https://shop.test/a?x=1&y=2", "https://shop.test/b", "https://shop.test/rel/c"],
            &[],
            None,
        );
    }

    #[test]
    fn an_index_names_sitemaps() {
        check(
            "\u{FEFF}<sm:sitemapindex><sm:sitemap><sm:loc>https://shop.test/1.xml.gz</sm:loc></sm:sitemap>\
             <sitemap><loc>2.xml</loc></sitemap></sm:sitemapindex>",
            &[],
            &["https://shop.test/1.xml.gz", "https://shop.test/maps/2.xml"],
            None,
        );
    }

    #[test]
    fn feeds_and_language_versions_name_pages() {
        check(
            "<rss><channel><link>https://shop.test/</link><item><link>https://shop.test/post</link></item></channel></rss>",
            &["https://shop.test/post"],
            &[],
            None,
        );
        check(
            "<feed><link href='https://shop.test/'/><entry><link href='https://shop.test/p'/>\
             <link rel='edit' href='https://shop.test/edit'/></entry></feed>",
            &["https://shop.test/p"],
            &[],
            None,
        );
        check(
            &format!(
                "{URLSET}<url><loc>https://shop.test/en</loc>\
                 <xhtml:link rel='alternate' hreflang='de' href='https://shop.test/de'/></url></urlset>"
            ),
            &["https://shop.test/en", "https://shop.test/de"],
            &[],
            None,
        );
    }

    #[test]
    fn plain_text_is_one_address_a_line() {
        check(
            "https://shop.test/a\r\n\nnot an address\n http://shop.test/b \n",
            &["https://shop.test/a", "http://shop.test/b"],
            &[],
            None,
        );
        check("", &[], &[], None);
    }

    #[test]
    fn gzip_is_known_by_its_first_bytes() {
        let pack = |text: &str| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            packer.write_all(text.as_bytes()).unwrap();
            packer.finish().unwrap()
        };
        let packed = pack(&format!("{URLSET}<url><loc>https://shop.test/a</loc></url></urlset>"));
        assert_eq!(read(&packed).pages.len(), 1);
        assert!(read(b"\x1F\x8Bnot gzip").problem.unwrap().contains("unpacked"));
        let bomb = pack(&" ".repeat(100_000));
        assert_eq!(gunzip(bomb.clone(), 50_000).map(|(bytes, cut)| (bytes.len(), cut)), Ok((50_000, true)));
        assert_eq!(gunzip(bomb, 100_000).map(|(bytes, cut)| (bytes.len(), cut)), Ok((100_000, false)));
    }

    #[test]
    fn hostile_files_are_bounded() {
        let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>\
                    <!ENTITY c SYSTEM 'file:///etc/passwd'>]>\
                    <urlset><url><loc>https://shop.test/&b;</loc></url><url><loc>https://shop.test/&c;</loc></url></urlset>";
        check(bomb, &["https://shop.test/&b;", "https://shop.test/&c;"], &[], None);
        let deep = "<a>".repeat(100_000);
        check(&deep, &[], &[], Some("nested too deeply"));
        let many: String = (0..MAX_ADDRESSES + 5).map(|n| format!("<url><loc>/p{n}</loc></url>")).collect();
        let got = read(format!("{URLSET}{many}</urlset>").as_bytes());
        assert_eq!(got.pages.len(), MAX_ADDRESSES);
        assert!(got.problem.unwrap().contains("more than"));
        let long = format!("{URLSET}<url><loc>https://shop.test/{}</loc></url></urlset>", "a<b/>".repeat(200_000));
        assert!(read(long.as_bytes()).pages.iter().all(|u| u.as_str().len() <= MAX_TEXT + 64));
    }

    #[test]
    fn broken_files_give_what_came_before_the_break() {
        check(
            &format!("{URLSET}<url><loc>https://shop.test/a</loc></url><url><loc>https://shop.test/b"),
            &["https://shop.test/a"],
            &[],
            None,
        );
        check(
            &format!("{URLSET}<url><loc>https://shop.test/a</loc></url><!-- "),
            &["https://shop.test/a"],
            &[],
            Some("well-formed"),
        );
        check("<html><body>Not found</body></html>", &[], &[], None);
    }
}
