//! What the targets for bodies share: endpoints that take a kind of body, and a request made of an input.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use pixelproof_detect::{Catalogue, decode};
use pixelproof_model::Request;

/// Endpoints that take a form.
pub const FORM: &[&str] = &[
    "https://www.facebook.com/tr/",
    "https://analytics.twitter.com/i/adsctp",
    "https://tr.snapchat.com/p",
    "https://api-js.mixpanel.com/track/",
    "https://api-iam.intercom.io/messenger/web/ping",
    "https://mc.yandex.ru/watch/12345678",
    "https://stats.shop.example/b/ss/suite/1/JS-2.22.0/s1",
    "https://ct.pinterest.com/v3/",
    "https://sslwidget.criteo.com/event?a=1",
    "https://a.klaviyo.com/api/track",
    "https://stats.shop.example/matomo.php",
];

/// Endpoints that take parts with a boundary.
pub const MULTIPART: &[&str] = &[
    "https://www.facebook.com/tr/",
    "https://forms.hsforms.com/submissions/v3/public/submit/formsnext/multipart/1/a",
    "https://collect.tealiumiq.com/acme/main/2/i.gif",
];

/// Endpoints that take a document.
pub const JSON: &[&str] = &[
    "https://analytics.tiktok.com/api/v2/pixel",
    "https://tr.snapchat.com/p",
    "https://api2.amplitude.com/2/httpapi",
    "https://api.segment.io/v1/batch",
    "https://us.i.posthog.com/batch/",
    "https://edge.adobedc.net/ee/v1/interact?configId=a",
    "https://stats.shop.example/matomo.php",
    "https://a.klaviyo.com/client/events/?company_id=a",
    "https://pixels.spotify.com/v1/ingest",
    "https://logx.optimizely.com/v1/events",
    "https://collect.tealiumiq.com/event",
    "https://plausible.io/api/event",
    "https://monorail-edge.shopifysvc.com/unstable/produce_batch",
    "https://dev.visualwebsiteoptimizer.com/events/t?a=1",
    "https://www.google-analytics.com/mp/collect?measurement_id=G-ABC1234",
];

/// Endpoints that take a query string a line.
pub const LINES: &[&str] = &[
    "https://www.google-analytics.com/g/collect?v=2&tid=G-ABC1234",
    "https://www.google-analytics.com/g/collect?v=2&tid=G-ABC1234&en=view_item&pr1=idA",
    "https://www.google-analytics.com/batch",
];

/// Endpoints that take a packed document.
pub const PACKED: &[&str] = &[
    "https://px.ads.linkedin.com/wa/?medium=fetch&fmt=g",
    "https://us.i.posthog.com/e/?compression=gzip-js",
    "https://us.i.posthog.com/e/?compression=lz64",
    "https://api-js.mixpanel.com/track/",
];

/// Decodes a body sent to the endpoint that its first byte picks. The answer must be JSON.
pub fn send(endpoints: &[&str], kind: &str, input: &[u8], pack: impl Fn(&[u8]) -> Vec<u8>) {
    let Some((pick, body)) = input.split_first() else { return };
    let Some(url) = endpoints.get(usize::from(*pick) % endpoints.len()) else { return };
    let decoded = decode(
        Catalogue::builtin(),
        &Request {
            method: "POST".to_owned(),
            url: (*url).to_owned(),
            body: None,
            body_base64: Some(STANDARD.encode(pack(body))),
            headers: BTreeMap::from([("content-type".to_owned(), kind.to_owned())]),
        },
    );
    serde_json::to_string(&decoded).expect("an answer is JSON");
}
