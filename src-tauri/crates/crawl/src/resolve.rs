//! Which machine a request goes to: `--resolve` mappings, name lookup, and the refusal of private addresses that a
//! public site leads to.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::address::{is_local_name, is_private};

/// One `HOST:PORT:ADDR[:PORT]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// Host in lower case; `None` stands for every host.
    host: Option<String>,
    port: u16,
    /// Where its requests go.
    pub target: SocketAddr,
}

impl FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Mapping, String> {
        let wrong = |what: &str| format!("“{text}” {what}; write HOST:PORT:ADDRESS or HOST:PORT:ADDRESS:PORT.");
        // An IPv6 host stands in brackets.
        let host_end = if text.starts_with('[') { text.find(']').map(|end| end + 1) } else { text.find(':') };
        let (host, rest) = host_end.and_then(|end| text.split_at_checked(end)).ok_or_else(|| wrong("names no port"))?;
        let (port, address) = rest
            .strip_prefix(':')
            .and_then(|rest| rest.split_once(':'))
            .ok_or_else(|| wrong("does not say where to go"))?;
        let port: u16 = port.parse().map_err(|_| wrong("has no usable port"))?;
        let target = parse_target(address, port).ok_or_else(|| wrong("has no usable IP address"))?;
        let host = match host {
            "*" => None,
            "" => return Err(wrong("names no host")),
            name => Some(Host::parse(name).map_err(|_| wrong("names no usable host"))?.to_string()),
        };
        Ok(Mapping { host, port, target })
    }
}

impl Mapping {
    /// Host and port whose requests it takes; no host stands for every one.
    pub(crate) fn source(&self) -> (Option<&str>, u16) {
        (self.host.as_deref(), self.port)
    }
}

/// `ADDR`, `ADDR:PORT`, `[V6]`, `[V6]:PORT` or a bare IPv6 address.
fn parse_target(text: &str, port: u16) -> Option<SocketAddr> {
    if let Ok(with_port) = text.parse::<SocketAddr>() {
        return Some(with_port);
    }
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    bare.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, port))
}

/// All mappings of a crawl. The first that fits wins, one that names the host before `*`, as with curl.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mappings(Vec<Mapping>);

impl Mappings {
    /// Reads them. The error is a sentence.
    pub(crate) fn parse(texts: &[String]) -> Result<Mappings, String> {
        texts.iter().map(|text| text.trim().parse()).collect::<Result<_, _>>().map(Mappings)
    }

    /// Place in the list and mapping for a request, if any.
    pub(crate) fn find(&self, url: &Url) -> Option<(usize, &Mapping)> {
        let host = url.host_str()?;
        let host = host.strip_suffix('.').unwrap_or(host);
        let port = url.port_or_known_default()?;
        let fits = |(_, mapping): &(usize, &Mapping)| {
            mapping.port == port && mapping.host.as_deref().is_none_or(|name| name == host)
        };
        let mut fitting: Vec<_> = self.0.iter().enumerate().filter(fits).collect();
        fitting.sort_by_key(|(_, mapping)| mapping.host.is_none());
        fitting.first().copied()
    }

    /// All of them, in their order.
    pub(crate) fn all(&self) -> &[Mapping] {
        &self.0
    }
}

/// A lookup that failed, told apart from a connection that failed by its type.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    /// Nobody knows the name.
    #[error("the host name “{0}” is not known")]
    Unknown(String),
    /// It leads into a private network.
    #[error("“{0}” leads to the private address {1}, which a public site must not reach")]
    Private(String, IpAddr),
}

/// Resolver of the ordinary client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemResolver {
    /// Private addresses are fine: the audit started from one.
    pub(crate) allow_private: bool,
}

