//! One pass over a page: load, and where the pass asks for it answer the banner, load again, go to a second page, and read
//! back what became of the choice.

use pixelproof_crawl::browser::{
    Answered, Browser, BrowserError, Choice, ConsentState, Cookie, Exercised, Judge, Loaded, Picture, Sent, Tab, Visit,
    Visited,
};
use pixelproof_detect::stored_choice;
use pixelproof_model::{Pass, PassConsent, PassPhase, Verdict};
use std::sync::Arc;
use url::Url;

use super::{Places, exercise::Wish, patience::Awaited};

/// Titles and words by which a check for robots is known.
const BOT_WALLS: &[&str] = &[
    "just a moment",
    "attention required! | cloudflare",
    "verifying you are human",
    "are you a robot",
    "access denied",
    "pardon our interruption",
    "please verify you are a human",
    "ddos-guard",
    "captcha",
];

/// Where the parts of a pass began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Marks {
    /// When the banner was answered.
    answered: Option<i64>,
    again: Option<Mark>,
    second: Option<Mark>,
}

/// The tab was told to go to another page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    /// Milliseconds after the navigation began.
    at_ms: i64,
    /// Number of the page.
    page: u32,
}

impl Mark {
    /// Of the page that the tab goes to next.
    fn next(tab: &Tab) -> Option<Mark> {
        Some(Mark { at_ms: tab.now_ms(), page: tab.pages() + 1 })
    }
}

impl Marks {
    /// Of a visit whose banner was answered then, and nothing loaded again for it.
    pub(super) fn answered(answered: Option<i64>) -> Marks {
        Marks { answered, ..Marks::default() }
    }

    /// The part in which something happened.
    pub(crate) fn phase(&self, at_ms: i64) -> PassPhase {
        self.part(at_ms, |mark| at_ms >= mark.at_ms)
    }

    /// The part that a request belongs to. What a page sends while it is left is its own.
    pub(crate) fn phase_of(&self, sent: &Sent) -> PassPhase {
        self.part(sent.at_ms, |mark| sent.page >= mark.page)
    }

    fn part(&self, at_ms: i64, since: impl Fn(Mark) -> bool) -> PassPhase {
        if self.second.is_some_and(&since) {
            PassPhase::Second
        } else if self.again.is_some_and(&since) {
            PassPhase::Again
        } else if self.answered.is_some_and(|answered| at_ms >= answered) {
            PassPhase::After
        } else {
            PassPhase::Before
        }
    }
}

/// What a pass saw.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Looked {
    pub(crate) visited: Visited,
    pub(crate) marks: Marks,
    pub(crate) consent: Option<PassConsent>,
    /// When the navigation began, RFC 3339.
    pub(crate) begun: String,
    /// The page, where a picture of it was wanted.
    pub(crate) picture: Option<Picture>,
    /// Its banner, likewise.
    pub(crate) banner: Option<Picture>,
    /// What was done by way of exercise.
    pub(crate) acts: Vec<Exercised>,
    /// Where the page's links lead as scripts made them.
    pub(crate) links: Vec<(String, bool)>,
    /// The second page that was looked at.
    pub(crate) second: Option<Url>,
}

impl Looked {
    /// Of a visit of which no picture was wanted.
    pub(super) fn plain(visited: Visited, marks: Marks, consent: Option<PassConsent>) -> Looked {
        Looked {
            visited,
            marks,
            consent,
            begun: String::new(),
            picture: None,
            banner: None,
            acts: Vec::new(),
            links: Vec::new(),
            second: None,
        }
    }
}

/// What is wanted of a pass besides what leaves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted<'w> {
    pub(crate) page: bool,
    pub(crate) banner: bool,
    /// Where the links lead.
    pub(crate) links: bool,
    /// What is waited for longer than for the rest.
    pub(crate) awaited: Option<&'w Awaited>,
    /// What is to be provoked by exercise.
    pub(crate) wish: Option<&'w Wish>,
}

/// The answer that a pass gives to a banner.
pub(super) fn choice_of(pass: Pass) -> Option<Choice> {
    match pass {
        Pass::None | Pass::Gpc => None,
        Pass::Reject => Some(Choice::Reject),
        Pass::Accept => Some(Choice::Accept),
    }
}

