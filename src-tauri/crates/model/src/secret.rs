//! What lets an audit in where not everybody gets in. It lives in memory only: neither the store nor a report holds it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A kind of secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Secret {
    Header,
    Cookie,
    CookieFile,
    BasicAuth,
    Proxy,
}

impl Secret {
    /// All of them.
    pub const ALL: [Secret; 5] = [Secret::Header, Secret::Cookie, Secret::CookieFile, Secret::BasicAuth, Secret::Proxy];

    /// Its option on the command line.
    pub fn option(self) -> &'static str {
        match self {
            Secret::Header => "--header",
            Secret::Cookie => "--cookie",
            Secret::CookieFile => "--cookie-file",
            Secret::BasicAuth => "--basic-auth",
            Secret::Proxy => "--proxy",
        }
    }
}

/// Secrets as they are typed into the window. What is left empty isn't given.
#[derive(Clone, PartialEq, Eq, Default, Deserialize, TS)]
#[serde(default)]
pub struct Secrets {
    /// Header fields, `Name: value`, one a line.
    pub headers: String,
    /// Cookies, `name=value`, one a line.
    pub cookies: String,
    /// Path of a file of cookies in Netscape's format.
    pub cookie_file: String,
    /// User for the server's own log-in.
    pub user: String,
    /// Password of that user.
    pub password: String,
    /// Address of a proxy, with user and password where it asks for them.
    pub proxy: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}
