//! The real desktop window over the demo shop: an address goes in, the planted faults come out, on screen and in files.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use pixelproof_audit::Audits;
use pixelproof_model::RunState;
use pixelproof_tests::{
    Act, Site, TestServer,
    desktop::{Desktop, Shop, built},
};
use serde_json::{Value, json};

/// Size of the window's screen.
const SIZE: &str = "1280x800";

/// Pages read, as the window says it.
const READ: &str = "return +[...document.querySelectorAll('dt')]
    .find(e => e.innerText === 'read')?.nextElementSibling.innerText";

#[tokio::test]
async fn an_audit_from_the_address_to_the_report() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let shop = Shop::open()?;
    let window = Desktop::open(&folder.path().join("store.db"), SIZE).await?;
    accessible(&window, "start").await?;
    window.audit(&shop.url).await?;
    window.complete().await?;
    let expected = audit_by_command_line(&shop.url, &folder.path().join("cli"))?;
    pages(&window, &shop.url).await?;
    for view in ["overview", "events"] {
        window.click(&format!("[data-testid=nav-{view}]")).await?;
        accessible(&window, view).await?;
    }
    findings(&window, &expected).await?;
    let exported = export(&window, &folder.path().join("report")).await?;
    check_files(&exported, &expected)?;
    window.close().await
}

#[tokio::test]
async fn what_cannot_be_audited_is_said_at_the_field() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let window = Desktop::open(&folder.path().join("store.db"), SIZE).await?;
    // Nothing listens there: the port was free a moment ago.
    let closed = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let paper = TestServer::start(Site::new().on("/", Act::typed("application/pdf", "%PDF-1.7")))?;
    let robots = Act::typed("text/plain", "User-agent: *\nDisallow: /\n");
    let shut = TestServer::start(Site::new().on("/robots.txt", robots).on("/", Act::html("<title>Shut</title>")))?;
    for (input, part) in [
        ("hello world", "has a space in it"),
        ("ftp://example.com", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        (&format!("http://{closed}/"), "refused the connection"),
        (paper.url("/").as_str(), "application/pdf"),
        (shut.url("/").as_str(), "robots.txt"),
    ] {
        window.audit(input).await?;
        let error = "return document.querySelector('#start-error')?.textContent ?? ''";
        let said = |seen: &Value| seen.as_str().is_some_and(|text| text.contains(part));
        window.until(&format!("{part:?} for {input}"), error, said).await?;
    }
    accessible(&window, "start with an error").await?;
    window.close().await
}

#[tokio::test]
async fn the_window_leaves_its_own_pages_for_nobody() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let elsewhere = TestServer::start(Site::new().on("/", Act::html("<title>Elsewhere</title>")))?;
    let window = Desktop::open(&folder.path().join("store.db"), SIZE).await?;
    let home = window.run("return location.href", vec![]).await?;
    window.run("location.href = arguments[0]; open(arguments[0])", vec![json!(elsewhere.url("/"))]).await?;
    // The shell still answers, so these are still its own pages.
    let script = "const done = arguments[arguments.length - 1];
        window.__TAURI_INTERNALS__.invoke('app_info').then(info => done([location.href, info.version]), done)";
    assert_eq!(window.ask(script).await?, json!([home, env!("CARGO_PKG_VERSION")]));
    let fetch = format!(
        "const done = arguments[arguments.length - 1];
        fetch('{}').then(() => done('fetched'), () => done('refused'))",
        elsewhere.url("/")
    );
    assert_eq!(window.ask(&fetch).await?, "refused");
    assert_eq!(elsewhere.targets(), [""; 0]);
    window.close().await
}

#[tokio::test]
async fn only_folders_that_hold_a_report_are_opened() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let window = Desktop::open(&folder.path().join("store.db"), SIZE).await?;
    let open = "const done = arguments[arguments.length - 1];
        window.__TAURI_INTERNALS__.invoke('open_folder', { path: '/' }).then(() => done('opened'), e => done(e.code))";
    assert_eq!(window.ask(open).await?, "not-found");
    window.close().await
}

#[tokio::test]
async fn an_audit_whose_window_was_killed_is_kept_and_says_so() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("store.db");
    let site = TestServer::start(Site::linked(2000, 2000))?;
    let window = Desktop::open(&store, SIZE).await?;
    window.click("#start-options").await?;
    let slow = "#options input[placeholder='no limit']";
    if window.fill(slow, "20").await.is_err() {
        // On a busy machine a click can meet the page while it is still moving, and miss.
        window.click("#start-options").await?;
        window.fill(slow, "20").await?;
    }
    window.audit(site.url("/").as_str()).await?;
    window.until("pages read", READ, |seen| seen.as_f64().is_some_and(|read| read > 15.0)).await?;
    drop(window);
    // The system takes a moment to end the killed processes.
    let mut glances = tokio::time::interval(Duration::from_millis(100));
    for _ in 0..100 {
        glances.tick().await;
        let audits = Audits::open(&store)?;
        let row = audits.list()?.into_iter().next().context("the audit is there")?;
        if row.state == RunState::Incomplete {
            ensure!(row.pages > 0, "pages read are kept");
            ensure!(audits.state(&row.id)?.head.incomplete_reason.is_some(), "it says why");
            return Ok(());
        }
    }
    bail!("the audit still counts as running")
}

/// The same job without the window.
fn audit_by_command_line(url: &str, folder: &Path) -> Result<Value> {
    let mut audit = Command::new(built("pixelproof")?);
    audit.args(["audit", url, "--quiet", "--fail-on", "never", "--format", "json", "--out"]).arg(folder);
    let output = audit.arg("--store").arg(folder.with_extension("db")).stdin(Stdio::null()).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&fs::read(with_ending(&files_in(folder)?, ".json")?)?)?)
}

