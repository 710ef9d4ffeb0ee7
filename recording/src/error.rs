//! Errors of recordings, windows and splits. Every message names the input, the cause and the next step.

use std::path::PathBuf;

use thiserror::Error;

use crate::{Recording, TimeRange};

/// An error of this crate.
#[derive(Debug, Error)]
pub enum Error {
    /// The path does not exist.
    #[error("{}: no such file; check the path", path.display())]
    NotFound {
        /// The path as given.
        path: PathBuf,
    },
    /// The operating system refused to read.
    #[error("{}: cannot be read: {source}; check that it is a file and that you may read it", path.display())]
    Read {
        /// The path as given.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The operating system refused to write.
    #[error("{}: cannot be written: {source}; choose a file in a folder that exists, is writable and has space", path.display())]
    Write {
        /// The path as given.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The file is neither HDF5 nor an event list.
    #[error("{}: neither HDF5 (NWB 2.x) nor an event list: {cause}; give an .nwb file, or text whose first line is `t_ms,channel`", path.display())]
    UnknownFormat {
        /// The path as given.
        path: PathBuf,
        /// What it is instead.
        cause: String,
    },
    /// The file's HDF5 structure is damaged.
    #[error("{}: the HDF5 data cannot be read: {cause}; the file may be truncated or damaged, so copy it again and compare sizes", path.display())]
    DamagedHdf5 {
        /// The path as given.
        path: PathBuf,
        /// The HDF5 reader's message.
        cause: String,
    },
    /// The file is sound HDF5, but holds what is not read where it is needed.
    #[error("{}: {cause}", path.display())]
    UnsupportedHdf5 {
        /// The path as given.
        path: PathBuf,
        /// What and where it is, and what helps.
        cause: String,
    },
    /// The file is open for writing, or was when its writer died.
    #[error(
        "{}: the program that writes it has not closed it; close it there, or, if no program has it open, clear the flag that one left: h5clear -s {}",
        path.display(), path.display()
    )]
    NotClosed {
        /// The path as given.
        path: PathBuf,
    },
    /// The file is of another format.
    #[error("{}: {what}, not a recording in NWB 2; {next_step}", path.display())]
    OtherFormat {
        /// The path as given.
        path: PathBuf,
        /// What it is.
        what: String,
        /// The command that helps.
        next_step: String,
    },
    /// The file has no such table.
    #[error("{}: there is no table `{table}`; tables of this kind in the file: {available}", path.display())]
    UnknownTable {
        /// The path as given.
        path: PathBuf,
        /// The requested table.
        table: String,
        /// The tables there are.
        available: String,
    },
    /// Reading the file would take more memory than is allowed.
    #[error(
        "{}: {what} takes more than the {} MiB of memory that a recording may take; export fewer units or a shorter session",
        path.display(), most_bytes >> 20
    )]
    TooLarge {
        /// The path as given.
        path: PathBuf,
        /// The array or text that exceeds the limit.
        what: String,
        /// The limit, bytes.
        most_bytes: u64,
    },
    /// The file has no spike trains.
    #[error("{}: no units: {cause}; {}", path.display(), units_elsewhere(tables))]
    NoUnits {
        /// The path as given.
        path: PathBuf,
        /// What is missing.
        cause: String,
        /// The file's other tables of units.
        tables: Vec<String>,
    },
    /// The spike trains are inconsistent.
    #[error("{}: bad units: {cause}; correct the export", path.display())]
    BadUnits {
        /// The path as given.
        path: PathBuf,
        /// Which unit or array, and why.
        cause: String,
    },
    /// The trials are inconsistent.
    #[error("{}: bad trials: {cause}; correct the table", path.display())]
    BadTrials {
        /// The path as given.
        path: PathBuf,
        /// Which trial or column, and why.
        cause: String,
    },
    /// The file has no series of this name, or several.
    #[error("{}: {}", path.display(), no_series(series, available))]
    UnknownSeries {
        /// The path as given.
        path: PathBuf,
        /// The requested series.
        series: String,
        /// The paths of the series there are.
        available: Vec<String>,
    },
    /// A time series makes no sense.
    #[error("{}: series `{series}`: {cause}", path.display())]
    BadSeries {
        /// The file.
        path: PathBuf,
        /// The series.
        series: String,
        /// What is wrong, and what to do.
        cause: String,
    },
    /// A line of a text file is wrong.
    #[error("{}, line {line}: {cause}; correct that line", path.display())]
    BadLine {
        /// The text file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        cause: String,
    },
    /// A recording without trials cannot be cut into windows.
    #[error("{}: no trials: {next_step}", path.display())]
    NoTrials {
        /// The recording.
        path: PathBuf,
        /// What to add, and where.
        next_step: String,
        /// The file's other tables of intervals.
        tables: Vec<String>,
    },
    /// A table does not have this column.
    #[error("the {table} have no column `{column}`; choose one of: {available}")]
    UnknownColumn {
        /// `trials` or `units`.
        table: &'static str,
        /// The requested column.
        column: String,
        /// The table's columns, and those that could not be read.
        available: String,
    },
    /// A condition of a selection cannot be understood, or not be asked of its column.
    #[error(
        "condition `{condition}` on the {table}: {cause}; write COLUMN=VALUE with =, !=, >=, <=, > or <, several joined by commas, \
         values by |; the columns are: {available}"
    )]
    BadCondition {
        /// The condition as given.
        condition: String,
        /// What is wrong with it.
        cause: String,
        /// `trials` or `units`.
        table: &'static str,
        /// The table's columns.
        available: String,
    },
    /// A selection leaves nothing.
    #[error("`{expression}` leaves none of the {table}; {values}")]
    NothingChosen {
        /// `trials` or `units`.
        table: &'static str,
        /// The selection.
        expression: String,
        /// Its columns with their values.
        values: String,
    },
    /// Spike times and trial times cannot be seconds of one clock.
    #[error(
        "spikes are from {:.3} to {:.3} s, trials from {:.3} to {:.3} s: {cause}; convert all times to {unit} of one clock and export again",
        spikes.first_s, spikes.last_s, trials.first_s, trials.last_s
    )]
    Clock {
        /// From the first spike to the last.
        spikes: TimeRange,
        /// From the first start of a trial to the last stop.
        trials: TimeRange,
        /// Why not, and what they are likely to be.
        cause: String,
        /// The unit that all times of such a file have.
        unit: &'static str,
    },
    /// The times of events are relative to their trials.
    #[error(
        "column `{column}` holds {}, within the length of the trials but before these, of which the first starts at \
         {first_start_s} s: its times count from the start of their trial",
        times_in_ms(*range_ms)
    )]
    RelativeTimes {
        /// The alignment column.
        column: String,
        /// Its first and last time, milliseconds.
        range_ms: (f64, f64),
        /// The first start of a trial, seconds.
        first_start_s: f64,
    },
    /// The times of events are not relative to their trials, but are to be taken so.
    #[error(
        "column `{column}` holds times within the trials on the clock of the recording: they do not count from the start of their trial"
    )]
    AbsoluteTimes {
        /// The alignment column.
        column: String,
    },
    /// No label column was given, and no column has one of the usual names.
    #[error("no label column was given and the trials have none of the usual names; choose one of: {available}")]
    NoLabelColumn {
        /// The trials' columns, and those that could not be read.
        available: String,
    },
    /// The column's values cannot be used for this.
    #[error("column `{column}`: {cause}; choose another column")]
    UnsuitableColumn {
        /// The requested column.
        column: String,
        /// Why not.
        cause: String,
    },
    /// No trial has this class.
    #[error("class `{class}`: no trial has it in column `{column}`; choose from: {available}")]
    ClassWithoutTrials {
        /// The requested class.
        class: String,
        /// The label column.
        column: String,
        /// The trials' labels.
        available: String,
    },
    /// There are fewer than two classes.
    #[error(
        "column `{column}` leaves {n_classes} class(es) ({classes}), and decoding needs two or more; choose another label column or more classes"
    )]
    TooFewClasses {
        /// The label column.
        column: String,
        /// How many classes there are.
        n_classes: usize,
        /// Their names.
        classes: String,
    },
    /// The window fits into no trial of a class.
    #[error(
        "a window of {window_ms} ms at {offset_ms} ms after `{align_column}` ends after the stop of {n_trials} trial(s), first trial {trial}, and fits none of class `{class}`; the longest window that fits a trial of every class is {fits_ms} ms: shorten the window or move it"
    )]
    WindowTooLong {
        /// The requested window, ms.
        window_ms: u32,
        /// Its offset from the alignment, ms.
        offset_ms: f64,
        /// The alignment column.
        align_column: String,
        /// The class.
        class: String,
        /// How many trials are too short, of all classes.
        n_trials: usize,
        /// The first of the class (row of the trial table).
        trial: usize,
        /// The longest window that fits a trial of every class, whole ms (0: none).
        fits_ms: u64,
    },
    /// The window starts before every trial of a class.
    #[error(
        "a window at {offset_ms} ms after `{align_column}` starts before the start of {n_trials} trial(s), first trial {trial}, and fits none of class `{class}`; use a later offset"
    )]
    WindowBeforeTrial {
        /// The requested offset, ms.
        offset_ms: f64,
        /// The alignment column.
        align_column: String,
        /// The class.
        class: String,
        /// How many trials start later than their window, of all classes.
        n_trials: usize,
        /// The first of the class (row of the trial table).
        trial: usize,
    },
    /// Every trial of a class that could have a window is before the first spike or after the last.
    #[error(
        "class `{class}` has no trial within the times of the spikes: {n_trials} trial(s), first trial {trial}, end before the first spike or start after the last; check that spikes and trials are of one session and clock, or leave the class out"
    )]
    OutsideSpikes {
        /// The class.
        class: String,
        /// How many trials lie outside, of all classes.
        n_trials: usize,
        /// The first of the class (row of the trial table).
        trial: usize,
    },
    /// Two trials share spikes, so that no split can separate them.
    #[error(
        "the windows of trials {first} and {second} overlap in time, so a split could put the same spikes into training and test; correct the trial times, or choose one of the two"
    )]
    OverlappingTrials {
        /// Row of the earlier trial.
        first: usize,
        /// Row of the later trial.
        second: usize,
    },
    /// An option is outside its range.
    #[error("{option}: {cause}")]
    BadOption {
        /// The option's field name, such as `window_ms`.
        option: &'static str,
        /// Its value and its range.
        cause: String,
    },
    /// A window given as arrays is inconsistent with itself or with the data set.
    #[error("sample {sample}: {cause}; correct the arrays")]
    BadSample {
        /// Index of the window among the samples.
        sample: usize,
        /// What is wrong with it.
        cause: String,
    },
    /// The trials cannot be split like this.
    #[error("cannot split: {cause}")]
    BadSplit {
        /// Why, and the next step.
        cause: String,
    },
    /// A class has too few trials for a test in every fold.
    #[error("class `{class}` has {n_trials} trial(s), fewer than the {folds} folds, so some fold could not test it")]
    ClassTooSmall {
        /// The class.
        class: String,
        /// How many trials it has.
        n_trials: usize,
        /// The requested folds.
        folds: usize,
    },
    /// One of several recordings cannot be used.
    #[error("{}: {error}", path.display())]
    Of {
        /// The recording.
        path: PathBuf,
        /// Why not.
        error: Box<Error>,
    },
    /// Two recordings have other units, so they are no one set.
    #[error(
        "{} and {} have {cause}: one decoder needs the same units in both; choose units that both have", first.display(),
        second.display()
    )]
    OtherUnits {
        /// The first recording.
        first: PathBuf,
        /// The recording that differs.
        second: PathBuf,
        /// What differs.
        cause: String,
    },
    /// Two recordings have spikes in common.
    #[error(
        "{} and {} have spikes in common, so a split could put the same spikes into training and test; leave one out",
        first.display(), second.display()
    )]
    SharedSpikes {
        /// One of them.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Two recordings without common spikes have trials in common.
    #[error(
        "{trials} trials of {} are at the irregular times of trials of {}: they are one session, perhaps sorted twice, and a split \
         could put the same trials into training and test; leave one out", second.display(), first.display()
    )]
    SharedTrials {
        /// One of them.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// How many trials.
        trials: usize,
    },
    /// The recording cannot be written as NWB.
    #[error("the recording cannot be written as NWB: {cause}; check the names of its columns")]
    Layout {
        /// The HDF5 writer's message.
        cause: String,
    },
}

