//! The shop answers what it says it has. What an audit finds in it is tested over the whole.

use std::collections::BTreeSet;

use super::*;

const BASE: &str = "http://127.0.0.1:8000";

#[test]
fn every_page_of_the_sitemap_is_a_page() {
    let shop = Shop::new(BASE);
    let paths = shop.paths();
    assert!(paths.len() >= 36, "{}", paths.len());
    assert_eq!(paths.iter().collect::<BTreeSet<_>>().len(), paths.len());
    for path in &paths {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let answer = shop.answer(path, query);
        assert_eq!((answer.status, answer.content_type), (200, "text/html; charset=utf-8"), "{path}");
        assert!(answer.body.contains("</html>") && !answer.body.contains("<title>Error"), "{path}: {}", answer.body);
    }
    let sitemap = shop.answer("/sitemap.xml", "").body;
    assert_eq!(sitemap.matches("<loc>").count(), paths.len());
}

#[test]
fn every_link_of_the_shop_leads_somewhere() {
    let shop = Shop::new(BASE);
    for page in shop.paths() {
        let (path, query) = page.split_once('?').unwrap_or((&page, ""));
        let body = shop.answer(path, query).body;
        for link in body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            if !link.starts_with('/') {
                continue;
            }
            let (path, query) = link.split_once('?').unwrap_or((link, ""));
            // One dead link is planted.
            let want = if path == "/care-guide" { 404 } else { shop.answer(path, query).status };
            assert_eq!(shop.answer(path, query).status, want);
            assert!(matches!(want, 200 | 301) || path == "/care-guide", "{page} links to {link}: {want}");
        }
    }
}

#[test]
fn what_is_not_there_is_not_found_and_what_was_asked_for_is_escaped() {
    let shop = Shop::new(BASE);
    for (path, query, status) in [
        ("/nothing", "", 404),
        ("/product/nothing", "", 404),
        ("/category/lamps", "page=2", 404),
        ("/category/kettles", "page=x", 200),
        ("/old-catalogue", "", 301),
        ("/robots.txt", "", 200),
    ] {
        assert_eq!(shop.answer(path, query).status, status, "{path}?{query}");
    }
    let found = shop.answer("/search", "q=%3Cscript%3Ealert(1)%3C/script%3E").body;
    assert!(!found.contains("<script>alert"), "{found}");
}

#[tokio::test]
async fn it_is_served_on_a_free_port_until_it_is_stopped() {
    let demo = serve(0).await.expect("a free port");
    assert!(demo.url().starts_with("http://127.0.0.1:") && demo.url().ends_with('/'), "{}", demo.url());
    demo.stop();
    demo.stopped().await;
}
