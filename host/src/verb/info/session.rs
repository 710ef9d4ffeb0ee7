//! The contents of a recording.

use recording::{
    Chosen, ColumnSummary, DEFAULT_ALIGN_COLUMN, Error, Holds, Recording, Sanity, Series, SeriesSummary, TrialClasses,
    Unreadable, default_label_column, doubt_of_spellings, doubts_of_classes,
};
use serde::Serialize;
use spec::core::MAX_READOUTS;
use study::recording_page::Fact;

use super::{InfoArgs, facts};

/// What a recording holds.
#[derive(Serialize)]
pub(super) struct SessionInfo {
    pub(super) name: String,
    pub(super) sha256: String,
    /// SHA-256 of its spike and trial times.
    pub(super) content_sha256: Option<String>,
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
    /// The columns of the trials whose values can be classes.
    pub(super) label_columns: Vec<String>,
    /// Angles of the label column in bins, if they are asked for: column, and the trials of each bin.
    pub(super) binned: Option<Binned>,
    /// Time series of movement that can be decoded at every tick.
    pub(super) series: Vec<SeriesSummary>,
    pub(super) unreadable_series: Vec<Unreadable>,
    pub(super) warnings: Vec<String>,
    #[serde(flatten)]
    pub(super) sanity: Sanity,
}

/// The angles of a column in bins.
#[derive(Serialize)]
pub(super) struct Binned {
    pub(super) column: String,
    pub(super) labels: Vec<String>,
    pub(super) counts: Vec<usize>,
}

impl SessionInfo {
    /// What it holds, and the classes that its page compares.
    ///
    /// # Errors
    /// A label column that does not exist, or has no angles to bin.
    pub(super) fn of(recording: &Recording, chosen: &Chosen, args: &InfoArgs) -> Result<(Self, TrialClasses), Error> {
        let sanity = Sanity::of(recording, chosen, usize::from(MAX_READOUTS), args.selection.is_align_relative());
        let is_event = |column: &ColumnSummary| sanity.events.iter().any(|event| event.column == column.name);
        let labels = sanity.columns.iter().filter(|column| column.can_be_classes() && !is_event(column));
        let label_columns: Vec<String> = labels.map(|column| column.name.clone()).collect();
        let ends = [sanity.spike_range, sanity.trial_range].into_iter().flatten().map(|range| range.last_s);
        let identity = recording.identity();
        let (series, unreadable_series) = series(recording)?;
        let mut info = Self {
            name: identity.name,
            sha256: identity.sha256,
            content_sha256: identity.content.map(|content| content.sha256),
            n_units: recording.units.len(),
            n_spikes: recording.n_spikes(),
            n_trials: recording.trials.len(),
            default_align: DEFAULT_ALIGN_COLUMN,
            default_label_column: default_label_column(&recording.trials),
            duration_s: ends.fold(0.0, f64::max),
            units_table: recording.units_table.clone(),
            units_tables: recording.units_tables.clone(),
            unreadable_units: recording.unreadable_units.clone(),
            trials_table: recording.trials_table.clone(),
            interval_tables: recording.interval_tables.clone(),
            unreadable_trials: recording.trials.unreadable.clone(),
            label_columns,
            binned: None,
            series,
            unreadable_series,
            warnings: recording.warnings.clone(),
            sanity,
        };
        info.warnings.extend(chosen.warnings.iter().cloned());
        info.warnings.extend(recording.check_clock().err().map(|error| error.to_string()));
        let classes = info.classes(recording, chosen, args)?;
        info.warnings.extend(recording.trials.doubt_of_labels(&classes.column));
        info.warnings.extend(doubts_of_classes(&classes.column, &classes.names));
        let columns = info.sanity.unit_columns.iter().chain(&info.sanity.columns);
        let others = columns.filter(|column| column.holds == Holds::Text && column.name != classes.column);
        info.warnings.extend(others.filter_map(|column| doubt_of_spellings(&column.name, column.labels.as_deref()?)));
        if args.selection.bin_angles.is_some() {
            let (column, labels, counts) = (classes.column.clone(), classes.names.clone(), classes.counts());
            info.binned = Some(Binned { column, labels, counts });
        }
        Ok((info, classes))
    }

    pub(super) fn facts(&self) -> Vec<Fact> {
        facts::of(self)
    }

    /// Whether a column of the trials holds times.
    pub(super) fn is_event(&self, column: &str) -> bool {
        self.sanity.events.iter().any(|event| event.column == column)
    }

    /// Classes by the column that is asked for, else by the default label column or the first that can be one.
    fn classes(&self, recording: &Recording, chosen: &Chosen, args: &InfoArgs) -> Result<TrialClasses, Error> {
        let n_bins = args.selection.bin_angles;
        if args.label_column.is_some() || n_bins.is_some() {
            return TrialClasses::read(recording, chosen, args.label_column.as_deref(), n_bins);
        }
        let default = self.label_columns.iter().find(|column| Some(column.as_str()) == self.default_label_column);
        match default.or(self.label_columns.first()) {
            Some(column) => TrialClasses::read(recording, chosen, Some(column), None),
            None => Ok(TrialClasses::one(recording, chosen)),
        }
    }
}

/// The time series of the file, read one by one since each may be large, and those that cannot be read.
fn series(recording: &Recording) -> Result<(Vec<SeriesSummary>, Vec<Unreadable>), Error> {
    let (mut read, mut unreadable) = (Vec::new(), Vec::new());
    for listed in Series::list(&recording.path)? {
        match Series::open(&recording.path, &listed.path) {
            Ok(series) => read.push(SeriesSummary::of(&series)),
            Err(Error::BadSeries { cause, .. }) => unreadable.push(Unreadable { name: listed.path, reason: cause }),
            Err(error) => unreadable.push(Unreadable { name: listed.path, reason: error.to_string() }),
        }
    }
    Ok((read, unreadable))
}
