//! What a page that answered well is likely to be all the same: an error page without an error's status, or a login form
//! in place of what was asked for. Hints, never judgements. Pure.

use pixelproof_model::{PageHint, PageKind};
use url::Url;

use crate::PageCapture;

/// Ways to say in a title that a page is not there, in lower case.
const NOT_FOUND: &[&str] = &[
    "404 error",
    "404 not found",
    "doesn't exist",
    "does not exist",
    "error 404",
    "fehler 404",
    "finnes ikke",
    "hittades inte",
    "ikke fundet",
    "ikke funnet",
    "introuvable",
    "ismeretlen oldal",
    "kunde inte hittas",
    "n'existe pas",
    "n\u{2019}existe pas",
    "nebyla nalezena",
    "nem található",
    "nenalezena",
    "nicht gefunden",
    "nie istnieje",
    "nie znaleziono",
    "niet gevonden",
    "no encontrada",
    "no encontrado",
    "no existe",
    "non esiste",
    "non trovata",
    "not found",
    "não encontrada",
    "não encontrado",
    "oops! that page",
    "page missing",
    "sayfa bulunamadı",
    "sivua ei löydy",
    "não existe",
    "δεν βρέθηκε",
    "не найдена",
    "не найден",
    "не знайдено",
    "페이지를 찾을 수 없",
    "找不到",
    "未找到",
    "見つかりません",
];

/// Longest part of a title that is an error message; more is an article about one.
const MAX_MESSAGE: usize = 48;

/// Segments of an address that are a login page's.
const LOGIN: &[&str] = &[
    "account-login",
    "anmelden",
    "anmeldung",
    "auth",
    "authenticate",
    "connexion",
    "einloggen",
    "iniciar-sesion",
    "inloggen",
    "log-in",
    "logga-in",
    "login",
    "logon",
    "oauth2",
    "saml",
    "sign-in",
    "sign_in",
    "signin",
    "sso",
    "user-login",
    "wp-login",
];

/// What a page is likely to be, from its answer, its title and what it is evidently for.
pub fn hints(capture: &PageCapture, title: Option<&str>, kinds: &[PageKind]) -> Vec<PageHint> {
    if !capture.outcome.was_read() {
        return Vec::new();
    }
    let mut hints = Vec::new();
    if title.is_some_and(says_not_found) {
        hints.push(PageHint::Soft404);
    }
    // A login page that was asked for by its address is what it should be.
    let asked_for = is_login(&capture.url);
    if !asked_for && (is_login(&capture.final_url) || kinds.contains(&PageKind::Login)) {
        hints.push(PageHint::LoginWall);
    }
    hints
}

/// Whether one part of a title, as `|`, `-` and their kind divide it, is a short message that there is no such page.
fn says_not_found(title: &str) -> bool {
    let title = title.to_lowercase();
    let parts = title.split(['|', '\u{2013}', '\u{2014}', '\u{00b7}', '\u{00bb}', '\u{00ab}', '\u{2022}', ':']);
    parts.flat_map(|part| part.split(" - ")).map(str::trim).any(|part| {
        let short = part.chars().count() <= MAX_MESSAGE;
        short && (part == "404" || part.starts_with("404 ") || NOT_FOUND.iter().any(|words| part.contains(words)))
    })
}

/// Whether an address is that of a login page.
pub(crate) fn is_login(url: &Url) -> bool {
    let mut segments = url.path_segments().into_iter().flatten();
    segments.any(|segment| {
        let name = segment.split('.').next().unwrap_or_default().to_ascii_lowercase();
        LOGIN.contains(&name.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_says_that_there_is_no_such_page() {
        for (title, wanted) in [
            ("404", true),
            ("404 | Shop", true),
            ("404 - Shop", true),
            ("Page not found \u{2013} Shop", true),
            ("Shop: Error 404", true),
            ("Seite nicht gefunden - Laden", true),
            ("Page introuvable", true),
            ("お探しのページが見つかりません", true),
            ("How to fix pages that Google says are not found in Search Console", false),
            ("404 ways to cook rice, and every one of them is better than the last", false),
            ("Peugeot 404", false),
            ("Lost and found", false),
            ("", false),
        ] {
            assert_eq!(says_not_found(title), wanted, "{title}");
        }
    }

    #[test]
    fn a_login_page_is_known_by_its_address() {
        for (url, wanted) in [
            ("https://shop.test/login", true),
            ("https://shop.test/user/Sign-In?next=/a", true),
            ("https://shop.test/wp-login.php?redirect_to=x", true),
            ("https://shop.test/blog/how-to-log-in", false),
            ("https://shop.test/?next=/login", false),
            ("https://shop.test/authors", false),
        ] {
            assert_eq!(is_login(&Url::parse(url).unwrap()), wanted, "{url}");
        }
    }
}
