//! The crawl's internal limits: what no user sets, but tests do.

use std::time::{Duration, SystemTime};

use pixelproof_model::AuditConfig;

/// Times, sizes and counts that bound what a site can do to us.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// To a connection, name lookup and TLS included.
    pub connect: Duration,
    /// From the request to the end of the body.
    pub total: Duration,
    /// Between two pieces of a body.
    pub idle: Duration,
    /// Further tries after a broken connection, a timeout before the first byte, or a 429 or 503.
    pub retries: u32,
    /// Wait before the first further try; doubles with each.
    pub backoff: Duration,
    /// Longest wait that a `Retry-After` can ask for.
    pub retry_after: Duration,
    /// Longest distance between two requests that a host's refusals lead to.
    pub slowing: Duration,
    /// Pages in a row given up on a 429 or 503 before the crawl leaves the site alone.
    pub refusals: u32,
    /// For requests under way when the crawl is stopped.
    pub stop_grace: Duration,
    /// How long a page may hold up the order of discovery.
    pub order_wait: Duration,
    /// How long a host that answered before may be gone before the crawl pauses.
    pub outage: Duration,
    /// Redirects followed from one address.
    pub redirects: usize,
    /// Bytes of an external script.
    pub script_bytes: u64,
    /// Bytes of scripts kept in memory.
    pub script_memory: usize,
    /// Bytes of a page after decompression.
    pub page_bytes: u64,
    /// Sitemaps read, and how deep an index may nest.
    pub sitemaps: usize,
    /// Levels of sitemap indexes.
    pub sitemap_depth: u32,
    /// For all sitemaps together.
    pub sitemap_time: Duration,
    /// When the crawl takes place: calendars that go on after it have no end.
    pub today: SystemTime,
}

impl Limits {
    /// The limits for what a user configured.
    pub fn of(config: &AuditConfig) -> Limits {
        let total = Duration::from_secs(config.timeout_s.max(1));
        Limits {
            connect: total.min(Duration::from_secs(10)),
            total,
            idle: total.min(Duration::from_secs(10)),
            retries: 2,
            backoff: Duration::from_millis(500),
            retry_after: Duration::from_secs(60),
            slowing: Duration::from_secs(5),
            refusals: 10,
            stop_grace: Duration::from_secs(10),
            order_wait: Duration::from_secs(2),
            outage: Duration::from_secs(10),
            redirects: 10,
            script_bytes: 8 << 20,
            script_memory: 64 << 20,
            page_bytes: config.max_body,
            sitemaps: 200,
            sitemap_depth: 3,
            sitemap_time: Duration::from_secs(120),
            today: SystemTime::now(),
        }
    }
}