impl SystemResolver {
    /// Addresses of a host. An answer with any private address in it is refused as a whole.
    pub(crate) async fn lookup(self, host: &str) -> Result<Vec<SocketAddr>, LookupError> {
        let found = tokio::net::lookup_host((host, 0)).await.map_err(|_| LookupError::Unknown(host.to_owned()))?;
        let found: Vec<SocketAddr> = found.collect();
        if found.is_empty() {
            return Err(LookupError::Unknown(host.to_owned()));
        }
        match found.iter().find(|a| is_private(a.ip())) {
            Some(private) if !self.allow_private => Err(LookupError::Private(host.to_owned(), private.ip())),
            _ => Ok(found),
        }
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = *self;
        Box::pin(async move {
            let found = resolver.lookup(name.as_str()).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Resolver of a mapping's own client: one answer for every name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FixedResolver(pub(crate) SocketAddr);

impl Resolve for FixedResolver {
    fn resolve(&self, _name: Name) -> Resolving {
        let target = self.0;
        Box::pin(async move { Ok(Box::new(std::iter::once(target)) as Addrs) })
    }
}

/// Refuses an address that is written as a private IP address; names are judged when they are looked up.
pub(crate) fn check_literal(url: &Url, allow_private: bool) -> Result<(), String> {
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        // Through a proxy the name would be looked up where it means something else.
        Some(Host::Domain(name)) if is_local_name(name) && !allow_private => {
            return Err(format!("{name} is a private address, which a public site must not reach"));
        }
        _ => return Ok(()),
    };
    if allow_private || !is_private(ip) {
        return Ok(());
    }
    Err(format!("{ip} is a private address, which a public site must not reach"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mappings(texts: &[&str]) -> Mappings {
        Mappings::parse(&texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn requests_go_where_they_are_mapped() {
        let all = mappings(&[
            "*:80:127.0.0.1:8000",
            "shop.test:443:127.0.0.1",
            "Shop.test:80:127.0.0.1:9000",
            "six.test:443:[::1]:8443",
            "bare.test:443:::1",
            "[::2]:80:10.0.0.1",
            "bücher.test:8080:10.0.0.2:81",
        ]);
        for (url, wanted) in [
            ("https://shop.test/", Some("127.0.0.1:443")),
            ("http://shop.test/", Some("127.0.0.1:9000")),
            ("http://shop.test:80/", Some("127.0.0.1:9000")),
            ("http://any.test/", Some("127.0.0.1:8000")),
            ("http://1.2.3.4/", Some("127.0.0.1:8000")),
            ("https://any.test/", None),
            ("http://shop.test:81/", None),
            ("https://six.test/", Some("[::1]:8443")),
            ("https://bare.test/", Some("[::1]:443")),
            ("http://[::2]/", Some("10.0.0.1:80")),
            ("http://bücher.test:8080/", Some("10.0.0.2:81")),
        ] {
            let found = all.find(&Url::parse(url).unwrap()).map(|(_, m)| m.target.to_string());
            assert_eq!(found.as_deref(), wanted, "{url}");
        }
    }

    #[test]
    fn a_wrong_mapping_gets_a_sentence() {
        for (text, part) in [
            ("", "names no port"),
            ("shop.test", "names no port"),
            ("shop.test:443", "does not say where"),
            ("shop.test:x:127.0.0.1", "no usable port"),
            ("shop.test:99999:127.0.0.1", "no usable port"),
            ("shop.test:443:nowhere", "no usable IP"),
            ("shop.test:443:127.0.0.1:x", "no usable IP"),
            (":443:127.0.0.1", "names no host"),
            ("[::1:443:127.0.0.1", "names no port"),
        ] {
            let error = text.parse::<Mapping>().unwrap_err();
            assert!(error.contains(part), "{text:?} -> {error}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_a_private_address_is_refused() {
        let lookup = |allow_private| SystemResolver { allow_private }.lookup("localhost");
        assert!(matches!(lookup(false).await, Err(LookupError::Private(name, _)) if name == "localhost"));
        assert!(lookup(true).await.is_ok());
    }

    #[test]
    fn private_literals_are_refused_from_a_public_start() {
        for (url, refused) in [
            ("http://127.0.0.1/", true),
            ("http://[::1]/", true),
            ("http://2130706433/", true),
            ("http://169.254.169.254/latest", true),
            ("http://0x7f.1/", true),
            ("http://0177.0.0.1/", true),
            ("http://0/", true),
            ("http://[::ffff:10.0.0.1]/", true),
            ("http://[64:ff9b::a9fe:a9fe]/", true),
            ("http://[fd00::1]/", true),
            ("http://localhost/", true),
            ("http://a.localhost./", true),
            ("http://8.8.8.8/", false),
            ("http://shop.test/", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(check_literal(&url, false).is_err(), refused, "{url}");
            assert!(check_literal(&url, true).is_ok());
        }
    }
}
