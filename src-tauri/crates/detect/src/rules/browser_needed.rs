//! A page that is empty until its scripts run.

use pixelproof_model::{Actor, Area, Severity};

use super::{Check, Draft, Example, PageContext, Rule, words};

pub(super) static RULE: Rule = Rule {
    id: "browser-needed",
    severity: Severity::Info,
    area: Area::Coverage,
    actor: Actor::Developer,
    what: "The page is empty until its scripts run, so its source alone can't be judged.",
    why: "Pixels that the application adds while it starts can't be seen in the source. Nothing found here doesn't mean \
          that nothing is there.",
    fix: "Audit these pages in browser mode.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "an application's shell",
            pages: &[(
                "/",
                "<!doctype html><html><head><title>App</title><script src='/static/app.js' defer></script></head>\
                 <body><div id='root'></div></body></html>",
            )],
            expect: &["The page's source is an empty shell that scripts fill; it was not judged."],
        },
        Example {
            name: "a page with words",
            pages: &[(
                "/",
                "<!doctype html><html><head><title>Shop</title><script src='/static/app.js' defer></script></head>\
                 <body><h1>Kettles</h1><p>Copper kettles, steel kettles and everything that goes with them, made by hand \
                 since 1902 and sent the same day.</p><a href='/a'>All kettles</a></body></html>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    if !context.page.needs_browser {
        return Vec::new();
    }
    vec![Draft {
        message: "The page's source is an empty shell that scripts fill; it was not judged.".to_owned(),
        evidence: vec![words::of_page(context.page, "scripts, and next to no text, links or forms")],
        ..Draft::default()
    }]
}
