//! From values of calls and fields of requests to accounts: what a table says of its vendor's accounts, applied.

use regex::Captures;
use url::Url;

use crate::{
    beacon::Message,
    catalogue::{Catalogue, LibraryForm, Pattern, Vendor},
};

/// Accounts taken from one value.
const MAX_ACCOUNTS: usize = 100;

/// Whether an account that lacks its vendor's prefix gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// Never.
    AsWritten,
    /// Where that makes a plausible account.
    WhereItFits,
    /// Always: whatever stands in the account's place of a request is one.
    Always,
}

/// The accounts that a text names: cut, divided and given their prefix as the vendor's table says.
pub(crate) fn accounts(vendor: &Vendor, text: &str, prefix: Prefix) -> Vec<String> {
    let rule = &vendor.account;
    let parts: Vec<&str> = match rule.separator.as_deref().filter(|s| !s.is_empty()) {
        Some(separator) => text.split(separator).collect(),
        None => vec![text],
    };
    let mut found = Vec::new();
    for part in parts.into_iter().take(MAX_ACCOUNTS) {
        let part = part.trim();
        let part = match rule.cut_at.as_deref().filter(|c| !c.is_empty()) {
            Some(mark) => part.split(mark).next().unwrap_or(part),
            None => part,
        };
        let whole = rule.without.as_deref().filter(|w| !w.is_empty()).map(|w| part.replace(w, ""));
        let part = whole.as_deref().unwrap_or(part);
        if part.is_empty() {
            continue;
        }
        let prefixed = rule.prefix.as_ref().filter(|p| !part.starts_with(p.as_str())).map(|p| format!("{p}{part}"));
        let account = match (prefix, prefixed) {
            (Prefix::Always, Some(account)) => account,
            (Prefix::WhereItFits, Some(account)) if rule.pattern.is_match(&account) => account,
            _ => part.to_owned(),
        };
        if !found.contains(&account) {
            found.push(account);
        }
    }
    found
}

/// Whether an account is this vendor's among those that share its calls: by what the table says claims, else by its form,
/// or by its prefix when it is only a placeholder.
pub(crate) fn claims(vendor: &Vendor, account: &str) -> bool {
    let rule = &vendor.account;
    match &rule.claims {
        Some(pattern) => pattern.is_match(account),
        None => {
            rule.pattern.is_match(account)
                || rule.prefix.as_deref().is_some_and(|p| !p.is_empty() && account.starts_with(p))
        }
    }
}

/// Group 1 of a pattern; the text itself when there is no pattern, nothing when it doesn't match.
pub(crate) fn group(pattern: Option<&Pattern>, text: &str) -> Option<String> {
    match pattern {
        None => Some(text.to_owned()),
        Some(pattern) => pattern.captures(text)?.get(1).map(|m| m.as_str().to_owned()),
    }
}

/// Groups of a match, by number.
pub(crate) fn groups(captures: &Captures<'_>) -> Vec<Option<String>> {
    captures.iter().map(|m| m.map(|m| m.as_str().to_owned())).collect()
}

/// A library form that holds for an address, with the account it names.
pub(crate) struct LibraryMatch<'c> {
    pub(crate) vendor: &'c Vendor,
    pub(crate) form: &'c LibraryForm,
    pub(crate) account: Option<String>,
}

/// Library forms that hold for an address, seen from a page where one is known, and for the source of its tag where it has
/// one. Of vendors that share it, those whose accounts it names; else the one that takes
/// what nobody claims.
pub(crate) fn libraries<'c>(
    catalogue: &'c Catalogue,
    message: &Message,
    page: Option<&Url>,
    tag: &str,
) -> Vec<LibraryMatch<'c>> {
    let mut found = Vec::new();
    let mut fallback = Vec::new();
    for (v, f) in catalogue.index().libraries(message.host(), message.path()) {
        let Some(vendor) = catalogue.vendors().get(v) else { continue };
        let Some(form) = vendor.libraries.get(f) else { continue };
        // A saved page doesn't say which site it is of.
        let site = page.filter(|page| page.has_host());
        let elsewhere = form.same_site && site.is_some_and(|page| !same_site(page, message.url()));
        if elsewhere || found.iter().any(|m: &LibraryMatch<'_>| m.vendor.id == vendor.id) {
            continue;
        }
        let Some(captures) = form.path.captures(message.path()) else { continue };
        let required = form.requires.iter().all(|(name, p)| message.field(name).is_some_and(|v| p.is_match(v.trim())));
        let untold =
            form.needs_attribute && form.attribute.as_deref().is_none_or(|name| attribute(tag, name).is_none());
        if !required || untold {
            continue;
        }
        let named = form.account.as_deref().and_then(|path| match path.strip_prefix("path:") {
            Some(n) => groups(&captures).get(n.parse::<usize>().ok()?)?.clone(),
            None => message.field(path).map(str::to_owned),
        });
        let account = named.and_then(|n| accounts(vendor, &n, Prefix::WhereItFits).into_iter().next());
        let asked = form.account.is_some() && vendor.account.claims_by_pattern;
        if asked && !account.as_deref().is_some_and(|a| claims(vendor, a)) {
            continue;
        }
        let found_here = LibraryMatch { vendor, form, account };
        if form.fallback { fallback.push(found_here) } else { found.push(found_here) }
    }
    if found.is_empty() { fallback } else { found }
}

/// The value of an attribute in the source of a tag.
pub(crate) fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    loop {
        let (before, after) = rest.split_once(name)?;
        rest = after;
        let Some(value) = after.trim_start().strip_prefix('=').filter(|_| before.ends_with(char::is_whitespace)) else {
            continue;
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let value = match quote {
            Some(quote) => value.get(1..)?.split_once(quote)?.0,
            None => value.split(|c: char| c.is_whitespace() || c == '>').next()?,
        };
        return Some(value.trim().to_owned()).filter(|v| !v.is_empty());
    }
}

/// Whether both belong to one site: the same host, or the same last two labels, or three below a short second level
/// (`shop.co.uk`).
pub(crate) fn same_site(page: &Url, url: &Url) -> bool {
    let (Some(page), Some(host)) = (page.host_str(), url.host_str()) else { return page.scheme() == url.scheme() };
    page == host || (site(page) == site(host) && site(page).contains('.'))
}

fn site(host: &str) -> &str {
    if host.parse::<std::net::Ipv4Addr>().is_ok() || host.starts_with('[') {
        return host;
    }
    let labels: Vec<&str> = host.rsplit('.').collect();
    let short_second = labels.get(1).is_some_and(|l| l.len() <= 3) && labels.first().is_some_and(|l| l.len() == 2);
    let keep = if short_second { 3 } else { 2 };
    let length: usize = labels.iter().take(keep).map(|l| l.len() + 1).sum::<usize>().saturating_sub(1);
    host.len().checked_sub(length).and_then(|start| host.get(start..)).unwrap_or(host)
}
