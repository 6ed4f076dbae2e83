//! What stands where an account belongs and is none: marks that a template engine left, words of documentation, what an
//! empty variable prints.

use crate::{
    catalogue::{Catalogue, Vendor, beginning},
    value,
};

/// Marks of template engines, and of macros that ad servers fill in.
const MARKS: [&str; 15] = ["{{", "}}", "{%", "<%", "%>", "${", "#{", "{$", "<?", "[[", "]]", "%%", "@@", "<", ">"];
/// Marks that count only where they stand on both ends.
const ENDS: [(&str, &str); 4] = [("{", "}"), ("%", "%"), ("__", "__"), ("[", "]")];
/// Words that stand in documentation where the reader's own id goes.
const WORDS: [&str; 19] = [
    "your_",
    "your-",
    "yourpixel",
    "yourid",
    "pixel_id",
    "pixelid",
    "pixel-id",
    "tag_id",
    "tag-id",
    "account_id",
    "accountid",
    "measurement_id",
    "conversion_id",
    "insert_",
    "insert-",
    "replace_",
    "placeholder",
    "undefined",
    "changeme",
];
/// What a variable without a value prints.
const EMPTY: [&str; 5] = ["null", "nan", "undefined", "false", "[object object]"];
/// What stands in for an id until somebody has one.
const STOPGAPS: [&str; 6] = ["none", "true", "todo", "test", "example", "id"];
/// Runs of digits that nobody is given.
const COUNTED: [&str; 7] = ["123456789", "1234567890", "12345678", "1234567", "123456", "12345", "0123456789"];
/// Letters in a row that no id has.
const CROSSED: &str = "xxxx";

/// Whether this is plainly no account, so that the page says of none: a mark, a word of documentation, nothing printed.
pub(crate) fn is_stand_in(vendor: &Vendor, account: &str) -> bool {
    let lower = account.trim().to_lowercase();
    let plausible = vendor.account.pattern.is_match(account);
    is_template_mark(&lower)
        || vendor.account.placeholders.iter().any(|p| p.to_lowercase() == lower && !is_number(p))
        || EMPTY.contains(&lower.as_str())
        || is_crossed(&lower)
        || !plausible && (WORDS.iter().any(|word| lower.contains(word)) || lower.ends_with("_id"))
}

/// Whether this is plainly no account of this vendor: it begins as only those of another do, or has not the form by
/// which the vendor's are told from others'.
pub(crate) fn is_anothers(catalogue: &Catalogue, vendor: &Vendor, account: &str) -> bool {
    let begins = |other: &Vendor| {
        let pattern = &other.account.pattern;
        beginning(pattern.as_str()).is_some_and(|begin| account.starts_with(begin)) && pattern.is_match(account)
    };
    let told = !vendor.account.claims_by_pattern || value::claims(vendor, account);
    !vendor.account.pattern.is_match(account)
        && !vendor.calls.iter().any(|form| form.fallback)
        && (!told || catalogue.vendors().iter().any(|other| other.id != vendor.id && begins(other)))
}

/// Whether this is no id but stands in for one, as far as that can be told: also ids that could be one but that nobody
/// is given.
pub(crate) fn is_placeholder(vendor: &Vendor, account: &str) -> bool {
    let lower = account.trim().to_lowercase();
    let body = lower.split_once('-').map_or(lower.as_str(), |(_, body)| body);
    lower.is_empty()
        || is_stand_in(vendor, account)
        || vendor.account.placeholders.iter().any(|p| p.to_lowercase() == lower)
        || STOPGAPS.contains(&lower.as_str())
        || COUNTED.contains(&body)
        || is_one_letter(body)
}

/// Whether a template engine or an ad server should have put something here.
pub(crate) fn is_template_mark(account: &str) -> bool {
    let text = account.trim();
    let enclosed = |(open, close): &(&str, &str)| {
        text.len() > open.len() + close.len() && text.starts_with(open) && text.ends_with(close)
    };
    MARKS.iter().any(|mark| text.contains(mark)) || ENDS.iter().any(enclosed) || is_variable(text)
}

/// A variable as server languages write it, in a text that they did not look at.
fn is_variable(text: &str) -> bool {
    text.strip_prefix('$')
        .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.len() > 1)
}

/// `UA-XXXXX-Y`, `GTM-XXXX`: crosses and dashes, with a prefix and perhaps the number of a property.
fn is_crossed(lower: &str) -> bool {
    let Some(start) = lower.find(CROSSED) else { return false };
    let before = lower.get(..start).unwrap_or_default();
    let rest = lower.get(start..).unwrap_or_default().trim_start_matches(['x', '-', '_']);
    (before.is_empty() || before.ends_with(['-', '_'])) && (rest.is_empty() || rest == "y" || is_number(rest))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_one_letter(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next();
    text.chars().count() > 3 && chars.all(|c| Some(c) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_and_ids_that_nobody_is_given_are_told_from_ids() {
        let cases = [
            // vendor, account, plainly none, no id
            ("meta-pixel", "YOUR_PIXEL_ID", true, true),
            ("meta-pixel", "your-pixel-id-goes-here", true, true),
            ("meta-pixel", "XXXXXXXXXX", true, true),
            ("meta-pixel", "{{pixel}}", true, true),
            ("meta-pixel", "{pixel}", true, true),
            ("meta-pixel", "%FB_PIXEL%", true, true),
            ("meta-pixel", "__FB_PIXEL__", true, true),
            ("meta-pixel", "$fb_pixel", true, true),
            ("meta-pixel", "<%= id %>", true, true),
            ("meta-pixel", "<?php echo $id ?>", true, true),
            ("meta-pixel", "${id}", true, true),
            ("meta-pixel", "undefined", true, true),
            ("meta-pixel", "123456789", false, true),
            ("meta-pixel", "000000000000000", false, true),
            ("meta-pixel", "", false, true),
            ("meta-pixel", "480011223344556", false, false),
            ("meta-pixel", "123456789012345", false, false),
            ("meta-pixel", "G-7K2M9QX4TB", false, false),
            ("google-analytics-4", "G-XXXXXXXXXX", true, true),
            ("google-analytics-4", "G-7K2M9QX4TB", false, false),
            ("universal-analytics", "UA-XXXXX-Y", true, true),
            ("universal-analytics", "UA-XXXXXXX-1", true, true),
            ("google-tag-manager", "GTM-XXXX", true, true),
            ("google-tag-manager", "GTM-WXXXX7R", false, false),
            ("google-ads", "AW-CONVERSION_ID", true, true),
            ("hotjar", "1234567", false, true),
            ("plausible", "manage-your-home.example.com", false, false),
            ("tiktok-pixel", "C4A7Q2JHKLMN8PRSTUV0", false, false),
        ];
        for (vendor, account, stand_in, placeholder) in cases {
            let vendor = Catalogue::builtin().get(vendor).expect("a vendor of the catalogue");
            assert_eq!(is_stand_in(vendor, account), stand_in, "{account:?}");
            assert_eq!(is_placeholder(vendor, account), placeholder, "{account:?}");
        }
    }
}
