//! Pixels that a page calls and doesn't install: something that it doesn't show brings them.

use std::collections::BTreeSet;

use pixelproof_model::{Event, EventClass, Install, State, Text, Via};

/// One install, of no known account, for each vendor that gets events on the page and that nothing on it installs.
pub(super) fn installs(installs: &[Install], events: &[Event]) -> Vec<Install> {
    let mut known: BTreeSet<&str> = installs.iter().map(|i| i.vendor.as_str()).collect();
    let mut found = Vec::new();
    for event in events.iter().filter(|e| shows(e)) {
        if known.insert(&event.vendor) {
            found.push(of(event));
        }
    }
    found
}

/// Whether the event is a call of the page, by name and without an account, that runs.
fn shows(event: &Event) -> bool {
    event.state != State::Inert
        && event.class != EventClass::Automatic
        && event.accounts.is_empty()
        && matches!(event.via, Via::Script | Via::Attribute)
        && matches!(event.name, Text::Known(_))
}

fn of(event: &Event) -> Install {
    Install {
        vendor: event.vendor.clone(),
        account: None,
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