/// Times of events from the first to the last, or the only one.
fn times_in_ms((first_ms, last_ms): (f64, f64)) -> String {
    if first_ms == last_ms {
        return format!("{first_ms} ms in every trial");
    }
    format!("times from {first_ms} to {last_ms} ms")
}

/// That a series is not there, or that its name is that of several.
fn no_series(series: &str, available: &[String]) -> String {
    if available.is_empty() {
        return format!("there is no time series `{series}`, nor any other; export the behaviour into the file");
    }
    let named = available.iter().filter(|path| path.rsplit('/').next() == Some(series)).count();
    let what = if named > 1 { format!("{named} time series are named") } else { "there is no time series".to_owned() };
    format!("{what} `{series}`; choose a path of: {}", available.join(", "))
}

/// What to do in a file whose other tables of units are these.
fn units_elsewhere(tables: &[String]) -> String {
    if tables.is_empty() {
        return "export the sorted spike times into the file".into();
    }
    format!("the file has tables of units elsewhere: {}", tables.join(", "))
}

impl Error {
    /// The same with the name of the recording that it is about, if there are several.
    pub(crate) fn of(self, recordings: &[&Recording], index: usize) -> Error {
        if recordings.len() < 2 || self.names_its_file() {
            return self;
        }
        Error::Of { path: recordings[index].path.clone(), error: Box::new(self) }
    }

    /// Whether the message begins with the file it is about.
    pub fn names_its_file(&self) -> bool {
        matches!(
            self,
            Error::NotFound { .. }
                | Error::Read { .. }
                | Error::Write { .. }
                | Error::UnknownFormat { .. }
                | Error::DamagedHdf5 { .. }
                | Error::UnsupportedHdf5 { .. }
                | Error::NotClosed { .. }
                | Error::OtherFormat { .. }
                | Error::UnknownTable { .. }
                | Error::TooLarge { .. }
                | Error::NoUnits { .. }
                | Error::BadUnits { .. }
                | Error::BadTrials { .. }
                | Error::UnknownSeries { .. }
                | Error::BadSeries { .. }
                | Error::BadLine { .. }
                | Error::NoTrials { .. }
                | Error::Of { .. }
                | Error::OtherUnits { .. }
                | Error::SharedSpikes { .. }
                | Error::SharedTrials { .. }
        )
    }
}
