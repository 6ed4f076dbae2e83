//! Tag-manager containers read as data, never run: tags, triggers, conditions, variables; per page, what would fire.
//!
//! The file's shape is Google Tag Manager's public container (`gtm.js?id=…`); Google tag files (`gtag/js?id=…`) have the
//! same shape, and `google_tag` says what theirs add to a page. What a tag is to a vendor stands in the vendor's table
//! (`[[container]]`). Files of other managers are read in `other`.

mod address;
mod code;
mod condition;
mod file;
mod google_tag;
mod html;
mod layer;
mod other;
mod own_rules;
mod page;
mod pattern;
mod report;
mod sequence;
mod tag;
mod template;
mod trigger;
mod value;
mod variable;

#[cfg(test)]
mod tests;

pub use address::standard as standard_address;
pub use file::MAX_CONTAINER;
pub use layer::Layer;
pub(crate) use layer::{CLEAR, Message};
pub use page::{Container, Wanted, add_containers, containers_of};
pub use report::{read_container, read_container_on};
