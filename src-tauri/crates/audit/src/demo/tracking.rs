//! What each page of the shop tracks, and every fault planted in it. `planted.json` says what an audit must find.

use serde::Serialize;

use super::shop::Product;

/// Accounts, all invented.
#[derive(Debug, Serialize)]
pub(super) struct Ids {
    pub(super) meta: &'static str,
    pub(super) ga4: &'static str,
    pub(super) ads: &'static str,
    pub(super) tiktok: &'static str,
}

/// The shop's accounts.
pub(super) const IDS: Ids =
    Ids { meta: "480011223344556", ga4: "G-7K2M9QX4TB", ads: "AW-10482736451", tiktok: "C4A7Q2JHKLMN8PRSTUV0" };
/// Account of an agency that left long ago.
const OLD_META: &str = "590022334455667";
const SNAPCHAT: &str = "3f6c1d52-8b7e-4a90-9c14-5d2e7fa0b681";

/// Which of the shop's own pixels a page has.
#[derive(Debug, Default, Serialize)]
pub(super) struct Has {
    google: bool,
    ads: bool,
    meta: bool,
    tiktok: bool,
}

/// The tracking of a page.
#[derive(Debug, Default)]
pub(super) struct Tracking {
    pub(super) has: Has,
    /// Loads `/assets/theme.js`.
    pub(super) theme: bool,
    pub(super) robots: Option<&'static str>,
    /// Calls below the Google tag's configuration.
    pub(super) google: String,
    /// Calls between the Meta Pixel's stub and its initialisation.
    pub(super) before_meta: String,
    /// Calls below the Meta Pixel's page view.
    pub(super) meta: String,
    /// Further code in the head.
    pub(super) extra: String,
    /// Further code at the end of the body.
    pub(super) end: String,
}

impl Tracking {
    pub(super) fn with_theme(mut self) -> Tracking {
        self.theme = true;
        self
    }
}

/// Everything as it should be. TikTok waits for consent; Meta should and doesn't, which is planted.
pub(super) fn shop() -> Tracking {
    Tracking { has: Has { google: true, ads: true, meta: true, tiktok: true }, ..Tracking::default() }
}

/// Planted: PixelYourSite brings the Meta account a second time (the template prints its settings).
pub(super) fn product(product: &Product) -> Tracking {
    let Product { sku, name, price, .. } = product;
    Tracking {
        google: format!(
            "gtag('event', 'view_item', {{ currency: 'EUR', value: {price}, items: [{{ item_id: '{sku}', item_name: '{name}', \
             price: {price} }}] }});"
        ),
        meta: format!(
            "fbq('track', 'ViewContent', {{ content_ids: ['{sku}'], content_type: 'product', value: {price}, currency: 'EUR' }});"
        ),
        ..shop().with_theme()
    }
}

/// The tracking of a page that is neither product nor category.
pub(super) fn of(path: &str) -> Tracking {
    match path {
        "/cart" => cart(),
        "/checkout" => checkout(),
        "/thank-you" => confirmation(),
        "/search" => search(),
        "/contact" => contact(),
        "/account/register" => registration(),
        "/account/login" => Tracking { robots: Some("noindex"), ..shop() },
        "/about" => about(),
        "/gift-cards" => gift_cards(),
        "/landing/spring-sale" => landing(),
        "/privacy" => privacy(),
        "/cookies" => cookies(),
        _ => shop(),
    }
}

fn cart() -> Tracking {
    let google = "gtag('event', 'view_cart', { currency: 'EUR', value: 123.00, items: [{ item_id: 'QH-1001', price: 89.00 }, \
                  { item_id: 'QH-4003', price: 34.00 }] });";
    Tracking { google: google.to_owned(), ..shop() }
}

/// Planted: the checkout's template lacks the Meta Pixel; amount and currency are written for people.
fn checkout() -> Tracking {
    let google = "gtag('event', 'begin_checkout', { currency: 'Euro', value: '123,00 €', items: [{ item_id: 'QH-1001', \
                  price: 89.00 }, { item_id: 'QH-4003', price: 34.00 }] });";
    Tracking {
        has: Has { meta: false, ..shop().has },
        google: google.to_owned(),
        robots: Some("noindex"),
        ..Tracking::default()
    }
}

/// Planted: the purchase is sent to Meta twice, and to Google Analytics without its currency.
fn confirmation() -> Tracking {
    let purchase = "fbq('track', 'Purchase', { content_ids: ['QH-1001', 'QH-4003'], content_type: 'product', value: 123.00, \
                    currency: 'EUR' });";
    let google = "gtag('event', 'purchase', { transaction_id: 'Q-20417', value: 123.00, items: [{ item_id: 'QH-1001', \
                  price: 89.00 }, { item_id: 'QH-4003', price: 34.00 }] });\n\
                  gtag('event', 'conversion', { send_to: 'AW-10482736451/k2JzCPq8xYkZEIOu1rUn', value: 123.00, \
                  currency: 'EUR', transaction_id: 'Q-20417' });";
    Tracking {
        google: google.to_owned(),
        meta: purchase.to_owned(),
        extra: format!("<script>\n// order confirmation, added for the autumn campaign\n{purchase}\n</script>"),
        robots: Some("noindex"),
        ..shop()
    }
}

