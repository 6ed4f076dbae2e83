//! A shop of the little internet that shows what browser mode sees: a consent banner that works, a tag that ignores it, a
//! script that listens to what is typed, an order that is counted twice. For pictures.

use crate::Hosts;

/// Host of the shop.
pub const HOST: &str = "mill-lane.example";
/// A journey through it, as a file.
pub const JOURNEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/showcase/order.toml");

const MICROSOFT: &str = "<script>(function(w,d,t,r,u){var f,n,i;w[u]=w[u]||[],f=function(){var o={ti:'97210045'};o.q=w[u],w[u]=new \
    UET(o),w[u].push('pageLoad')},n=d.createElement(t),n.src=r,n.async=1,n.onload=n.onreadystatechange=function(){var \
    s=this.readyState;s&&s!=='loaded'&&s!=='complete'||(f(),n.onload=n.onreadystatechange=null)},\
    i=d.getElementsByTagName(t)[0],i.parentNode.insertBefore(n,i)})(window,document,'script','https://bat.bing.com/bat.js','uetq');\
    </script>";

const HOME: &str = "<div class=hero><h1>Things that last</h1><p>Made in small numbers, mended for free.</p></div>\
    <nav class=goods><a href=/mug><i></i>Stoneware mug</a><a href=/blanket><i></i>Wool blanket</a><a href=/board><i></i>Oak board</a></nav>\
    <form action=/newsletter method=post><label>Newsletter <input name=email type=email required placeholder=E-mail></label>\
    <button>Subscribe</button></form>\
    <script>document.querySelector('form').addEventListener('submit', () => fbq('track', 'Lead'));</script>";

const MUG: &str = "<h1>Stoneware mug</h1><p>Holds 300 ml. 24 EUR.</p>\
    <button onclick=\"fbq('track', 'AddToCart', {content_ids: ['mug-300'], value: 24, currency: 'EUR'})\">Add to cart</button>\
    <p><a href=/checkout>Checkout</a></p>\
    <script>whenAgreed(() => fbq('track', 'ViewContent', {content_ids: ['mug-300'], value: 24, currency: 'EUR'}));\
    gtag('event', 'view_item', {currency: 'EUR', value: 24, items: [{item_id: 'mug-300', price: 24}]});</script>";

const CHECKOUT: &str = "<h1>Checkout</h1><form action=/thanks method=post><label>E-mail <input name=email type=email></label>\
    <label>Country <select name=country><option value=''>Choose</option><option value=IE>Ireland</option><option value=PT>Portugal</option>\
    </select></label><button>Order now</button></form>\
    <script>whenAgreed(() => fbq('track', 'InitiateCheckout', {value: 24, currency: 'EUR'}));</script>";

const THANKS: &str = "<h1>Thank you</h1><p>Your order ML-2041 is on its way.</p>\
    <script>whenAgreed(() => fbq('track', 'Purchase', {value: 24, currency: 'EUR'}));\
    gtag('event', 'purchase', {transaction_id: 'ML-2041', currency: 'EUR', value: 24});</script>\
    <script>whenAgreed(() => fbq('track', 'Purchase', {value: 24, currency: 'EUR'}, {eventID: 'ML-2041'}));</script>";

/// The shop, and stand-ins of the libraries that it loads.
pub fn hosts() -> Hosts {
    let text =
        |title: &str| format!("<h1>{title}</h1><p>Made by hand, 60 EUR.</p><p><a href=/checkout>Checkout</a></p>");
    Hosts::new()
        .with(
            "mill-lane.example/shop.css",
            200,
            &[("content-type", "text/css")],
            include_str!("../showcase/shop.css").to_owned(),
        )
        .script("mill-lane.example/js/banner.js", include_str!("../showcase/banner.js"))
        .script("mill-lane.example/js/pixels.js", include_str!("../showcase/pixels.js"))
        .script("cdn.form-watch.example/v1.js", include_str!("../showcase/form-watch.js"))
        .script("connect.facebook.net/en_US/fbevents.js", include_str!("../standins/fbevents.js"))
        .script("connect.facebook.net/signals/config/284915073166502", "")
        .script("www.googletagmanager.com/gtag/js", include_str!("../standins/gtag.js"))
        .script("analytics.tiktok.com/i18n/pixel/events.js", include_str!("../standins/tiktok.js"))
        .script("bat.bing.com/bat.js", include_str!("../standins/bat.js"))
        .page("mill-lane.example/", page("Mill Lane", HOME))
        .page("mill-lane.example/mug", page("Stoneware mug", MUG))
        .page("mill-lane.example/blanket", page("Wool blanket", &text("Wool blanket")))
        .page("mill-lane.example/board", page("Oak board", &text("Oak board")))
        .page("mill-lane.example/checkout", page("Checkout", CHECKOUT))
        .page("mill-lane.example/thanks", page("Thank you", THANKS))
        .page("mill-lane.example/privacy", page("Privacy", "<h1>Privacy</h1><p>We use Google Analytics and Meta.</p>"))
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title><link rel=stylesheet href=/shop.css>\n\
         <script async src='https://www.googletagmanager.com/gtag/js?id=G-7QK2M4X9TB'></script>\n\
         <script src=/js/pixels.js></script>\n<script src=/js/banner.js></script>\n{MICROSOFT}\n\
         <script async src=https://cdn.form-watch.example/v1.js></script></head>\n\
         <body><header><b>Mill Lane</b><a href=/>Shop</a><a href=/privacy>Privacy</a></header>\n<main>{body}</main>\n\
         <footer><a href=/privacy>Privacy</a></footer></body></html>"
    )
}
