//! What a document may ask of us. Beyond a limit the rest is left out and the page says so.

/// Bytes of a document that are read.
pub(crate) const MAX_BYTES: usize = 16 << 20;
/// Open elements above which no tree is built: the tree builder looks through all of them again and again.
pub(super) const MAX_DEPTH: usize = 5_000;
/// Sum over all start tags of the elements open around them, above which no tree is built; about a second of work.
pub(super) const MAX_DEPTH_WORK: usize = 100_000_000;
/// Attributes of one tag above which no tree is built: each is compared with all before it.
pub(super) const MAX_ATTRS: usize = 1_000;
/// Elements above which no tree is built: each takes memory many times its size.
pub(super) const MAX_ELEMENTS: usize = 500_000;
/// Scripts, images, frames and handlers kept.
pub(super) const MAX_ITEMS: usize = 20_000;
/// Links kept.
pub(super) const MAX_LINKS: usize = 50_000;
/// Documents within documents (`srcdoc`) that are read.
pub(super) const MAX_NESTING: usize = 3;
/// Characters of visible text counted; more make no difference.
pub(super) const ENOUGH_TEXT: usize = 2_000;
/// Characters of a title kept.
pub(super) const MAX_TITLE: usize = 500;
/// Largest document whose tree is built, in bytes.
pub(super) const MAX_TREE: usize = 4 << 20;
