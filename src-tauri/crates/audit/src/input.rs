//! What people type into the address field: a bare host, an address, or several.

use std::path::Path;

use pixelproof_crawl::{parse_start, split_credentials};
use pixelproof_model::{AuditConfig, JourneyAction, StartRequest};
use url::Url;

use crate::{AuditError, GoOn, Result, words::visible};

/// Most addresses in a list audit.
pub const MAX_LIST: usize = 100_000;

/// Turns what was typed into a configuration: one address starts a crawl, several (one a line) are audited as a list.
/// The addresses are checked and kept as typed, since the crawl tries more for a bare host than for a full address.
///
/// # Errors
/// [`AuditError::BadInput`] with a sentence that names what is wrong.
pub fn parse_input(text: &str, config: AuditConfig) -> Result<AuditConfig> {
    let (lines, basic_auth) = without_credentials(text)?;
    if lines.is_empty() {
        return bad("Enter the address of a site, such as shop.example.");
    }
    if lines.len() > MAX_LIST {
        return bad(&format!("A list may hold {MAX_LIST} addresses; this one has {}.", lines.len()));
    }
    for line in &lines {
        parse_start(line).or_else(|reason| bad(&reason))?;
    }
    let list_only = config.list_only || lines.len() > 1;
    let basic_auth = config.basic_auth.clone().or(basic_auth);
    Ok(AuditConfig { start: lines, list_only, basic_auth, ..config })
}

/// What was typed, or where that is nothing the pages of the journeys.
///
/// # Errors
/// As [`parse_input`].
pub fn input_or_journeys(text: &str, config: AuditConfig) -> Result<AuditConfig> {
    if text.trim().is_empty() && !config.journeys.is_empty() {
        input_of_journeys(config)
    } else {
        parse_input(text, config)
    }
}

