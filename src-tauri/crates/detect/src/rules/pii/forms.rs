//! How personal data looks, and what only looks like it.

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rules) enum Kind {
    Email,
    Phone,
    Card,
}

impl Kind {
    /// With its article.
    pub(in crate::rules) fn name(self) -> &'static str {
        match self {
            Kind::Email => "an e-mail address",
            Kind::Phone => "a phone number",
            Kind::Card => "a card number",
        }
    }

    /// A value with what tells its owner taken out.
    pub(super) fn masked(self, value: &str) -> String {
        let cut = |from: usize| value.chars().skip(from).collect::<String>();
        let length = value.chars().count();
        match self {
            Kind::Email => {
                let first: String = value.chars().take(1).collect();
                let domain = value.rsplit_once('@').map_or("", |(_, domain)| domain);
                format!("{first}\u{2026}@{domain}")
            }
            Kind::Phone => format!("\u{2026}{}", cut(length.saturating_sub(2))),
            Kind::Card => format!("\u{2026}{}", cut(length.saturating_sub(4))),
        }
    }
}

/// Digits of a phone number.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
/// Endings of names that a file or a package has after an at sign, and no domain.
const NO_DOMAINS: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "js", "mjs", "css", "map", "json", "html", "htm", "php",
    "xml", "txt", "pdf", "woff", "woff2", "ttf", "mp4", "min",
];
/// Addresses of documentation and forms.
const PLACEHOLDERS: &[&str] = &["user", "username", "name", "yourname", "you", "your", "email", "your.email", "mail"];
/// Domains of such addresses.
const PLACEHOLDER_DOMAINS: &[&str] = &["example.com", "example.org", "example.net", "domain.com", "yourdomain.com"];
/// Fields that hold phone numbers, besides those that end in `phone`.
const PHONE_FIELDS: &[&str] = &[
    "tel",
    "telephone",
    "mobile",
    "ph",
    "pn",
    "phonenumber",
    "telefon",
    "telefono",
    "msisdn",
    "whatsapp",
    "handy",
    "cell",
];
/// Fields that hold card numbers, besides those with `card` in them.
const CARD_FIELDS: &[&str] = &["cc", "pan", "ccnum", "ccnumber", "ccno"];
/// Parts of field names whose numbers are ids, times or sums.
const NUMBER_FIELDS: &[&str] = &[
    "id",
    "sku",
    "gtin",
    "ean",
    "isbn",
    "upc",
    "order",
    "transaction",
    "invoice",
    "product",
    "item",
    "variant",
    "content",
    "time",
    "stamp",
    "date",
    "session",
    "token",
    "hash",
    "value",
    "price",
    "version",
    "ref",
    "code",
    "clid",
    "fbp",
    "fbc",
];

/// Personal data in a text. A field that the site chose itself is `trusted`: its bare numbers are none of a vendor's ids.
pub(super) fn find(field: &str, text: &str, trusted: bool) -> Vec<(Kind, String)> {
    let field = last_name(field);
    let mut found: Vec<(Kind, String)> = emails(text).map(|email| (Kind::Email, email.to_ascii_lowercase())).collect();
    if let Some(card) = card(&field, text, trusted) {
        found.push((Kind::Card, card));
    } else if let Some(phone) = phone(&field, text) {
        found.push((Kind::Phone, phone));
    }
    found
}

/// `phonenumber` of `cd[phone_number]` and `user.phone-number`.
fn last_name(field: &str) -> String {
    let part =
        field.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | ' '))).rfind(|part| !part.is_empty());
    part.unwrap_or_default().chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn emails(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('@').filter_map(|(at, _)| email_at(text, at))
}

