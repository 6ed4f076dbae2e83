//! Calls that name no account, of libraries that know only the account initialised last.

use pixelproof_model::{Event, Install, State, Via};

use crate::catalogue::Catalogue;

/// Leaves each such call the account that it goes to.
pub(super) fn narrow(events: &mut [Event], installs: &[Install], catalogue: &Catalogue) {
    for event in events.iter_mut().filter(|event| event.accounts.len() > 1 && event.order > 0) {
        let vendor = catalogue.get(&event.vendor);
        if !vendor.is_some_and(|vendor| vendor.behaviour.init_replaces) {
            continue;
        }
        let own = installs.iter().filter(|install| install.vendor == event.vendor && !install.library_only);
        let own = own.filter(|install| install.via == Via::Script && install.state != State::Inert);
        let before = own.filter(|install| install.order > 0 && install.order < event.order);
        // Of alternatives nobody knows which one ran.
        let last = before.max_by_key(|install| install.order).filter(|install| install.branch.is_none());
        if let Some(account) = last.and_then(|install| install.account.clone()) {
            event.accounts = vec![account];
        }
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use crate::{Catalogue, PageInput, read_page};

    /// The accounts of each event that a script declares.
    fn accounts(script: &str) -> Vec<Vec<String>> {
        let url = Url::parse("https://shop.test/").unwrap();
        let html = format!("<!doctype html><title>A</title><script>{script}</script>");
        let read = read_page(Catalogue::builtin(), &PageInput { source: "page.html", url: &url, html: &html });
        let page = read.finish(Catalogue::builtin(), &|_| None);
        page.events.into_iter().map(|event| event.accounts).collect()
    }

    #[test]
    fn a_call_goes_to_the_account_initialised_last_where_the_library_knows_one() {
        let reddit = "rdt('init', 'a2_one'); rdt('track', 'PageVisit'); rdt('init', 'a2_two'); rdt('track', 'PageVisit'); rdt('track', 'Lead');";
        assert_eq!(accounts(reddit), [["a2_one"], ["a2_two"], ["a2_two"]]);
        let x = "twq('init', 'o1abc'); twq('track', 'PageView'); twq('init', 'o2def'); twq('track', 'Lead');";
        assert_eq!(accounts(x), [["o1abc"], ["o2def"]]);
        let meta = "fbq('init', '480011223344556'); fbq('track', 'PageView'); fbq('init', '590022334455667'); fbq('track', 'Lead');";
        assert_eq!(accounts(meta), [["480011223344556", "590022334455667"]; 2]);
        let either = "if (window.a) { rdt('init', 'a2_one'); } else { rdt('init', 'a2_two'); } rdt('track', 'Lead');";
        assert_eq!(accounts(either), [["a2_one", "a2_two"]]);
    }
}
