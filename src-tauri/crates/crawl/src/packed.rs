//! Addresses that wait, in little memory: each is kept as what differs from the one before it. A site of a hundred
//! thousand pages may have most of them waiting at once, and most look like their neighbours.

use std::{collections::VecDeque, sync::Arc};

use pixelproof_model::{FoundBy, Trap};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::SeqAccess};
use url::Url;

use crate::frontier::Entry;

/// Entries packed together: what is unpacked at a time.
const BLOCK: usize = 512;

/// Texts in a row, each as the length that it shares with the one before it and the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    packed: Vec<u8>,
    last: Vec<u8>,
    count: usize,
}

impl Texts {
    pub(crate) fn push(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let shared = self.last.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        let rest = bytes.get(shared..).unwrap_or_default();
        number(&mut self.packed, shared);
        number(&mut self.packed, rest.len());
        self.packed.extend_from_slice(rest);
        self.last.truncate(shared);
        self.last.extend_from_slice(rest);
        self.count += 1;
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = String> {
        let (mut left, mut last) = (self.packed.as_slice(), Vec::new());
        std::iter::from_fn(move || {
            let (shared, length) = (take_number(&mut left)?, take_number(&mut left)?);
            let (rest, after) = left.split_at_checked(length)?;
            left = after;
            last.truncate(shared);
            last.extend_from_slice(rest);
            // What went in was text, and comes out whole.
            Some(String::from_utf8_lossy(&last).into_owned())
        })
    }

    /// No more is coming.
    fn close(mut self) -> Texts {
        self.last = Vec::new();
        self.packed.shrink_to_fit();
        self
    }
}

/// Seven bits a byte, the lowest first.
fn number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take_number(from: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        number |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Addresses in a row; written as a list of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Addresses(Texts);

impl Addresses {
    pub(crate) fn push(&mut self, url: &Url) {
        self.0.push(url.as_str());
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Url> {
        self.0.iter().filter_map(|text| Url::parse(&text).ok())
    }
}

impl Serialize for Addresses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter())
    }
}

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Addresses;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of addresses")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Addresses, A::Error> {
                let mut texts = Texts::default();
                while let Some(text) = list.next_element::<String>()? {
                    texts.push(&text);
                }
                Ok(Addresses(texts.close()))
            }
        }
        deserializer.deserialize_seq(Visitor)
    }
}

/// Entries in a row, packed.
#[derive(Debug, Default)]
struct Block {
    urls: Texts,
    /// Empty: none.
    referrers: Texts,
    rest: Vec<(u64, u32, FoundBy, Option<Trap>)>,
}

impl Block {
    fn push(&mut self, entry: &Entry) {
        self.urls.push(entry.url.as_str());
        self.referrers.push(entry.referrer.as_ref().map_or("", |url| url.as_str()));
        self.rest.push((entry.order, entry.depth, entry.found_by, entry.trap));
    }

    fn entries(&self) -> impl Iterator<Item = Entry> {
        let mut last: Option<Arc<Url>> = None;
        let all = self.urls.iter().zip(self.referrers.iter()).zip(&self.rest);
        all.filter_map(move |((url, referrer), (order, depth, found_by, trap))| {
            // Pages name many, one after the other: their address is kept once.
            if last.as_ref().is_none_or(|last| last.as_str() != referrer) {
                last = Url::parse(&referrer).ok().map(Arc::new);
            }
            Some(Entry {
                order: *order,
                url: Url::parse(&url).ok()?,
                depth: *depth,
                referrer: last.clone(),
                found_by: *found_by,
                trap: *trap,
            })
        })
    }

    fn close(self) -> Block {
        Block { urls: self.urls.close(), referrers: self.referrers.close(), rest: self.rest }
    }
}

/// Entries that wait for their turn: first in, first out.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// The next ones, unpacked.
    first: VecDeque<Entry>,
    /// Those after them.
    packed: VecDeque<Block>,
    /// The last ones, being packed.
    last: Block,
    count: usize,
}

