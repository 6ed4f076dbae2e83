//! Where a container is served: at its manager's public address, or where the page itself loads it from.

use pixelproof_model::{Page, State};
use url::Url;

use super::page::Wanted;

/// Host that serves public containers.
const CONTAINER_HOST: &str = "www.googletagmanager.com";

/// The public address of the container with this id.
pub fn standard(id: &str) -> Option<Url> {
    let file = if id.starts_with("GTM-") { "gtm.js" } else { "gtag/js" };
    Url::parse(&format!("https://{CONTAINER_HOST}/{file}?id={id}")).ok()
}

/// The address that a page loads it from, where that names a version or a host of its own: a tagging server of the
/// site, or an environment that isn't the published one. Else the public address.
pub(super) fn of(id: &str, page: &Page, base: &Url) -> Option<Url> {
    let loads = page.libraries.iter().filter(|library| library.state != State::Inert);
    let addresses =
        loads.filter(|library| library.account.as_deref() == Some(id)).filter_map(|l| base.join(&l.src).ok());
    let mut own = addresses.filter(|url| is_special(url) && (names(url, id) || hides(url)));
    own.next().map(cleaned).or_else(|| standard(id))
}

/// Whether the page loads it with a data layer of another name than the usual.
pub(super) fn has_own_layer(id: &str, page: &Page) -> bool {
    let loads = page.libraries.iter().filter(|library| library.account.as_deref() == Some(id));
    let queries = loads.filter_map(|library| library.src.split_once('?')).map(|(_, query)| query);
    let mut names =
        queries.flat_map(|query| url::form_urlencoded::parse(query.as_bytes())).filter(|(key, _)| key == "l");
    names.any(|(_, name)| !name.is_empty() && name != "dataLayer")
}

/// Containers that a page at `base` loads under a name that tells no id, by their address.
pub(super) fn nameless<'p>(page: &'p Page, base: &'p Url) -> impl Iterator<Item = Wanted> + 'p {
    let loads = page.libraries.iter().filter(|library| library.state != State::Inert);
    let nameless = loads.filter(|library| library.vendor == "google-tag-manager" && library.account.is_none());
    nameless.filter_map(|library| {
        let url = base.join(&library.src).ok().filter(|url| hides(url) && url.host_str() != Some(CONTAINER_HOST))?;
        let id = format!("{}{}", url.host_str()?, url.path());
        Some(Wanted { id, url: cleaned(url) })
    })
}

/// Whether the query holds enough to hide an id.
fn hides(url: &Url) -> bool {
    let long =
        |(key, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| value.len() >= 5 || key.len() >= 8;
    matches!(url.scheme(), "http" | "https") && url.query_pairs().any(long)
}

/// The files of other managers that a page at `base` loads, in document order.
pub(super) fn others<'p>(page: &'p Page, base: &'p Url) -> impl Iterator<Item = Wanted> + 'p {
    let loaded = page.libraries.iter().filter(|library| library.state != State::Inert).filter_map(|library| {
        let url = base.join(&library.src).ok().filter(|url| matches!(url.scheme(), "http" | "https")).map(cleaned)?;
        let id = match library.vendor.as_str() {
            "adobe-launch" | "tealium-iq" => library.account.clone()?,
            "matomo" => matomo_container(&url)?,
            _ => return None,
        };
        url.path().ends_with(".js").then_some(Wanted { id, url })
    });
    let keys =
        page.installs.iter().filter(|i| i.vendor == "segment" && i.state != State::Inert).filter_map(|install| {
            let key = install.account.as_ref().filter(|key| key.bytes().all(|b| b.is_ascii_alphanumeric()))?;
            let url = Url::parse(&format!("https://cdn.segment.com/v1/projects/{key}/settings")).ok()?;
            Some(Wanted { id: key.clone(), url })
        });
    loaded.chain(keys)
}

/// `container_AbCdEf12` of Matomo's tag manager.
fn matomo_container(url: &Url) -> Option<String> {
    let file = url.path_segments()?.next_back()?.strip_suffix(".js")?;
    file.strip_prefix("container_").filter(|id| id.bytes().all(|b| b.is_ascii_alphanumeric()))?;
    Some(file.to_owned())
}

fn names(url: &Url, id: &str) -> bool {
    matches!(url.scheme(), "http" | "https") && url.query_pairs().any(|(key, value)| key == "id" && value == id)
}

fn is_special(url: &Url) -> bool {
    url.host_str() != Some(CONTAINER_HOST) || url.query_pairs().any(|(key, _)| key == "gtm_auth")
}

/// The address without what says nothing of which file it is.
fn cleaned(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}
