//! What the test server serves: pages, folders, generated sites, and misbehaviour by path.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::shop;

/// What happens when a path is asked for.
#[derive(Debug, Clone)]
pub enum Act {
    /// An answer as it should be.
    Answer(Answer),
    /// Never answers.
    Stall,
    /// Answers, then sends one byte after each pause, without end.
    Drip(Duration),
    /// Sends a page without end, as fast as it is taken.
    Endless,
    /// Announces more bytes than it sends, then closes.
    Short,
    /// Sends more bytes than it announces.
    Long,
    /// Breaks the connection in the middle of the body.
    Reset,
    /// Sends a chunk whose size is no number.
    BadChunk,
    /// Sends bytes that are not HTTP.
    Garbage,
    /// Closes without a word.
    Hangup,
    /// Sends bytes as they are, then closes.
    Raw(bytes::Bytes),
    /// Begins an answer and sends one byte of its header after each pause, without end.
    DripHeader(Duration),
    /// Sends header fields without end.
    FloodHeader,
    /// Sends interim answers (100) without end.
    Interim,
    /// An answer with this `ETag`, and 304 for whoever has it.
    Tagged(String, Box<Act>),
    /// An answer with this `Last-Modified`, and 304 for whoever names it.
    Dated(String, Box<Act>),
    /// Does `first` so many times, and `then` ever after.
    Times(u32, Box<Act>, Box<Act>),
    /// Waits, then does it.
    After(Duration, Box<Act>),
}

/// An ordinary answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header fields besides the length.
    pub headers: Vec<(String, String)>,
    /// Body as sent.
    pub body: bytes::Bytes,
}

impl Act {
    /// A page of HTML.
    pub fn html(body: impl Into<Vec<u8>>) -> Act {
        Act::typed("text/html; charset=utf-8", body)
    }

    /// A body of some type; an empty type is not sent.
    pub fn typed(content_type: &str, body: impl Into<Vec<u8>>) -> Act {
        let answer = Answer { status: 200, headers: Vec::new(), body: body.into().into() };
        if content_type.is_empty() {
            Act::Answer(answer)
        } else {
            Act::Answer(answer).with("Content-Type", content_type)
        }
    }

    /// A page that links to these.
    pub fn links(to: &[&str]) -> Act {
        let list: String = to.iter().map(|href| format!("<a href=\"{href}\">x</a>\n")).collect();
        Act::html(format!("<!doctype html><title>Links</title>\n{list}"))
    }

    /// A redirect.
    pub fn redirect(status: u16, to: &str) -> Act {
        Act::html("moved").status(status).with("Location", to)
    }

    /// An error page.
    pub fn error(status: u16) -> Act {
        Act::html("<h1>Error</h1>").status(status)
    }

    /// What a request with these header fields gets.
    pub(crate) fn asked_with(self, headers: &BTreeMap<String, String>) -> Act {
        let unless = |value: &str, name: &str, asked: &str, act: Act| {
            let same = headers.get(asked).is_some_and(|sent| sent == value);
            if same { Act::typed("", "").status(304).with(name, value) } else { act.with(name, value) }
        };
        match self {
            Act::Tagged(tag, act) => unless(&tag, "ETag", "if-none-match", *act),
            Act::Dated(date, act) => unless(&date, "Last-Modified", "if-modified-since", *act),
            act => act,
        }
    }

    /// The same with another status.
    pub fn status(mut self, status: u16) -> Act {
        if let Act::Answer(answer) = &mut self {
            answer.status = status;
        }
        self
    }

    /// The same with one more header field.
    pub fn with(mut self, name: &str, value: &str) -> Act {
        if let Act::Answer(answer) = &mut self {
            answer.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

/// A site: acts by path and query, a folder for the rest, or pages made on the fly.
#[derive(Debug, Clone, Default)]
pub struct Site {
    acts: BTreeMap<String, Act>,
    folder: Option<PathBuf>,
    linked: Option<Linked>,
    made: Option<Made>,
}

/// Makes a page for a request's target.
type Make = dyn Fn(&str) -> Option<Act> + Send + Sync;

/// Pages made on the fly.
#[derive(Clone)]
struct Made(Arc<Make>);

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Made")
    }
}

#[derive(Debug, Clone)]
struct Linked {
    pages: u64,
    filler: String,
}

impl Site {
    /// A site without pages: everything is 404.
    pub fn new() -> Site {
        Site::default()
    }

