//! Marks and platforms.
