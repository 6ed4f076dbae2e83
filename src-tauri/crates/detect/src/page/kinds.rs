//! What a page is evidently for, from its structured data, its forms and the words of its address.

use pixelproof_model::PageKind;
use url::Url;

use crate::markup::{Facts, Item, ItemKind};

/// Words of addresses, in the languages of large markets, that name a kind of page. A word must be a whole part of a path
/// segment.
const WORDS: [(PageKind, &[&str]); 10] = [
    (
        PageKind::Cart,
        &[
            "cart",
            "basket",
            "warenkorb",
            "panier",
            "carrito",
            "carrello",
            "winkelwagen",
            "koszyk",
            "carrinho",
            "varukorg",
            "kurv",
        ],
    ),
    (
        PageKind::Confirmation,
        &[
            "thank-you",
            "thankyou",
            "thanks",
            "order-received",
            "order-confirmation",
            "confirmation",
            "success",
            "danke",
            "vielen-dank",
            "bestellbestaetigung",
            "merci",
            "gracias",
            "grazie",
            "bedankt",
            "obrigado",
            "dziekujemy",
            "tack",
        ],
    ),
    (
        PageKind::Checkout,
        &["checkout", "kasse", "commande", "paiement", "afrekenen", "zamowienie", "pagamento", "pago", "kassa"],
    ),
    (
        PageKind::SearchResults,
        &["search", "suche", "recherche", "buscar", "busqueda", "cerca", "ricerca", "zoeken", "szukaj", "pesquisa"],
    ),
    (
        PageKind::Registration,
        &[
            "register",
            "registration",
            "sign-up",
            "signup",
            "create-account",
            "registrieren",
            "inscription",
            "registro",
            "registrati",
            "registreren",
            "rejestracja",
        ],
    ),
    (
        PageKind::Login,
        &[
            "login",
            "log-in",
            "sign-in",
            "signin",
            "anmelden",
            "connexion",
            "acceder",
            "accedi",
            "inloggen",
            "logowanie",
            "entrar",
        ],
    ),
    (
        PageKind::Contact,
        &["contact", "contact-us", "kontakt", "contacto", "contatti", "contato", "nous-contacter", "kontakta-oss"],
    ),
    (
        PageKind::Policy,
        &[
            "privacy",
            "privacy-policy",
            "cookie-policy",
            "cookies",
            "terms",
            "datenschutz",
            "impressum",
            "agb",
            "confidentialite",
            "mentions-legales",
            "privacidad",
            "privacidade",
            "privacybeleid",
            "polityka-prywatnosci",
            "imprint",
        ],
    ),
    (
        PageKind::Product,
        &["product", "products", "produkt", "produkte", "produit", "producto", "prodotto", "item", "dp"],
    ),
    (PageKind::Category, &["category", "categories", "collections", "kategorie", "categorie", "categoria", "shop"]),
];

/// Bytes of structured data that are parsed on one page.
const MAX_JSON_LD: usize = 1 << 20;
/// Depth of structured data that is looked into.
const MAX_DEPTH: usize = 8;

/// Kinds of a page, each once, in the order of [`PageKind`].
pub(super) fn kinds(url: &Url, facts: &Facts, items: &[Item]) -> Vec<PageKind> {
    let mut kinds = Vec::new();
    let path = url.path().trim_matches('/');
    if path.is_empty() || matches!(path, "index.html" | "index.htm" | "index.php" | "home") {
        kinds.push(PageKind::Home);
    }
    kinds.extend(by_address(path));
    kinds.extend(by_query(url));
    by_structured_data(items, &mut kinds);
    match facts.og_type.as_deref() {
        Some("product" | "og:product" | "product.item") => kinds.push(PageKind::Product),
        Some("article") => kinds.push(PageKind::Article),
        _ => {}
    }
    if facts.new_password || facts.passwords >= 2 {
        kinds.push(PageKind::Registration);
    } else if facts.passwords == 1 && kinds.is_empty() {
        kinds.push(PageKind::Login);
    }
    if facts.card {
        kinds.push(PageKind::Checkout);
    }
    kinds.sort_unstable();
    kinds.dedup();
    // A product or a category page is told by its data; the word alone stands only when nothing else does.
    if kinds.contains(&PageKind::Product) {
        kinds.retain(|k| *k != PageKind::Category);
    }
    kinds
}

