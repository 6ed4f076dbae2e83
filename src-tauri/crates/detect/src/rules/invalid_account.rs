//! An account that can't be one: a placeholder left in place, or an id of the wrong form.

use pixelproof_model::{Actor, Area, Install, Severity, State};

use super::{Check, Draft, Example, PageContext, Rule, words};
use crate::{
    catalogue::{Catalogue, Vendor},
    placeholder::{is_placeholder, is_template_mark},
};

pub(super) static RULE: Rule = Rule {
    id: "invalid-account",
    severity: Severity::Error,
    area: Area::Correctness,
    actor: Actor::Developer,
    what: "A pixel is installed with an id that can't be an account of the vendor.",
    why: "Everything it sends goes to nobody.",
    fix: "Copy the id from the vendor's own settings page into the code; where a template engine should fill it in, check \
          that its variable has a value.",
    needs_browser: false,
    check: Check::Page(check),
    examples: &[
        Example {
            name: "a placeholder",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', 'YOUR_PIXEL_ID'); fbq('track', 'PageView');</script>",
            )],
            expect: &["Meta Pixel is installed with the placeholder YOUR_PIXEL_ID instead of an account."],
        },
        Example {
            name: "a template mark that nobody filled in",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '{{ settings.pixel }}'); fbq('track', 'PageView');</script>",
            )],
            expect: &["Meta Pixel is installed with the placeholder {{ settings.pixel }} instead of an account."],
        },
        Example {
            name: "an id of another form",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', 'G-7K2M9QX4TB'); fbq('track', 'PageView');</script>",
            )],
            expect: &[
                "Meta Pixel is installed with G-7K2M9QX4TB, which has not the form of its accounts but of Google Analytics 4's.",
            ],
        },
        Example {
            name: "a plausible id",
            pages: &[(
                "/",
                "<!doctype html><title>Home</title><script>fbq('init', '480011223344556'); fbq('track', 'PageView');</script>",
            )],
            expect: &[],
        },
    ],
};

fn check(context: &PageContext<'_>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for install in context.page.installs.iter().filter(|i| i.state != State::Inert) {
        let stated = install.placeholder.as_deref().or(install.account.as_deref());
        let (Some(vendor), Some(account)) = (context.catalogue.get(&install.vendor), stated) else {
            continue;
        };
        if let Some(fault) = fault(context, vendor, account) {
            drafts.push(draft(context, install, vendor, account, fault));
        }
    }
    drafts
}

/// Whether an account could be one: rules that compare accounts leave the others to this rule.
pub(super) fn is_plausible(catalogue: &Catalogue, vendor: &str, account: &str) -> bool {
    catalogue.get(vendor).is_none_or(|v| !is_placeholder(v, account) && v.account.pattern.is_match(account))
}

fn fault(context: &PageContext<'_>, vendor: &Vendor, account: &str) -> Option<String> {
    if is_placeholder(vendor, account) {
        return Some(format!("the placeholder {account} instead of an account"));
    }
    if vendor.account.pattern.is_match(account) {
        return None;
    }
    if vendor.account.pattern.is_match(account.trim()) {
        return Some(format!("\"{account}\": the spaces around the id are not part of it"));
    }
    // Only a telling form says whose id it is: digits alone could be anybody's.
    let other = context.catalogue.vendors().iter().find(|v| {
        v.id != vendor.id && account.contains(|c: char| c.is_alphabetic()) && v.account.pattern.is_match(account)
            && account.contains('-')
    });
    Some(match other {
        Some(other) => format!("{account}, which has not the form of its accounts but of {}'s", other.name),
        None => format!("{account}, which has not the form of its accounts"),
    })
}

fn draft(context: &PageContext<'_>, install: &Install, vendor: &Vendor, account: &str, fault: String) -> Draft {
    let mut fix = None;
    if fault.starts_with("the placeholder") && is_template_mark(account) {
        fix = Some(
            "The template's variable was printed as it stands. Check that this file goes through the template engine and \
             that the variable exists."
                .to_owned(),
        );
    }
    Draft {
        vendor: Some(install.vendor.clone()),
        account: Some(account.to_owned()),
        key: String::new(),
        message: format!("{} is installed with {fault}.", vendor.name),
        fix,
        evidence: vec![words::of_install(context.page, install, "the id as installed")],
        ..Draft::default()
    }
}
