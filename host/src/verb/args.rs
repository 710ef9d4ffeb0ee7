//! Arguments that several verbs share.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use clap::Args;
use clap::builder::{PathBufValueParser, PossibleValue, PossibleValuesParser, RangedU64ValueParser, TypedValueParser};
use recording::{Dataset, Format, Recording, Selection, Tables, WindowOptions, doubts_of_classes, values_of_list};
use spec::board::BOARDS;
use spec::core::{CORES, NamedCore, core_named};

use super::warn;
use crate::failure::Failure;

/// Length of a window by default.
const WINDOW_MS: u32 = 50;

/// How windows are cut from trials.
#[derive(Debug, Args)]
pub struct WindowArgs {
    /// Trials column with the class of each trial; of pairs of numbers, such as target positions, their direction [default: the
    /// first usual name that the recording has, see `info`]
    #[arg(long, value_name = "COLUMN")]
    pub label_column: Option<String>,
    /// Classes to keep; a label with a comma is in double quotes: `left,"up, far"` [default: all]
    #[arg(long, value_parser = labels, value_name = "LABEL,...")]
    pub classes: Option<Vec<Labels>>,
    /// Trials column with the time at which a window starts [default: start_time]
    #[arg(long, value_name = "COLUMN")]
    pub align: Option<String>,
    /// Delay of the window after that time, in ms; may be negative [default: 0]
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    pub offset_ms: Option<i32>,
    /// Length of a window, in ms [default: 50]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..))]
    pub window_ms: Option<u32>,
    /// Also train on later windows of each trial, one every <MS> milliseconds; tests use only the first window
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..))]
    pub stride_ms: Option<u32>,
}

/// Labels of classes.
#[derive(Clone, Debug)]
pub struct Labels(Vec<String>);

fn labels(text: &str) -> Result<Labels, String> {
    values_of_list(text).map(Labels)
}

impl WindowArgs {
    fn classes(&self) -> Option<Vec<String>> {
        let lists = self.classes.as_ref()?;
        Some(lists.iter().flat_map(|Labels(labels)| labels.clone()).collect())
    }

    /// The windows of a recording, with ticks of `tick_ms`.
    #[must_use]
    pub fn options(&self, selection: &SelectionArgs, tick_ms: u32) -> WindowOptions {
        WindowOptions {
            label_column: self.label_column.clone(),
            classes: self.classes(),
            align_column: Some(self.align.clone().unwrap_or_else(|| recording::DEFAULT_ALIGN_COLUMN.to_owned())),
            offset_ms: f64::from(self.offset_ms.unwrap_or(0)),
            window_ms: self.window_ms.unwrap_or(WINDOW_MS),
            stride_ms: self.stride_ms,
            tick_ms,
            selection: selection.selection(),
            align_relative: selection.is_align_relative(),
            bin_angles: selection.bin_angles,
        }
    }

    /// The windows of a training, with what is given here in the place of the same option of the training.
    #[must_use]
    pub fn over(&self, selection: &SelectionArgs, trained: &WindowOptions) -> WindowOptions {
        let trained = selection.windows_over(trained);
        WindowOptions {
            label_column: self.label_column.clone().or(trained.label_column),
            classes: self.classes().or(trained.classes),
            align_column: self.align.clone().or(trained.align_column),
            offset_ms: self.offset_ms.map_or(trained.offset_ms, f64::from),
            window_ms: self.window_ms.unwrap_or(trained.window_ms),
            stride_ms: self.stride_ms.or(trained.stride_ms),
            ..trained
        }
    }
}

/// Which units and trials, of which tables.
#[derive(Debug, Default, Args)]
pub struct SelectionArgs {
    /// Units to use, by conditions on their columns: `location=M1|PMd,quality!=noise` or `snr>=4` [default: all]
    #[arg(long, value_name = "CONDITIONS")]
    pub units: Option<String>,
    /// Trials to use, by conditions on their columns: `result=R` [default: all]
    #[arg(long = "where", value_name = "CONDITIONS")]
    pub trials_where: Option<String>,
    /// Table of the file with the units [default: its units]
    #[arg(long, value_name = "TABLE")]
    pub units_table: Option<String>,
    /// Table of the file with the trials [default: its trials]
    #[arg(long, value_name = "TABLE")]
    pub trials_table: Option<String>,
    /// Take the times in the column of --align as counted from the start of their trial; `=false` if only those of the training are
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub align_relative: Option<bool>,
    /// Bin the angles of the label column: classes of equal width, the first around 0 degrees [default: each angle is a class]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(2..=360))]
    pub bin_angles: Option<u32>,
}

impl SelectionArgs {
    /// The units and trials.
    #[must_use]
    pub fn selection(&self) -> Selection {
        let over_none = |condition: &Option<String>| over(condition, &None);
        Selection { units: over_none(&self.units), trials: over_none(&self.trials_where) }
    }

    /// Whether times of events count from the start of their trial.
    #[must_use]
    pub fn is_align_relative(&self) -> bool {
        self.align_relative == Some(true)
    }

    /// The tables.
    #[must_use]
    pub fn tables(&self) -> Tables {
        Tables { units: self.units_table.clone(), trials: self.trials_table.clone() }
    }

