//! What can go wrong with a recording; every message names the input, the cause and the next step.

use std::path::PathBuf;

use thiserror::Error;

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
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// The operating system refused to write.
    #[error("{}: cannot be written: {source}; name a file in a folder that exists, is writable and has space", path.display())]
    Write {
        /// The path as given.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// Neither HDF5 nor an event list.
    #[error("{}: neither HDF5 (NWB 2.x) nor an event list: {cause}; give an .nwb file, or text whose first line is `t_ms,channel`", path.display())]
    UnknownFormat {
        /// The path as given.
        path: PathBuf,
        /// What the first line was instead.
        cause: String,
    },
    /// The HDF5 structure cannot be followed.
    #[error("{}: the HDF5 data cannot be read: {cause}; the file may be truncated or damaged, so copy it again and compare sizes", path.display())]
    DamagedHdf5 {
        /// The path as given.
        path: PathBuf,
        /// What the HDF5 reader said.
        cause: String,
    },
    /// No spike trains.
    #[error("{}: no units: {cause}; export the sorted spike times into the file", path.display())]
    NoUnits {
        /// The path as given.
        path: PathBuf,
        /// What is absent.
        cause: String,
    },
    /// Spike trains that contradict themselves.
    #[error("{}: bad units: {cause}; correct the export", path.display())]
    BadUnits {
        /// The path as given.
        path: PathBuf,
        /// Which unit or array, and why.
        cause: String,
    },
    /// Trials that contradict themselves.
    #[error("{}: bad trials: {cause}; correct the table", path.display())]
    BadTrials {
        /// The path as given.
        path: PathBuf,
        /// Which trial or column, and why.
        cause: String,
    },
    /// A line of a text file that cannot be read.
    #[error("{}, line {line}: {cause}; correct that line", path.display())]
    BadLine {
        /// The text file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        cause: String,
    },
    /// Windows were asked of a recording without trials.
    #[error("{}: no trials: {next_step}", path.display())]
    NoTrials {
        /// The recording.
        path: PathBuf,
        /// What to add, and where.
        next_step: String,
    },
    /// A column that the trials do not have.
    #[error("the trials have no column `{column}`; choose one of: {available}")]
    UnknownColumn {
        /// The column asked for.
        column: String,
        /// The columns there are, and those that could not be read.
        available: String,
    },
    /// No column looks like a label.
    #[error("no label column was given and the trials have none of the usual names; choose one of: {available}")]
    NoLabelColumn {
        /// The columns there are, and those that could not be read.
        available: String,
    },
    /// A column whose values do not serve the purpose.
    #[error("column `{column}`: {cause}; choose another column")]
    UnsuitableColumn {
        /// The column asked for.
        column: String,
        /// What it holds instead.
        cause: String,
    },
    /// A requested class that no trial has.
    #[error("class `{class}`: no trial has it in column `{column}`; choose from: {available}")]
    ClassWithoutTrials {
        /// The class asked for.
        class: String,
        /// The label column.
        column: String,
        /// The labels there are.
        available: String,
    },
    /// Fewer than two classes.
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
    /// The window does not fit into every trial.
    #[error(
        "a window of {window_ms} ms at {offset_ms} ms after `{align_column}` ends after the stop of {n_trials} trial(s), first trial {trial}; the longest window that fits every trial is {fits_ms} ms: shorten the window or move it"
    )]
    WindowTooLong {
        /// The window asked for, ms.
        window_ms: u32,
        /// Its offset from the alignment, ms.
        offset_ms: f64,
        /// The alignment column.
        align_column: String,
        /// How many trials are too short.
        n_trials: usize,
        /// The first of them (row of the trial table).
        trial: usize,
        /// The longest window that fits every trial, whole ms (0: none).
        fits_ms: u64,
    },
    /// The window starts before its trial does.
    #[error(
        "a window at {offset_ms} ms after `{align_column}` starts before the start of {n_trials} trial(s), first trial {trial}; use a later offset"
    )]
    WindowBeforeTrial {
        /// The offset asked for, ms.
        offset_ms: f64,
        /// The alignment column.
        align_column: String,
        /// How many trials start later than their window.
        n_trials: usize,
        /// The first of them (row of the trial table).
        trial: usize,
    },
    /// Two trials share spikes, so that no split keeps them apart.
    #[error(
        "the windows of trials {first} and {second} overlap in time, so a split could put the same spikes on both sides; correct the trial times"
    )]
    OverlappingTrials {
        /// Row of the earlier trial.
        first: usize,
        /// Row of the later trial.
        second: usize,
    },
    /// An option outside its range.
    #[error("{option}: {cause}")]
    BadOption {
        /// The option's name.
        option: &'static str,
        /// What it was and what it may be.
        cause: String,
    },
    /// A split that the trials do not allow.
    #[error("cannot split: {cause}")]
    BadSplit {
        /// Why, and what to do about it.
        cause: String,
    },
    /// The HDF5 writer failed.
    #[error("the recording cannot be laid out as NWB: {cause}; check the names of its columns")]
    Layout {
        /// What the HDF5 writer said.
        cause: String,
    },
}

impl Error {
    /// Whether the message names the file that it is about.
    pub fn names_its_file(&self) -> bool {
        matches!(
            self,
            Error::NotFound { .. }
                | Error::Read { .. }
                | Error::Write { .. }
                | Error::UnknownFormat { .. }
                | Error::DamagedHdf5 { .. }
                | Error::NoUnits { .. }
                | Error::BadUnits { .. }
                | Error::BadTrials { .. }
                | Error::BadLine { .. }
                | Error::NoTrials { .. }
        )
    }
}
