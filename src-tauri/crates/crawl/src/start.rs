//! From the configuration to a crawl that can begin: start addresses, scope, clients.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::Arc,
};

use pixelproof_model::AuditConfig;
use tokio::{net::TcpStream, time::timeout};
use url::{Host, Url};

use crate::{
    CrawlError,
    address::{has_scheme, is_local_name, is_private, parse_start},
    control::Control,
    folder::{Folder, SharedFolder},
    limits::Limits,
    net::Net,
    resolve::{Mappings, SystemResolver},
    scope::Scope,
};

/// Hosts of a list that are looked up to learn whether the audit is of a private network.
const MAX_LOOKUPS: usize = 20;

/// A crawl about to begin.
pub(crate) struct Setup {
    pub(crate) starts: Vec<Url>,
    pub(crate) scope: Scope,
    pub(crate) net: Net,
    /// Pages are files in here.
    pub(crate) folder: Option<SharedFolder>,
    /// What the user should know of it.
    pub(crate) notices: Vec<String>,
}

/// Checks the configuration and finds out how to reach the start.
pub(crate) async fn prepare(config: &AuditConfig, limits: Limits, control: &Control) -> Result<Setup, CrawlError> {
    let mappings = Mappings::parse(&config.resolve).map_err(CrawlError::BadOption)?;
    let mut notices = Vec::new();
    let mut starts = Vec::new();
    // A long list of one site's addresses is tried once.
    let mut answering = BTreeMap::new();
    for text in config.start.iter().filter(|text| !text.trim().is_empty()) {
        let mut url = parse_start(text).map_err(CrawlError::BadStart)?;
        // Behind a proxy the port can't be tried from here.
        let guessed = !has_scheme(text)
            && url.scheme() == "https"
            && url.port().is_none()
            && config.proxy.is_none()
            && config.folder.is_none();
        let host = url.host_str().unwrap_or_default().to_owned();
        if guessed && !answering.contains_key(&host) {
            let answers = answers(&url, &mappings, &limits).await;
            if !answers {
                notices.push(format!("Nothing answers at https://{host}: http is used."));
            }
            answering.insert(host.clone(), answers);
        }
        if guessed && answering.get(&host) == Some(&false) {
            let _ = url.set_scheme("http");
        }
        starts.push(url);
    }
    if starts.is_empty() {
        return Err(CrawlError::BadStart("Enter the address of a site, such as shop.example.".to_owned()));
    }
    let scope =
        Scope::new(&starts, config.subdomains, &config.include, &config.exclude).map_err(CrawlError::BadOption)?;
    let folder = open_folder(config, &starts).await?;
    let private = folder.is_some() || starts_private(&starts, &mappings, config, &limits).await;
    notices.extend(folder.iter().flat_map(|folder| folder.problems.iter().cloned()));
    let net = Net::new(config, limits, mappings, scope.clone(), private, control.clone());
    Ok(Setup { net: net.map_err(CrawlError::BadOption)?, starts, scope, folder, notices })
}

/// Looks through the folder that stands for the first start.
async fn open_folder(config: &AuditConfig, starts: &[Url]) -> Result<Option<SharedFolder>, CrawlError> {
    let (Some(path), Some(base)) = (config.folder.clone(), starts.first().cloned()) else { return Ok(None) };
    let opened = tokio::task::spawn_blocking(move || Folder::open(&path, &base)).await;
    let opened = opened.unwrap_or_else(|_| Err("Looking through the folder crashed.".to_owned()));
    opened.map(|folder| Some(Arc::new(folder))).map_err(CrawlError::BadStart)
}

/// Checks everything of a configuration that can be checked without the network.
pub fn check(config: &AuditConfig) -> Result<(), CrawlError> {
    config.folder.as_deref().map_or(Ok(()), Folder::check).map_err(CrawlError::BadStart)?;
    let mappings = Mappings::parse(&config.resolve).map_err(CrawlError::BadOption)?;
    let starts = config.start.iter().map(|text| parse_start(text)).collect::<Result<Vec<_>, _>>();
    let starts = starts.map_err(CrawlError::BadStart)?;
    let scope =
        Scope::new(&starts, config.subdomains, &config.include, &config.exclude).map_err(CrawlError::BadOption)?;
    let net = Net::new(config, Limits::of(config), mappings, scope, false, Control::default());
    net.map(drop).map_err(CrawlError::BadOption)
}

/// Whether the host takes connections on the address's port. A name that nobody knows counts as answering: trying
/// another port would not help, and the page's row will say what is wrong.
async fn answers(url: &Url, mappings: &Mappings, limits: &Limits) -> bool {
    let addresses = socket_addresses(url, mappings, limits).await;
    addresses.is_empty() || matches!(timeout(limits.connect, TcpStream::connect(addresses.as_slice())).await, Ok(Ok(_)))
}

/// Where an address's connections go; none when its name is unknown.
pub(crate) async fn socket_addresses(url: &Url, mappings: &Mappings, limits: &Limits) -> Vec<SocketAddr> {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return Vec::new() };
    match mappings.find(url) {
        Some((_, mapping)) => vec![mapping.target],
        None => match timeout(limits.connect, SystemResolver { allow_private: true }.lookup(host)).await {
            Ok(Ok(found)) => found.into_iter().map(|address| SocketAddr::new(address.ip(), port)).collect(),
            _ => Vec::new(),
        },
    }
}

/// Whether a start lies in a private network or is mapped, so that private addresses are what the user wants.
async fn starts_private(starts: &[Url], mappings: &Mappings, config: &AuditConfig, limits: &Limits) -> bool {
    let mut names = BTreeSet::new();
    for url in starts {
        if mappings.find(url).is_some() {
            return true;
        }
        match url.host() {
            Some(Host::Ipv4(ip)) if is_private(ip.into()) => return true,
            Some(Host::Ipv6(ip)) if is_private(ip.into()) => return true,
            Some(Host::Domain(name)) if is_local_name(name) => return true,
            Some(Host::Domain(name)) => _ = names.insert(name.to_owned()),
            _ => {}
        }
    }
    if config.proxy.is_some() {
        return false;
    }
    for name in names.iter().take(MAX_LOOKUPS) {
        let found = timeout(limits.connect, SystemResolver { allow_private: true }.lookup(name)).await;
        if found.is_ok_and(|found| found.is_ok_and(|all| all.iter().any(|address| is_private(address.ip())))) {
            return true;
        }
    }
    false
}