    /// Whether nothing is chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let is_default = self.selection() == Selection::default() && self.tables() == Tables::default();
        is_default && !self.is_align_relative() && self.bin_angles.is_none()
    }

    /// Opens a recording, and prints its warnings on standard error.
    ///
    /// # Errors
    /// A file that cannot be used.
    pub fn open(&self, path: &Path) -> Result<Recording, Failure> {
        open(path, &self.tables())
    }

    /// The tables of a training, those that are given here in their place.
    #[must_use]
    pub fn tables_over(&self, trained: &Tables) -> Tables {
        let Tables { units, trials } = self.tables();
        Tables { units: units.or_else(|| trained.units.clone()), trials: trials.or_else(|| trained.trials.clone()) }
    }

    /// The conditions of a training, those that are given here in their place.
    #[must_use]
    pub fn selection_over(&self, trained: &Selection) -> Selection {
        Selection { units: over(&self.units, &trained.units), trials: over(&self.trials_where, &trained.trials) }
    }

    /// The windows of a training, with what is given here in the place of the same option of the training.
    #[must_use]
    pub fn windows_over(&self, trained: &WindowOptions) -> WindowOptions {
        let mut windows = trained.clone();
        windows.selection = self.selection_over(&trained.selection);
        windows.align_relative = self.align_relative.unwrap_or(trained.align_relative);
        windows.bin_angles = self.bin_angles.or(windows.bin_angles);
        windows
    }
}

/// A condition in the place of another; `all` is none.
fn over(given: &Option<String>, other: &Option<String>) -> Option<String> {
    match given.as_deref().map(str::trim) {
        None => other.clone(),
        Some("all") => None,
        Some(condition) => Some(condition.to_owned()),
    }
}

/// Prints what a selection does unexpectedly in a recording on standard error, and returns it.
///
/// # Errors
/// A selection that the recording does not allow.
pub(super) fn warn_of_selection(recording: &Recording, selection: &Selection) -> Result<Vec<String>, Failure> {
    let chosen = selection.choose(recording).map_err(|error| Failure::recording(&recording.path, &error))?;
    for warning in &chosen.warnings {
        warn(format_args!("{}: {warning}", recording.path.display()));
    }
    Ok(chosen.warnings)
}

/// Opens a recording with these tables, and prints its warnings on standard error.
///
/// # Errors
/// A file that cannot be used.
pub(super) fn open(path: &Path, tables: &Tables) -> Result<Recording, Failure> {
    let recording = open_unwarned(path, tables)?;
    for warning in &recording.warnings {
        warn(format_args!("{}: {warning}", path.display()));
    }
    Ok(recording)
}

/// Prints what is odd about the windows of recordings, their events and their labels on standard error, and returns it.
pub(super) fn warn_of_windows(recordings: &[&Recording], options: &WindowOptions, dataset: &Dataset) -> Vec<String> {
    let of_events = recordings.iter().filter_map(|recording| recording.doubt_of_events(options));
    let of_labels = recordings.iter().filter_map(|recording| recording.trials.doubt_of_labels(&dataset.label_column));
    let of_classes = doubts_of_classes(&dataset.label_column, &dataset.classes);
    let warnings: Vec<String> = of_events.chain(of_labels).chain(of_classes).chain(dataset.doubt()).collect();
    warnings.iter().for_each(warn);
    warnings
}

/// As [`open`], of a recording whose warnings are shown elsewhere.
///
/// # Errors
/// A file that cannot be used.
pub(super) fn open_unwarned(path: &Path, tables: &Tables) -> Result<Recording, Failure> {
    let mut recording = Recording::open_with(path, tables).map_err(|error| Failure::recording(path, &error))?;
    recording.warnings.extend(recording.doubts());
    if recording.format == Format::EventList && *tables != Tables::default() {
        let cause = format_args!("{}: an event list has no tables", path.display());
        return Err(Failure::input(cause).advise("leave out `--units-table` and `--trials-table`"));
    }
    Ok(recording)
}

/// Options of a list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
}

/// Parses the name of a core, or of a board, which stands for its core.
pub(super) fn core() -> impl TypedValueParser<Value = NamedCore> {
    let boards_with = |core: NamedCore| BOARDS.into_iter().filter(move |board| board.core == core);
    let names = CORES.map(|core| PossibleValue::new(core.name).aliases(boards_with(core).map(|board| board.name)));
    PossibleValuesParser::new(names).try_map(|name| {
        let of_board = BOARDS.into_iter().find(|board| board.name == name).map(|board| board.core);
        core_named(&name).or(of_board).ok_or("there is no such core")
    })
}

/// Parses a seed: a number that fits into JSON and TOML as an integer.
pub(super) fn seed() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(..=i64::MAX.unsigned_abs())
}

/// Parses the path of a waveform, whose ending says which format it has.
pub(super) fn waveform() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if ["vcd", "fst"].iter().any(|known| known.eq_ignore_ascii_case(ending)) {
            return Ok(path);
        }
        Err("a waveform is a VCD or FST file; give a name that ends in .vcd or .fst")
    })
}

/// The number of threads: as given, or one per processor.
pub(super) fn n_threads(given: Option<u16>) -> usize {
    given.map_or_else(|| thread::available_parallelism().map_or(1, NonZero::get), usize::from)
}