    /// Adds what happens at a path, with its query if it has one.
    pub fn on(mut self, path: &str, act: Act) -> Site {
        self.acts.insert(path.to_owned(), act);
        self
    }

    /// Adds pages that are made when they are asked for, where no act is set.
    pub fn made(mut self, make: impl Fn(&str) -> Option<Act> + Send + Sync + 'static) -> Site {
        self.made = Some(Made(Arc::new(make)));
        self
    }

    /// Serves a folder of files where no act is set. A folder is its `index.html`, or a list of links to what is in it;
    /// `x.html.gz` is also served as `/x.html`, packed.
    pub fn folder(path: impl AsRef<Path>) -> Site {
        Site { folder: Some(path.as_ref().to_owned()), ..Site::default() }
    }

    /// A generated site of so many pages of about so many bytes: a tree, ten links a page, all reachable from `/`.
    pub fn linked(pages: u64, bytes_per_page: usize) -> Site {
        let sentence = "<p>Nothing here is for sale, but there is much of it to read.</p>\n";
        let filler = sentence.repeat(bytes_per_page.saturating_sub(1000) / sentence.len());
        Site { linked: Some(Linked { pages, filler }), ..Site::default() }
    }

    /// A made-up shop of so many pages of about so many bytes, all reachable from `/`: for long runs and benches.
    pub fn shop(pages: u64, bytes_per_page: usize) -> Site {
        Site::new().made(move |target| {
            let path = target.split('?').next().unwrap_or_default();
            let number: u64 = if path == "/" { 0 } else { path.strip_prefix("/page/")?.parse().ok()? };
            (number < pages).then(|| Act::html(shop::page(number, pages, bytes_per_page)))
        })
    }

    /// What to do for a request target.
    pub(crate) fn act(&self, target: &str) -> Act {
        let path = target.split('?').next().unwrap_or_default();
        let set = self.acts.get(target).or_else(|| self.acts.get(path)).cloned();
        let set = set.or_else(|| self.made.as_ref().and_then(|made| (made.0)(target)));
        set.or_else(|| self.linked.as_ref()?.page(path)).or_else(|| file(self.folder.as_deref()?, path)).unwrap_or_else(
            || {
                let found = if path == "/robots.txt" { Act::typed("text/plain", "") } else { Act::html("Not found") };
                found.status(404)
            },
        )
    }
}

impl Linked {
    fn page(&self, path: &str) -> Option<Act> {
        let number: u64 = if path == "/" { 0 } else { path.strip_prefix("/page/")?.parse().ok()? };
        if number >= self.pages {
            return None;
        }
        let mut html = format!(
            "<!doctype html><html lang=en><head><meta charset=utf-8><title>Page {number}</title>\n<script>\
             !function(f,b){{f.fbq=f.fbq||function(){{(f.fbq.queue=f.fbq.queue||[]).push(arguments)}}}}(window,document);\n\
             fbq('init', '123456789012345');\nfbq('track', 'PageView');</script></head><body>\n<a href=\"/\">Home</a>\n"
        );
        for child in (number * 10 + 1..=number * 10 + 10).take_while(|child| *child < self.pages) {
            let _ = writeln!(html, "<a href=\"/page/{child}\">Page {child}</a>");
        }
        html.push_str(&self.filler);
        html.push_str("</body></html>\n");
        Some(Act::html(html))
    }
}

fn file(folder: &Path, path: &str) -> Option<Act> {
    let relative = Path::new(path.trim_start_matches('/'));
    if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
        return None;
    }
    let mut on_disk = folder.join(relative);
    if on_disk.is_dir() {
        if !on_disk.join("index.html").is_file() {
            return listing(&on_disk);
        }
        on_disk.push("index.html");
    }
    let packed = on_disk.with_added_extension("gz");
    let act = match std::fs::read(&on_disk) {
        Ok(body) => Act::typed("", body),
        Err(_) => Act::typed("", std::fs::read(packed).ok()?).with("Content-Encoding", "gzip"),
    };
    Some(act.with("Content-Type", content_type(&on_disk)))
}

/// Links to the files of a folder, sorted.
fn listing(folder: &Path) -> Option<Act> {
    let names = std::fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let names: BTreeSet<String> =
        names.map(|name| name.strip_suffix(".gz").map_or(name.clone(), str::to_owned)).collect();
    let links: Vec<&str> = names.iter().map(String::as_str).collect();
    Some(Act::links(&links))
}

/// HTML without a charset: a saved page says itself what it is written in.
fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "html" | "htm" => "text/html",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css",
        "xml" => "application/xml",
        "txt" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
