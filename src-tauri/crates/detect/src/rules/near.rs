//! Names that are nearly another name: case, separators, a slip of the finger.

/// Shortest name in which one slip still points to one known name.
const ONE_SLIP: usize = 5;
/// Shortest name in which two slips do.
const TWO_SLIPS: usize = 9;
/// Longest name compared.
const MAX_NAME: usize = 64;

/// The name without case and separators.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The known name that `name` was most likely meant to be, if it is near one and isn't one.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = plain(name);
    let length = wanted.chars().count();
    if length == 0 || length > MAX_NAME {
        return None;
    }
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in known {
        if candidate == name {
            return None;
        }
        let distance = slips(&wanted, &plain(candidate));
        let allowed = if length >= TWO_SLIPS { 2 } else { usize::from(length >= ONE_SLIP) };
        if distance <= allowed && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Letters changed, dropped, added, or swapped with their neighbour.
pub(super) fn slips(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        for (a, b, n) in
            [("", "", 0), ("ab", "ba", 1), ("card", "cart", 1), ("lead", "", 4), ("curency", "currency", 1)]
        {
            assert_eq!(slips(a, b), n, "{a} {b}");
            assert_eq!(slips(b, a), n, "{b} {a}");
        }
    }

    #[test]
    fn the_nearest_name_is_suggested_and_far_ones_are_left_alone() {
        let known = ["AddToCart", "Lead", "Purchase", "Search", "ViewContent"];
        for (name, want) in [
            ("AddToCard", Some("AddToCart")),
            ("add_to_cart", Some("AddToCart")),
            ("purchase", Some("Purchase")),
            ("Purchaes", Some("Purchase")),
            ("ViewContnet", Some("ViewContent")),
            ("lead", Some("Lead")),
            ("Read", None),
            ("Purchase", None),
            ("NewsletterOpened", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), want, "{name}");
        }
    }
}
