//! Pictures of a page as a visitor sees it: evidence for people.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::tab::Tab;

/// Largest picture kept, in bytes.
pub const MAX_PICTURE: usize = 2 << 20;
/// Of a JPEG picture: words stay readable.
const QUALITY: u32 = 70;
/// Time that a picture may take.
const TAKE: Duration = Duration::from_secs(5);
/// Around what is shown, in pixels.
const MARGIN: f64 = 8.0;
/// Largest and smallest side of a part of a page of which a picture is taken.
const SIDES: std::ops::RangeInclusive<f64> = 16.0..=4000.0;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// JPEG.
    pub jpeg: Vec<u8>,
}

/// A part of a page, in pixels from its window's corner.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(super) struct Frame {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Frame {
    /// With a margin, where it can be drawn.
    fn around(self) -> Option<Frame> {
        let (x, y) = ((self.x - MARGIN).max(0.0), (self.y - MARGIN).max(0.0));
        let (width, height) = (self.x + self.width + MARGIN - x, self.y + self.height + MARGIN - y);
        (SIDES.contains(&width) && SIDES.contains(&height)).then_some(Frame { x, y, width, height })
    }
}

impl Tab {
    /// What the tab's window shows now; `None` where the browser gives no picture in time.
    pub async fn picture(&self) -> Option<Picture> {
        self.picture_of(None).await
    }

    /// The same of a part.
    pub(super) async fn picture_of(&self, part: Option<Frame>) -> Option<Picture> {
        let mut params = json!({"format": "jpeg", "quality": QUALITY, "optimizeForSpeed": true});
        if let Some(Frame { x, y, width, height }) = part.and_then(Frame::around) {
            params["clip"] = json!({"x": x, "y": y, "width": width, "height": height, "scale": 1});
        }
        let taken = self.cdp().send(Some(self.session()), "Page.captureScreenshot", params);
        let answer = timeout(TAKE, taken).await.ok()?.ok()?;
        let jpeg = STANDARD.decode(answer["data"].as_str()?).ok()?;
        (!jpeg.is_empty() && jpeg.len() <= MAX_PICTURE).then_some(Picture { jpeg })
    }
}

#[cfg(test)]
mod tests {
    use super::Frame;

    #[test]
    fn a_part_gets_a_margin_and_stays_within_bounds() {
        let part = |x, y, width, height| Frame { x, y, width, height }.around();
        assert_eq!(part(0.0, 500.0, 800.0, 100.0), Some(Frame { x: 0.0, y: 492.0, width: 808.0, height: 116.0 }));
        assert_eq!(part(20.0, 20.0, 100.0, 50.0), Some(Frame { x: 12.0, y: 12.0, width: 116.0, height: 66.0 }));
        for odd in [part(0.0, 0.0, 0.0, 0.0), part(0.0, 0.0, 1e9, 10.0), part(f64::NAN, 0.0, 50.0, 50.0)] {
            assert_eq!(odd, None);
        }
    }
}
