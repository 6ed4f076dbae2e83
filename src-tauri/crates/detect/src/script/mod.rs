//! JavaScript read as an AST, without knowing any vendor: calls, constants, loads, and when each of them runs.

mod facts;

pub use facts::*;
