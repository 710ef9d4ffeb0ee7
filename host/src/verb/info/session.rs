//! The contents of a recording.

use recording::{ColumnSummary, DEFAULT_ALIGN_COLUMN, Recording, Sanity, Unreadable, default_label_column};
use serde::Serialize;
use spec::core::MAX_READOUTS;
use study::recording_page::{Fact, TrialClasses};

use super::facts;

/// What a recording holds.
#[derive(Serialize)]
pub(super) struct SessionInfo {
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) n_units: usize,
    pub(super) n_spikes: usize,
    pub(super) n_trials: usize,
    pub(super) default_align: &'static str,
    pub(super) default_label_column: Option<&'static str>,
    pub(super) duration_s: f64,
    pub(super) units_table: String,
    pub(super) units_tables: Vec<String>,
    pub(super) unreadable_units: Vec<Unreadable>,
    pub(super) trials_table: String,
    pub(super) interval_tables: Vec<String>,
    pub(super) unreadable_trials: Vec<Unreadable>,
    pub(super) warnings: Vec<String>,
    #[serde(flatten)]
    pub(super) sanity: Sanity,
}

impl SessionInfo {
    pub(super) fn of(recording: &Recording) -> Self {
        let sanity = Sanity::of(recording, usize::from(MAX_READOUTS));
        let ends = [sanity.spikes_s, sanity.trials_s].into_iter().flatten().map(|[_, end]| end);
        Self {
            name: recording.name.clone(),
            sha256: recording.sha256.clone(),
            n_units: recording.units.len(),
            n_spikes: recording.n_spikes(),
            n_trials: recording.trials.len(),
            default_align: DEFAULT_ALIGN_COLUMN,
            default_label_column: default_label_column(&recording.trials),
            duration_s: ends.fold(0.0, f64::max),
            units_table: String::new(),
            units_tables: Vec::new(),
            unreadable_units: Vec::new(),
            trials_table: String::new(),
            interval_tables: Vec::new(),
            unreadable_trials: Vec::new(),
            warnings: Vec::new(),
            sanity,
        }
    }

    pub(super) fn facts(&self) -> Vec<Fact> {
        facts::of(self)
    }

    /// The columns of the trials whose values can be classes.
    pub(super) fn label_columns(&self) -> impl Iterator<Item = &ColumnSummary> {
        self.sanity.columns.iter().filter(|column| column.can_be_classes() && !self.is_event(&column.name))
    }

    /// Whether a column of the trials holds times.
    pub(super) fn is_event(&self, column: &str) -> bool {
        self.sanity.events.iter().any(|event| event.column == column)
    }

    /// The classes that the page compares: of the default label column, or of the first that can be one.
    pub(super) fn classes(&self, recording: &Recording) -> TrialClasses {
        let is_default = |column: &&ColumnSummary| Some(&*column.name) == self.default_label_column;
        let chosen = self.label_columns().find(is_default).or_else(|| self.label_columns().next());
        let of_column = |summary: &ColumnSummary| {
            let names = summary.labels.clone()?;
            let rows = recording.trials.column(&summary.name).ok()?.labels_of_rows();
            let class = |label: Option<String>| names.iter().position(|name| Some(name) == label.as_ref());
            Some(TrialClasses {
                column: summary.name.clone(),
                of_trial: rows.into_iter().map(class).collect(),
                names,
            })
        };
        chosen.and_then(of_column).unwrap_or_else(|| TrialClasses::all(recording.trials.len()))
    }
}
