//! The pictures of the README, taken from the real window over the demo shop. Started by `cargo xtask screenshots`.

#[cfg(target_os = "linux")]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    pictures::take().await
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("Pictures are taken on Linux, where the window can be driven.");
    std::process::exit(1);
}

#[cfg(target_os = "linux")]
mod pictures {
    use std::{fs, path::Path};

    use anyhow::{Context, Result};
    use pixelproof_tests::{Web, desktop::Desktop, showcase};

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../src-tauri/docs/screenshots");
    /// Requests a second while the picture of a running audit is taken, so that there is time for it.
    const SLOW: &str = "6";
    /// Pages read when that picture is taken.
    const UNDER_WAY: f64 = 14.0;

    /// Waits for the end of an audit by a browser, each as long as a window may take for anything else.
    const PATIENT: usize = 12;

    /// Start, run, overview, pages, a page, findings.
    pub(super) async fn take() -> Result<()> {
        fs::create_dir_all(FOLDER)?;
        let folder = tempfile::tempdir()?;
        let window = Desktop::open(&folder.path().join("store.db"), "1280x800").await?;
        window.click("#try-demo").await?;
        window.complete().await?;
        window.click("[data-testid=nav-audits]").await?;
        window.find("[data-testid=audit-row]").await?;
        save(&window, "start").await?;
        window.click("#start-options").await?;
        window.fill("#options input[placeholder='no limit']", SLOW).await?;
        window.click("#try-demo").await?;
        window.click("[data-testid=nav-pages]").await?;
        let read = "return +[...document.querySelectorAll('dt')].find(e => e.innerText === 'read')?.nextElementSibling.innerText";
        window.until("pages read", read, |seen| seen.as_f64().is_some_and(|read| read >= UNDER_WAY)).await?;
        save(&window, "run").await?;
        window.complete().await?;
        window.click("[data-testid=nav-overview]").await?;
        save(&window, "overview").await?;
        pages(&window).await?;
        window.click("[data-testid=nav-findings]").await?;
        window.click("[data-testid=finding][data-rule=duplicate-init] button").await?;
        save(&window, "findings").await?;
        window.close().await?;
        browser(&folder.path().join("browser.db")).await
    }

    /// What a browser saw of a shop of stand-ins: a page's passes and its timeline; and a journey.
    async fn browser(store: &Path) -> Result<()> {
        let web = Web::start(showcase::hosts())?;
        let window = Desktop::open(store, "1280x800").await?;
        window.click("#mode-both").await?;
        window.click("#start-options").await?;
        window.fill("#options input[placeholder^='shop.example:443']", &web.resolve().join(", ")).await?;
        window.click("#insecure").await?;
        window.click("#exercise").await?;
        window.find("#journey-files").await?.send_keys(showcase::JOURNEY).await?;
        window.find("[data-testid=journey-file]").await?;
        window.audit(&format!("https://{}/", showcase::HOST)).await?;
        // A browser takes its time over every page and pass.
        for _ in 0..PATIENT {
            if window.complete().await.is_ok() {
                break;
            }
        }
        window.complete().await?;
        window.click("[aria-label='Dismiss the notices']").await?;
        window.click("[data-testid=nav-journeys]").await?;
        window.find("[data-testid=journey-step]").await?;
        save(&window, "journeys").await?;
        window.click("[data-testid=nav-pages]").await?;
        window.ungroup().await?;
        window.click("[data-testid=page-row][data-url$='/mug']").await?;
        for part in ["passes", "timeline"] {
            window.find(&format!("#drawer-{part}")).await?;
            window.run(&format!("document.querySelector('#drawer-{part}').scrollIntoView()"), Vec::new()).await?;
            save(&window, part).await?;
        }
        window.close().await
    }

    /// The matrix, and one page with its evidence.
    async fn pages(window: &Desktop) -> Result<()> {
        window.click("[data-testid=nav-pages]").await?;
        window.ungroup().await?;
        window.find("[data-testid=page-row]").await?;
        save(window, "pages").await?;
        window.click("[data-testid=filter-duplicates]").await?;
        window.click("[data-testid=page-row]").await?;
        window.find("[data-testid=drawer]").await?;
        save(window, "page").await?;
        window.press_escape().await
    }

    async fn save(window: &Desktop, name: &str) -> Result<()> {
        let file = Path::new(FOLDER).join(format!("{name}.png"));
        fs::write(&file, window.picture().await?).with_context(|| format!("could not write {}", file.display()))?;
        println!("{}", file.display());
        Ok(())
    }
}
