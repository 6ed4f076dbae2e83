//! Servers and helpers shared by the tests over the whole.

#[cfg(target_os = "linux")]
pub mod desktop;
