//! Which addresses belong to the audit: host rules and the user's include and exclude globs. Pure.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use url::{Host, Position, Url};

use crate::address::MAX_ADDRESS;

/// Why an address is or isn't followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Belongs to the audit.
    Inside,
    /// Another site, or not a web address.
    Outside,
    /// The site's, but kept out by a glob.
    Filtered,
}

/// A host as scopes compare it: without `www.`, with its port where that is not the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Site {
    host: String,
    port: Option<u16>,
}

/// The audit's scope.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    sites: Vec<Site>,
    subdomains: bool,
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Scope {
    /// The scope of these starts: their hosts, `www.` and apex being one; with `subdomains` every host of their
    /// registrable domains. Another port than the start's is another site. Globs match on path and query, `*` also
    /// across slashes. The error names the glob that can't be read.
    pub(crate) fn new(
        starts: &[Url],
        subdomains: bool,
        include: &[String],
        exclude: &[String],
    ) -> Result<Scope, String> {
        let mut sites = Vec::new();
        for (host, port) in starts.iter().filter_map(|url| site(url, subdomains)) {
            let site = Site { host: host.to_owned(), port };
            if !sites.contains(&site) {
                sites.push(site);
            }
        }
        let include = if include.is_empty() { None } else { Some(globs(include)?) };
        Ok(Scope { sites, subdomains, include, exclude: globs(exclude)? })
    }

    /// Judges an address that a page or a sitemap names.
    pub(crate) fn judge(&self, url: &Url) -> Verdict {
        if !self.is_site(url) || url.as_str().len() > MAX_ADDRESS {
            return Verdict::Outside;
        }
        if self.include.is_none() && self.exclude.is_empty() {
            return Verdict::Inside;
        }
        let target = &url[Position::BeforePath..Position::AfterQuery];
        let included = self.include.as_ref().is_none_or(|globs| globs.is_match(target));
        if included && !self.exclude.is_match(target) { Verdict::Inside } else { Verdict::Filtered }
    }

    /// Whether the address lies on a host of the audit, whatever the globs say.
    pub(crate) fn is_site(&self, url: &Url) -> bool {
        // Every link comes through here: nothing is allocated.
        site(url, self.subdomains)
            .is_some_and(|(host, port)| self.sites.iter().any(|site| site.host == host && site.port == port))
    }
}

/// The registrable domain of a host name, or the host itself where it has none.
pub fn site_of(host: &str) -> &str {
    let host = host.strip_suffix('.').unwrap_or(host);
    psl::domain_str(host).unwrap_or(host)
}

fn site(url: &Url, subdomains: bool) -> Option<(&str, Option<u16>)> {
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let host = match url.host()? {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            let registrable = if subdomains { psl::domain_str(name) } else { None };
            registrable.unwrap_or_else(|| name.strip_prefix("www.").unwrap_or(name))
        }
        Host::Ipv4(_) | Host::Ipv6(_) => url.host_str()?,
    };
    Some((host, url.port()))
}

fn globs(patterns: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(pattern).backslash_escape(true).build();
        set.add(glob.map_err(|error| format!("The pattern “{pattern}” can't be read: {}.", error.kind()))?);
    }
    set.build().map_err(|error| format!("The patterns can't be used: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(starts: &[&str], subdomains: bool, include: &[&str], exclude: &[&str]) -> Scope {
        let starts: Vec<Url> = starts.iter().map(|s| Url::parse(s).unwrap()).collect();
        let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        Scope::new(&starts, subdomains, &owned(include), &owned(exclude)).unwrap()
    }

    #[track_caller]
    fn check(scope: &Scope, cases: &[(&str, Verdict)]) {
        for (url, wanted) in cases {
            assert_eq!(scope.judge(&Url::parse(url).unwrap()), *wanted, "{url}");
        }
    }

    #[test]
    fn a_host_with_and_without_www_is_one_site() {
        use Verdict::{Inside, Outside};
        check(
            &scope(&["https://www.shop.co.uk/a"], false, &[], &[]),
            &[
                ("https://shop.co.uk/", Inside),
                ("http://www.shop.co.uk/x", Inside),
                ("http://www.shop.co.uk./x", Inside),
                ("https://blog.shop.co.uk/", Outside),
                ("https://other.co.uk/", Outside),
                ("https://shop.co.uk:8443/", Outside),
                ("https://shop.co.uk.evil.test/", Outside),
                ("https://notshop.co.uk/", Outside),
                ("ftp://shop.co.uk/", Outside),
                ("mailto:info@shop.co.uk", Outside),
                ("data:text/html,x", Outside),
            ],
        );
    }

    #[test]
    fn subdomains_means_the_registrable_domain() {
        use Verdict::{Inside, Outside};
        check(
            &scope(&["https://www.shop.co.uk/"], true, &[], &[]),
            &[("https://blog.shop.co.uk/", Inside), ("https://a.b.shop.co.uk/", Inside), ("https://co.uk/", Outside)],
        );
        check(
            &scope(&["https://me.github.io/"], true, &[], &[]),
            &[("https://x.me.github.io/", Inside), ("https://you.github.io/", Outside)],
        );
        check(
            &scope(&["http://127.0.0.1:4000/"], true, &[], &[]),
            &[
                ("http://127.0.0.1:4000/a", Inside),
                ("http://127.0.0.1:5000/a", Outside),
                ("http://1.0.0.1:4000/", Outside),
            ],
        );
        check(
            &scope(&["http://localhost/"], true, &[], &[]),
            &[("http://localhost/x", Inside), ("http://x/", Outside)],
        );
    }

    #[test]
    fn globs_look_at_path_and_query() {
        use Verdict::{Filtered, Inside};
        check(
            &scope(&["https://shop.test/"], false, &["/shop/*", "/blog*"], &["*logout*", "*?print=1"]),
            &[
                ("https://shop.test/shop/a/b", Inside),
                ("https://shop.test/blog/x?y=1", Inside),
                ("https://shop.test/", Filtered),
                ("https://shop.test/shop/logout", Filtered),
                ("https://shop.test/shop/a?print=1", Filtered),
            ],
        );
    }

    #[test]
    fn a_broken_glob_is_named() {
        let error = Scope::new(&[], false, &["[".to_owned()], &[]).unwrap_err();
        assert!(error.contains("“[”"), "{error}");
    }

    #[test]
    fn an_address_without_end_is_outside() {
        let url = format!("https://shop.test/{}", "a".repeat(MAX_ADDRESS));
        check(&scope(&["https://shop.test/"], false, &[], &[]), &[(&url, Verdict::Outside)]);
    }
}
