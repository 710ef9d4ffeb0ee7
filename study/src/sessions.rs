//! Recorded units over several sessions: tuning in each, and its persistency if the sessions have the same units.

use std::path::Path;

use recording::Recording;

use crate::analysis::AnalysisError;
use crate::analysis::persistency::{Persistency, persist};
use crate::analysis::population::{PopulationVector, population_vector};
use crate::analysis::tuning::{TunedFraction, UnitTuning, tune, tuned_fraction};
use crate::error::StudyError;
use crate::options::StudyOptions;
use crate::report::plot::{Axes, Line, lines};
use crate::report::{Panel, Section, Source, StudyReport, Table, Value};
use crate::windows::recorded_trains;

/// Permutations of the trials in the test of every unit's tuning.
const N_PERMUTATIONS: usize = 4999;
/// Shuffles of every control.
const SHUFFLES: usize = 199;
/// Seed of all permutations and shuffles.
const SEED: u64 = 1;

/// The recorded units of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionUnits {
    /// The recording's name.
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Trials analysed: all that have windows.
    pub n_trials: usize,
    /// Tuning of each unit.
    pub units: Vec<UnitTuning>,
    /// How many are tuned.
    pub tuned: TunedFraction,
    /// Error of the population vector.
    pub vector: PopulationVector,
}

impl SessionUnits {
    /// Analyses the recorded units in all trials of a recording.
    ///
    /// # Errors
    /// Windows that cannot be cut, too few trials or directions.
    pub fn of(recording: &Recording, options: &StudyOptions) -> Result<Self, StudyError> {
        let trains = recorded_trains(recording, options)?;
        let responses = trains.responses();
        let units = tune(&responses, N_PERMUTATIONS, SEED)?;
        let directions = responses.directions();
        Ok(Self {
            name: recording.name.clone(),
            sha256: recording.sha256.clone(),
            n_trials: directions.n_trials(),
            tuned: tuned_fraction(&units, directions.n_classes()),
            vector: population_vector(&responses, SHUFFLES, SEED)?,
            units,
        })
    }
}

/// Writes the page about several sessions into `folder`; `reports` are the paths of their own reports, relative to it.
///
/// # Errors
/// Files that cannot be written.
pub fn write_overview(sessions: &[SessionUnits], reports: &[String], folder: &Path) -> Result<(), StudyError> {
    let mut panels = vec![fractions(sessions, reports)];
    panels.extend(persistency(sessions)?);
    let report = StudyReport {
        title: format!("{} sessions", sessions.len()),
        warnings: Vec::new(),
        claims: Vec::new(),
        grounds: vec![(
            Source::Choice,
            "Recorded units only, in all trials of each session. Each session has a report of its own on the networks."
                .to_owned(),
        )],
        provenance: sessions.iter().map(|session| (session.name.clone(), session.sha256.clone())).collect(),
        sections: vec![Section {
            id: "sessions",
            title: "Sessions".to_owned(),
            words: vec![
                "Tuning of the recorded units of each session, decided as in its own report. If all sessions have the same number \
                 of units, units at the same place in the files are assumed to be the same; only the spike sorting can tell \
                 whether they are."
                    .to_owned(),
            ],
            panels,
        }],
    };
    report.write(folder)
}

fn fractions(sessions: &[SessionUnits], reports: &[String]) -> Panel {
    let mut table = Table::new(&[
        "session",
        "report",
        "trials",
        "units",
        "silent",
        "selective, not cosine",
        "cosine-tuned",
        "cosine-tuned (%)",
        "95 % low",
        "95 % high",
        "pass if means are arbitrary (%)",
        "p of no more",
        "population vector, mean error (degrees)",
    ]);
    let mut line = Line { name: "cosine-tuned".to_owned(), ..Line::default() };
    for (index, (session, report)) in sessions.iter().zip(reports).enumerate() {
        let tuned = &session.tuned;
        let percent = |share: f64| Value::Number(100.0 * share, 1);
        table.push([
            session.name.as_str().into(),
            report.as_str().into(),
            session.n_trials.into(),
            tuned.n_units.into(),
            tuned.n_silent.into(),
            tuned.n_selective.into(),
            tuned.n_tuned.into(),
            percent(tuned.fraction),
            percent(tuned.interval.low),
            percent(tuned.interval.high),
            percent(tuned.arbitrary_pass_rate),
            Value::Number(tuned.arbitrary_p, 4),
            session.vector.mean_error_deg.into(),
        ]);
        line.points.push((index as f64 + 1.0, 100.0 * tuned.fraction));
        line.band.push((100.0 * tuned.interval.low, 100.0 * tuned.interval.high));
    }
    let axes = Axes {
        x: "session".to_owned(),
        y: "cosine-tuned units (%)".to_owned(),
        y_range: Some(0.0..100.0),
        level: None,
    };
    Panel {
        name: "sessions".to_owned(),
        caption: "Cosine-tuned units of each session; band: Wilson's 95 % over units.".to_owned(),
        figure: Some(lines(&[line], &axes)),
        table,
        shows_table: true,
    }
}

/// Persistency over sessions, if all have the same number of units.
fn persistency(sessions: &[SessionUnits]) -> Result<Option<Panel>, AnalysisError> {
    let n_units = sessions.first().map_or(0, |session| session.units.len());
    if sessions.len() < 2 || sessions.iter().any(|session| session.units.len() != n_units) {
        return Ok(None);
    }
    let units: Vec<Vec<UnitTuning>> = sessions.iter().map(|session| session.units.clone()).collect();
    let mut table = Table::new(&[
        "sessions later",
        "still tuned (%)",
        "by chance (%)",
        "p",
        "change of preferred direction (degrees; 90 by chance)",
        "p of directions being kept",
    ]);
    for lag in 1..sessions.len() {
        let Persistency { probability, chance, p, change, .. } = persist(&units, lag, SHUFFLES, SEED)?;
        let percent = |share: Option<f64>| share.map_or(Value::Missing, |share| Value::Number(100.0 * share, 1));
        table.push([
            lag.into(),
            percent(probability),
            percent(chance),
            p.into(),
            change.as_ref().map(|change| change.mean_absolute_rad.to_degrees()).into(),
            change.as_ref().map(|change| change.p).into(),
        ]);
    }
    Ok(Some(Panel {
        name: "sessions_persistency".to_owned(),
        caption: "Whether units tuned in one session are tuned in a later one, and to the same direction.".to_owned(),
        figure: None,
        table,
        shows_table: true,
    }))
}
