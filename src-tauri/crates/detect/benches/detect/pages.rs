//! What detection costs beside a parse of the same pages: both in turns, in time of the processor, which a machine that is
//! busy otherwise stretches less than the clock's.
//!
//! Prints one JSON line per set of pages; `cargo xtask bench` makes the table. Arguments that name folders add the
//! pages in them (`.html`, `.html.gz`).

use std::{fmt::Write as _, fs, hint::black_box, io::Read, path::Path, time::Duration};

use pixelproof_detect::{Catalogue, PageInput, read_page, rules};
use url::Url;

/// Times each page is read. The fastest counts: whatever else the machine does only ever adds time.
const ROUNDS: usize = 7;
/// Generated pages.
const GENERATED: usize = 40;

struct Doc {
    name: String,
    html: String,
}

fn main() {
    // Cargo passes switches of its own; what is left are folders.
    let folders: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    measure("generated", &(0..GENERATED).map(generated).collect::<Vec<_>>());
    for folder in folders {
        let docs = read_folder(Path::new(&folder));
        assert!(!docs.is_empty(), "no .html or .html.gz in {folder}");
        measure("corpus", &docs);
    }
}

fn measure(set: &str, docs: &[Doc]) {
    let catalogue = Catalogue::builtin();
    let base = Url::parse("https://shop.example/page").expect("a URL");
    let (mut parse, mut detect, mut worst) = (Duration::ZERO, Duration::ZERO, (0.0, ""));
    for doc in docs {
        let (mut parse_best, mut detect_best) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            parse_best = parse_best.min(time(|| scraper::Html::parse_document(&doc.html)));
            detect_best = detect_best.min(time(|| {
                let input = PageInput { source: &doc.name, url: &base, html: &doc.html };
                let page = read_page(catalogue, &input).finish(catalogue, &|_| None);
                (rules::check_page(&rules::PageContext { page: &page, catalogue }).len(), page)
            }));
        }
        let ratio = detect_best.as_secs_f64() / parse_best.as_secs_f64();
        if ratio > worst.0 {
            worst = (ratio, &doc.name);
        }
        parse += parse_best;
        detect += detect_best;
    }
    let bytes: usize = docs.iter().map(|doc| doc.html.len()).sum();
    let line = serde_json::json!({
        "set": set, "pages": docs.len(), "bytes": bytes, "parse_s": parse.as_secs_f64(),
        "detect_s": detect.as_secs_f64(), "worst_ratio": worst.0, "worst_page": worst.1,
    });
    println!("{line}");
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let started = spent();
    let made = black_box(work());
    let taken = spent().saturating_sub(started);
    // Freed outside the measure on both sides.
    drop(made);
    taken
}

/// Time that the process, with all its threads, has had of the processor.
#[cfg(unix)]
fn spent() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(now).unwrap_or_default()
}

/// Where that can't be had: time since the first call.
#[cfg(not(unix))]
fn spent() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

fn read_folder(folder: &Path) -> Vec<Doc> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| read(path)).collect()
}

fn read(path: &Path) -> Option<Doc> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let bytes = if name.ends_with(".html.gz") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).expect("gzip");
        plain
    } else if name.ends_with(".html") {
        bytes
    } else {
        return None;
    };
    Some(Doc { name, html: String::from_utf8_lossy(&bytes).into_owned() })
}

/// A shop page of ordinary size and shape: navigation, a grid of products, reviews, structured data, inline scripts of
/// which a few belong to vendors.
fn generated(number: usize) -> Doc {
    let mut html = String::from("<!doctype html><html lang=en><head><meta charset=utf-8>");
    let _ = write!(html, "<title>Page {number}</title>");
    html.push_str(&"<style>.card{display:grid;gap:4px}.card img{max-width:100%}</style>".repeat(12));
    let _ = write!(
        html,
        "<script>!function(f,b,e,v,n,t,s){{if(f.fbq)return;n=f.fbq=function(){{n.callMethod?\
         n.callMethod.apply(n,arguments):n.queue.push(arguments)}};if(!f._fbq)f._fbq=n;n.push=n;n.loaded=!0;\
         n.version='2.0';n.queue=[];t=b.createElement(e);t.async=!0;t.src=v;s=b.getElementsByTagName(e)[0];\
         s.parentNode.insertBefore(t,s)}}(window,document,'script','https://connect.facebook.net/en_US/fbevents.js');\
         fbq('init','10000000000{:04}');fbq('track','PageView');fbq('track','ViewContent',\
         {{content_ids:['sku-{number}'],value:{number}.5,currency:'EUR'}});</script>\
         <script async src=\"https://www.googletagmanager.com/gtag/js?id=G-ABCDE12345\"></script>\
         <script>window.dataLayer=window.dataLayer||[];function gtag(){{dataLayer.push(arguments)}}\
         gtag('js',new Date());gtag('config','G-ABCDE12345');</script></head><body><nav>",
        number
    );
    for link in 0..120 {
        let _ = write!(html, "<li class=\"item level-{}\"><a href=\"/c/{link}/\">Department {link}</a></li>", link % 3);
    }
    html.push_str("</nav><main>");
    for product in 0..(60 + number * 4) {
        let _ = write!(
            html,
            "<article class=card data-sku=\"{product}\"><a href=\"/p/{product}\"><img src=\"/i/{product}.webp\" alt=\"\" \
             loading=lazy><h3>Product {product}</h3></a><p>Made of good stuff, sent within {} days.</p>\
             <button type=button onclick=\"addToBasket({product})\">Add</button></article>",
            product % 7
        );
    }
    for block in 0..10 {
        let _ = write!(
            html,
            "<script>{}</script>",
            "window.app=window.app||{};app.ready=function(x){return x+1};".repeat(30 + block)
        );
    }
    html.push_str("</main></body></html>");
    Doc { name: format!("generated-{number}.html"), html }
}