/// The kind that the words of a path name; later segments count more than earlier ones.
fn by_address(path: &str) -> Option<PageKind> {
    let path = path.to_ascii_lowercase();
    for segment in path.rsplit('/').take(4) {
        let segment = segment.split('.').next().unwrap_or(segment).replace('_', "-");
        let kind = WORDS.iter().find(|(kind, words)| {
            words.iter().any(|word| segment == *word)
                // `/products` itself is a list; only what stands below it is a product.
                && !(*kind == PageKind::Product && path.ends_with(&segment) && !segment.ends_with("dp"))
        });
        if let Some((kind, _)) = kind {
            return Some(*kind);
        }
    }
    None
}

/// A search has its words in the query.
fn by_query(url: &Url) -> Option<PageKind> {
    const NAMES: [&str; 6] = ["q", "s", "search", "query", "keyword", "suche"];
    let searches = url.query_pairs().any(|(name, value)| NAMES.contains(&name.as_ref()) && !value.is_empty());
    searches.then_some(PageKind::SearchResults)
}

fn by_structured_data(items: &[Item], kinds: &mut Vec<PageKind>) {
    let mut read = 0;
    for item in items.iter().filter(|i| !i.place.inert && !i.place.noscript) {
        let ItemKind::Script { text, .. } = &item.kind else { continue };
        if !item.attr("type").is_some_and(|t| t.trim().eq_ignore_ascii_case("application/ld+json")) {
            continue;
        }
        read += text.len();
        if read > MAX_JSON_LD {
            return;
        }
        if let Ok(json) = serde_json::from_str::<serde_json::Value>(text.trim()) {
            types(&json, MAX_DEPTH, kinds);
        }
    }
}

/// Kinds by `@type` of the document, its graph and its main entity.
fn types(json: &serde_json::Value, depth: usize, kinds: &mut Vec<PageKind>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match json {
        serde_json::Value::Array(list) => list.iter().for_each(|v| types(v, depth, kinds)),
        serde_json::Value::Object(map) => {
            let names = match map.get("@type") {
                Some(serde_json::Value::String(name)) => vec![name.as_str()],
                Some(serde_json::Value::Array(names)) => names.iter().filter_map(|n| n.as_str()).collect(),
                _ => Vec::new(),
            };
            kinds.extend(names.iter().filter_map(|name| kind_of(name)));
            for key in ["@graph", "mainEntity", "mainEntityOfPage"] {
                if let Some(inner) = map.get(key) {
                    types(inner, depth, kinds);
                }
            }
        }
        _ => {}
    }
}

fn kind_of(name: &str) -> Option<PageKind> {
    Some(match name {
        "Product" | "ProductGroup" | "IndividualProduct" => PageKind::Product,
        "CollectionPage" | "OfferCatalog" => PageKind::Category,
        "CheckoutPage" => PageKind::Checkout,
        "SearchResultsPage" => PageKind::SearchResults,
        "ContactPage" => PageKind::Contact,
        "Article" | "NewsArticle" | "BlogPosting" | "TechArticle" | "Report" => PageKind::Article,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_address() {
        let cases: [(&str, &[PageKind]); 12] = [
            ("https://a.example/", &[PageKind::Home]),
            ("https://a.example/de/warenkorb/", &[PageKind::Cart]),
            ("https://a.example/checkout/thank-you", &[PageKind::Confirmation]),
            ("https://a.example/checkout/order-received/12/", &[PageKind::Confirmation]),
            ("https://a.example/checkout", &[PageKind::Checkout]),
            ("https://a.example/products/red-shoe", &[PageKind::Product]),
            ("https://a.example/products", &[]),
            ("https://a.example/?s=shoes", &[PageKind::Home, PageKind::SearchResults]),
            ("https://a.example/account/login.php", &[PageKind::Login]),
            ("https://a.example/datenschutz.html", &[PageKind::Policy]),
            ("https://a.example/blog/contacting-aliens", &[]),
            ("https://a.example/collections/hats", &[PageKind::Category]),
        ];
        for (url, expect) in cases {
            let url: Url = url.parse().expect(url);
            assert_eq!(kinds(&url, &Facts::default(), &[]), expect, "{url}");
        }
    }
}
