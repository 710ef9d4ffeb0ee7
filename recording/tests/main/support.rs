//! What several test modules use.

use std::path::PathBuf;

use recording::{Column, Format, NamedColumn, Recording, TrialTable};

pub fn column(name: &str, values: Column) -> NamedColumn {
    NamedColumn { name: name.into(), description: String::new(), values }
}

pub fn texts(values: &[&str]) -> Column {
    Column::Text(values.iter().map(|&value| value.to_owned()).collect())
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
        unreadable_units: Vec::new(),
        trials: TrialTable { start_s, stop_s, columns, unreadable: Vec::new() },
        units_table: String::new(),
        trials_table: String::new(),
        units_tables: Vec::new(),
        interval_tables: Vec::new(),
        warnings: Vec::new(),
    }
}
