//! Serves a shop whose pages send beacons in every way that vendors' libraries use, and the hosts that take them, on one
//! loopback port: `serve-trackers PAGES`. Prints its address; for each line on its standard input it prints how many
//! pages and beacons arrived since the last one, as JSON.

use std::io::BufRead;

use anyhow::{Context, Result};
use pixelproof_tests::{Hosts, Web};
use serde_json::json;

/// Bytes of a page, about.
const PAGE: usize = 30_000;
/// Stands in for a vendor's library. Twelve beacons, the last of them when the page is left.
const LIBRARY: &str = r"(() => {
  const at = encodeURIComponent(location.href);
  const meta = name => `https://www.facebook.com/tr/?id=480011223344556&ev=${name}&dl=${at}`;
  const google = name => `https://www.google-analytics.com/g/collect?v=2&tid=G-7K2M9QX4TB&cid=1.2&en=${name}&dl=${at}`;
  for (const name of ['PageView', 'ViewContent', 'AddToCart', 'Lead']) new Image().src = meta(name);
  navigator.sendBeacon(google('page_view'));
  navigator.sendBeacon(google('scroll'), new Blob(['en=scroll'], {type: 'text/plain'}));
  for (const name of ['view_item', 'search']) fetch(google(name), {method: 'POST', mode: 'no-cors', keepalive: true, body: ''});
  const request = new XMLHttpRequest();
  request.open('POST', google('select_item'));
  request.send();
  const event = {event: 'Pageview', event_id: '1', context: {pixel: {code: 'C4A7Q2JHKLMN8PRSTUV0'}, page: {url: location.href}}};
  navigator.sendBeacon('https://analytics.tiktok.com/api/v2/pixel', new Blob([JSON.stringify(event)], {type: 'text/plain'}));
  const frame = document.createElement('iframe'), form = document.createElement('form');
  frame.name = 'post';
  frame.hidden = form.hidden = true;
  Object.assign(form, {method: 'POST', action: 'https://www.facebook.com/tr/', target: 'post'});
  for (const [name, value] of [['id', '480011223344556'], ['ev', 'Purchase'], ['dl', location.href]]) {
    const field = document.createElement('input');
    Object.assign(field, {name, value});
    form.append(field);
  }
  document.body.append(frame, form);
  form.submit();
  addEventListener('pagehide', () => navigator.sendBeacon(google('user_engagement')));
})();";

fn main() -> Result<()> {
    let pages: usize = std::env::args().nth(1).context("usage: serve-trackers PAGES")?.parse()?;
    let mut hosts = Hosts::new().script("connect.facebook.net/en_US/fbevents.js", LIBRARY);
    for number in 1..=pages {
        hosts = hosts.page(&format!("shop.test/{number}"), page(number));
    }
    let web = Web::start(hosts)?;
    let mappings = web.resolve();
    println!("http://{}/", mappings.first().context("no address")?.trim_start_matches("*:80:"));
    let mut seen = 0;
    for line in std::io::stdin().lock().lines() {
        line?;
        let arrived = web.arrived();
        let new = arrived.get(seen..).unwrap_or_default();
        let of = |host: &str| new.iter().filter(|one| one.host == host && one.method != "OPTIONS").count();
        let beacons = of("www.facebook.com") + of("www.google-analytics.com") + of("analytics.tiktok.com");
        println!("{}", json!({"pages": of("shop.test"), "beacons": beacons}));
        seen = arrived.len();
    }
    Ok(())
}

fn page(number: usize) -> String {
    let mut html = format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Thing {number}</title>\
         <script async src=https://connect.facebook.net/en_US/fbevents.js></script></head><body><h1>Thing {number}</h1>"
    );
    let mut line = 0;
    while html.len() < PAGE {
        line += 1;
        html += &format!(
            "<p class=line>Line {line} of what there is to say about thing {number}, neither more nor less.</p>"
        );
    }
    html + "</body></html>"
}
