//! Pages of a made-up shop of any size, for long runs and benches: as heavy as a real shop's in markup, links and scripts,
//! each with words of its own.

use std::fmt::Write;

/// Pages that every page links to in its head and foot.
const NAVIGATION: u64 = 60;

const WORDS: &[&str] = &[
    "amber", "anchor", "apron", "basket", "beech", "blanket", "bottle", "bowl", "brass", "brush", "button", "candle",
    "canvas", "carved", "cedar", "ceramic", "chair", "clay", "cloth", "copper", "cotton", "cup", "curtain", "cushion",
    "deep", "drawer", "dyed", "evening", "felt", "field", "fine", "folded", "forest", "frame", "garden", "glass",
    "glazed", "grain", "green", "hammered", "handle", "heavy", "hook", "ivory", "jar", "kettle", "kitchen", "knitted",
    "lamp", "leather", "light", "linen", "long", "maple", "mill", "mirror", "morning", "narrow", "oak", "oiled",
    "olive", "painted", "paper", "pearl", "pine", "pitcher", "plain", "plate", "polished", "quiet", "quilt", "raw",
    "river", "rope", "round", "rug", "sand", "shelf", "silver", "slate", "small", "smoked", "soft", "spoon", "stone",
    "stool", "table", "tall", "thread", "tin", "towel", "tray", "vase", "walnut", "warm", "wax", "white", "wide",
    "willow", "wool",
];

/// A page of about so many bytes. It links to its ten children (`/` to the pages 1 to 10) and to pages named before.
pub(crate) fn page(number: u64, pages: u64, bytes: usize) -> String {
    let mut words = Words(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut html = String::with_capacity(bytes + 4096);
    head(&mut html, number, &mut words);
    html.push_str("<header class=\"site-header\"><nav class=\"menu\" aria-label=\"Main\"><ul class=\"menu__list\">\n");
    let (above, below) = (NAVIGATION / 2, NAVIGATION.min(pages.saturating_sub(1)));
    (0..above.min(pages)).for_each(|to| link(&mut html, to));
    html.push_str(
        "</ul></nav></header>\n<main id=\"content\" class=\"listing\">\n<div class=\"grid grid--children\">\n",
    );
    (number * 10 + 1..=number * 10 + 10)
        .take_while(|child| *child < pages)
        .for_each(|to| card(&mut html, to, &mut words));
    html.push_str("</div>\n<div class=\"grid grid--also\">\n");
    // Nothing that was not named by then, so that the tree stays what leads to every page.
    let known = (number * 10 + 1).min(pages);
    let mut at = number;
    while html.len() + 3500 < bytes {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        card(&mut html, (at >> 33) % known, &mut words);
    }
    html.push_str("</div></main>\n<footer class=\"site-footer\"><ul class=\"site-footer__links\">\n");
    (above..below).for_each(|to| link(&mut html, to));
    html.push_str("</ul><p class=\"site-footer__note\">All prices with tax.</p></footer></body></html>\n");
    html
}

fn head(html: &mut String, number: u64, words: &mut Words) {
    let title = words.some(4);
    let _ = write!(
        html,
        "<!doctype html>\n<html lang=\"en\" class=\"no-js\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title} | Page \
         {number}</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta \
         name=\"description\" content=\"{}\">\n<meta property=\"og:title\" content=\"{title}\">\n<meta \
         property=\"og:type\" content=\"product.group\">\n<style>\n",
        words.some(18)
    );
    for rule in 0..40 {
        let _ =
            writeln!(html, ".block-{rule}{{margin:{}px;padding:{}px;color:#{:03x}}}", rule % 9, rule % 5, rule * 77);
    }
    let _ = write!(
        html,
        "</style>\n<script type=\"application/ld+json\">{{\"@context\":\"https://schema.org\",\"@type\":\"CollectionPage\",\
         \"name\":\"{title}\",\"description\":\"{}\"}}</script>\n<script>\n!function(f,b){{f.fbq=f.fbq||function(){{\
         (f.fbq.queue=f.fbq.queue||[]).push(arguments)}}}}(window,document);\nfbq('init', '123456789012345');\n\
         fbq('track', 'PageView');\n</script>\n<script>\nwindow.dataLayer = window.dataLayer || [];\nfunction gtag(){{\
         dataLayer.push(arguments);}}\ngtag('js', new Date());\ngtag('config', 'G-ABCDEF1234');\ngtag('event', \
         'view_item_list', {{item_list_id: 'page-{number}', items: [{{item_id: 'p{number}', price: {}.90}}]}});\n\
         </script>\n<script>\n(function () {{\n  document.documentElement.className = 'js';\n  var state = {{page: \
         {number}, currency: 'EUR', tags: ['{}']}};\n  window.shop = {{\n    state: state,\n    add: function (id, n) \
         {{ state.last = id; return fetch('/basket', {{method: 'POST', body: JSON.stringify({{id: id, n: n || 1}})}}); \
         }}\n  }};\n}})();\n</script>\n</head>\n<body class=\"template-list\">\n",
        words.some(30),
        number % 90 + 9,
        words.some(3)
    );
}

fn link(html: &mut String, to: u64) {
    let href = address(to);
    let _ = writeln!(html, "<li class=\"menu__item\"><a class=\"menu__link\" href=\"{href}\">Department {to}</a></li>");
}

fn card(html: &mut String, to: u64, words: &mut Words) {
    let (href, name) = (address(to), words.some(3));
    let _ = write!(
        html,
        "<article class=\"card card--product\" data-id=\"p{to}\" data-price=\"{}.90\">\n  <a class=\"card__media\" \
         href=\"{href}\" tabindex=\"-1\"><img class=\"card__image\" src=\"/media/p{to}.jpg\" width=\"320\" height=\"320\" \
         loading=\"lazy\" alt=\"{name}\"></a>\n  <h3 class=\"card__title\"><a class=\"card__link\" \
         href=\"{href}\">{name}</a></h3>\n  <p class=\"card__text\">{}.</p>\n  <span class=\"price\"><s \
         class=\"price__old\">{}.90</s> <b class=\"price__now\">{}.90</b></span>\n  <button class=\"button \
         button--small\" type=\"button\" data-add=\"p{to}\" aria-label=\"Add {name}\">Add</button>\n</article>\n",
        to % 90 + 9,
        words.some(16),
        to % 90 + 19,
        to % 90 + 9
    );
}

fn address(number: u64) -> String {
    if number == 0 { "/".to_owned() } else { format!("/page/{number}") }
}

/// Words that look chosen at random and are the same every time.
struct Words(u64);

impl Words {
    fn some(&mut self, count: usize) -> String {
        let mut text = String::with_capacity(count * 8);
        for n in 0..count {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            let place = usize::try_from(self.0 >> 40).unwrap_or(0) % WORDS.len();
            text.push_str(if n == 0 { "" } else { " " });
            text.push_str(WORDS.get(place).copied().unwrap_or_default());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_reached_by_the_tree_and_as_large_as_asked_for() {
        for (pages, bytes) in [(1, 20_000), (11, 74_000), (500, 74_000)] {
            for number in 0..pages {
                let html = page(number, pages, bytes);
                assert!(html.len().abs_diff(bytes) < 4000, "{} for {bytes}", html.len());
                for child in (number * 10 + 1..=number * 10 + 10).filter(|child| *child < pages) {
                    assert!(html.contains(&format!("href=\"/page/{child}\"")));
                }
                assert!(!html.contains(&format!("href=\"/page/{pages}\"")), "no page that isn't there");
            }
        }
    }
}