/// A configuration that audits the pages which its journeys go to by address.
///
/// # Errors
/// As [`parse_input`].
pub fn input_of_journeys(config: AuditConfig) -> Result<AuditConfig> {
    let mut pages: Vec<String> = Vec::new();
    for journey in &config.journeys {
        let mut base = journey.start.clone();
        for step in &journey.steps {
            let JourneyAction::Goto { to } = &step.action else { continue };
            let url = base.as_ref().map_or_else(|| Url::parse(to), |base| base.join(to));
            if let Ok(url) = url {
                pages.push(url.to_string());
                base = Some(url);
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    pages.retain(|page| seen.insert(page.clone()));
    parse_input(&pages.join("\n"), AuditConfig { list_only: true, ..config })
}

/// What the window sends, as a configuration.
///
/// # Errors
/// As [`parse_input`], and where a secret can't be read.
pub fn request_input(request: StartRequest) -> Result<AuditConfig> {
    let secrets = GoOn::typed(&request.secrets.unwrap_or_default())?;
    input_or_journeys(&request.input, secrets.into(request.config))
}

/// A configuration that audits a folder of saved pages. `base` is the address that it stands for; without it, one on this
/// machine that is named after the folder.
///
/// # Errors
/// [`AuditError::BadInput`] when `base` is no address, or there is no such folder.
pub fn folder_input(path: &Path, base: Option<&str>, config: AuditConfig) -> Result<AuditConfig> {
    let path = std::fs::canonicalize(path).or_else(|e| bad(&format!("{} can't be read: {e}.", path.display())))?;
    let start = match base {
        Some(base) => parse_start(base).or_else(|reason| bad(&reason))?.to_string(),
        None => format!("http://{}.localhost/", host_name(&path)),
    };
    Ok(AuditConfig {
        start: vec![start],
        folder: Some(path.display().to_string()),
        list_only: true,
        containers: false,
        ..config
    })
}

/// A folder's name as that of a host.
fn host_name(path: &Path) -> String {
    const MAX: usize = 40;
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let plain = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(MAX).collect::<String>();
    let plain = plain.trim_matches('-');
    if plain.is_empty() { "folder".to_owned() } else { plain.to_owned() }
}

/// User and password.
type Credentials = (String, String);

/// The lines without the user and password that some may hold, which go to every page of the audit.
fn without_credentials(text: &str) -> Result<(Vec<String>, Option<Credentials>)> {
    let mut all = None;
    let mut lines = Vec::new();
    for line in text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()) {
        let (line, found) = split_credentials(line);
        match (&all, found) {
            (_, None) => {}
            (None, found) => all = found,
            (Some(first), Some(found)) if *first == found => {}
            _ => return bad("The addresses hold different users or passwords; audit them one by one."),
        }
        lines.push(line);
    }
    Ok((lines, all))
}

/// Long input is cut, and can't bring control characters into the message.
fn bad<T>(message: &str) -> Result<T> {
    const SHOWN: usize = 300;
    let mut shown: String = visible(message).chars().take(SHOWN).collect();
    if message.chars().count() > SHOWN {
        shown.push('\u{2026}');
    }
    Err(AuditError::BadInput(shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Result<&[&str], &str>) {
        let got = parse_input(text, AuditConfig::default());
        match (got, want) {
            (Ok(config), Ok(start)) => {
                assert_eq!(config.start, start);
                assert_eq!(config.list_only, start.len() > 1);
            }
            (Err(e), Err(part)) => assert!(e.to_string().contains(part), "{e}"),
            (got, want) => panic!("{text:?}: got {got:?}, want {want:?}"),
        }
    }

    #[test]
    fn a_folder_is_named_as_a_host() {
        for (path, wanted) in
            [("/x/dist", "dist"), ("/x/My Site_v2", "my-site-v2"), ("/", "folder"), ("/x/日本", "folder")]
        {
            assert_eq!(host_name(Path::new(path)), wanted);
        }
        let folder = tempfile::tempdir().unwrap();
        let config = folder_input(folder.path(), Some("shop.example/de"), AuditConfig::default()).unwrap();
        assert_eq!(config.start, ["https://shop.example/de"]);
        assert!(folder_input(&folder.path().join("none"), None, AuditConfig::default()).is_err());
    }

    #[test]
    fn a_password_in_an_address_is_taken_out() {
        let config = parse_input("https://me:pw@a.com/x\na.com/y", AuditConfig::default()).unwrap();
        assert_eq!(config.start, ["https://a.com/x", "a.com/y"]);
        assert_eq!(config.basic_auth, Some(("me".to_owned(), "pw".to_owned())));
        let given = AuditConfig { basic_auth: Some(("other".to_owned(), "x".to_owned())), ..AuditConfig::default() };
        let config = parse_input("me:pw@a.com", given).unwrap();
        assert_eq!((config.start, config.basic_auth.unwrap().0), (vec!["a.com".to_owned()], "other".to_owned()));
        for text in
            ["https://me:pw@a b.com", "ftp://me:pw@a.com/", "https://me:pw@", "https://a:pw@a.com\nhttps://b:pw@a.com"]
        {
            let error = parse_input(text, AuditConfig::default()).unwrap_err().to_string();
            assert!(!error.contains("pw"), "{error}");
        }
    }

    #[test]
    fn what_people_type() {
        check("example.com", Ok(&["example.com"]));
        check("  http://example.com/a?b ", Ok(&["http://example.com/a?b"]));
        check("localhost:8000/x", Ok(&["localhost:8000/x"]));
        check("a.com\r\nb.com\n\n", Ok(&["a.com", "b.com"]));
        check("", Err("Enter the address"));
        check(" \n ", Err("Enter the address"));
        check("hello world", Err("space"));
        check("ftp://example.com", Err("http"));
        check("file:///etc/passwd", Err("http"));
        check("javascript:alert(1)", Err("http"));
        check("a.com\nhello world", Err("hello world"));
        check("a\u{1b}[31m b", Err("a\u{fffd}[31m b"));
    }
}
