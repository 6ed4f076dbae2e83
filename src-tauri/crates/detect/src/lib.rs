//! Knowledge of pixels: bytes in, knowledge out. Reads markup, scripts and requests, and judges what it read.
//!
//! Pure: no network, no clock, no file system, no async. Nothing here can fail or wait; what could not be read is said
//! in words beside what could. Nothing of a page is ever executed.

pub mod beacon;
pub mod catalogue;
mod consent;
pub mod container;
mod markup;
pub mod page;
mod placeholder;
pub mod probe;
pub mod rules;
pub mod script;
mod value;
mod vendors;

pub use beacon::{decode, is_mirror, may_be_beacon};
pub use catalogue::Catalogue;
pub use consent::{StoredChoice, stored_choice};
pub use container::{
    Container, Layer, Wanted, add_containers, containers_of, read_container, read_container_on, standard_address,
};
pub use page::{ExternalScript, Link, PageInput, PageRead, read_page, read_page_with_inert, read_script};
pub use script::deep_thread;