/// Looks at a page in a pass, when there is a place for it.
pub(super) async fn look(
    browser: &Browser,
    places: &Places,
    url: &Url,
    pass: Pass,
    visit: &Visit,
    wanted: Wanted<'_>,
    judge: Arc<dyn Judge>,
) -> Result<Looked, BrowserError> {
    let choice = choice_of(pass);
    let visit = Visit { gpc: pass == Pass::Gpc, banner: choice.is_some(), picture: wanted.banner, ..visit.clone() };
    let _open = places.open.acquire().await;
    let mut tab = browser.open(&visit, judge).await?;
    let busy = places.busy.acquire().await;
    let begun =
        jiff::Timestamp::now().round(jiff::Unit::Millisecond).map_or_else(|_| crate::run::now(), |t| t.to_string());
    let usable = matches!(tab.goto(url).await?, Loaded::Complete);
    let picture = match wanted.page {
        true => tab.settle_and_show().await,
        false => {
            tab.settle().await;
            None
        }
    };
    wait_for(&mut tab, wanted.awaited, 0).await;
    let links = if usable && wanted.links { tab.links().await } else { Vec::new() };
    let mut marks = Marks::default();
    let mut acts = Vec::new();
    let (mut consent, mut banner, mut second) = (None, None, None);
    if let Some(choice) = choice.filter(|_| usable) {
        let mut consented = choose(&mut tab, choice).await;
        banner = consented.answered.picture.take();
        let (verdict, then) = look_again(&mut tab, url, consented, (&mut marks, &mut acts), wanted).await?;
        (consent, second) = (Some(verdict), then);
    }
    if let Some(wish) = wanted.wish.filter(|_| usable && acts.is_empty()) {
        acts = tab.exercise(&wish.plan).await;
    }
    drop(busy);
    tab.leave().await;
    Ok(Looked { visited: tab.close().await?, marks, consent, begun, picture, banner, acts, links, second })
}

/// Loads the page again after its banner was answered, and a second one, and says what became of the answer and which one
/// that was.
async fn look_again(
    tab: &mut Tab,
    url: &Url,
    consented: Consented,
    (marks, acts): (&mut Marks, &mut Vec<Exercised>),
    wanted: Wanted<'_>,
) -> Result<(PassConsent, Option<Url>), BrowserError> {
    marks.answered = consented.at_ms();
    if marks.answered.is_none() {
        return Ok((verdict(tab, consented).await, None));
    }
    marks.again = Mark::next(tab);
    let begun = tab.now_ms();
    tab.goto(url).await?;
    tab.settle().await;
    wait_for(tab, wanted.awaited, begun).await;
    let consent = verdict(tab, consented).await;
    let second = tab.another_page().await;
    if let Some(wish) = wanted.wish {
        *acts = tab.exercise(&wish.plan).await;
    }
    if let Some(second) = second {
        marks.second = Mark::next(tab);
        tab.goto(&second).await?;
        tab.settle().await;
        return Ok((consent, Some(second)));
    }
    Ok((consent, None))
}

/// Gives a page that began to load at `begun`, and has settled, the time for what it is still to send.
async fn wait_for(tab: &mut Tab, awaited: Option<&Awaited>, begun: i64) {
    let Some(awaited) = awaited else { return };
    let settled = tab.now_ms();
    tab.settle_on(|sent| awaited.until(sent, begun, settled)).await;
}

/// A banner that was met, and how it was answered.
pub(super) struct Consented {
    answered: Answered,
    choice: Choice,
    walled: bool,
}

impl Consented {
    /// When it was answered, if it was.
    pub(super) fn at_ms(&self) -> Option<i64> {
        self.answered.pressed.then_some(self.answered.at_ms)
    }
}

/// Answers the banner of a page, and waits for what that sets off.
pub(super) async fn choose(tab: &mut Tab, choice: Choice) -> Consented {
    let answered = tab.answer(choice).await;
    let walled = !answered.shown && is_bot_wall(tab).await;
    if answered.pressed {
        tab.settle().await;
    }
    Consented { answered, choice, walled }
}

/// What became of that answer, by what the page says now.
pub(super) async fn verdict(tab: &mut Tab, consented: Consented) -> PassConsent {
    let Consented { answered, choice, walled } = consented;
    let mut consent = asked(&answered, walled);
    if answered.pressed {
        let back = tab.shows_banner(&answered).await;
        let state = tab.consent_state().await;
        let cookies = tab.cookies().await.unwrap_or_default();
        judge(&mut consent, &answered, choice, back, &state, &cookies);
    }
    consent
}

/// What is known of a banner before its answer is judged.
fn asked(answered: &Answered, walled: bool) -> PassConsent {
    let (verdict, why) = match (answered.shown, walled) {
        (false, true) => (Verdict::BotWall, "the site shows a check for robots instead of its page".to_owned()),
        (false, false) => (Verdict::NoBanner, "no banner was shown".to_owned()),
        (true, _) => (Verdict::NotAnswered, answered.problem.clone().unwrap_or_default()),
    };
    PassConsent {
        platform: answered.platform.clone(),
        // Of a banner that a rule knows and whose buttons can't be read, nothing is said against it.
        reject_offered: answered.reject_offered || answered.shown && !answered.readable,
        verdict,
        why,
        at_ms: answered.shown.then_some(answered.at_ms),
    }
}

