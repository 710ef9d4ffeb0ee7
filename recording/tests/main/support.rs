//! What several test modules use.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use recording::{Column, Format, NamedColumn, Recording, TrialTable};

/// The path of a shared session. None if it is absent: the test is skipped, which is printed whether it passes or fails.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !path.exists() {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        // Not `eprintln!`, which the test runner captures.
        let _ = writeln!(io::stderr(), "SKIPPED {test}: {} is absent", path.display());
        return None;
    }
    Some(path)
}

pub fn column(name: &str, values: Column) -> NamedColumn {
    NamedColumn { name: name.into(), description: String::new(), values }
}

/// A recording of these units and trials (start and stop, seconds).
pub fn recording(units: Vec<Vec<f64>>, trials: &[(f64, f64)], columns: Vec<NamedColumn>) -> Recording {
    let (start_s, stop_s) = trials.iter().copied().unzip();
    Recording {
        name: "test".into(),
        path: PathBuf::from("test"),
        format: Format::Generated,
        description: String::new(),
        sha256: String::new(),
        units,
        unit_columns: Vec::new(),
        trials: TrialTable { start_s, stop_s, columns, unreadable: Vec::new() },
    }
}
