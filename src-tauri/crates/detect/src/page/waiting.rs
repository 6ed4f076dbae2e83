//! Facts that a page's own code keeps back until a consent platform allows them.

use std::sync::Arc;

use pixelproof_model::{State, Trigger};

use super::{
    assemble::Located,
    fact::{Setting, What},
};
use crate::consent::{gate_of_code, gate_of_setting};

/// Marks a fact as waiting, where its code asks a consent platform, is called back by one, or is a setting of one.
pub(super) fn gate(located: &mut Located) {
    if located.setting.state != State::Active {
        return;
    }
    let context = &mut located.fact.context;
    let (gate, later) = if let Some(code) = gate_of_code(context) {
        (code.gate, code.called_back)
    } else if let What::Assign { target, .. } = &located.fact.what
        && let Some(platform) = gate_of_setting(target)
    {
        (platform, true)
    } else {
        return;
    };
    // What waits for nothing else runs as soon as the visitor agrees.
    if matches!(context.trigger, Trigger::Conditional | Trigger::Unknown) {
        context.trigger = Trigger::Load;
    }
    let setting = Setting::clone(&located.setting);
    let in_order = setting.in_order && !later;
    located.setting = Arc::new(Setting { state: State::Gated, gate: Some(gate), in_order, ..setting });
}