/// Pages that the shop's own list says are at fault by one of these rules.
fn planted(rules: &[&str], shop: &str) -> Result<BTreeSet<String>> {
    let planted: Value = serde_json::from_str(pixelproof_audit::demo::PLANTED)?;
    let findings = planted["findings"].as_array().context("the list of planted faults names findings")?;
    let at_fault = findings.iter().filter(|finding| rules.iter().any(|rule| finding["rule"] == *rule));
    let pages = at_fault.flat_map(|finding| finding["pages"].as_array().into_iter().flatten());
    let pages: BTreeSet<String> =
        pages.filter_map(|page| Some(format!("{}{}", shop.trim_end_matches('/'), page.as_str()?))).collect();
    ensure!(!pages.is_empty(), "nothing is planted for {rules:?}");
    Ok(pages)
}

async fn accessible(window: &Desktop, view: &str) -> Result<()> {
    let found = window.inaccessible().await?;
    ensure!(found.is_empty(), "{view}: {}", found.join("\n"));
    Ok(())
}

/// The table shows exactly the planted pages, and one of them opens with its evidence.
async fn pages(window: &Desktop, shop: &str) -> Result<()> {
    window.click("[data-testid=nav-pages]").await?;
    accessible(window, "pages").await?;
    window.ungroup().await?;
    for (filter, rules) in
        [("untracked", &["untracked-page"] as &[&str]), ("duplicates", &["duplicate-init", "duplicate-event"])]
    {
        let filter = format!("[data-testid=filter-{filter}]");
        window.click(&filter).await?;
        let expected = planted(rules, shop)?;
        let count = expected.len().to_string();
        let total = "return document.querySelector('[data-testid=pages-total]')?.textContent ?? ''";
        window.until(&format!("{count} pages"), total, |seen| seen.as_str() == Some(&count)).await?;
        assert_eq!(window.listed_pages().await?, expected, "{filter}");
        if rules.contains(&"duplicate-init") {
            window.click("[data-testid=page-row]").await?;
            let evidence = "return document.querySelector('[data-testid=drawer]')?.innerText ?? ''";
            let shows = |seen: &Value| {
                seen.as_str().is_some_and(|text| text.contains("is initialised twice") && text.contains("fbq('init'"))
            };
            window.until("the evidence of both initialisations", evidence, shows).await?;
            accessible(window, "page opened").await?;
            window.press_escape().await?;
        }
        window.click(&filter).await?;
    }
    Ok(())
}

/// The work list names what the command line names.
async fn findings(window: &Desktop, expected: &Value) -> Result<()> {
    window.click("[data-testid=nav-findings]").await?;
    window.find("[data-testid=finding]").await?;
    accessible(window, "findings").await?;
    let mut shown = window.attributes("[data-testid=finding]", "data-finding").await?;
    let list = expected["findings"].as_array().context("findings")?;
    let mut named: Vec<String> = list.iter().filter_map(|f| f["id"].as_str().map(str::to_owned)).collect();
    shown.sort();
    named.sort();
    assert_eq!(shown, named);
    // Not the visible text: what is scrolled out of sight is left unrendered.
    let texts = "return [...document.querySelectorAll('[data-testid=finding]')].map(e => e.textContent).join('\\n')";
    let text = window.run(texts, vec![]).await?;
    for finding in list {
        let message = finding["message"].as_str().context("a message")?;
        ensure!(text.as_str().is_some_and(|text| text.contains(message)), "not shown: {message}");
    }
    Ok(())
}

async fn export(window: &Desktop, folder: &Path) -> Result<Vec<PathBuf>> {
    window.click("[data-testid=nav-export]").await?;
    window.fill("#export-folder", &folder.to_string_lossy()).await?;
    for format in ["#export-json", "#export-html", "#export-csv"] {
        if !window.find(format).await?.is_selected().await? {
            window.click(format).await?;
        }
    }
    accessible(window, "export").await?;
    window.click("#export-run").await?;
    window.find("[data-testid=exported-file]").await?;
    files_in(folder)
}

/// The files hold what the command line found, and nothing that runs.
fn check_files(files: &[PathBuf], expected: &Value) -> Result<()> {
    let report: Value = serde_json::from_slice(&fs::read(with_ending(files, ".json")?)?)?;
    assert_eq!(report["findings"], expected["findings"]);
    assert_eq!(report["pixels"], expected["pixels"]);
    assert_eq!(report["totals"], expected["totals"]);
    let html = fs::read_to_string(with_ending(files, ".html")?)?;
    for finding in report["findings"].as_array().context("findings")? {
        let rule = finding["rule"].as_str().context("a rule")?;
        ensure!(html.contains(rule), "the HTML report doesn't name {rule}");
    }
    ensure!(!html.contains("<script src") && !html.contains("<link rel=\"stylesheet\""), "the report stands alone");
    let mut rows = csv::Reader::from_path(with_ending(files, "pages.csv")?)?;
    let pages = rows.records().collect::<Result<Vec<_>, _>>()?.len();
    assert_eq!(Some(pages as u64), report["totals"]["pages"].as_u64());
    Ok(())
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} was not written", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn with_ending<'a>(files: &'a [PathBuf], ending: &str) -> Result<&'a Path> {
    let found = files.iter().find(|path| path.to_string_lossy().ends_with(ending));
    found.map(PathBuf::as_path).with_context(|| format!("no {ending} among {files:?}"))
}
