//! Tests whose programs cannot be installed.

use std::io::Write as _;

use crate::error::ToolError;
use crate::skipped::SKIPPED;

/// The programs that a test needs, or nothing if they cannot be installed: then a line on standard error says so.
///
/// # Panics
/// The programs cannot be installed, and the variable `CI` is set: there, no test may be skipped.
pub fn found_or_skipped<T>(what: &str, found: Result<T, ToolError>) -> Option<T> {
    found
        .inspect_err(|error| {
            assert!(std::env::var_os("CI").is_none(), "{what}: {error}");
            // Not `eprintln!`, which the test harness hides if a test passes.
            let _ = writeln!(std::io::stderr(), "{SKIPPED} {what}: {error}");
        })
        .ok()
}
