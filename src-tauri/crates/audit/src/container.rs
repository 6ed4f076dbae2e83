//! One tag-manager container without an audit: from a file, from standard input, or fetched by its id.

use std::{io::Read, path::Path, sync::LazyLock};

use pixelproof_detect::{Layer, PageInput, read_container_on, read_page, standard_address};
use pixelproof_model::{AuditConfig, ContainerReport};
use regex::Regex;
use url::Url;

use crate::{
    AuditError, Result,
    inspect::{read_text, text_of},
    vendors::catalogue,
};

/// What a container's id looks like: `GTM-…` for a container, the others for a Google tag's own configuration.
static ID: LazyLock<Regex> = LazyLock::new(|| {
    #[allow(clippy::unwrap_used, reason = "a constant pattern")]
    Regex::new(r"^(?:GTM-[A-Z0-9]{4,12}|G-[A-Z0-9]{4,14}|(?:AW|DC)-[0-9]{4,14}|GT-[A-Z0-9]{4,14})$").unwrap()
});

/// What the tags of a container are judged on.
#[derive(Debug, Default)]
pub struct Pages<'a> {
    /// Addresses of the pages.
    pub urls: &'a [Url],
    /// What the pages put into their data layer.
    pub layer: Layer,
}

/// What a saved page puts into its data layer while it loads, with the consent that it grants or denies by default.
///
/// # Errors
/// [`AuditError::BadInput`] with a sentence when the file can't be read.
pub fn page_layer(path: &Path, url: Option<&Url>) -> Result<Layer> {
    let (text, _) =
        read_text(path).map_err(|e| AuditError::BadInput(format!("{} can't be read: {e}.", path.display())))?;
    let nowhere = || Url::parse("about:blank").ok();
    let Some(url) = url.cloned().or_else(nowhere) else { return Ok(Layer::default()) };
    let read = read_page(catalogue(), &PageInput { source: "page", url: &url, html: &text });
    let layer = read.layer();
    Ok(layer.with_consent(&read.finish(catalogue(), &|_| None).consent))
}

/// The id that the text is, in the spelling of the vendor.
pub fn container_id(text: &str) -> Option<String> {
    let id = text.trim().to_ascii_uppercase();
    ID.is_match(&id).then_some(id)
}

/// Where the container with this id is served.
pub fn container_url(id: &str) -> Option<Url> {
    standard_address(&container_id(id)?)
}

/// Fetches a container by its id and reads it. `on` is what to judge its tags on.
///
/// # Errors
/// [`AuditError::BadInput`] with a sentence when the id is none or nothing could be fetched or read.
pub async fn fetch_container(id: &str, config: &AuditConfig, on: &Pages<'_>) -> Result<ContainerReport> {
    let Some(url) = container_url(id) else {
        return Err(AuditError::BadInput(format!("{id} is no id of a container, such as GTM-ABC1234.")));
    };
    let script = pixelproof_crawl::fetch_one(config, &url).await.map_err(|reason| {
        let known = if reason.contains("answered 4") { ". No published container has this id" } else { "" };
        AuditError::BadInput(format!("The container {id} could not be fetched: {reason}{known}."))
    })?;
    read(container_id(id).as_deref(), &script.text, on)
}

/// Reads a saved container: a whole `gtm.js` or `gtag/js`, or the bare data; plain or gzip.
///
/// # Errors
/// [`AuditError::BadInput`] with a sentence when the file can't be read or holds no container.
pub fn read_container_file(path: &Path, on: &Pages<'_>) -> Result<ContainerReport> {
    let (text, _) =
        read_text(path).map_err(|e| AuditError::BadInput(format!("{} can't be read: {e}.", path.display())))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let id = id_in_text(&text).or_else(|| id_in_name(&name));
    read(id.as_deref(), &text, on)
}

/// [`read_container_file`] for text that comes from elsewhere, such as standard input.
///
/// # Errors
/// As [`read_container_file`].
pub fn read_container_from(from: &mut dyn Read, on: &Pages<'_>) -> Result<ContainerReport> {
    let (text, _) = text_of(from).map_err(|e| AuditError::BadInput(format!("The input can't be read: {e}.")))?;
    read(id_in_text(&text).as_deref(), &text, on)
}

