//! Integration tests of `flow`; those in `verify` run place and route, and only `cargo xtask verify` runs them.

mod checked_in;
mod command;
mod verify;

use std::path::{Path, PathBuf};

/// A folder for what a test writes.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("bitstreams").join(name)
}
