//! Cookies along one chain of redirects. Many shops set one and redirect to the same address, and would do so for ever
//! to a visitor who keeps none. Nothing is kept from one page to the next: every page is looked at as a first visit.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, SET_COOKIE};

/// Cookies kept along one chain.
const MAX_COOKIES: usize = 30;
/// Longest name and value of one.
const MAX_COOKIE: usize = 4096;
/// Bytes of all of them: servers refuse longer headers.
const MAX_ALL: usize = 6 * 1024;

/// What the answers of a chain set so far.
#[derive(Debug, Default)]
pub(crate) struct ChainCookies(BTreeMap<String, String>);

impl ChainCookies {
    /// Takes what an answer sets. True when a name is new: only then may the same address answer otherwise next time.
    pub(crate) fn learn(&mut self, headers: &HeaderMap) -> bool {
        let mut learnt = false;
        for field in headers.get_all(SET_COOKIE) {
            let Some((name, value)) = field.to_str().ok().and_then(pair) else { continue };
            let others: usize = self.0.iter().filter(|(n, _)| *n != name).map(|(n, v)| n.len() + v.len() + 3).sum();
            let fits = others + name.len() + value.len() <= MAX_ALL;
            if fits && (self.0.len() < MAX_COOKIES || self.0.contains_key(name)) {
                learnt |= self.0.insert(name.to_owned(), value.to_owned()).is_none();
            }
        }
        learnt
    }

    /// The pairs as a `Cookie` field has them; empty without any.
    pub(crate) fn line(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }
}

fn pair(field: &str) -> Option<(&str, &str)> {
    let (name, value) = field.split(';').next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    (!name.is_empty() && name.len() + value.len() <= MAX_COOKIE).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn answer(fields: &[&str]) -> HeaderMap {
        fields.iter().map(|f| (SET_COOKIE, HeaderValue::from_str(f).unwrap())).collect()
    }

    #[test]
    fn cookies_are_learnt_once_by_name() {
        let mut cookies = ChainCookies::default();
        assert!(cookies.learn(&answer(&["b=2; Path=/; HttpOnly", "a=1=1", "nameless", "=x"])));
        assert_eq!(cookies.line(), "a=1=1; b=2");
        assert!(!cookies.learn(&answer(&["a=3"])), "another value is nothing new");
        assert_eq!(cookies.line(), "a=3; b=2");
        assert!(!cookies.learn(&HeaderMap::new()));
    }

    #[test]
    fn their_number_and_size_are_bounded() {
        let mut cookies = ChainCookies::default();
        for n in 0..1000 {
            cookies.learn(&answer(&[&format!("c{n}=1")]));
        }
        assert_eq!(cookies.0.len(), MAX_COOKIES);
        assert!(!ChainCookies::default().learn(&answer(&[&format!("a={}", "x".repeat(MAX_COOKIE))])));
        let mut cookies = ChainCookies::default();
        (0..30).for_each(|n| _ = cookies.learn(&answer(&[&format!("c{n}={}", "x".repeat(1000))])));
        assert!((1000..=MAX_ALL).contains(&cookies.line().len()), "{}", cookies.line().len());
    }
}
