//! One pass over a document gives everything the rest needs: links, scripts with exact places, images, frames, handler
//! attributes, structured data and forms. Knows no vendor; judges no script type.

mod document;
mod entities;
mod facts;
mod guard;
mod item;
mod limits;
mod lines;
mod links;
mod scan;
mod tree;
mod walk;

pub(crate) use document::{cut, fragment, read, tag_text};
pub(crate) use facts::Facts;
pub(crate) use item::{Item, ItemKind, Origin};
pub(crate) use limits::MAX_BYTES;
pub(crate) use lines::LineIndex;
