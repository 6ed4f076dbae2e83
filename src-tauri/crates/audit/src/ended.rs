//! Audits that have ended: judged where their process could not, their answers kept.

use pixelproof_model::{EventsQuery, PagesQuery};
use rusqlite::{Connection, OptionalExtension};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Audits, Result, query, run::finish::judge_site, store::answers};

impl Audits {
    /// Judges an audit whose process died before it could.
    pub(crate) fn settle(&self, id: &str) -> Result<()> {
        let open: Option<i64> = self.store.read(|conn| {
            let key = query::key_of(conn, id)?;
            let select = "SELECT key FROM audits WHERE key = ?1 AND NOT judged AND NOT running";
            Ok(conn.prepare_cached(select)?.query_row([key], |r| r.get(0)).optional()?)
        })?;
        let catalogue = self.catalogue;
        match open {
            Some(key) => self.store.writer().call(move |conn| judge_site(conn, key, catalogue)),
            None => Ok(()),
        }
    }

    /// A kept answer, or a computed one.
    pub(crate) fn answer<T: Serialize + DeserializeOwned>(
        &self,
        id: &str,
        kind: &'static str,
        compute: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        answers::answer(&self.store, kind, |conn| query::key_of(conn, id), compute)
    }

    /// Computes what the window asks first of an audit that has ended, so that it opens at once.
    pub(crate) fn prepare(&self, id: &str) {
        // What can't be prepared is computed when it is asked for, and says then what is wrong.
        let _ = self.overview(id);
        let _ = self.pages(id, &PagesQuery { limit: 1, ..PagesQuery::default() });
        let _ = self.events(id, &EventsQuery::default());
    }
}
