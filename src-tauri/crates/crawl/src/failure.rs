//! What went wrong with a request, as an outcome and a sentence. The libraries' errors end here.

use std::{error::Error, io::ErrorKind};

use pixelproof_model::PageOutcome;
use url::Url;

use crate::resolve::LookupError;

/// Longest text taken over from a library's error.
const MAX_DETAIL: usize = 200;

/// A request that gave nothing usable.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    /// What the page's row says.
    pub(crate) outcome: PageOutcome,
    /// Why, in words.
    pub(crate) reason: String,
    /// Another try may go better.
    pub(crate) transient: bool,
}

impl Failure {
    pub(crate) fn new(outcome: PageOutcome, reason: impl Into<String>) -> Failure {
        Failure { outcome, reason: reason.into(), transient: false }
    }

    fn transient(outcome: PageOutcome, reason: impl Into<String>) -> Failure {
        Failure { outcome, reason: reason.into(), transient: true }
    }

    /// The error of a request to `url`, or of its body.
    pub(crate) fn of(error: &reqwest::Error, url: &Url) -> Failure {
        let host = url.host_str().unwrap_or_default();
        let causes = causes(error);
        // The whole body came, so that its end is the packer's fault and not the connection's.
        if error.is_decode() && !causes.iter().any(|cause| cause.is::<hyper::Error>()) {
            let reason = format!("the body can't be unpacked: {}", detail(&causes));
            return Failure::new(PageOutcome::BadResponse, reason);
        }
        causes.iter().find_map(|cause| known_cause(*cause, host)).unwrap_or_else(|| {
            let detail = detail(&causes);
            match () {
                () if error.is_timeout() && error.is_connect() => no_connection_in_time(host),
                () if error.is_timeout() => {
                    Failure::new(PageOutcome::TimedOut, format!("{host} took too long to answer"))
                }
                () if error.is_connect() => {
                    Failure::transient(PageOutcome::ConnectionFailed, format!("no connection to {host}: {detail}"))
                }
                () => Failure::new(PageOutcome::BadResponse, format!("the answer breaks HTTP: {detail}")),
            }
        })
    }
}

fn no_connection_in_time(host: &str) -> Failure {
    Failure::transient(PageOutcome::TimedOut, format!("no connection to {host} in time"))
}

/// The error and everything below it. An `io::Error` hides its own cause: it is unwrapped too.
fn causes<'a>(error: &'a reqwest::Error) -> Vec<&'a (dyn Error + 'static)> {
    let mut causes: Vec<&'a (dyn Error + 'static)> = Vec::new();
    let mut next: Option<&'a (dyn Error + 'static)> = Some(error);
    while let Some(cause) = next.filter(|_| causes.len() < 32) {
        causes.push(cause);
        let inside = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inside {
            Some(inside) => Some(inside),
            None => cause.source(),
        };
    }
    causes
}

fn known_cause(cause: &(dyn Error + 'static), host: &str) -> Option<Failure> {
    if let Some(lookup) = cause.downcast_ref::<LookupError>() {
        let outcome = match lookup {
            LookupError::Unknown(_) => PageOutcome::DnsFailed,
            LookupError::Private(..) => PageOutcome::Refused,
        };
        return Some(Failure::new(outcome, lookup.to_string()));
    }
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return Some(Failure::new(PageOutcome::TlsFailed, tls_reason(tls, host)));
    }
    if let Some(http) = cause.downcast_ref::<hyper::Error>() {
        return http_failure(http, host);
    }
    cause.downcast_ref::<std::io::Error>().and_then(|io| io_failure(io, host))
}

fn http_failure(error: &hyper::Error, host: &str) -> Option<Failure> {
    if error.is_parse() || error.is_parse_status() {
        return Some(Failure::new(PageOutcome::BadResponse, "the answer is not HTTP"));
    }
    if error.is_incomplete_message() {
        let reason = format!("{host} closed the connection before its answer was complete");
        return Some(Failure::transient(PageOutcome::ConnectionFailed, reason));
    }
    None
}

fn io_failure(error: &std::io::Error, host: &str) -> Option<Failure> {
    use PageOutcome::{BadResponse, ConnectionFailed};
    Some(match error.kind() {
        ErrorKind::ConnectionRefused => {
            Failure::transient(ConnectionFailed, format!("{host} refused the connection: nothing listens there"))
        }
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            Failure::transient(ConnectionFailed, format!("{host} broke the connection"))
        }
        ErrorKind::TimedOut => no_connection_in_time(host),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            Failure::transient(ConnectionFailed, format!("the network has no way to {host}"))
        }
        // A TLS handshake that ends early, a chunk that is none: the cause below says more, where there is one.
        ErrorKind::UnexpectedEof if error.get_ref().is_none_or(|inside| inside.source().is_none()) => {
            Failure::transient(ConnectionFailed, format!("{host} closed the connection too early"))
        }
        ErrorKind::InvalidInput | ErrorKind::InvalidData
            if error.get_ref().is_some_and(|i| !i.is::<rustls::Error>()) =>
        {
            Failure::new(BadResponse, format!("the body is damaged: {}", cut(&error.to_string())))
        }
        _ => return None,
    })
}

fn tls_reason(error: &rustls::Error, host: &str) -> String {
    use rustls::{CertificateError as Certificate, Error as Tls};
    match error {
        Tls::InvalidCertificate(certificate) => {
            let what = match certificate {
                Certificate::Expired | Certificate::ExpiredContext { .. } => "has expired".to_owned(),
                Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => "is not valid yet".to_owned(),
                Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                    "is for another name".to_owned()
                }
                Certificate::UnknownIssuer => "comes from an unknown issuer".to_owned(),
                Certificate::Revoked => "was revoked".to_owned(),
                other => format!("was not accepted ({})", cut(&other.to_string())),
            };
            format!("the certificate of {host} {what}")
        }
        Tls::InvalidMessage(_) => format!("{host} does not speak TLS on this port"),
        other => format!("no TLS connection to {host}: {}", cut(&other.to_string())),
    }
}

/// The innermost cause speaks plainest.
fn detail(causes: &[&(dyn Error + 'static)]) -> String {
    causes.last().map(|cause| cut(&cause.to_string())).unwrap_or_default()
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_DETAIL).collect()
}