impl Queue {
    pub(crate) fn push(&mut self, entry: Entry) {
        self.count += 1;
        if self.packed.is_empty() && self.last.rest.is_empty() && self.first.len() < BLOCK {
            self.first.push_back(entry);
            return;
        }
        self.last.push(&entry);
        if self.last.rest.len() >= BLOCK {
            self.packed.push_back(std::mem::take(&mut self.last).close());
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Entry> {
        if self.first.is_empty() {
            let block = self.packed.pop_front().unwrap_or_else(|| std::mem::take(&mut self.last));
            self.first = block.entries().collect();
            // An address that could not be read again would be lost, and must not be waited for.
            self.count -= block.rest.len() - self.first.len();
        }
        let entry = self.first.pop_front()?;
        self.count -= 1;
        Some(entry)
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(n: usize) -> Url {
        let path = match n % 7 {
            0 => format!("/p/{n}"),
            1 => format!("/é/{n}?b={n}&a=%2F"),
            2 => String::new(),
            3 => format!("/{}", "x".repeat(n % 900)),
            _ => format!("/category/{}/item-{n}.html", n % 13),
        };
        Url::parse(&format!("https://h{}.test{path}", n % 3)).unwrap()
    }

    fn entry(n: usize) -> Entry {
        Entry {
            order: n as u64,
            url: url(n),
            depth: n as u32 % 5,
            referrer: (!n.is_multiple_of(4)).then(|| Arc::new(url(n / 10))),
            found_by: if n.is_multiple_of(2) { FoundBy::Anchor } else { FoundBy::Sitemap },
            trap: n.is_multiple_of(9).then_some(Trap::Calendar),
        }
    }

    #[test]
    fn what_goes_in_comes_out_in_its_order() {
        for all in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 3] {
            let mut queue = Queue::default();
            (0..all).for_each(|n| queue.push(entry(n)));
            assert_eq!(queue.len(), all);
            for n in 0..all {
                assert_eq!(queue.pop(), Some(entry(n)));
            }
            assert!(queue.is_empty() && queue.pop().is_none());
        }
    }

    #[test]
    fn taking_and_giving_take_turns() {
        let (mut queue, mut given, mut taken) = (Queue::default(), 0, 0);
        for round in 0..40 {
            (0..round * 37).for_each(|_| {
                queue.push(entry(given));
                given += 1;
            });
            for _ in 0..round * 31 {
                assert_eq!(queue.pop(), Some(entry(taken)));
                taken += 1;
            }
            assert_eq!(queue.len(), given - taken);
        }
        assert!(given > 10 * BLOCK);
    }

    #[test]
    fn a_hundred_thousand_addresses_need_little_room() {
        let mut queue = Queue::default();
        let referrer = Arc::new(Url::parse("https://shop.test/").unwrap());
        for n in 0..100_000_u64 {
            let url = Url::parse(&format!("https://shop.test/category/number-{}/product-{n}.html", n % 50)).unwrap();
            let referrer = Some(Arc::clone(&referrer));
            queue.push(Entry { order: n, url, depth: 1, referrer, found_by: FoundBy::Anchor, trap: None });
        }
        let texts = |block: &Block| block.urls.packed.capacity() + block.referrers.packed.capacity();
        let rest = |block: &Block| block.rest.capacity() * size_of::<(u64, u32, FoundBy, Option<Trap>)>();
        let bytes: usize = queue.packed.iter().map(|block| texts(block) + rest(block)).sum();
        assert!(bytes < 6_000_000, "{bytes}");
    }

    #[test]
    fn addresses_are_written_as_a_list() {
        let mut addresses = Addresses::default();
        (0..50).for_each(|n| addresses.push(&url(n)));
        let written = serde_json::to_string(&addresses).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Url>>(&written).unwrap(), (0..50).map(url).collect::<Vec<_>>());
        let read: Addresses = serde_json::from_str(&written).unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), addresses.iter().collect::<Vec<_>>());
        assert!(serde_json::from_str::<Addresses>("[1]").is_err());
    }

    #[test]
    fn damaged_bytes_end_the_list() {
        let mut texts = Texts::default();
        texts.push("https://shop.test/");
        for cut in 0..texts.packed.len() {
            let damaged = Texts { packed: texts.packed[..cut].to_vec(), ..Texts::default() };
            assert_eq!(damaged.iter().count(), 0);
        }
        assert_eq!(take_number(&mut &[0xff; 20][..]), None);
    }
}
