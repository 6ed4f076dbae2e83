//! Pixels that a page calls and doesn't install: something that it doesn't show brings them.

use std::collections::BTreeSet;

use pixelproof_model::{Event, EventClass, Install, State, Text, Via};

/// One install for each account that gets events on the page and that nothing on it installs; of no known account for
/// a vendor whose events name none.
pub(super) fn installs(installs: &[Install], events: &[Event]) -> Vec<Install> {
    let mut vendors: BTreeSet<&str> = installs.iter().map(|i| i.vendor.as_str()).collect();
    let mut known: BTreeSet<(&str, &str)> =
        installs.iter().filter_map(|i| Some((i.vendor.as_str(), i.account.as_deref()?))).collect();
    let mut found = Vec::new();
    for event in events.iter().filter(|e| shows(e)) {
        let is_new = vendors.insert(&event.vendor);
        if is_new && event.accounts.is_empty() {
            found.push(of(event, None));
        }
        for account in &event.accounts {
            if known.insert((&event.vendor, account)) {
                found.push(of(event, Some(account.clone())));
            }
        }
    }
    found
}

/// Whether the event is a call of the page, by name, that runs.
fn shows(event: &Event) -> bool {
    event.state != State::Inert
        && event.class != EventClass::Automatic
        && matches!(event.via, Via::Script | Via::Attribute)
        && matches!(event.name, Text::Known(_))
}

fn of(event: &Event, account: Option<String>) -> Install {
    Install {
        vendor: event.vendor.clone(),
        account,
        placeholder: None,
        via: event.via,
        state: event.state,
        delayed: event.delayed,
        library_only: false,
        by_events: true,
        installer: None,
        gate: event.gate.clone(),
        trigger: event.trigger,
        order: event.order,
        branch: event.branch,
        at: event.at.clone(),
        code: event.code.clone(),
    }
}
