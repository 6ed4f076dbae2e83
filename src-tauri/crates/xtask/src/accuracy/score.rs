//! Precision and recall per vendor, and every difference by name.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::AddAssign,
};

use super::labels::{Labels, Seen};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Installs,
    Events,
}

/// Every kind, in the order of the report.
pub(super) const KINDS: [Kind; 2] = [Kind::Installs, Kind::Events];

impl Kind {
    /// Head of the kind's table.
    pub(super) fn title(self) -> &'static str {
        match self {
            Kind::Installs => "Installs: vendor and account on a page",
            Kind::Events => "Events: vendor and event name on a page",
        }
    }

    /// One of the kind, at a width of its own.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Kind::Installs => "install",
            Kind::Events => "event  ",
        }
    }

    fn of(self, seen: &Seen) -> &BTreeSet<(String, String)> {
        match self {
            Kind::Installs => &seen.installs,
            Kind::Events => &seen.events,
        }
    }
}

/// Counts of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Score {
    labelled: u64,
    found: u64,
    right: u64,
}

impl AddAssign for Score {
    fn add_assign(&mut self, other: Score) {
        self.labelled += other.labelled;
        self.found += other.found;
        self.right += other.right;
    }
}

impl Score {
    /// A row of the table.
    pub(super) fn row(&self, name: &str) -> Vec<String> {
        let share = |part: u64, whole: u64| match whole {
            0 => "-".to_owned(),
            _ => format!("{:.3}", part as f64 / whole as f64),
        };
        let counts = [self.labelled, self.found, self.right].map(|n| n.to_string());
        let shares = [share(self.right, self.found), share(self.right, self.labelled)];
        std::iter::once(name.to_owned()).chain(counts).chain(shares).collect()
    }
}

/// One thing that only the labels or only the answer names.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) page: String,
    /// Labelled and not found; otherwise found and not labelled.
    pub(super) missed: bool,
}

/// Scores per kind and vendor, and the differences. Only vendors that the catalogue has and the labels know count.
pub(super) fn compare(
    labels: &Labels,
    found: &BTreeMap<String, Seen>,
    catalogue: &BTreeSet<String>,
) -> (BTreeMap<(Kind, String), Score>, Vec<Difference>) {
    let (mut scores, mut differences) = (BTreeMap::<_, Score>::new(), Vec::new());
    let nothing = Seen::default();
    for (page, labelled) in labels.pages() {
        let seen = found.get(page).unwrap_or(&nothing);
        for kind in KINDS {
            let (want, have) = (kind.of(labelled), answered(kind, labelled, seen));
            for item @ (vendor, what) in want.union(&have) {
                if !catalogue.contains(vendor) || !labels.knows(vendor) {
                    continue;
                }
                let (is_wanted, is_found) = (want.contains(item), have.contains(item));
                *scores.entry((kind, vendor.clone())).or_default() +=
                    Score { labelled: is_wanted.into(), found: is_found.into(), right: (is_wanted && is_found).into() };
                if is_wanted != is_found {
                    let text = format!("{vendor} {}", what.escape_debug());
                    differences.push(Difference { kind, text, page: page.clone(), missed: is_wanted });
                }
            }
        }
    }
    differences.sort();
    (scores, differences)
}

/// The answer, as far as the labels could have said it: a fallback image beside the script is labelled only by some
/// vendors' labels, and automatic events are labelled only where a call names them.
fn answered(kind: Kind, labelled: &Seen, seen: &Seen) -> BTreeSet<(String, String)> {
    match kind {
        Kind::Installs => {
            let optional = |(_, account): &&(String, String)| account.contains(" via ");
            let extra = |item: &&(String, String)| optional(item) && !labelled.installs.contains(*item);
            seen.installs.iter().filter(|item| !extra(item)).cloned().collect()
        }
        Kind::Events => seen.events.iter().chain(seen.automatic.intersection(&labelled.events)).cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::labels, *};

    #[test]
    fn right_missed_and_unlabelled_are_told_apart() {
        let labels = labels::read(
            r#"{"page": "a.html", "vendor": "meta-pixel", "account": "1", "status": "active", "events": []}
{"page": "a.html", "vendor": "meta-pixel", "account": "2", "status": "active", "events": []}
{"page": "a.html", "vendor": "criteo", "account": "9", "status": "active", "events": []}"#,
        )
        .expect("labels are JSON");
        let install = |account: &str| serde_json::json!({"vendor": "meta-pixel", "account": account, "via": "script", "state": "active"});
        let page = serde_json::json!({"installs": [install("1"), install("3")]});
        let found = BTreeMap::from([("a.html".to_owned(), Seen::from_page(&page))]);
        let (scores, differences) = compare(&labels, &found, &BTreeSet::from(["meta-pixel".to_owned()]));
        let score = Score { labelled: 2, found: 2, right: 1 };
        assert_eq!(scores, BTreeMap::from([((Kind::Installs, "meta-pixel".to_owned()), score)]));
        assert_eq!(score.row("meta-pixel"), ["meta-pixel", "2", "2", "1", "0.500", "0.500"]);
        let texts: Vec<_> = differences.iter().map(|d| (d.text.as_str(), d.missed)).collect();
        assert_eq!(texts, [("meta-pixel 2", true), ("meta-pixel 3", false)]);
    }
}
