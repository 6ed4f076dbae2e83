//! Servers and helpers shared by the tests over the whole.