fn search() -> Tracking {
    Tracking {
        google: "gtag('event', 'search', { search_term: 'lamp' });".to_owned(),
        meta: "fbq('track', 'Search', { search_string: 'lamp' });".to_owned(),
        robots: Some("noindex, follow"),
        ..shop()
    }
}

/// Planted: Google Analytics is not told that somebody gets in touch.
fn contact() -> Tracking {
    Tracking { meta: "fbq('track', 'Contact');".to_owned(), ..shop() }
}

/// Planted: Meta's event comes before the pixel knows its account.
fn registration() -> Tracking {
    Tracking {
        before_meta: "fbq('track', 'CompleteRegistration', { status: true });".to_owned(),
        google: "gtag('event', 'sign_up', { method: 'email' });".to_owned(),
        ..shop()
    }
}

/// Planted: the Snapchat Pixel is initialised and sends nothing. Decoys: look-alikes of a host and of a function.
fn about() -> Tracking {
    let extra = format!(
        "<script>
(function(e,t,n){{if(e.snaptr)return;var a=e.snaptr=function(){{a.handleRequest?a.handleRequest.apply(a,arguments):a.queue.push(arguments)}};
a.queue=[];var s='script';var r=t.createElement(s);r.async=!0;r.src=n;var u=t.getElementsByTagName(s)[0];
u.parentNode.insertBefore(r,u);}})(window,document,'https://sc-static.net/scevent.min.js');
snaptr('init', '{SNAPCHAT}');
</script>
<script>
function shopfbq(what, id) {{ console.log(what, id); }}
shopfbq('init', '710033445566778');
shopfbq('track', 'Purchase');
</script>"
    );
    let end = "<img alt=\"\" width=\"1\" height=\"1\" src=\"/pixel.gif?u=https%3A%2F%2Fwww.facebook.com%2Ftr%3Fid%3D720033445566778\">\n\
               <img alt=\"\" width=\"1\" height=\"1\" src=\"https://www.facebook.com.quillhaven.example/tr?id=730033445566778&amp;ev=PageView\">";
    Tracking { extra, end: end.to_owned(), ..shop() }
}

/// Planted: a placeholder where the Pinterest account should be.
fn gift_cards() -> Tracking {
    let extra = "<script>
!function(e){if(!window.pintrk){window.pintrk = function () {window.pintrk.queue.push(Array.prototype.slice.call(arguments))};
var n=window.pintrk;n.queue=[],n.version=\"3.0\";var t=document.createElement(\"script\");t.async=!0,t.src=e;
var r=document.getElementsByTagName(\"script\")[0];r.parentNode.insertBefore(t,r)}}(\"https://s.pinimg.com/ct/core.js\");
pintrk('load', 'YOUR_TAG_ID');
pintrk('page');
</script>
<noscript><img height=\"1\" width=\"1\" style=\"display:none;\" alt=\"\" src=\"https://ct.pinterest.com/v3/?event=init&amp;tid=YOUR_TAG_ID&amp;noscript=1\"></noscript>";
    Tracking { extra: extra.to_owned(), ..shop() }
}

/// Planted: a former agency's Meta account, left on one landing page.
fn landing() -> Tracking {
    let extra = format!(
        "<script>\nfbq('init', '{OLD_META}');\nfbq('trackSingle', '{OLD_META}', 'PageView');\n</script>\n\
         <noscript><img height=\"1\" width=\"1\" alt=\"\" src=\"https://www.facebook.com/tr?id={OLD_META}&amp;ev=PageView&amp;noscript=1\"></noscript>"
    );
    Tracking { extra, ..shop() }
}

/// Decoys: code in a comment of the markup and in a comment of a script.
fn privacy() -> Tracking {
    let extra = "<!-- switched off in March
<script>
fbq('init', '740033445566778');
fbq('track', 'PageView');
</script>
-->
<script>
/* twq('config', 'o7q4k'); */
// ttq.load('C9DECOY0000000000000');
</script>";
    Tracking { extra: extra.to_owned(), ..shop() }
}

/// Decoys: code in a string, in a template that nothing uses, in text, and in a block of data.
fn cookies() -> Tracking {
    let extra = r#"<script>
var explanation = "The pixel starts with fbq('init', '750033445566778') and then calls fbq('track', 'PageView').";
var sample = '<script>snaptr("init", "0d4c6f10-1111-4222-8333-944445555666")<\/script>';
</script>
<template><script>fbq('init', '760033445566778'); fbq('track', 'PageView');</script></template>
<script type="application/json">{"code": "fbq('init', '770033445566778'); fbq('track', 'Lead');"}</script>"#;
    let end = "<pre>fbq('init', '780033445566778');\nfbq('track', 'Purchase', {value: 1, currency: 'EUR'});</pre>";
    Tracking { extra: extra.to_owned(), end: end.to_owned(), ..shop() }
}
