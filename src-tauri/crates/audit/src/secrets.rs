//! What lets an audit in: read from what was typed, kept in memory as long as the program runs, and nowhere else.

use pixelproof_model::{AuditConfig, Secret, Secrets};
use rusqlite::Connection;

use crate::{AuditError, Audits, GoOn, Result, names::from_json, query::key_of};

/// A header field from `Name: value`.
///
/// # Errors
/// A sentence where it is none.
pub fn header(text: &str) -> Result<(String, String), String> {
    split(text, ':').ok_or_else(|| "give a header as 'Name: value'".to_owned())
}

/// A cookie from `name=value`.
///
/// # Errors
/// A sentence where it is none.
pub fn cookie(text: &str) -> Result<(String, String), String> {
    split(text, '=').ok_or_else(|| "give a cookie as 'name=value'".to_owned())
}

fn split(text: &str, at: char) -> Option<(String, String)> {
    let (name, value) = text.split_once(at)?;
    let name = name.trim();
    (!name.is_empty()).then(|| (name.to_owned(), value.trim().to_owned()))
}

/// The kinds of secrets in a configuration.
pub(crate) fn kinds(config: &AuditConfig) -> Vec<Secret> {
    let given = |secret: &Secret| match secret {
        Secret::Header => !config.headers.is_empty(),
        Secret::Cookie => !config.cookies.is_empty(),
        Secret::CookieFile => config.cookie_file.is_some(),
        Secret::BasicAuth => config.basic_auth.is_some(),
        Secret::Proxy => config.proxy.is_some(),
    };
    Secret::ALL.into_iter().filter(given).collect()
}

/// The same as the store keeps them: by their options of the command line.
pub(crate) fn options(config: &AuditConfig) -> Vec<&'static str> {
    kinds(config).into_iter().map(Secret::option).collect()
}

/// The kinds of secrets that an audit was begun with.
pub(crate) fn needed(conn: &Connection, id: &str) -> Result<Vec<Secret>> {
    let key = key_of(conn, id)?;
    let kept: String =
        conn.prepare_cached("SELECT secrets FROM audits WHERE key = ?1")?.query_row([key], |r| r.get(0))?;
    let options = from_json::<Vec<String>>(&kept)?;
    Ok(Secret::ALL.into_iter().filter(|secret| options.iter().any(|option| option == secret.option())).collect())
}

impl GoOn {
    /// What was typed into the window.
    ///
    /// # Errors
    /// [`AuditError::BadInput`] with what can't be read, without repeating it.
    pub fn typed(secrets: &Secrets) -> Result<GoOn> {
        let lines = |text: &str, read: fn(&str) -> Result<(String, String), String>, what: &str| {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let read = (1..).zip(lines).map(|(number, line)| {
                read(line).map_err(|why| AuditError::BadInput(format!("{what}, line {number}: {why}.")))
            });
            read.collect::<Result<Vec<_>>>()
        };
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let no_user = secrets.user.is_empty() && secrets.password.is_empty();
        Ok(GoOn {
            headers: lines(&secrets.headers, header, "Header fields")?,
            cookies: lines(&secrets.cookies, cookie, "Cookies")?,
            cookie_file: filled(&secrets.cookie_file),
            basic_auth: (!no_user).then(|| (secrets.user.clone(), secrets.password.clone())),
            proxy: filled(&secrets.proxy),
            max_pages: None,
        })
    }

    /// The secrets of a configuration.
    pub(crate) fn of(config: &AuditConfig) -> GoOn {
        GoOn {
            headers: config.headers.clone(),
            cookies: config.cookies.clone(),
            cookie_file: config.cookie_file.clone(),
            basic_auth: config.basic_auth.clone(),
            proxy: config.proxy.clone(),
            max_pages: None,
        }
    }

    /// These, and those of `others` of the kinds that are missing.
    pub(crate) fn or(self, others: GoOn) -> GoOn {
        let list = |own: Vec<_>, other: Vec<_>| if own.is_empty() { other } else { own };
        GoOn {
            headers: list(self.headers, others.headers),
            cookies: list(self.cookies, others.cookies),
            cookie_file: self.cookie_file.or(others.cookie_file),
            basic_auth: self.basic_auth.or(others.basic_auth),
            proxy: self.proxy.or(others.proxy),
            max_pages: self.max_pages.or(others.max_pages),
        }
    }

    /// The configuration with these in the place of its own.
    pub(crate) fn into(self, config: AuditConfig) -> AuditConfig {
        AuditConfig {
            headers: self.headers,
            cookies: self.cookies,
            basic_auth: self.basic_auth,
            cookie_file: self.cookie_file,
            proxy: self.proxy,
            max_pages: self.max_pages.unwrap_or(config.max_pages),
            ..config
        }
    }
}

impl Audits {
    /// Keeps the secrets of a run for the case that it is to go on later, as long as this program runs.
    pub(crate) fn remember(&self, id: &str, config: &AuditConfig) {
        if !kinds(config).is_empty() {
            self.secrets().insert(id.to_owned(), GoOn::of(config));
        }
    }

    /// What is remembered of an audit.
    pub(crate) fn remembered(&self, id: &str) -> GoOn {
        self.secrets().get(id).cloned().unwrap_or_default()
    }

    /// The kinds of secrets that an audit can't go on without and that nobody here knows.
    pub(crate) fn missing(&self, conn: &Connection, id: &str, given: &GoOn) -> Result<Vec<Secret>> {
        let known = kinds(&given.clone().or(self.remembered(id)).into(AuditConfig::default()));
        Ok(needed(conn, id)?.into_iter().filter(|secret| !known.contains(secret)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_read_line_by_line_and_never_repeated() {
        let secrets = Secrets {
            headers: "X-Key: k:1\n\n  Authorization : Bearer t \n".to_owned(),
            cookies: "a=1\nb=".to_owned(),
            cookie_file: "  ".to_owned(),
            user: "u".to_owned(),
            password: " p ".to_owned(),
            proxy: " http://127.0.0.1:8080 ".to_owned(),
        };
        let read = GoOn::typed(&secrets).unwrap();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(read.headers, [pair("X-Key", "k:1"), pair("Authorization", "Bearer t")]);
        assert_eq!(read.cookies, [pair("a", "1"), pair("b", "")]);
        assert_eq!((read.cookie_file, read.basic_auth), (None, Some(pair("u", " p "))));
        assert_eq!(read.proxy.as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(GoOn::typed(&Secrets::default()).unwrap(), GoOn::default());
        let wrong = Secrets { headers: "X-Key: k\nsesame".to_owned(), ..Secrets::default() };
        let said = GoOn::typed(&wrong).unwrap_err().to_string();
        assert_eq!(said, "Header fields, line 2: give a header as 'Name: value'.");
    }

    #[test]
    fn what_is_given_goes_before_what_is_remembered() {
        let proxy = |proxy: &str| GoOn { proxy: Some(proxy.to_owned()), ..GoOn::default() };
        let user = GoOn { basic_auth: Some(("u".to_owned(), "p".to_owned())), ..GoOn::default() };
        let both = proxy("http://new").or(proxy("http://old").or(user));
        assert_eq!((both.proxy.as_deref(), both.basic_auth.is_some()), (Some("http://new"), true));
        assert_eq!(kinds(&both.into(AuditConfig::default())), [Secret::BasicAuth, Secret::Proxy]);
    }
}