/// What became of a choice, from the strongest evidence to the weakest.
fn judge(
    consent: &mut PassConsent,
    answered: &Answered,
    choice: Choice,
    back: bool,
    state: &ConsentState,
    cookies: &[Cookie],
) {
    let wanted = choice == Choice::Accept;
    let how = if answered.by_words { "by the words on its button" } else { "by the rules for it" };
    let stored = cookies.iter().find_map(|cookie| Some((cookie, stored_choice(&cookie.name, &cookie.value)?)));
    let tcf = state.tcf.filter(|tcf| tcf.applies && tcf.answered);
    let (verdict, why) = if back {
        (Verdict::NotKept, format!("answered {how}, but the banner is back when the page is loaded again"))
    } else if let Some(tcf) = tcf {
        let taken = (tcf.purposes > 0) == wanted;
        let purposes = tcf.purposes;
        (
            if taken { Verdict::Taken } else { Verdict::NotKept },
            format!("answered {how}; the page's TCF interface says that {purposes} purposes are agreed to"),
        )
    } else if let Some((cookie, stored)) = stored {
        consent.platform.get_or_insert_with(|| stored.platform.to_owned());
        let says = if stored.accepted { "agreed" } else { "refused" };
        (
            if stored.accepted == wanted { Verdict::Taken } else { Verdict::NotKept },
            format!("answered {how}; the cookie {} says {says}", cookie.name),
        )
    } else {
        (Verdict::NotEvaluable, format!("answered {how}; the banner stays away, but no state could be read back"))
    };
    consent.verdict = verdict;
    consent.why = why;
}

async fn is_bot_wall(tab: &Tab) -> bool {
    const TEXT: &str =
        "(document.title + ' ' + (document.body ? document.body.innerText.slice(0, 600) : '')).toLowerCase()";
    let text = tab.evaluate(TEXT).await.ok();
    let text = text.as_ref().and_then(|text| text.as_str()).unwrap_or_default();
    BOT_WALLS.iter().any(|wall| text.contains(wall))
}

#[cfg(test)]
mod tests {
    use pixelproof_crawl::browser::Tcf;

    use super::*;

    fn cookie(name: &str, value: &str) -> Cookie {
        Cookie {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: "shop.test".to_owned(),
            path: "/".to_owned(),
            expires: -1.0,
            http_only: false,
            secure: false,
            same_site: None,
        }
    }

    #[test]
    fn a_choice_is_believed_only_where_it_is_read_back() {
        let tcf = |purposes| ConsentState { tcf: Some(Tcf { answered: true, applies: true, purposes }), gpp: None };
        let nothing = ConsentState::default();
        let denied = [cookie("cmplz_marketing", "deny")];
        for (choice, back, state, cookies, wanted) in [
            (Choice::Reject, false, &nothing, &[][..], Verdict::NotEvaluable),
            (Choice::Reject, true, &nothing, &denied[..], Verdict::NotKept),
            (Choice::Reject, false, &nothing, &denied[..], Verdict::Taken),
            (Choice::Accept, false, &nothing, &denied[..], Verdict::NotKept),
            (Choice::Reject, false, &tcf(0), &[][..], Verdict::Taken),
            (Choice::Reject, false, &tcf(7), &[][..], Verdict::NotKept),
            (Choice::Accept, false, &tcf(7), &[][..], Verdict::Taken),
        ] {
            let mut consent = PassConsent {
                platform: None,
                reject_offered: true,
                verdict: Verdict::NoBanner,
                why: String::new(),
                at_ms: Some(1),
            };
            judge(&mut consent, &Answered::default(), choice, back, state, cookies);
            assert_eq!(consent.verdict, wanted, "{}", consent.why);
        }
    }

    #[test]
    fn parts_of_a_pass_are_told_by_their_marks() {
        use PassPhase::{After, Again, Before, Second};
        let marks = Marks { answered: Some(100), again: Some(Mark { at_ms: 200, page: 2 }), second: None };
        let phases = [0, 99, 100, 199, 200, 900].map(|at| marks.phase(at));
        assert_eq!(phases, [Before, Before, After, After, Again, Again]);
        let marks = Marks { second: Some(Mark { at_ms: 300, page: 3 }), ..marks };
        let sent = |at_ms, page| marks.phase_of(&Sent { at_ms, page, ..Sent::default() });
        let of_first = [sent(50, 1), sent(150, 1), sent(210, 1)];
        assert_eq!(of_first, [Before, After, After], "what it sends at its end comes when the next is under way");
        assert_eq!([sent(190, 2), sent(310, 2), sent(305, 3)], [Again, Again, Second]);
    }
}
