//! Going on with an audit that was cut short: by a kill, a stop, a full disk, a lost network or its page limit.

use pixelproof_model::AuditConfig;

use crate::{
    AuditError, Audits, Result, Run,
    names::from_json,
    query::{audits::stored, key_of},
    store::{LiveLock, is_live, progress},
};

/// What an audit needs to go on besides what is kept of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GoOn {
    /// Header fields, which are never kept.
    pub headers: Vec<(String, String)>,
    /// Cookies, which are never kept.
    pub cookies: Vec<(String, String)>,
    /// User and password, which are never kept.
    pub basic_auth: Option<(String, String)>,
    /// File of cookies, which is never kept.
    pub cookie_file: Option<String>,
    /// Proxy, which is never kept.
    pub proxy: Option<String>,
    /// Another page limit than before.
    pub max_pages: Option<u64>,
}

/// The kinds of secrets in a configuration, as options of the command line.
pub(crate) fn secrets(config: &AuditConfig) -> Vec<String> {
    let kinds = [
        (!config.headers.is_empty(), "--header"),
        (!config.cookies.is_empty(), "--cookie"),
        (config.cookie_file.is_some(), "--cookie-file"),
        (config.basic_auth.is_some(), "--basic-auth"),
        (config.proxy.is_some(), "--proxy"),
    ];
    kinds.into_iter().filter(|(given, _)| *given).map(|(_, kind)| kind.to_owned()).collect()
}

impl Audits {
    /// Goes on with an audit that isn't complete: pages that are kept are not fetched again, and the end is the same as
    /// if nothing had happened. Call from within a tokio runtime.
    ///
    /// # Errors
    /// When the audit runs or is complete, or needs secrets that `given` lacks.
    pub fn go_on(&self, id: &str, given: GoOn) -> Result<Run> {
        if self.running(id).is_some() || is_live(self.store.path(), id) {
            return Err(AuditError::StillRunning);
        }
        let (audit, needed) = self.store.read(|conn| {
            let key = key_of(conn, id)?;
            let needed: String =
                conn.prepare_cached("SELECT secrets FROM audits WHERE key = ?1")?.query_row([key], |r| r.get(0))?;
            Ok((stored(conn, id)?, from_json::<Vec<String>>(&needed)?))
        })?;
        if audit.head.complete {
            return Err(AuditError::BadInput(
                "This audit is complete: nothing of it is left to do. Start a new one to look again.".to_owned(),
            ));
        }
        let before = audit.head.config;
        let config = AuditConfig {
            headers: given.headers,
            cookies: given.cookies,
            basic_auth: given.basic_auth,
            cookie_file: given.cookie_file,
            proxy: given.proxy,
            max_pages: given.max_pages.unwrap_or(before.max_pages),
            ..before
        };
        let has = secrets(&config);
        let missing: Vec<&str> = needed.iter().filter(|kind| !has.contains(kind)).map(String::as_str).collect();
        if !missing.is_empty() {
            return Err(AuditError::BadInput(format!(
                "This audit was begun with {}, which is never kept: give it again to go on, on the command line with \
                 pixelproof audit --resume {id}.",
                missing.join(", ")
            )));
        }
        pixelproof_crawl::check(&config)?;
        let looker = self.looker(&config)?;
        let lock = LiveLock::take(self.store.path(), id)?;
        let (key, kept) = (audit.key, config.clone());
        self.store.writer().call(move |conn| progress::begin_again(conn, key, &kept))?;
        self.spawn(id.to_owned(), key, config, looker, lock, Some(audit.head.notices))
    }
}
