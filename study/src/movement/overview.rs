//! The page about the movement of several sessions.

use std::path::Path;

use recording::{Recording, Stream};

use super::section::r2;
use super::{MovementCondition, MovementEntry, MovementMethod};
use crate::error::StudyError;
use crate::report::{Panel, Section, Source, StudyReport, Table, Value};

/// R² of every decoder in a session.
#[derive(Clone, Debug, PartialEq)]
pub struct MovementSession {
    name: String,
    sha256: String,
    /// Whether silent gaps between trials were filled for these figures.
    has_filled_gaps: bool,
    /// Of each decoder, in the order of [`MovementMethod::ALL`], the mean over blocks; with the gaps filled, if pieces are trials.
    r2: Vec<Option<f64>>,
}

impl MovementSession {
    pub(super) fn new(recording: &Recording, stream: &Stream, is_in_trials: bool, entries: &[MovementEntry]) -> Self {
        let condition = if is_in_trials { MovementCondition::FilledGaps } else { MovementCondition::Plain };
        let mean = |method| r2(entries, method, condition).map(|r2| r2.mean);
        Self {
            name: recording.name.clone(),
            sha256: recording.sha256.clone(),
            has_filled_gaps: is_in_trials || stream.n_filled > 0,
            r2: MovementMethod::ALL.map(mean).to_vec(),
        }
    }
}

/// Writes the page about several sessions into `folder`; `reports` are the paths of their own reports, relative to it.
///
/// # Errors
/// Files that cannot be written.
pub fn write_movement_overview(
    sessions: &[MovementSession],
    reports: &[String],
    folder: &Path,
) -> Result<(), StudyError> {
    let mut columns = vec!["session".to_owned(), "report".to_owned(), "gaps between trials".to_owned()];
    columns.extend(MovementMethod::ALL.map(|method| format!("{method}, R²")));
    let mut table = Table { columns, rows: Vec::new() };
    for (session, report) in sessions.iter().zip(reports) {
        let gaps = if session.has_filled_gaps { "filled" } else { "none" };
        let r2 = session.r2.iter().map(|r2| r2.map_or(Value::Missing, |r2| Value::Number(r2, 3)));
        table.push([session.name.as_str().into(), report.as_str().into(), gaps.into()].into_iter().chain(r2));
    }
    let words = "R² of every decoder, mean over the blocks of each session; every session has its own networks.";
    let report = StudyReport {
        title: format!("{} sessions", sessions.len()),
        warnings: Vec::new(),
        claims: Vec::new(),
        grounds: vec![(Source::Choice, "Each session has a report of its own.".to_owned())],
        provenance: sessions.iter().map(|session| (session.name.clone(), session.sha256.clone())).collect(),
        sections: vec![Section {
            id: "continuous",
            title: "Continuous decoding".to_owned(),
            words: vec![words.to_owned()],
            panels: vec![Panel {
                name: "movement_sessions".to_owned(),
                caption: "Where pieces are trials, with the silent gaps between them filled.".to_owned(),
                figure: None,
                table,
                shows_table: true,
            }],
        }],
    };
    report.write(folder)
}
