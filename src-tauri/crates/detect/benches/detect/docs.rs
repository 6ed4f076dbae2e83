//! The pages that are measured: of folders, and made up.

use std::{fmt::Write as _, fs, io::Read, path::Path};

/// Pages that are made up.
const GENERATED: usize = 40;

/// A page.
#[derive(Debug)]
pub(crate) struct Doc {
    pub(crate) name: String,
    pub(crate) html: String,
}

/// Shop pages, alike but for their size.
pub(crate) fn generated() -> Vec<Doc> {
    (0..GENERATED).map(generated_page).collect()
}

/// The pages of a folder, by name.
pub(crate) fn read_folder(folder: &Path) -> Vec<Doc> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let docs: Vec<Doc> = paths.iter().filter_map(|path| read(path)).collect();
    assert!(!docs.is_empty(), "no .html or .html.gz in {}", folder.display());
    docs
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
fn generated_page(number: usize) -> Doc {
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
