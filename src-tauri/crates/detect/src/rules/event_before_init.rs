//! An event call that runs before any initialisation of the vendor.

use pixelproof_model::{Actor, Area, Event, EventClass, Install, Severity, Trigger, Via};

use super::{Check, Draft, Example, PageContext, Rule, copies, words};
use crate::catalogue::BeforeInit;

pub(super) static RULE: Rule = Rule {
    id: "event-before-init",
    severity: Severity::Error,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "An event is sent before its pixel is initialised.",
    why: "The call works through a pixel that doesn't know its account yet.",
    fix: "Move the base code, which initialises the account, above the first event.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a lead before the base code",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('track', 'Lead');</script>\
                 <script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>",
            )],
            expect: &["Lead is called before Meta Pixel 480011223344556 is initialised: it never leaves the page."],
        },
        Example {
            name: "init first",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');\
                 fbq('track', 'Lead');</script>",
            )],
            expect: &[],
        },
        Example {
            name: "a function above the init that a click calls",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>document.addEventListener('click', function () {\
                 fbq('track', 'Lead'); });</script>\
                 <script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>",
            )],
            expect: &[],
        },
        Example {
            name: "a library that keeps early calls",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>window.uetq = window.uetq || [];\
                 window.uetq.push('event', 'purchase', {revenue_value: 5, currency: 'EUR'});</script>\
                 <script>(function(w,d,t,r,u){var f,n,i;w[u]=w[u]||[],f=function(){var o={ti:'343210987'};o.q=w[u],\
                 w[u]=new UET(o),w[u].push('pageLoad')},n=d.createElement(t),n.src=r,n.async=1,n.onload=f,\
                 i=d.getElementsByTagName(t)[0],i.parentNode.insertBefore(n,i)})(window,document,'script',\
                 '//bat.bing.com/bat.js','uetq');</script>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let events = context.page.events.iter().filter(|e| {
        e.declared
            && copies::runs(e.state, e.via)
            && matches!(e.via, Via::Script)
            && e.trigger == Trigger::Load
            && e.class != EventClass::Automatic
    });
    let drafts = events.filter_map(|event| {
        let draft = draft(context, event, late_init(context, event)?)?;
        Some((event, draft.key.clone(), draft))
    });
    copies::once_per_call(context, drafts.collect())
}

/// The first initialisation that the event should have waited for, where the page proves that all of them come later.
fn late_init<'a>(context: &PageContext<'a>, event: &Event) -> Option<&'a Install> {
    let of_event = |i: &&Install| {
        i.vendor == event.vendor
            && i.account.as_ref().is_none_or(|a| event.accounts.is_empty() || event.accounts.contains(a))
    };
    let inits: Vec<&Install> = copies::inits(context.page).filter(of_event).collect();
    let later = |i: &&Install| copies::before(&event.into(), &(*i).into()) == Some(true);
    // A settings object and a container start when they like: nothing is proven about them.
    let provable = |i: &&Install| matches!(i.via, Via::Script);
    if inits.iter().all(|i| later(i) && provable(i)) { inits.first().copied() } else { None }
}

fn draft(context: &PageContext<'_>, event: &Event, init: &Install) -> Option<Draft> {
    let vendor = context.catalogue.get(&event.vendor)?;
    let (consequence, why) = match vendor.behaviour.before_init {
        BeforeInit::Queued => return None,
        BeforeInit::Lost => {
            ("it never leaves the page", "The vendor's library drops an event that comes before any account is known.")
        }
        BeforeInit::SentForNoAccount => {
            ("it is sent for no account", "The vendor's library sends the event, but without an account: nobody gets it.")
        }
        BeforeInit::Unknown => (
            "whether it arrives hangs on the library",
            "What this vendor's library does with such an event isn't known; do not rely on it arriving.",
        ),
    };
    let name = words::event_name(event);
    let pixel = words::pixel_name(context.catalogue, &event.vendor, init.account.as_deref());
    Some(Draft {
        vendor: Some(event.vendor.clone()),
        account: init.account.clone(),
        key: name.clone(),
        message: format!("{name} is called before {pixel} is initialised: {consequence}."),
        why: Some(why.to_owned()),
        evidence: vec![
            words::of_event(context.page, event, format!("{name}, called first")),
            words::of_install(context.page, init, "initialisation, later"),
        ],
        ..Draft::default()
    })
}
