//! Servers and helpers shared by the tests over the whole.

#[cfg(target_os = "linux")]
pub mod desktop;
mod server;
mod shop;
pub mod showcase;
mod site;
mod socks;
mod web;

pub use server::{Certificate, Seen, TestServer};
pub use site::{Act, Answer, Site};
pub use socks::SocksProxy;
pub use web::{Arrived, Hosts, Web};
