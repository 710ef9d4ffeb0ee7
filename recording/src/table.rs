//! The trial table and its columns.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::session::is_countable_time;
use crate::{Error, Recording};

/// The column with the ids of the rows, of units and of trials.
pub(crate) const ID: &str = "id";
/// Names of start and stop.
const START: [&str; 2] = ["start_time", "start_ms"];
const STOP: [&str; 2] = ["stop_time", "stop_ms"];

/// The trials of a recording, one per row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialTable {
    /// Start of each trial, seconds, as the file has it: it may be NaN or infinite.
    pub start_s: Vec<f64>,
    /// End of each trial, seconds, as long as `start_s`; it may be NaN, infinite or before the start.
    pub stop_s: Vec<f64>,
    /// The further columns, each as long as `start_s`, in the file's order.
    pub columns: Vec<NamedColumn>,
    /// The columns in the file that are not among `columns`.
    pub unreadable: Vec<Unreadable>,
}

/// A column that a file has but that cannot be read; shown as `name (reason)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// The column's name in the file.
    pub name: String,
    /// Why it cannot be read: a kind that is not supported, a link without target, a filter, damage.
    pub reason: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{} ({})", self.name, self.reason)
    }
}

/// A column with its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedColumn {
    /// The column's name in the file.
    pub name: String,
    /// Its description in the file; may be empty.
    pub description: String,
    /// One value per row.
    pub values: Column,
}

/// The values of a column, one per row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Column {
    /// Real numbers; NaN where the value is missing.
    Real(Vec<f64>),
    /// Integers of any width, and booleans as 0 and 1.
    Integer(Vec<i64>),
    /// Text; empty where the value is missing.
    Text(Vec<String>),
    /// Two real numbers, such as a target's x and y; NaN where a value is missing.
    Vector(Vec<[f64; 2]>),
}

impl TrialTable {
    /// Number of trials.
    pub fn len(&self) -> usize {
        self.start_s.len()
    }

    /// Whether there is no trial.
    pub fn is_empty(&self) -> bool {
        self.start_s.is_empty()
    }

    /// A column of several recordings' trials as one table, the trials numbered through; times are left missing.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`]; [`Error::UnsuitableColumn`] unless the column holds text in all.
    pub fn joined_text(recordings: &[&Recording], column: &str) -> Result<TrialTable, Error> {
        let mut joined = Vec::new();
        for recording in recordings {
            match recording.trials.column(column)? {
                Column::Text(values) => joined.extend_from_slice(values),
                _ => {
                    let cause = "it does not hold text".into();
                    return Err(Error::UnsuitableColumn { column: column.into(), cause });
                }
            }
        }
        let times_s = vec![f64::NAN; joined.len()];
        let values = Column::Text(joined);
        let columns = vec![NamedColumn { name: column.into(), description: String::new(), values }];
        Ok(TrialTable { start_s: times_s.clone(), stop_s: times_s, columns, unreadable: Vec::new() })
    }

    /// Whether start and stop of a trial are times, and the stop is not before the start.
    pub fn has_usable_times(&self, trial: usize) -> bool {
        let (start_s, stop_s) = (self.start_s[trial], self.stop_s[trial]);
        is_countable_time(start_s) && is_countable_time(stop_s) && start_s <= stop_s
    }

    /// Whether a column of that name is the start or the stop of the trials.
    pub fn is_start_or_stop(name: &str) -> bool {
        START.contains(&name) || STOP.contains(&name)
    }

    /// The column of that name, beyond start and stop.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`], which lists the columns.
    pub fn column(&self, name: &str) -> Result<&Column, Error> {
        let found = self.columns.iter().find(|column| column.name == name);
        found.map(|column| &column.values).ok_or_else(|| self.unknown(name, self.column_names()))
    }

