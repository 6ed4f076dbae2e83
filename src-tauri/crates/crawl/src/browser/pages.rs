//! Which page of a visit a request belongs to: a page that is left sends what it keeps for its end while the next one is
//! under way already.

use serde_json::Value;

use super::targets::text;

/// The pages that a tab was told to go to, in their order.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// Pages asked for so far.
    asked: u32,
    /// Number of the page that is there, and the browser's id for its load.
    now: Page,
    /// The same of the one before.
    before: Page,
    /// The one that was asked for and is not there yet.
    coming: Option<Page>,
}

#[derive(Debug, Default)]
struct Page {
    number: u32,
    loader: String,
}

impl Pages {
    /// The tab is told to go to its next page.
    pub(super) fn go(&mut self) {
        self.asked += 1;
        self.coming = Some(Page { number: self.asked, loader: String::new() });
    }

    /// How many pages it was told to go to.
    pub(super) fn asked(&self) -> u32 {
        self.asked
    }

    /// The main frame shows the load of this id.
    pub(super) fn arrived(&mut self, loader: &str) {
        if let Some(coming) = self.coming.take() {
            let now = Page { loader: loader.to_owned(), ..coming };
            self.before = std::mem::replace(&mut self.now, now);
        }
    }

    /// Number of the page that an announced request belongs to, where its load is known.
    pub(super) fn announced(&mut self, params: &Value) -> Option<u32> {
        let (loader, id) = (text(params, "loaderId"), text(params, "requestId"));
        if params["type"] == "Document" && id == loader {
            return Some(self.document(loader));
        }
        let known = self.coming.iter().chain([&self.now, &self.before]);
        known.filter(|_| !loader.is_empty()).find(|page| page.loader == loader).map(|page| page.number)
    }

    /// The page that sends what is sent now: one that is on its way sends nothing yet, but for the first, which follows none.
    pub(super) fn by_order(&self) -> u32 {
        if self.now.number == 0 { self.asked } else { self.now.number }
    }

    /// Whether a page was left already, or is being left.
    pub(super) fn is_left(&self, number: u32) -> bool {
        number < self.asked
    }

    fn document(&mut self, loader: &str) -> u32 {
        match &mut self.coming {
            Some(coming) => {
                coming.loader = loader.to_owned();
                coming.number
            }
            None => self.now.number,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_that_is_left_keeps_what_it_sends_at_its_end() {
        let announced = |pages: &mut Pages, kind: &str, id: &str, loader: &str| {
            let params = json!({"type": kind, "requestId": id, "loaderId": loader});
            let number = pages.announced(&params).unwrap_or(pages.by_order());
            (number, pages.is_left(number))
        };
        let mut pages = Pages::default();
        pages.go();
        assert_eq!(announced(&mut pages, "Document", "A", "A"), (1, false));
        pages.arrived("A");
        assert_eq!(announced(&mut pages, "Image", "1.1", "A"), (1, false));
        pages.go();
        assert_eq!(announced(&mut pages, "Document", "B", "B"), (2, false));
        assert_eq!(announced(&mut pages, "Ping", "1.2", "A"), (1, true), "before the next one is there");
        assert_eq!(announced(&mut pages, "Script", "1.3", "B"), (2, false));
        assert_eq!((pages.by_order(), announced(&mut pages, "Fetch", "1.4", "")), (1, (1, true)));
        pages.arrived("B");
        assert_eq!(announced(&mut pages, "Ping", "1.5", "A"), (1, true), "after it is there");
        assert_eq!(announced(&mut pages, "Image", "1.6", "B"), (2, false));
        assert_eq!(announced(&mut pages, "Image", "1.7", "of a worker"), (2, false));
    }
}
