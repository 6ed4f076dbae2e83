//! The commands of the window. Names and arguments are those of `ui/src/host/commands.ts`; each calls one function of
//! the audit crate.

use std::path::{Path, PathBuf};

use pixelproof_audit::{AuditRef, GoOn, request_input};
use pixelproof_model::{
    AuditConfig, AuditDiff, AuditRow, AuditState, EventRow, EventsQuery, ExportRequest, ExportedFile, FindingsView,
    Journey, JourneyView, Overview, PageDetail, PagesQuery, PagesWindow, Progress, RuleInfo, Secrets, StartRequest,
    VendorInfo,
};
use serde::Serialize;
use tauri::{AppHandle, Manager, State, WebviewWindow, command, ipc::Channel};
use tauri_plugin_dialog::DialogExt;
use tauri_plugin_opener::OpenerExt;

use crate::{
    progress,
    shell::{Answer, Shell, internal},
};

/// The one list of commands: what the window can call, and what a test compares with the window's own list.
macro_rules! commands {
    ($($name:ident),* $(,)?) => {
        /// Names of all commands.
        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// Calls the command that a message of the window names.
        pub(crate) fn handler() -> impl Fn(tauri::ipc::Invoke<tauri::Wry>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($name),*]
        }
    };
}

commands![
    start_audit,
    watch_audit,
    pause_audit,
    resume_audit,
    stop_audit,
    list_audits,
    delete_audit,
    audit_state,
    overview,
    pages,
    page,
    page_source,
    page_picture,
    events,
    journeys,
    parse_journey,
    findings,
    ignore_finding,
    diff_audits,
    export_audit,
    summary_text,
    pick_folder,
    open_folder,
    start_demo,
    vendors,
    rules,
    default_config,
    app_info,
];

/// What the window shows of the program itself.
#[derive(Debug, Serialize)]
struct AppInfo {
    version: &'static str,
    default_folder: PathBuf,
}

#[command]
async fn start_audit(shell: State<'_, Shell>, request: StartRequest) -> Answer<String> {
    shell.ask(move |audits| Ok(audits.start(request_input(request)?)?.id().to_owned())).await
}

#[command]
async fn watch_audit(shell: State<'_, Shell>, audit: String, channel: Channel<Progress>) -> Answer<()> {
    if let Some(run) = shell.audits().running(&audit) {
        progress::forward(run.progress(), &channel).await;
    }
    Ok(())
}

#[command]
async fn pause_audit(shell: State<'_, Shell>, audit: String) -> Answer<()> {
    shell.ask(move |audits| audits.pause(&audit)).await
}

#[command]
async fn resume_audit(shell: State<'_, Shell>, audit: String, secrets: Option<Secrets>) -> Answer<()> {
    shell.ask(move |audits| audits.resume(&audit, GoOn::typed(&secrets.unwrap_or_default())?)).await
}

#[command]
async fn stop_audit(shell: State<'_, Shell>, audit: String) -> Answer<()> {
    shell.ask(move |audits| audits.stop(&audit)).await
}

#[command]
async fn list_audits(shell: State<'_, Shell>) -> Answer<Vec<AuditRow>> {
    shell.ask(|audits| audits.list()).await
}

#[command]
async fn delete_audit(shell: State<'_, Shell>, audit: String) -> Answer<()> {
    shell.ask(move |audits| audits.delete(&audit)).await
}

#[command]
async fn audit_state(shell: State<'_, Shell>, audit: String) -> Answer<AuditState> {
    shell.ask(move |audits| audits.state(&audit)).await
}

#[command]
async fn overview(shell: State<'_, Shell>, audit: String) -> Answer<Overview> {
    shell.ask(move |audits| audits.overview(&audit)).await
}

#[command]
async fn pages(shell: State<'_, Shell>, audit: String, query: PagesQuery) -> Answer<PagesWindow> {
    shell.ask(move |audits| audits.pages(&audit, &query)).await
}

#[command]
async fn page(shell: State<'_, Shell>, audit: String, page: i64) -> Answer<PageDetail> {
    shell.ask(move |audits| audits.page(&audit, page)).await
}

