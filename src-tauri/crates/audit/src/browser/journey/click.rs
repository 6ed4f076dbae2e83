//! The way of a click id through a journey: added to the landing address, kept by somebody, sent with the purchase, or lost.

use std::collections::BTreeSet;

use pixelproof_crawl::browser::Tab;
use pixelproof_detect::{Catalogue, catalogue::Purpose};
use pixelproof_model::{Beacon, ClickTrail, ClickVerdict, RecordedEvent, Stage, StepRun, StoredClick};
use sha2::{Digest, Sha256};
use url::Url;

use super::super::state::host_of;

/// Stages of events that an ad platform credits to a click, the strongest first.
const CONVERSIONS: &[Stage] = &[
    Stage::Purchase,
    Stage::Subscribe,
    Stage::StartTrial,
    Stage::Donate,
    Stage::Registration,
    Stage::Lead,
    Stage::Schedule,
    Stage::Contact,
];

/// A click on an advertisement that nobody made.
pub(super) struct Click {
    parameter: String,
    pub(super) value: String,
}

impl Click {
    /// A click id of the form that its platform gives out, the same in every run of a journey.
    pub(super) fn new(parameter: &str, journey: &str) -> Click {
        let hash = Sha256::digest(format!("{parameter} {journey}").as_bytes());
        let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let group = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
        let uuid =
            || format!("{}-{}-4{}-8{}-{}", group(0, 8), group(8, 12), group(13, 16), group(17, 20), group(20, 32));
        let value = match parameter.to_ascii_lowercase().as_str() {
            "msclkid" => hex,
            "li_fat_id" | "sccid" => uuid(),
            "ttclid" => format!("E.C.P.PixelproofProbe{hex}"),
            "epik" => format!("dj0yPixelproofProbe{hex}"),
            "rdt_cid" => hash.iter().take(19).map(|byte| char::from(b'1' + byte % 9)).collect(),
            _ => format!("PixelproofProbe{hex}"),
        };
        Click { parameter: parameter.to_owned(), value }
    }

    /// Adds it to an address.
    pub(super) fn add_to(&self, url: &mut Url) {
        url.query_pairs_mut().append_pair(&self.parameter, &self.value);
    }

    /// Notes where the browser keeps it after a step.
    pub(super) async fn look(&self, tab: &Tab, step: u32, stored: &mut Vec<StoredClick>, catalogue: &Catalogue) {
        let host = host_of(&tab.address()).unwrap_or_default();
        let mut places: Vec<(String, String, String)> = Vec::new();
        for cookie in tab.cookies_holding(&self.value).await {
            places.push(("cookie".to_owned(), cookie.name, cookie.domain));
        }
        for held in tab.holding(&self.value).await {
            places.push((held.place, held.key, host.clone()));
        }
        places.sort();
        for (place, name, host) in places {
            let known = stored.iter_mut().find(|s| (&s.place, &s.name, &s.host) == (&place, &name, &host));
            match known {
                Some(known) => known.last_step = step,
                None => stored.push(StoredClick {
                    vendor: catalogue.vendor_of_cookie(&name, &host).map(str::to_owned),
                    place,
                    name,
                    host,
                    first_step: step,
                    last_step: step,
                }),
            }
        }
    }

    /// What became of it.
    pub(super) fn trail(
        &self,
        steps: &[StepRun],
        events: &[RecordedEvent],
        beacons: &[Beacon],
        mut stored: Vec<StoredClick>,
        catalogue: &Catalogue,
    ) -> ClickTrail {
        stored.sort_by(|a, b| (a.first_step, &a.place, &a.name).cmp(&(b.first_step, &b.place, &b.name)));
        let owners = catalogue.vendors().iter().filter(|vendor| {
            vendor.click_ids.iter().any(|id| id.eq_ignore_ascii_case(&self.parameter))
                && vendor.purpose != Purpose::TagManager
        });
        let owners: BTreeSet<&str> = owners.map(|vendor| vendor.id.as_str()).collect();
        let on_the_way: BTreeSet<&str> = beacons.iter().filter_map(|beacon| beacon.vendor.as_deref()).collect();
        let vendors: Vec<ClickVerdict> = owners
            .iter()
            .filter(|vendor| on_the_way.contains(*vendor))
            .map(|vendor| verdict(vendor, steps, events, &stored))
            .collect();
        ClickTrail { parameter: self.parameter.clone(), value: self.value.clone(), stored, vendors }
    }
}

fn verdict(vendor: &str, steps: &[StepRun], events: &[RecordedEvent], stored: &[StoredClick]) -> ClickVerdict {
    let of_vendor = || events.iter().filter(|event| event.vendor == vendor);
    let sent_in: BTreeSet<u32> =
        of_vendor().filter(|event| !event.click_id.is_empty()).map(|event| event.step).collect();
    let sent_in: Vec<u32> = sent_in.into_iter().collect();
    let conversion = CONVERSIONS.iter().find_map(|stage| of_vendor().rfind(|event| event.stage == *stage));
    let last_step = steps.iter().filter(|step| !step.address.is_empty()).map(|step| step.number).max().unwrap_or(0);
    let kept_by: Vec<&StoredClick> = stored.iter().filter(|place| place.vendor.as_deref() == Some(vendor)).collect();
    let kept_by = if kept_by.is_empty() { stored.iter().collect() } else { kept_by };
    let lasted = kept_by.iter().max_by_key(|place| place.last_step);
    let made =
        |kept, lost_in, why| ClickVerdict { vendor: vendor.to_owned(), kept, sent_in: sent_in.clone(), lost_in, why };
    let Some(conversion) = conversion else {
        return made(None, None, "no conversion of this vendor left, so that nothing could be credited".to_owned());
    };
    let what = format!("{} in step {}", conversion.name, conversion.step);
    if let Some(field) = conversion.click_id.first() {
        return made(Some(true), None, format!("{what} carries it in the field {field}"));
    }
    let (lost_in, why) = match lasted {
        None => (1, format!("nothing on the landing page kept it, and {what} goes without it")),
        Some(place) if place.last_step < conversion.step.min(last_step) => (
            place.last_step + 1,
            format!(
                "{} {} held it until step {}, and {what} goes without it",
                place.place, place.name, place.last_step
            ),
        ),
        Some(place) => {
            (conversion.step, format!("{} {} holds it, but {what} does not carry it", place.place, place.name))
        }
    };
    made(Some(false), Some(lost_in), why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_id_has_its_platforms_form_and_stays_the_same() {
        for (parameter, length) in
            [("fbclid", 47), ("msclkid", 32), ("li_fat_id", 36), ("ScCid", 36), ("rdt_cid", 19), ("ttclid", 53)]
        {
            let click = Click::new(parameter, "buy");
            assert_eq!(click.value.len(), length, "{parameter} {}", click.value);
            assert_eq!(click.value, Click::new(parameter, "buy").value);
            assert_ne!(click.value, Click::new(parameter, "other").value);
            assert!(click.value.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)), "{}", click.value);
        }
        let mut url = Url::parse("https://shop.example/a?b=c#d").unwrap();
        let click = Click::new("fbclid", "buy");
        click.add_to(&mut url);
        assert_eq!(url.as_str(), format!("https://shop.example/a?b=c&fbclid={}#d", click.value));
    }
}
