//! One event sent more than once for one account on a page view.

use pixelproof_model::{Actor, Area, Event, EventClass, Severity, Text, Trigger, Via};

use super::{
    Check, Draft, Example, PageContext, Rule,
    copies::{self, Copy},
    seen_twice, words,
};
use crate::catalogue::Vendor;

pub(super) static RULE: Rule = Rule {
    id: "duplicate-event",
    severity: Severity::Error,
    area: Area::Duplicates,
    actor: Actor::Developer,
    what: "The same event goes to the same account more than once on one page view.",
    why: "The platform counts each of them: conversions and revenue are reported too high, and bidding optimises on \
          numbers that never happened.",
    fix: "Keep one of the calls. Where two systems must both send it, give both the same event id, so that the platform \
          can drop one.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a purchase sent twice",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'Purchase', {value: 30.5, currency: 'EUR'});\
                 fbq('track', 'Purchase', {value: 30.5, currency: 'EUR'});</script>",
            )],
            expect: &[
                "Meta Pixel 480011223344556 gets Purchase twice on one page view, and counts it twice. The page's own code says it more than once.",
            ],
        },
        Example {
            name: "the library drops a repeated page view",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'PageView');</script>",
            )],
            expect: &[
                "Meta Pixel 480011223344556 is told PageView twice; its library sends the first and drops the repeat. The page's own code says it more than once.",
            ],
        },
        Example {
            name: "an automatic page view and a manual one",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>window.dataLayer = window.dataLayer || [];\
                 function gtag(){dataLayer.push(arguments);} gtag('js', new Date()); gtag('config', 'G-7K2M9QX4TB');\
                 gtag('event', 'page_view');</script>",
            )],
            expect: &[
                "Google Analytics 4 G-7K2M9QX4TB gets page_view twice on one page view, and counts it twice. The library \
                 sends it by itself, and a call sends it again.",
            ],
        },
        Example {
            name: "the same event id",
            pages: &[(
                "/thanks",
                "<!doctype html><title>Thanks</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'Purchase', {value: 9, currency: 'EUR'}, {eventID: 'o-1'});\
                 fbq('track', 'Purchase', {value: 9, currency: 'EUR'}, {eventID: 'o-1'});</script>",
            )],
            expect: &[
                "Meta Pixel 480011223344556 gets Purchase twice with the same event id: deduplicated by the vendor.",
            ],
        },
        Example {
            name: "different products, different accounts, alternatives and different buttons",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'ViewContent', {content_ids: ['1']}); fbq('track', 'ViewContent', {content_ids: ['2']});\
                 if (window.x) { fbq('track', 'Lead'); } else { fbq('track', 'Lead'); }</script>\
                 <button onclick=\"fbq('track', 'Contact')\">A</button><button onclick=\"fbq('track', 'Contact')\">B</button>",
            )],
            expect: &[],
        },
        Example {
            name: "two accounts, each with its own snippet",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>\
                 <script>fbq('init', '590022334455667'); fbq('track', 'PageView');</script>",
            )],
            expect: &[],
        },
    ],
};

/// An event as one account gets it.
struct Sent<'a> {
    event: &'a Event,
    name: &'a str,
    account: Option<&'a str>,
}

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let sent = sent(context);
    let mut drafts: Vec<Draft> = copies::sets(&sent, |s| s.event.into(), |a, b| alike(a, b))
        .into_iter()
        .map(|set| without_own_accounts(context, set))
        .filter(|set| set.len() > 1 && !is_of_routes(context, set))
        .map(|set| draft(context, &set))
        .collect();
    if let Some(seen) = &context.seen {
        seen_twice::add(context, seen, &mut drafts);
    }
    drafts
}

/// Whether a browser saw that each copy is the page view of another route.
fn is_of_routes(context: &PageContext<'_>, set: &[&Sent<'_>]) -> bool {
    let Some(seen) = &context.seen else { return false };
    let counted = outcome(context.catalogue.get(&set[0].event.vendor), set) == Outcome::Counted;
    let copies: Vec<&Event> = set.iter().map(|sent| sent.event).collect();
    counted && seen_twice::are_of_routes(seen, &copies)
}

/// Every declared event whose name is known, once for each account that gets it.
fn sent<'a>(context: &PageContext<'a>) -> Vec<Sent<'a>> {
    let mut all = Vec::new();
    for event in context.page.events.iter().filter(|e| e.declared && copies::runs(e.state, e.via)) {
        let Some(name) = event.name.known() else { continue };
        let name = context
            .catalogue
            .get(&event.vendor)
            .and_then(|v| v.standard_event(name))
            .map_or(name, |standard| standard.name.as_str());
        if event.accounts.is_empty() {
            all.push(Sent { event, name, account: None });
        }
        all.extend(event.accounts.iter().map(|account| Sent { event, name, account: Some(account) }));
    }
    all
}

fn alike(a: &Sent<'_>, b: &Sent<'_>) -> bool {
    // An image beside a script is the fallback that somebody forgot to wrap in noscript: no second install.
    let image = |s: &Sent<'_>| s.event.via == Via::Image;
    let by_itself = |s: &Sent<'_>| s.event.class == EventClass::Automatic;
    let params = a.event.params == b.event.params || by_itself(a) != by_itself(b) && is_page_view(a, b);
    (&a.event.vendor, a.name, a.account) == (&b.event.vendor, b.name, b.account) && image(a) == image(b) && params
}

