//! Going on with an audit that was cut short: by a kill, a stop, a full disk, a lost network or its page limit.

use crate::{
    AuditError, Audits, Result, Run,
    query::audits::stored,
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
        let (audit, missing) = self.store.read(|conn| Ok((stored(conn, id)?, self.missing(conn, id, &given)?)))?;
        if audit.head.complete {
            return Err(AuditError::BadInput(
                "This audit is complete: nothing of it is left to do. Start a new one to look again.".to_owned(),
            ));
        }
        if !missing.is_empty() {
            return Err(AuditError::BadInput(format!(
                "This audit was begun with {}, which is never kept: give it again to go on, on the command line with \
                 pixelproof audit --resume {id}.",
                missing.iter().map(|secret| secret.option()).collect::<Vec<_>>().join(", ")
            )));
        }
        let config = given.or(self.remembered(id)).into(audit.head.config);
        pixelproof_crawl::check(&config)?;
        let looker = self.looker(&config)?;
        let lock = LiveLock::take(self.store.path(), id)?;
        let (key, kept) = (audit.key, config.clone());
        self.store.writer().call(move |conn| progress::begin_again(conn, key, &kept))?;
        self.spawn(id.to_owned(), key, config, looker, lock, Some(audit.head.notices))
    }
}
