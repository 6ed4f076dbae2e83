//! Values of the probe identity that left a page after they were typed into its forms.

use pixelproof_crawl::browser::Sent;
use pixelproof_detect::{Catalogue, decode, probe};
use pixelproof_model::{MAX_EXCERPT, Pass, TypedLeak, TypedWhen};
use url::Url;

use super::{
    claim::{is_beacon, request_of},
    state::{host_of, is_own},
};

/// Leaks kept of one visit.
const MAX_LEAKS: usize = 200;

/// What is known of the moment at which a request left.
pub(super) struct Moment {
    pub(super) step: Option<u32>,
    pub(super) when: TypedWhen,
    /// Address of the page.
    pub(super) page: String,
}

/// Adds what a request carries of the person, where it goes to somebody else than the site itself.
pub(super) fn add(leaks: &mut Vec<TypedLeak>, sent: &Sent, pass: Pass, moment: &Moment, catalogue: &Catalogue) {
    for url in sent.addresses() {
        let request = request_of(sent, url);
        let Some(host) = host_of(url) else { continue };
        let hits = probe::find(&request);
        if hits.is_empty() {
            continue;
        }
        let decoded = decode(catalogue, &request);
        let vendor = decoded.vendor.filter(|_| is_beacon(decoded.kind));
        let own = Url::parse(&moment.page).is_ok_and(|page| is_own(&page, &host));
        if own && vendor.is_none() {
            continue;
        }
        for hit in hits.into_iter().take(MAX_LEAKS.saturating_sub(leaks.len())) {
            let normalised = !matches!(hit.form, probe::Form::Hash { normalised: false, .. });
            let leak = TypedLeak {
                what: hit.what.to_owned(),
                pass,
                step: moment.step,
                when: moment.when,
                page: moment.page.clone(),
                host: host.clone(),
                vendor: vendor.clone(),
                field: hit.field,
                form: hit.form.words(),
                hashed: hit.form.is_hash(),
                normalised,
                packing: hit.packing.iter().map(|name| (*name).to_owned()).collect(),
                request: url.chars().take(MAX_EXCERPT).collect(),
                count: 1,
            };
            match leaks.iter_mut().find(|known| is_same(known, &leak)) {
                Some(known) => known.count += 1,
                None => leaks.push(leak),
            }
        }
    }
}

fn is_same(a: &TypedLeak, b: &TypedLeak) -> bool {
    (&a.what, a.pass, a.when, &a.page, &a.host, &a.vendor) == (&b.what, b.pass, b.when, &b.page, &b.host, &b.vendor)
        && (&a.field, &a.form) == (&b.field, &b.form)
}
