//! Laws over the registry, and every rule's examples read through the real detector.

use std::{collections::BTreeSet, sync::Arc};

use pixelproof_model::Page;
use url::Url;

use super::*;
use crate::{
    catalogue::Catalogue,
    page::{PageInput, read_page, read_script},
};

/// Files of an example whose path ends so are external scripts, not pages.
const SCRIPT: &str = ".js";

fn read_example(example: &Example) -> Vec<Page> {
    let catalogue = Catalogue::builtin();
    let base = Url::parse("https://shop.example/").unwrap();
    let script = |url: &Url| {
        let (_, text) = example.pages.iter().find(|(path, _)| *path == url.path() && path.ends_with(SCRIPT))?;
        Some(Arc::new(read_script(catalogue, Arc::from(*text))))
    };
    let pages = example.pages.iter().filter(|(path, _)| !path.ends_with(SCRIPT));
    pages
        .map(|(path, html)| {
            let url = base.join(path).unwrap();
            read_page(catalogue, &PageInput { source: url.as_str(), url: &url, html }).finish(catalogue, &script)
        })
        .collect()
}

/// `/blog/one` is of `/blog/*`; a path of one segment stands for itself.
fn template(url: &Url) -> String {
    let segments: Vec<&str> = url.path().trim_matches('/').split('/').collect();
    match segments.as_slice() {
        [head @ .., _] if !head.is_empty() => format!("/{}/*", head.join("/")),
        _ => url.path().to_owned(),
    }
}

fn drafts(rule: &Rule, pages: &[Page]) -> Vec<Draft> {
    let catalogue = Catalogue::builtin();
    let found = match rule.check {
        Check::Browser(..) | Check::Journey(_) | Check::Later(_) => Vec::new(),
        Check::Page(_) => {
            pages.iter().flat_map(|page| check_page(&PageContext::of(page, catalogue))).collect::<Vec<_>>()
        }
        Check::Site(_) => {
            let mut sums = SiteSums::default();
            pages.iter().for_each(|page| sums.add(&template(&page.url), page, catalogue));
            check_site(&SiteContext { templates: &sums.templates(), catalogue })
        }
    };
    found.into_iter().filter(|(r, _)| r.id == rule.id).map(|(_, draft)| draft).collect()
}

#[test]
fn every_example_gives_exactly_the_messages_it_names() {
    let mut wrong = Vec::new();
    for rule in all() {
        for example in rule.examples {
            let pages = read_example(example);
            let found = drafts(rule, &pages);
            let messages: Vec<&str> = found.iter().map(|d| d.message.as_str()).collect();
            if messages != example.expect {
                wrong.push(format!(
                    "{}: {}\n  expected {:#?}\n  found    {messages:#?}\n  installs {:#?}\n  events   {:#?}",
                    rule.id,
                    example.name,
                    example.expect,
                    pages.iter().flat_map(|p| &p.installs).collect::<Vec<_>>(),
                    pages.iter().flat_map(|p| &p.events).collect::<Vec<_>>(),
                ));
            }
            for draft in &found {
                assert!(!draft.evidence.is_empty(), "{}: {}: no evidence", rule.id, example.name);
                assert!(draft.evidence.iter().all(|e| !e.note.is_empty() && !e.page.is_empty()), "{}", rule.id);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_rule_that_looks_has_an_example_that_fires_and_one_that_does_not() {
    for rule in all().iter().filter(|r| !r.needs_browser) {
        assert!(rule.examples.iter().any(|e| !e.expect.is_empty()), "{} never fires", rule.id);
        assert!(rule.examples.iter().any(|e| e.expect.is_empty()), "{} always fires", rule.id);
    }
}

#[test]
fn ids_are_unique_and_in_kebab_case_and_found_again() {
    let mut ids = BTreeSet::new();
    for rule in all() {
        assert!(ids.insert(rule.id), "{} twice", rule.id);
        assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.id);
        assert!(std::ptr::eq(get(rule.id).unwrap(), *rule));
        assert_eq!(
            rule.needs_browser,
            matches!(rule.check, Check::Browser(..) | Check::Journey(_) | Check::Later(_)),
            "{}",
            rule.id
        );
    }
    assert!(get("no-such-rule").is_none());
}

/// Words that promise more than an audit can know.
const PROMISES: &[&str] = &["compliant", "compliance", "safe", "100 %", "100%", "guarantee"];

#[test]
fn texts_say_something_and_promise_nothing() {
    for rule in all() {
        for text in [rule.what, rule.why, rule.fix] {
            assert!(text.len() > 20 && text.ends_with('.') && !text.contains('!'), "{}: {text}", rule.id);
            assert!(!text.contains("  "), "{}: {text}", rule.id);
            let lower = text.to_lowercase();
            assert!(PROMISES.iter().all(|word| !lower.contains(word)), "{}: {text}", rule.id);
        }
    }
}
