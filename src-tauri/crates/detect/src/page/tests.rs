//! Pages against the built-in tables.
