//! Hints that scripts tell visitors apart by their machines.

use std::collections::{BTreeMap, BTreeSet};

use pixelproof_model::{Actor, Area, Fingerprint, Severity, Technique};

use super::{
    Check, Draft, Rule,
    seen::{Need, Seen},
    words,
};

pub(super) static RULE: Rule = Rule {
    id: "fingerprinting",
    severity: Severity::Info,
    area: Area::Privacy,
    actor: Actor::Developer,
    what: "A script looks at properties of the visitor's machine that, taken together, tell it from others.",
    why: "Visitors are recognised so without a cookie, and can't delete what they are recognised by. It is a hint only: \
          protection against fraud, and ordinary drawing, sound and calls, look at the same.",
    fix: "Find out what the script is for; where it recognises visitors, it needs the same consent as a cookie.",
    needs_browser: true,
    check: Check::Browser(Need::Any, check),
    examples: &[],
};

/// Ways at which a hint becomes more than a curiosity.
const SEVERAL: usize = 2;

fn check(seen: &Seen<'_>) -> Vec<Draft> {
    let mut by: BTreeMap<&str, Vec<&Fingerprint>> = BTreeMap::new();
    for hint in &seen.page.fingerprints {
        by.entry(hint.script.split(['?', '#']).next().unwrap_or_default()).or_default().push(hint);
    }
    by.into_iter().map(|(script, hints)| draft(seen, script, &hints)).collect()
}

fn draft(seen: &Seen<'_>, script: &str, hints: &[&Fingerprint]) -> Draft {
    let ways: BTreeSet<Technique> = hints.iter().map(|hint| hint.technique).collect();
    let named: Vec<&str> = ways.iter().map(|way| name(*way)).collect();
    let vendor = hints.iter().find_map(|hint| hint.vendor.clone());
    let of = vendor.as_deref().map(|vendor| format!(" of {}", seen.name(vendor, None))).unwrap_or_default();
    let notes = hints.iter().map(|hint| {
        let line = hint.line.map(|line| format!(", line {line}")).unwrap_or_default();
        words::of_page(seen.page, format!("{}{line} in the pass {}", hint.detail, hint.pass.name()))
    });
    Draft {
        // A single way has too many honest uses to be more than noted.
        severity: (ways.len() >= SEVERAL && hints.iter().any(|hint| !hint.first_party)).then_some(Severity::Warning),
        vendor,
        key: script.to_owned(),
        message: format!("The script {script}{of} looks at {}, as scripts do that recognise visitors by their machines.", words::list(&named)),
        evidence: notes.collect(),
        ..Draft::default()
    }
}

fn name(way: Technique) -> &'static str {
    match way {
        Technique::Canvas => "how text is drawn",
        Technique::Fonts => "which fonts are installed",
        Technique::Audio => "how sound is computed",
        Technique::Webgl => "the name of the graphics card",
        Technique::Webrtc => "network addresses",
        Technique::Battery => "the state of the battery",
        Technique::Devices => "cameras and microphones",
    }
}

#[cfg(test)]
mod tests {
    use pixelproof_model::{Fingerprint, Pass, PassPhase, Technique};

    use crate::rules::trial::Trial;

    fn looks(trial: Trial, script: &str, technique: Technique) -> Trial {
        trial.page(|page| {
            page.fingerprints.push(Fingerprint {
                pass: Pass::None,
                phase: PassPhase::Before,
                technique,
                script: script.to_owned(),
                line: Some(3),
                first_party: false,
                vendor: None,
                detail: "seen".to_owned(),
            });
        })
    }

    #[test]
    fn ways_of_one_script_are_told_together() {
        let page = || Trial::new().looked(Pass::None);
        page().check(super::RULE.id, &[]);
        let one = looks(page(), "https://fp.test/a.js?v=1", Technique::Webgl);
        one.check(super::RULE.id, &[
            "The script https://fp.test/a.js looks at the name of the graphics card, as scripts do that recognise visitors by their machines.",
        ]);
        let two = looks(looks(one, "https://fp.test/a.js?v=2", Technique::Canvas), "https://x.test/b.js", Technique::Audio);
        two.check(super::RULE.id, &[
            "The script https://fp.test/a.js looks at how text is drawn and the name of the graphics card, as scripts do that recognise visitors by their machines.",
            "The script https://x.test/b.js looks at how sound is computed, as scripts do that recognise visitors by their machines.",
        ]);
    }
}