    /// Names of the columns beyond start and stop, in the file's order.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// A column of times, in seconds: `start_time`, `stop_time` (in event lists also `start_ms`, `stop_ms`) or another
    /// numeric column. One whose name ends in `_ms` holds milliseconds, any other seconds. NaN marks a missing time.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`]; [`Error::UnsuitableColumn`] for text.
    pub fn times_s(&self, name: &str) -> Result<Vec<f64>, Error> {
        if START.contains(&name) {
            return Ok(self.start_s.clone());
        }
        if STOP.contains(&name) {
            return Ok(self.stop_s.clone());
        }
        let times = self.columns.iter().find(|column| column.name == name).map(|column| &column.values);
        let times = match times {
            Some(Column::Real(values)) => values.clone(),
            Some(Column::Integer(values)) => values.iter().map(|&value| value as f64).collect(),
            Some(Column::Text(_)) => {
                return Err(Error::UnsuitableColumn { column: name.into(), cause: "it holds text, not times".into() });
            }
            Some(Column::Vector(_)) => {
                let cause = "it holds two values per trial, not a time".into();
                return Err(Error::UnsuitableColumn { column: name.into(), cause });
            }
            None => return Err(self.unknown(name, ["start_time", "stop_time"].into_iter().chain(self.column_names()))),
        };
        Ok(times.into_iter().map(|time| time / Self::values_per_s(name)).collect())
    }

    /// What a second is in a column of times of that name.
    pub(crate) fn values_per_s(name: &str) -> f64 {
        if name.ends_with("_ms") { 1e3 } else { 1.0 }
    }

    /// The columns as one line for a message, with a note on those that could not be read.
    pub(crate) fn describe_columns<'a>(&self, names: impl Iterator<Item = &'a str>) -> String {
        describe_columns(names, &self.unreadable)
    }

    fn unknown<'a>(&self, name: &str, available: impl Iterator<Item = &'a str>) -> Error {
        Error::UnknownColumn { table: "trials", column: name.into(), available: self.describe_columns(available) }
    }
}

/// The columns of a table as one line for a message, with a note on those that could not be read.
pub(crate) fn describe_columns<'a>(names: impl Iterator<Item = &'a str>, unreadable: &[Unreadable]) -> String {
    let names: Vec<&str> = names.collect();
    let readable = if names.is_empty() { "(there is none)".to_owned() } else { names.join(", ") };
    if unreadable.is_empty() {
        return readable;
    }
    let unreadable: Vec<String> = unreadable.iter().map(Unreadable::to_string).collect();
    format!("{readable} (present, but unreadable: {})", unreadable.join(", "))
}

impl Column {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Column::Real(values) => values.len(),
            Column::Integer(values) => values.len(),
            Column::Text(values) => values.len(),
            Column::Vector(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> TrialTable {
        let column = |name: &str, values| NamedColumn { name: name.into(), description: String::new(), values };
        TrialTable {
            start_s: vec![1.0, 2.0],
            stop_s: vec![1.5, 2.5],
            columns: vec![
                column("go_ms", Column::Integer(vec![1100, 2100])),
                column("go_cue_time", Column::Real(vec![1.2, f64::NAN])),
                column("side", Column::Text(vec!["left".into(), "right".into()])),
            ],
            unreadable: vec![Unreadable { name: "timeseries".into(), reason: "ragged".into() }],
        }
    }

    #[test]
    fn a_column_named_ms_is_read_as_milliseconds() {
        assert_eq!(table().times_s("go_ms").unwrap(), [1.1, 2.1]);
        assert_eq!(table().times_s("start_time").unwrap(), [1.0, 2.0]);
        assert!(table().times_s("go_cue_time").unwrap()[1].is_nan());
    }

    #[test]
    fn an_unknown_column_is_answered_with_the_known_ones() {
        let message = table().column("direction").unwrap_err().to_string();
        for part in ["`direction`", "go_ms, go_cue_time, side", "timeseries (ragged)"] {
            assert!(message.contains(part), "{message}");
        }
        assert!(table().times_s("cue").unwrap_err().to_string().contains("start_time, stop_time, go_ms"));
    }

    #[test]
    fn text_is_refused_as_a_time() {
        assert!(matches!(table().times_s("side"), Err(Error::UnsuitableColumn { .. })));
    }
}