/// A page view that the library sends by itself and one that a call sends are the same view, whatever the call adds.
fn is_page_view(a: &Sent<'_>, b: &Sent<'_>) -> bool {
    use pixelproof_model::Stage::PageView;
    a.event.stage == PageView && b.event.stage == PageView
}

/// Leaves out a repeat that stands with the initialisation of an account of its own: it was meant for that account. That
/// it also reaches the earlier one is for `leaking-track` to say.
fn without_own_accounts<'a, 'b>(context: &PageContext<'_>, set: Vec<&'b Sent<'a>>) -> Vec<&'b Sent<'a>> {
    let mut kept: Vec<&Sent<'_>> = Vec::new();
    for item in set {
        if kept.last().is_none_or(|last| !new_account_between(context, last.event, item.event)) {
            kept.push(item);
        }
    }
    kept
}

/// Whether an account of the vendor is initialised for the first time between two events.
pub(super) fn new_account_between(context: &PageContext<'_>, first: &Event, second: &Event) -> bool {
    let inits: Vec<_> = copies::inits(context.page).filter(|i| i.vendor == first.vendor && i.account.is_some()).collect();
    let before = |a: Copy<'_>, b: Copy<'_>| copies::before(&a, &b) == Some(true);
    inits.iter().any(|init| {
        let known = inits.iter().any(|i| i.account == init.account && before((*i).into(), first.into()));
        !known && before(first.into(), (*init).into()) && before((*init).into(), second.into())
    })
}

/// What becomes of a repeat.
#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Counted,
    DroppedByLibrary,
    DroppedByVendor,
}

fn outcome(vendor: Option<&Vendor>, set: &[&Sent<'_>]) -> Outcome {
    let Some(behaviour) = vendor.map(|v| &v.behaviour) else { return Outcome::Counted };
    let scripted = set.iter().all(|s| s.event.via != Via::Image);
    let automatic = set.iter().all(|s| s.event.class == EventClass::Automatic);
    if scripted && behaviour.drops_repeat(set[0].name, automatic) {
        return Outcome::DroppedByLibrary;
    }
    let id = set[0].event.event_id.as_ref();
    let same_id = id.is_some_and(is_stable) && set.iter().all(|s| s.event.event_id.as_ref() == id);
    if same_id && behaviour.drops_same_event_id { Outcome::DroppedByVendor } else { Outcome::Counted }
}

/// A constant, or an expression that gives the same value twice: a name or a property, not a call.
fn is_stable(id: &Text) -> bool {
    match id {
        Text::Known(text) => !text.is_empty(),
        Text::Expr { expr } => !expr.contains('('),
    }
}

fn draft(context: &PageContext<'_>, set: &[&Sent<'_>]) -> Draft {
    let first = set[0];
    let vendor = context.catalogue.get(&first.event.vendor);
    let copies: Vec<Copy<'_>> = set.iter().map(|s| Copy::from(s.event)).collect();
    let outcome = outcome(vendor, set);
    let (cause_key, cause) = cause(context, set, &copies);
    let pixel = words::pixel_name(context.catalogue, &first.event.vendor, first.account);
    let (name, times) = (first.name, words::times(set.len()));
    let (severity, message, why) = match outcome {
        Outcome::Counted => {
            (None, format!("{pixel} gets {name} {times} {}, and counts it {times}. {cause}", on(first.event.trigger)), None)
        }
        Outcome::DroppedByLibrary => (
            Some(Severity::Warning),
            format!("{pixel} is told {name} {times}; its library sends the first and drops the repeat. {cause}"),
            Some("Nothing is counted twice today. But there are two installs where one was meant, and the count breaks \
                  when one of them changes."),
        ),
        Outcome::DroppedByVendor => (
            Some(Severity::Info),
            format!("{pixel} gets {name} {times} with the same event id: deduplicated by the vendor."),
            Some("The platform keeps one event of those that share an id, so nothing is counted twice."),
        ),
    };
    Draft {
        severity,
        vendor: Some(first.event.vendor.clone()),
        account: first.account.map(str::to_owned),
        key: format!("{name} {} {cause_key}", set.len()),
        message,
        cause: Some(cause),
        why: why.map(str::to_owned),
        fix: (outcome == Outcome::DroppedByVendor).then(|| {
            "Nothing to mend if two systems send it on purpose; otherwise keep one of the calls.".to_owned()
        }),
        evidence: copies::evidence(context.page, &copies, name),
        ..Draft::default()
    }
}

/// What all the copies run on.
fn on(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Click => "on one click",
        Trigger::Submit => "on one submit",
        Trigger::Route => "on one route change",
        Trigger::Scroll | Trigger::Conditional | Trigger::Unknown => "at once",
        Trigger::Load | Trigger::Timer => "on one page view",
    }
}

fn cause(context: &PageContext<'_>, set: &[&Sent<'_>], copies: &[Copy<'_>]) -> (String, String) {
    let automatic = set.iter().filter(|s| s.event.class == EventClass::Automatic).count();
    let one_hand = set.iter().all(|s| s.event.via == Via::Script && s.event.installer == set[0].event.installer);
    if automatic > 0 && automatic < set.len() && one_hand {
        return ("automatic".to_owned(), "The library sends it by itself, and a call sends it again.".to_owned());
    }
    let cause = copies::cause(context.page, &set[0].event.vendor, copies);
    if automatic == set.len() {
        let text = format!("The library sends it at each initialisation. {}", cause.text);
        return (format!("automatic {}", cause.key), text);
    }
    (cause.key, cause.text)
}
