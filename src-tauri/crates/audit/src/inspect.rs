//! One page without an audit: what a file or an address declares, with the findings of its own rules.

use std::{
    fs::File,
    io::Read,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use flate2::read::MultiGzDecoder;
use pixelproof_crawl::{Control, FoundLink, PageCapture, Reader, Scripts, parse_start};
use pixelproof_detect::{Catalogue, Layer, PageInput, containers_of, read_page};
use pixelproof_model::{AuditConfig, Finding, Page, PageOutcome};
use url::Url;

use crate::{
    AuditError, Result, parse_input,
    run::{
        analyse::{drafts_of, empty_page, set_fetch},
        containers::ContainerCache,
        pool::{Failure, pool},
        reader::{BUDGET, external, parse},
        scripts::ScriptCache,
    },
    store::DraftRow,
};

/// What a saved page declares. `base` is the address it was saved from; without it, its own `file:` address. A file that
/// can't be read gives a page that says so in `problems`. Plain or gzip, UTF-8 or as its `<meta>` says.
pub async fn inspect_file(path: &Path, base: Option<&Url>) -> Page {
    let file = path.display().to_string();
    let url = base.cloned().or_else(|| file_url(path)).unwrap_or_else(unknown_url);
    let (owned, of) = (path.to_owned(), url.clone());
    let (source, shown) = (file.clone(), url.clone());
    let work = move || match read_text(&owned) {
        Ok((text, cut)) => {
            let mut page = inspect_html(&source, &of, &text);
            page.problems.extend(cut.then(|| format!("Only the first {} MB of the file were read.", MAX_FILE >> 20)));
            page
        }
        Err(e) => failed(of, format!("{UNREADABLE}: {e}.")),
    };
    let mut page = pool().run(BUDGET, work).await.unwrap_or_else(|failure| failed(shown, words(failure)));
    page.file = Some(file);
    page
}

/// What a document declares, with the findings of its own rules. `source` names it in positions. Blocks, and parses on
/// the calling thread.
pub fn inspect_html(source: &str, url: &Url, html: &str) -> Page {
    let catalogue = crate::vendors::catalogue();
    let read = read_page(catalogue, &PageInput { source, url, html });
    let scripts = read.scripts().len();
    let too_deep = read.too_deep();
    let mut page = read.finish(catalogue, &|_| None);
    if too_deep {
        page.problems.push("Tags nest too deeply; the page was read tag by tag.".to_owned());
    }
    if scripts > 0 {
        let many = crate::words::count(u64::try_from(scripts).unwrap_or(0), "external script", "external scripts");
        page.problems.push(format!("Not looked at: {many}; a saved page doesn't hold them."));
    }
    page.problems.extend(containers_left(&page, catalogue, url));
    page.findings = findings(&page, catalogue);
    page
}

/// What a saved page can't show: the content of its containers.
fn containers_left(page: &Page, catalogue: &Catalogue, url: &Url) -> Option<String> {
    let ids: Vec<String> = containers_of(page, catalogue, url).into_iter().map(|wanted| wanted.id).collect();
    let first = ids.first()?;
    let on = if matches!(url.scheme(), "http" | "https") { format!(" --url {url}") } else { String::new() };
    let all = ids.join(", ");
    Some(format!("Not looked at: what {all} may bring; `pixelproof container {first}{on}` tells it."))
}

/// What the page at an address declares, with its external scripts and what its containers bring.
///
/// # Errors
/// [`AuditError::BadInput`] when the text is no address. A page that can't be fetched is a page whose `fetch` says why.
pub async fn inspect_url(text: &str, config: &AuditConfig) -> Result<Page> {
    let base = AuditConfig { list_only: true, max_pages: 1, sitemaps: false, ..config.clone() };
    let config = parse_input(text, base)?;
    let url = parse_start(config.start.first().map_or("", String::as_str)).map_err(AuditError::BadInput)?;
    let containers = config.containers.then(ContainerCache::default);
    let reader = Arc::new(OnePage { containers, ..OnePage::default() });
    let end = pixelproof_crawl::crawl(&config, reader.clone(), Control::default()).await?;
    let page = reader.page.lock().unwrap_or_else(PoisonError::into_inner).take();
    Ok(page.unwrap_or_else(|| failed(url, end.reason.unwrap_or_else(|| "The page was not fetched.".to_owned()))))
}

/// Keeps the one page that a crawl of one page reads.
#[derive(Debug, Default)]
struct OnePage {
    page: Mutex<Option<Page>>,
    /// `None`: containers are not fetched.
    containers: Option<ContainerCache>,
}

impl Reader for OnePage {
    type Row = ();

    async fn read(&self, capture: PageCapture, scripts: &Scripts) -> ((), Vec<FoundLink>) {
        let capture = Arc::new(capture);
        let page = read_capture(&capture, scripts, self.containers.as_ref()).await;
        // A redirect within the site gives a row of its own first; the page it leads to is what was asked for.
        let mut kept = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_none_or(|old| !was_read(old)) {
            *kept = Some(page);
        }
        ((), Vec::new())
    }
}

fn was_read(page: &Page) -> bool {
    page.fetch.as_ref().is_some_and(|f| f.outcome.was_read())
}

async fn read_capture(capture: &Arc<PageCapture>, scripts: &Scripts, containers: Option<&ContainerCache>) -> Page {
    let unread = |outcome: PageOutcome, reason: Option<String>| {
        let mut page = empty_page(capture.url.clone());
        let why = reason.clone().unwrap_or_else(|| format!("{}.", crate::words::outcome(outcome)));
        set_fetch(&mut page, capture, outcome, reason);
        page.problems.push(why);
        page
    };
    if !capture.outcome.was_read() || capture.body.is_none() {
        return unread(capture.outcome, capture.reason.clone());
    }
    let catalogue = crate::vendors::catalogue();
    let of = capture.clone();
    let read = match pool().run(BUDGET, move || parse(catalogue, &of)).await {
        Ok(read) => read,
        Err(failure) => return unread(PageOutcome::AnalysisFailed, Some(words(failure))),
    };
    let cache = ScriptCache::default();
    let (facts, problems) = external(&cache, catalogue, &read, scripts).await;
    let layer = read.layer();
    let assemble = move || {
        let mut page = read.finish(catalogue, &|url| facts.get(url).cloned());
        page.problems.extend(problems);
        page
    };
    let page = match (pool().run(BUDGET, assemble).await, containers) {
        (Ok(page), Some(cache)) => with_containers(cache, page, (&capture.final_url, &layer), scripts).await,
        (page, _) => page,
    };
    let mut page = match page {
        Ok(page) => page,
        Err(failure) => return unread(PageOutcome::AnalysisFailed, Some(words(failure))),
    };
    let of = capture.clone();
    let finish = move || {
        set_fetch(&mut page, &of, of.outcome, of.reason.clone());
        page.findings = findings(&page, catalogue);
        page
    };
    match pool().run(BUDGET, finish).await {
        Ok(page) => page,
        Err(failure) => unread(PageOutcome::AnalysisFailed, Some(words(failure))),
    }
}

/// The page with what its containers bring; those that can't be read are among its problems.
async fn with_containers(
    cache: &ContainerCache,
    page: Page,
    on: (&Url, &Layer),
    scripts: &Scripts,
) -> std::result::Result<Page, Failure> {
    let told = Mutex::new(Vec::<String>::new());
    let tell = |said: String| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.contains(&said) {
            told.push(said);
        }
    };
    let mut page = cache.add_to(page, on, crate::vendors::catalogue(), scripts, &tell).await?;
    page.problems.extend(told.into_inner().unwrap_or_else(PoisonError::into_inner));
    Ok(page)
}

