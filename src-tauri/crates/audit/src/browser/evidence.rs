//! What is kept beside a page for people who look closer: pictures, and every request of every pass.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use pixelproof_crawl::browser::{Answer, Picture, Sent};
use pixelproof_model::{Exchange, ExchangeAnswer, Pass, PassTraffic, PictureOf};

use super::pass::Looked;

/// Bytes kept of a beacon's body, and of any other.
const MAX_BEACON_BODY: usize = 64 << 10;
const MAX_OTHER_BODY: usize = 4 << 10;
/// Longest address kept of a request that is no beacon.
const MAX_ADDRESS: usize = 4 << 10;
/// Bytes of bodies kept of a pass.
const MAX_BODIES: usize = 2 << 20;

/// Evidence of one page.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) pictures: Vec<Taken>,
    pub(crate) traffic: Vec<PassTraffic>,
    /// Where the page's links lead as scripts made them, and whether it says not to follow them.
    pub(crate) links: Vec<(String, bool)>,
}

/// A picture that was taken.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) of: PictureOf,
    pub(crate) pass: Pass,
    pub(crate) jpeg: Vec<u8>,
}

impl Kept {
    /// Adds a pass. `beacon` says which beacon of the page each request is.
    pub(super) fn add(&mut self, pass: Pass, looked: &mut Looked, beacons: &[Option<u32>]) {
        let mut take = |of: PictureOf, picture: Option<Picture>| {
            if let Some(Picture { jpeg }) = picture {
                self.pictures.push(Taken { of, pass, jpeg });
            }
        };
        take(PictureOf::Page, looked.picture.take());
        take(PictureOf::Banner, looked.banner.take());
        let mut room = MAX_BODIES;
        let visited = &looked.visited;
        let of = beacons.iter().copied().chain(std::iter::repeat(None));
        let exchanges = visited.requests.iter().zip(of).map(|(sent, beacon)| exchange(sent, beacon, &mut room));
        self.traffic.push(PassTraffic {
            pass,
            begun: looked.begun.clone(),
            load_ms: visited.load_ms,
            exchanges: exchanges.collect(),
        });
    }

    /// A picture of this is there.
    pub(super) fn has(&self, of: PictureOf) -> bool {
        self.pictures.iter().any(|picture| picture.of == of)
    }
}

fn exchange(sent: &Sent, beacon: Option<u32>, room: &mut usize) -> Exchange {
    let most = if beacon.is_some() { MAX_BEACON_BODY } else { MAX_OTHER_BODY };
    let address = |url: &str| if beacon.is_some() { url.to_owned() } else { cut(url, MAX_ADDRESS) };
    let bytes = sent.body.as_deref().unwrap_or_default();
    let kept = bytes.get(..bytes.len().min(most).min(*room)).unwrap_or_default();
    *room -= kept.len();
    let (body, body_base64) = match std::str::from_utf8(kept) {
        _ if kept.is_empty() => (None, None),
        Ok(text) => (Some(text.to_owned()), None),
        // Cut within a character, a text is still one.
        Err(error) if error.error_len().is_none() => {
            (Some(String::from_utf8_lossy(kept.get(..error.valid_up_to()).unwrap_or_default()).into_owned()), None)
        }
        Err(_) => (None, Some(STANDARD.encode(kept))),
    };
    Exchange {
        at_ms: sent.at_ms,
        method: sent.method.clone(),
        url: address(&sent.url),
        redirects: sent
            .hops
            .iter()
            .zip(sent.hop_status.iter().copied().chain(std::iter::repeat(0)))
            .map(|(to, status)| (status, address(to)))
            .collect(),
        kind: sent.kind.to_lowercase(),
        headers: sent.headers.clone(),
        body,
        body_base64,
        body_bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        status: sent.status,
        answer: sent.answer.as_ref().map(answer),
        held: sent.held,
        error: sent.error.clone(),
        beacon,
    }
}

fn answer(answer: &Answer) -> ExchangeAnswer {
    ExchangeAnswer {
        reason: answer.reason.clone(),
        protocol: answer.protocol.clone(),
        headers: answer.headers.clone(),
        media_type: answer.media_type.clone(),
        at_ms: answer.at_ms,
        done_ms: answer.done_ms,
        bytes: answer.bytes,
    }
}

fn cut(text: &str, most: usize) -> String {
    text.get(..text.floor_char_boundary(most.min(text.len()))).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_cut_at_whole_characters_and_within_what_a_pass_may_keep() {
        let sent = |body: &[u8]| Sent { body: Some(body.to_vec()), ..Sent::default() };
        let mut room = MAX_BODIES;
        let long = "ä".repeat(MAX_OTHER_BODY);
        let kept = exchange(&sent(long.as_bytes()), None, &mut room);
        assert_eq!(kept.body.as_deref().map(str::len), Some(MAX_OTHER_BODY));
        assert_eq!((kept.body_bytes, MAX_BODIES - room), (long.len() as u64, MAX_OTHER_BODY));
        let odd = exchange(&sent(format!("x{long}").as_bytes()), None, &mut room);
        assert_eq!(odd.body.as_deref().map(str::len), Some(MAX_OTHER_BODY - 1));
        assert_eq!(exchange(&sent(&[0, 255, 1]), None, &mut room).body_base64.as_deref(), Some("AP8B"));
        room = 2;
        assert_eq!(exchange(&sent(b"event"), Some(1), &mut room).body.as_deref(), Some("ev"));
        assert_eq!(exchange(&sent(b"event"), Some(1), &mut room).body, None);
    }
}
