//! The mark of skipped tests. Other crates include this file by `#[path]`.

/// What begins the line that says that a test was skipped; `cargo xtask test` repeats such lines at its end.
pub const SKIPPED: &str = "SKIPPED";
