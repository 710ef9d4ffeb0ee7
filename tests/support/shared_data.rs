//! Recordings in the folder `shared/data` beside the checkout, which are too large for the repository.
//!
//! Other crates include this file by `#[path = "../../../tests/support/shared_data.rs"]`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;

use skipped::SKIPPED;

#[path = "../../tools/src/skipped.rs"]
mod skipped;

/// A file or folder of the shared data. Without it the test is skipped, and says so on the terminal: cargo does not capture
/// what is written to standard error itself.
///
/// # Panics
/// The file is missing, and the variable `CI` is set: there, no test may be skipped.
pub fn shared_data(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    assert!(std::env::var_os("CI").is_none(), "{test}: {name} is not in {}", folder.display());
    let _ = writeln!(io::stderr(), "{SKIPPED} {test}: {name} is not in {}", folder.display());
    None
}
