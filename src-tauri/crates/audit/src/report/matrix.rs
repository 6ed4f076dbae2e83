//! Cells by page and pixel, as every report shows them.

use pixelproof_detect::rules::cells;
use pixelproof_model::{Cell, PixelCoverage, ReportPage};

use crate::query::sums::absent_cell;

/// State of each pixel account on a page.
pub(crate) fn cells_of(page: &ReportPage, pixels: &[PixelCoverage]) -> Vec<Cell> {
    let found = cells(&page.page);
    let absent = absent_cell(page.outcome.was_read(), is_judged(page));
    let of = |p: &PixelCoverage| {
        let same = found.iter().find(|(v, a, _)| *v == p.vendor && *a == p.account.as_deref());
        same.map_or(absent, |(_, _, cell)| *cell)
    };
    pixels.iter().map(of).collect()
}

fn is_judged(page: &ReportPage) -> bool {
    page.outcome.was_read() && (!page.page.needs_browser || !page.page.installs.is_empty())
}