fn words(failure: Failure) -> String {
    match failure {
        Failure::TimedOut => format!("Reading the page took more than {} s.", BUDGET.as_secs()),
        Failure::Crashed => "Reading the page failed.".to_owned(),
    }
}

fn failed(url: Url, problem: String) -> Page {
    let mut page = empty_page(url);
    page.problems.push(problem);
    page
}

/// The findings that one page alone gives.
fn findings(page: &Page, catalogue: &Catalogue) -> Vec<Finding> {
    let mut found: Vec<Finding> = drafts_of(page, catalogue).into_iter().map(|d| finding(page, d)).collect();
    found.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| (&a.rule, &a.id).cmp(&(&b.rule, &b.id))));
    found
}

fn finding(page: &Page, draft: DraftRow) -> Finding {
    Finding {
        id: draft.id,
        rule: draft.rule,
        severity: draft.severity,
        area: draft.area,
        vendor: draft.vendor,
        account: draft.account,
        message: draft.body.message,
        why: draft.body.why,
        fix: draft.body.fix,
        snippet: draft.body.snippet,
        cause: draft.body.cause,
        actor: draft.body.actor,
        templates: Vec::new(),
        page_count: 1,
        pages: vec![page.url.to_string()],
        evidence: draft.evidence,
    }
}

fn file_url(path: &Path) -> Option<Url> {
    Url::from_file_path(std::path::absolute(path).ok()?).ok()
}

fn unknown_url() -> Url {
    #[allow(clippy::unwrap_used, reason = "a constant that parses")]
    Url::parse("about:blank").unwrap()
}

/// How the problem of a file begins that can't be read at all.
pub const UNREADABLE: &str = "The file can't be read";

/// Largest file read, packed or not.
const MAX_FILE: u64 = 64 << 20;

/// The text of a file, and whether there is more of it than is read.
pub(crate) fn read_text(path: &Path) -> std::io::Result<(String, bool)> {
    text_of(&mut File::open(path)?)
}

/// The text of a file, plain or gzip, UTF-8 or as its `<meta>` says, and whether there is more of it than is read.
pub(crate) fn text_of(from: &mut dyn Read) -> std::io::Result<(String, bool)> {
    let (mut bytes, mut cut) = at_most(from)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        (bytes, cut) = at_most(&mut MultiGzDecoder::new(bytes.as_slice()))?;
    }
    Ok((pixelproof_crawl::decode_html(bytes, None, None), cut))
}

fn at_most(from: &mut dyn Read) -> std::io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    from.take(MAX_FILE).read_to_end(&mut bytes)?;
    let cut = u64::try_from(bytes.len()).is_ok_and(|n| n == MAX_FILE) && from.read(&mut [0])? > 0;
    Ok((bytes, cut))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    #[test]
    fn a_file_that_unpacks_to_too_much_is_cut_and_says_so() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        let block = vec![b' '; 1 << 20];
        (0..(MAX_FILE >> 20) + 1).for_each(|_| packed.write_all(&block).unwrap());
        let (text, cut) = text_of(&mut packed.finish().unwrap().as_slice()).unwrap();
        assert_eq!((u64::try_from(text.len()).unwrap(), cut), (MAX_FILE, true));
        let whole = text_of(&mut b"<p>whole".as_slice()).unwrap();
        assert_eq!(whole, ("<p>whole".to_owned(), false));
    }
}