fn read(id: Option<&str>, text: &str, on: &Pages<'_>) -> Result<ContainerReport> {
    let report = read_container_on(catalogue(), id, text, on.urls, &on.layer);
    match report.problems.first() {
        Some(problem) if report.tags.is_empty() && report.version.is_none() => {
            let name = id.unwrap_or("This");
            Err(AuditError::BadInput(format!("{name} is not a tag-manager container: {problem}.")))
        }
        _ => Ok(report),
    }
}

/// The container's own id where the file says it: the library that follows the data keeps it in a constant of its own,
/// or the data among its numbered settings.
/// Every other id in the file belongs to what the container loads, so that only the known place counts.
fn id_in_text(text: &str) -> Option<String> {
    static OWN: LazyLock<Regex> = LazyLock::new(|| {
        #[allow(clippy::unwrap_used, reason = "a constant pattern")]
        Regex::new(r#"[{,]\s*"?(?:ctid|5)"?\s*:\s*"((?:GTM|G|AW|DC|GT)-[A-Z0-9]{4,14})""#).unwrap()
    });
    let found = OWN.captures(text)?;
    found.get(1).map(|id| id.as_str().to_owned())
}

/// `gtm.js?id=GTM-ABC1234`, `GTM-ABC1234.js`, `gtm.js@id=GTM-ABC1234&l=x.gz` …
fn id_in_name(name: &str) -> Option<String> {
    static IN_NAME: LazyLock<Regex> = LazyLock::new(|| {
        #[allow(clippy::unwrap_used, reason = "a constant pattern")]
        Regex::new(r"(?:^|[^A-Za-z0-9])((?:GTM|G|GT)-[A-Z0-9]{4,14}|(?:AW|DC)-[0-9]{4,14})(?:[^A-Za-z0-9-]|$)").unwrap()
    });
    IN_NAME.captures(name).map(|found| found[1].to_owned())
}

#[cfg(test)]
mod tests {
    use super::{container_id, container_url, id_in_name, id_in_text};

    #[test]
    fn ids_are_told_from_file_names() {
        for (text, expected) in [
            ("GTM-ABC1234", Some("GTM-ABC1234")),
            ("gtm-abc1234", Some("GTM-ABC1234")),
            ("AW-123456789", Some("AW-123456789")),
            ("G-ABCDE12345", Some("G-ABCDE12345")),
            ("DC-1234567", Some("DC-1234567")),
            ("gtm.js", None),
            ("UA-1234567-1", None),
            ("GTM-", None),
            ("AW-LETTERS", None),
        ] {
            assert_eq!(container_id(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn each_kind_of_id_has_its_address() {
        for (id, expected) in [
            ("GTM-ABC1234", "https://www.googletagmanager.com/gtm.js?id=GTM-ABC1234"),
            ("GT-ABC1234", "https://www.googletagmanager.com/gtag/js?id=GT-ABC1234"),
            ("AW-123456789", "https://www.googletagmanager.com/gtag/js?id=AW-123456789"),
        ] {
            assert_eq!(container_url(id).map(String::from).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_file_says_its_id_itself_or_by_its_name() {
        for (name, expected) in [
            ("gtm.js?id=GTM-ABC1234", Some("GTM-ABC1234")),
            ("gtm.js@id=GTM-ABC1234&l=x.js.gz", Some("GTM-ABC1234")),
            ("GTM-ABC1234.js", Some("GTM-ABC1234")),
            ("js@id=AW-123456789", Some("AW-123456789")),
            ("gtm.js", None),
        ] {
            assert_eq!(id_in_name(name).as_deref(), expected, "{name}");
        }
        let own = r#"var data={"resource":{"tags":[{"vtp_tagId":"G-OTHERTAG01"}]}};var m={ctid:"GTM-ABC1234",x:1}"#;
        assert_eq!(id_in_text(own).as_deref(), Some("GTM-ABC1234"));
        let newer = r#"var data={"resource":{"tags":[]},"blob":{"1":"4","5":"GTM-ABC1234"}};"#;
        assert_eq!(id_in_text(newer).as_deref(), Some("GTM-ABC1234"));
        assert_eq!(id_in_text(r#"{"resource":{"tags":[{"vtp_tagId":"G-OTHERTAG01"}]}}"#), None);
    }
}