/// The address around an at sign.
fn email_at(text: &str, at: usize) -> Option<&str> {
    let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
    let in_local = |b: &u8| b.is_ascii_alphanumeric() || b"._%+'-".contains(b);
    let local = before.bytes().rev().take_while(in_local).count();
    let domain = after.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')).count();
    let local = before.get(before.len() - local..)?.trim_start_matches(['.', '\'']);
    let domain = after.get(..domain)?.trim_end_matches(['.', '-']);
    let (host, top) = domain.rsplit_once('.')?;
    let top = top.to_ascii_lowercase();
    let is_domain = host.split('.').all(|label| !label.is_empty())
        && (2..=24).contains(&top.len())
        && top.bytes().all(|b| b.is_ascii_alphabetic())
        && !NO_DOMAINS.contains(&top.as_str());
    let lower = local.to_ascii_lowercase();
    // The key of a service before its host: `https://<key>@o1.ingest.example`.
    let is_key = local.len() == 32 && local.bytes().all(|b| b.is_ascii_hexdigit());
    let placeholder =
        PLACEHOLDERS.contains(&lower.as_str()) && PLACEHOLDER_DOMAINS.contains(&domain.to_ascii_lowercase().as_str());
    if !is_domain || local.is_empty() || local.len() > 64 || is_key || placeholder {
        return None;
    }
    text.get(at - local.len()..at + 1 + domain.len())
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A phone number: in a field for such, or in the international form.
fn phone(field: &str, text: &str) -> Option<String> {
    let named = field.ends_with("phone") || PHONE_FIELDS.contains(&field);
    let digits = digits_of(text);
    let shaped = |allowed: &str| {
        text.chars().enumerate().all(|(i, c)| c.is_ascii_digit() || allowed.contains(c) || c == '+' && i == 0)
    };
    let varied = digits.bytes().any(|b| Some(b) != digits.bytes().next());
    if !PHONE_DIGITS.contains(&digits.len()) || !varied {
        return None;
    }
    // Milliseconds of a time have thirteen digits and begin so.
    let time = digits.len() == 13 && digits.starts_with("1") && !text.starts_with('+');
    let whole = named && shaped(" ()-./") && !time;
    let international = text.starts_with('+') && digits.len() > 8 && !digits.starts_with('0') && shaped(" ()-");
    (whole || international).then_some(digits)
}

/// A card number: Luhn's sum holds, an issuer has such numbers, and the field or the grouping says that it is one.
fn card(field: &str, text: &str, trusted: bool) -> Option<String> {
    if !text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-')) {
        return None;
    }
    let digits = digits_of(text);
    if !luhn(&digits) || !is_issued(&digits) {
        return None;
    }
    let named = field.contains("card") || CARD_FIELDS.contains(&field);
    let groups: Vec<usize> = text.split([' ', '-']).map(str::len).collect();
    let grouped = matches!(groups.as_slice(), [4, 4, 4, 4] | [4, 6, 5]);
    let number = NUMBER_FIELDS.iter().any(|part| field.contains(part));
    let bare = trusted && !number && matches!(digits.len(), 15 | 16);
    (named || grouped || bare).then_some(digits)
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let digit = u32::from(b.saturating_sub(b'0'));
            let twice = digit * 2;
            match i % 2 {
                0 => digit,
                _ if twice > 9 => twice - 9,
                _ => twice,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether a network of card issuers has numbers of this beginning and length.
fn is_issued(digits: &str) -> bool {
    let head = |n: usize| digits.get(..n).and_then(|head| head.parse::<u32>().ok()).unwrap_or(0);
    match digits.len() {
        13 => head(1) == 4,
        14 => matches!(head(3), 300..=305) || matches!(head(2), 36 | 38 | 39),
        15 => matches!(head(2), 34 | 37),
        16 => {
            head(1) == 4
                || matches!(head(2), 51..=55 | 62 | 64 | 65)
                || matches!(head(4), 2221..=2720 | 3528..=3589 | 6011)
        }
        19 => head(1) == 4 || head(2) == 62,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_known_by_their_form_and_their_field() {
        for (field, text, trusted, expect) in [
            ("em", "jane.doe@shop.example", false, "Email"),
            ("x", "to: Jane.Doe+1@shop.example, and more", false, "Email"),
            ("img", "logo@2x.png", false, ""),
            ("pkg", "lib@1.2.3", false, ""),
            ("dsn", "https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io", false, ""),
            ("hint", "user@example.com", false, ""),
            ("cd[phone]", "0221 4710 9912", false, "Phone"),
            ("user.phone_number", " 4922147109912", false, "Phone"),
            ("note", "+49 221 47109912", false, "Phone"),
            ("note", "0221 4710 9912", false, ""),
            ("ph", "1080", false, ""),
            ("phone", "1767225600000", false, ""),
            ("z", "1767225600000", false, ""),
            ("fbp", "fb.1.1767225600000.4111111111111111", false, ""),
            ("card_number", "4111111111111111", false, "Card"),
            ("note", "5500-0000-0000-0004", false, "Card"),
            ("note", "4111111111111111", true, "Card"),
            ("note", "4111111111111111", false, ""),
            ("order_id", "4111111111111111", true, ""),
            ("card_number", "4111111111111112", false, ""),
            ("card_number", "9111111111111111", false, ""),
        ] {
            let kinds: Vec<String> = find(field, text, trusted).iter().map(|(kind, _)| format!("{kind:?}")).collect();
            assert_eq!(kinds.join(","), expect, "{field}={text}");
        }
    }

    #[test]
    fn a_report_shows_no_whole_value() {
        assert_eq!(Kind::Email.masked("jane.doe@shop.example"), "j\u{2026}@shop.example");
        assert_eq!(Kind::Phone.masked("4922147109912"), "\u{2026}12");
        assert_eq!(Kind::Card.masked("4111111111111111"), "\u{2026}1111");
    }
}
