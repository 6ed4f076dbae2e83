//! `pixelproof audit`: runs an audit, shows how far it came, sums it up, writes its reports.

use std::{io::Read, path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use pixelproof_audit::{
    AuditRef, Audits, GoOn, Run, folder_input, input_or_journeys, read_journey,
    report::{self, source::Source},
    words,
};
use pixelproof_model::{AuditConfig, AuditReport, Beacons, DEFAULT_MAX_PAGES, Mode, Pass, ReportFormat};

use crate::{
    DONE, FINDINGS, INCOMPLETE,
    args::{AuditArgs, BeaconsArg, Format, ModeArg, OutputArgs, PassArg, RequestArgs, StoreArgs},
    out::{self, Out},
    progress,
    stored::audit_ref,
};

/// Audits a site.
pub(crate) async fn run(args: AuditArgs, out: &Out) -> Result<u8> {
    refuse_what_does_not_fit(&args)?;
    let formats = formats(&args.output)?;
    let config = if args.resume.is_none() { Some(config(&args)?) } else { None };
    if let Some(folder) = &args.output.out {
        // Now rather than after an hour's crawl.
        report::files::check_folder(folder).map_err(|error| anyhow::anyhow!("{error}"))?;
    }
    let audits = open(&args.store)?;
    let baseline = args.baseline.as_ref().map(|text| baseline(&audits, text)).transpose()?;
    let run = match (&args.resume, config) {
        (Some(audit), _) => audits.go_on(&audits.resolve_id(audit)?, go_on(&args))?,
        (None, config) => audits.start(config.unwrap_or_default())?,
    };
    let id = run.id().to_owned();
    let watcher = tokio::spawn(watch_signals(run.clone(), *out));
    let max_pages = audits.state(&id)?.head.config.max_pages;
    progress::show(&run, max_pages, out).await;
    let end = run.join().await?;
    watcher.abort();
    let kept = format!("Kept as audit {id} in {}", audits.path().display());
    // Whatever goes wrong with its reports, the audit can be found.
    let told = audits.reporting(&id, |source| {
        let delivered = deliver(source, &args.output, &formats, out);
        Ok(delivered.map(|()| Told::of(source.outline(), &args)))
    });
    let told = told.map_err(Into::into).and_then(|told| told).inspect_err(|_| out.note(&kept))?;
    out.note(&kept);
    let size = audits.kept(&id)?;
    let pages = words::count(size.pages, "page takes", "pages take");
    out.note(&format!("{pages} {} there, {} a page.", words::bytes(size.bytes), words::bytes(size.bytes_per_page)));
    if told.nothing_read || !end.complete && !told.at_limit {
        out.error(&end.reason.unwrap_or_else(|| "The audit did not come to its end.".to_owned()));
        out.note(&format!("Go on with: pixelproof audit --resume {id}{}", store_option(&args.store)));
        return Ok(INCOMPLETE);
    }
    if let Some(reason) = end.reason {
        out.note(&format!("note: {reason}"));
    }
    let bad = match &baseline {
        None => told.bad,
        Some(baseline) => has_new(&audits, baseline, &id, &args, out)?,
    };
    Ok(if bad { FINDINGS } else { DONE })
}

/// The baseline, seen to be readable before the audit starts.
fn baseline(audits: &Audits, text: &str) -> Result<AuditRef> {
    let baseline = audit_ref(audits, text)?;
    if let AuditRef::File(path) = &baseline {
        pixelproof_audit::diff::read_report(path)?;
    }
    Ok(baseline)
}

/// Says what is new since the baseline, and whether some of it counts.
fn has_new(audits: &Audits, baseline: &AuditRef, id: &str, args: &AuditArgs, out: &Out) -> Result<bool> {
    let new = audits.new_findings(baseline, id)?;
    let count = u64::try_from(new.len()).unwrap_or(u64::MAX);
    out.note(&format!("{} since the baseline.", words::count(count, "new finding", "new findings")));
    for finding in &new {
        let pages = words::count(finding.page_count, "page", "pages");
        let message = words::visible(&finding.message);
        out.note(&format!("  {}: {message} ({pages})", words::severity(finding.severity)));
    }
    Ok(args.fail_on.least().is_some_and(|least| new.iter().any(|f| f.severity >= least)))
}

/// What the exit code hangs on.
struct Told {
    nothing_read: bool,
    /// The page limit that was asked for is reached: done, as far as it was asked for.
    at_limit: bool,
    /// Something at or above `--fail-on` was found.
    bad: bool,
}

impl Told {
    fn of(report: &AuditReport, args: &AuditArgs) -> Told {
        Told {
            nothing_read: report.totals.read == 0,
            at_limit: report.totals.pages >= report.audit.config.max_pages,
            bad: args.fail_on.least().is_some_and(|least| report.findings.iter().any(|f| f.severity >= least)),
        }
    }
}

/// Says where the audit is, where that is not the usual place.
fn store_option(store: &StoreArgs) -> String {
    store.store.as_ref().map(|path| format!(" --store {}", path.display())).unwrap_or_default()
}

/// What an audit that goes on is given anew.
fn go_on(args: &AuditArgs) -> GoOn {
    let request = &args.request;
    GoOn {
        headers: request.header.clone(),
        cookies: request.cookie.clone(),
        basic_auth: request.basic_auth.clone(),
        cookie_file: request.cookie_file.clone(),
        proxy: request.proxy.clone(),
        max_pages: args.crawl.max_pages,
    }
}

/// Once: finish and report. Twice: end at once; what was read is kept.
async fn watch_signals(run: Run, out: Out) {
    let Ok(mut signals) = Signals::new() else { return };
    signals.next().await;
    run.stop();
    out.note("Finishing the pages under way. Press Ctrl-C again to end at once.");
    signals.next().await;
    std::process::exit(INCOMPLETE.into());
}

/// What asks a program to end: Ctrl-C, and on Unix the terminate signal too.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn new() -> std::io::Result<Signals> {
        Ok(Signals {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

/// Options that have no meaning here, and those of the published command line that are not built: said, not ignored.
fn refuse_what_does_not_fit(args: &AuditArgs) -> Result<()> {
    let of_browser = !args.consent.is_empty() || args.beacons.is_some() || args.browser.is_some();
    let looks = args.mode != ModeArg::Source || !args.journey.is_empty();
    if args.browser_sample.is_some() && args.mode != ModeArg::Both && args.resume.is_none() {
        bail!("--browser-sample chooses pages for --mode both: --mode browser looks at all, --mode source at none.");
    }
    if args.exercise && args.mode == ModeArg::Source && args.resume.is_none() {
        bail!("--exercise says what a browser does on the pages: add --mode both or --mode browser.");
    }
    if !args.filter_list.is_empty() && !looks && args.resume.is_none() {
        bail!("--filter-list says whose a browser's requests are: add --mode both or --mode browser.");
    }
    if of_browser && !looks && args.resume.is_none() {
        bail!("--consent, --beacons and --browser say how a browser looks: add --mode both or --mode browser.");
    }
    let missing = [(args.plan.is_some(), "--plan")];
    match missing.iter().find(|(given, _)| *given) {
        Some((_, what)) => bail!("{what} can't be used yet."),
        None => Ok(()),
    }
}

/// The formats asked for; all of them when none is named and there is a folder.
pub(crate) fn formats(output: &OutputArgs) -> Result<Vec<ReportFormat>> {
    let mut formats = Vec::new();
    for format in &output.format {
        match format.report() {
            Some(report) => formats.push(report),
            None => bail!("{} reports can't be written yet: choose json, html, csv or har.", format_name(*format)),
        }
    }
    if output.out.is_none() && (formats.len() > 1 || formats.contains(&ReportFormat::Csv)) {
        bail!("These reports are several files: say with --out DIR where to put them.");
    }
    if output.out.is_some() && formats.is_empty() {
        formats = vec![ReportFormat::Json, ReportFormat::Html, ReportFormat::Csv];
    }
    Ok(formats)
}

fn format_name(format: Format) -> String {
    format!("{format:?}").to_uppercase()
}

/// Reports to a folder with the summary on stdout; a single report without a folder to stdout instead.
pub(crate) fn deliver(source: &dyn Source, output: &OutputArgs, formats: &[ReportFormat], out: &Out) -> Result<()> {
    match (&output.out, formats) {
        (Some(folder), formats) => {
            let files = report::files::write(source, folder, formats)?;
            out.text(&report::text::summary(source.outline()))?;
            files.iter().for_each(|file| out.note(&format!("Wrote {}", file.path)));
        }
        (None, [ReportFormat::Json, ..]) => report::json::write(source, &mut out::stdout())?,
        (None, [ReportFormat::Har, ..]) => report::har::write(source, &mut out::stdout())?,
        (None, [ReportFormat::Html, ..]) => report::html::write(source, None, &mut out::stdout())?,
        (None, _) => out.text(&report::text::summary(source.outline()))?,
    }
    Ok(())
}

/// The store asked for, or the user's own.
pub(crate) fn open(args: &StoreArgs) -> Result<Audits> {
    let path = args.store.clone().unwrap_or_else(Audits::default_path);
    Ok(Audits::open_with(&path, Duration::from_secs(args.lock_wait))?)
}

fn config(args: &AuditArgs) -> Result<AuditConfig> {
    let crawl = &args.crawl;
    let journeys = args.journey.iter().map(|file| read_journey(file)).collect::<Result<Vec<_>, _>>()?;
    let base = AuditConfig {
        list_only: args.list.is_some(),
        mode: match args.mode {
            ModeArg::Source => Mode::Source,
            ModeArg::Browser => Mode::Browser,
            ModeArg::Both => Mode::Both,
        },
        passes: passes(&args.consent),
        beacons: match args.beacons {
            None | Some(BeaconsArg::Held) => Beacons::Held,
            Some(BeaconsArg::Send) => Beacons::Send,
        },
        browser: args.browser.clone(),
        journeys,
        exercise: args.exercise,
        filter_lists: args.filter_list.iter().map(std::path::absolute).collect::<std::io::Result<_>>()?,
        browser_sample: args.browser_sample,
        max_pages: crawl.max_pages.unwrap_or(DEFAULT_MAX_PAGES),
        max_depth: crawl.max_depth,
        include: crawl.include.clone(),
        exclude: crawl.exclude.clone(),
        subdomains: crawl.subdomains,
        concurrency: crawl.concurrency,
        per_host: crawl.per_host,
        rate: crawl.rate,
        ignore_robots: crawl.ignore_robots,
        sitemaps: !crawl.no_sitemap,
        sitemap_only: crawl.sitemap_only,
        containers: !crawl.no_containers,
        captures: !crawl.no_captures,
        ..request_config(&args.request)
    };
    if let [only] = args.urls.as_slice()
        && Path::new(only).is_dir()
    {
        if base.mode != Mode::Source {
            bail!("A folder is audited in source mode: there is no server that a browser could ask.");
        }
        return Ok(folder_input(Path::new(only), args.base.as_deref(), base)?);
    }
    if args.base.is_some() {
        bail!("--base says which address a folder stands for, and no folder was given.");
    }
    let mut input = args.urls.join("\n");
    if let Some(list) = &args.list {
        input.push('\n');
        input.push_str(&read_list(list)?);
    }
    Ok(input_or_journeys(&input, base)?)
}

/// Passes in their order, each once; the usual ones when none is named.
fn passes(asked: &[PassArg]) -> Vec<Pass> {
    let mut passes: Vec<Pass> = asked
        .iter()
        .map(|pass| match pass {
            PassArg::None => Pass::None,
            PassArg::Reject => Pass::Reject,
            PassArg::Accept => Pass::Accept,
            PassArg::Gpc => Pass::Gpc,
        })
        .collect();
    passes.sort_unstable();
    passes.dedup();
    if passes.is_empty() { AuditConfig::default().passes } else { passes }
}

/// What requests look like.
pub(crate) fn request_config(args: &RequestArgs) -> AuditConfig {
    let base = AuditConfig::default();
    AuditConfig {
        timeout_s: args.timeout,
        user_agent: args.user_agent.clone().unwrap_or(base.user_agent),
        resolve: args.resolve.clone(),
        insecure: args.insecure,
        ca_file: args.ca.clone(),
        headers: args.header.clone(),
        cookies: args.cookie.clone(),
        cookie_file: args.cookie_file.clone(),
        basic_auth: args.basic_auth.clone(),
        proxy: args.proxy.clone(),
        ..AuditConfig::default()
    }
}

fn read_list(path: &Path) -> Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("the list on stdin can't be read")?;
    } else {
        text = std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    }
    Ok(text)
}