#[command]
async fn page_source(shell: State<'_, Shell>, audit: String, page: i64) -> Answer<Option<String>> {
    shell.ask(move |audits| audits.page_source(&audit, page)).await
}

#[command]
async fn page_picture(shell: State<'_, Shell>, audit: String, page: i64, n: u32) -> Answer<Option<String>> {
    shell.ask(move |audits| audits.page_picture(&audit, page, n)).await
}

#[command]
async fn events(shell: State<'_, Shell>, audit: String, query: EventsQuery) -> Answer<Vec<EventRow>> {
    shell.ask(move |audits| audits.events(&audit, &query)).await
}

#[command]
async fn journeys(shell: State<'_, Shell>, audit: String) -> Answer<Vec<JourneyView>> {
    shell.ask(move |audits| audits.journeys(&audit)).await
}

#[command]
async fn parse_journey(shell: State<'_, Shell>, file: String, text: String) -> Answer<Journey> {
    shell.ask(move |_| pixelproof_audit::parse_journey(&text, &file)).await
}

#[command]
async fn findings(shell: State<'_, Shell>, audit: String) -> Answer<FindingsView> {
    shell.ask(move |audits| audits.findings(&audit)).await
}

#[command]
async fn ignore_finding(shell: State<'_, Shell>, audit: String, finding: String, reason: Option<String>) -> Answer<()> {
    shell.ask(move |audits| audits.ignore_finding(&audit, &finding, reason.as_deref())).await
}

#[command]
async fn diff_audits(shell: State<'_, Shell>, before: String, after: String) -> Answer<AuditDiff> {
    shell.ask(move |audits| audits.diff(&AuditRef::Kept(before), &AuditRef::Kept(after))).await
}

#[command]
async fn export_audit(shell: State<'_, Shell>, audit: String, request: ExportRequest) -> Answer<Vec<ExportedFile>> {
    let folder = PathBuf::from(&request.folder);
    let files = shell.ask(move |audits| audits.export(&audit, &request)).await?;
    shell.remember_folder(&folder);
    Ok(files)
}

#[command]
async fn summary_text(shell: State<'_, Shell>, audit: String) -> Answer<String> {
    shell.ask(move |audits| audits.summary_text(&audit)).await
}

#[command]
async fn pick_folder(window: WebviewWindow) -> Answer<Option<PathBuf>> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let dialog = window.dialog().file().set_parent(&window).set_title("Folder for the report");
    // The receiver is gone only when the window is.
    dialog.pick_folder(move |folder| drop(answer.send(folder)));
    Ok(answered.await.ok().flatten().and_then(|folder| folder.into_path().ok()))
}

#[command]
async fn open_folder(app: AppHandle, shell: State<'_, Shell>, path: String) -> Answer<()> {
    let folder = shell.known_folder(Path::new(&path))?;
    let opened = app.opener().open_path(folder.to_string_lossy(), None::<&str>);
    opened.map_err(|error| internal(format!("{} could not be opened: {error}", folder.display())))
}

#[command]
async fn start_demo(shell: State<'_, Shell>) -> Answer<String> {
    shell.shop().await
}

#[command]
async fn vendors() -> Vec<VendorInfo> {
    pixelproof_audit::vendors()
}

#[command]
async fn rules() -> Vec<RuleInfo> {
    pixelproof_audit::rules()
}

#[command]
async fn default_config() -> AuditConfig {
    AuditConfig::default()
}

#[command]
async fn app_info(app: AppHandle) -> AppInfo {
    let place = app.path().document_dir().or_else(|_| app.path().home_dir()).unwrap_or_default();
    AppInfo { version: env!("CARGO_PKG_VERSION"), default_folder: place.join("Pixelproof reports") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::NAMES;

    /// Commands that the window's list calls under another name.
    const OUTSIDE_THE_LIST: &str = "watch_audit";

    #[test]
    fn the_window_knows_exactly_these_commands() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/host/commands.ts");
        let text = std::fs::read_to_string(file).expect("the window's list of commands");
        let called: BTreeSet<&str> = text
            .lines()
            .filter(|line| line.contains("{ args:"))
            .filter_map(|line| line.trim().split(':').next())
            .chain([OUTSIDE_THE_LIST])
            .collect();
        assert_eq!(called, NAMES.iter().copied().collect());
    }
}
