//! A recorded session: spike times by channel and the trial table, whatever file they came from.

use std::path::{Path, PathBuf};

use crate::{NamedColumn, TrialTable, Unreadable};

/// The most memory, in bytes, that the arrays of one file may take while it is read.
pub const READ_MAX_BYTES: u64 = 2 << 30;

/// A recorded or generated session.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The file's stem, or the generator's name for the session.
    pub name: String,
    /// The path it was opened from; the name for a generated session.
    pub path: PathBuf,
    /// The kind of file it came from.
    pub format: Format,
    /// The file's description of the session; may be empty.
    pub description: String,
    /// SHA-256 as 64 hexadecimal digits: of the file; of an event list followed by its companion; for a generated
    /// session of the file that [`write_nwb`](crate::write_nwb) writes.
    pub sha256: String,
    /// Spike times of each unit in seconds: finite and ascending, whatever the file's order. A unit is one channel of
    /// the decoder; it may be empty.
    pub units: Vec<Vec<f64>>,
    /// The file's columns about the units, each as long as `units`.
    pub unit_columns: Vec<NamedColumn>,
    /// Columns about the units that cannot be read.
    pub unreadable_units: Vec<Unreadable>,
    /// The trials; without rows if the file has none.
    pub trials: TrialTable,
    /// The table that the units come from, as a path in the file without the leading slash; empty except for NWB.
    pub units_table: String,
    /// The table that the trials come from, in the same way; empty if there is none.
    pub trials_table: String,
    /// All tables of units in the file.
    pub units_tables: Vec<String>,
    /// All tables of intervals in the file, trials among them.
    pub interval_tables: Vec<String>,
    /// What is odd about the file, though it can be read: for a person to look at.
    pub warnings: Vec<String>,
}

/// The kind of file a recording came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Neurodata Without Borders 2.x, in HDF5.
    Nwb,
    /// Text with the header `t_ms,channel`.
    EventList,
    /// Made by a program, as by [`generate`](crate::generate).
    Generated,
}

impl Recording {
    /// Number of channels, which is the number of units.
    pub fn n_channels(&self) -> usize {
        self.units.len()
    }

    /// Number of spikes of all units.
    pub fn n_spikes(&self) -> usize {
        self.units.iter().map(Vec::len).sum()
    }
}

/// Leaves finite spike times in ascending order; warns of what was left out, and of a clock that may have been set back.
pub(crate) fn tidy_units(units: &mut [Vec<f64>]) -> Vec<String> {
    [leave_out_missing(units), sort(units)].into_iter().flatten().collect()
}

/// Leaves out the times that are NaN or infinite, as padding is.
fn leave_out_missing(units: &mut [Vec<f64>]) -> Option<String> {
    let (mut n_times, mut rows) = (0, Vec::new());
    for (row, unit) in units.iter_mut().enumerate() {
        let n_before = unit.len();
        unit.retain(|time| time.is_finite());
        if unit.len() < n_before {
            n_times += n_before - unit.len();
            rows.push(row);
        }
    }
    let first = rows.first()?;
    let n_units = rows.len();
    Some(format!(
        "{n_times} spike time(s) of {n_units} unit(s), first of unit {first}, are NaN or infinite; they were left out"
    ))
}

/// Sorts the times of every unit. A clock that was set back falls now and then; a list that falls more often was in another
/// order.
fn sort(units: &mut [Vec<f64>]) -> Option<String> {
    const MOST_FALLS_SHARE: f64 = 0.1;
    let falls = |unit: &[f64]| unit.windows(2).filter(|pair| pair[1] < pair[0]).count();
    let n_falls: usize = units.iter().map(|unit| falls(unit)).sum();
    let n_spikes: usize = units.iter().map(Vec::len).sum();
    let fall = |unit: &Vec<f64>| unit.windows(2).position(|pair| pair[1] < pair[0]);
    let mut fallen = units.iter().enumerate().filter_map(|(row, unit)| Some((row, fall(unit)?, unit)));
    let to_us = |time_s: f64| (time_s * 1e6).round() / 1e6;
    let first = fallen.next().map(|(row, spike, unit)| (row, to_us(unit[spike]), to_us(unit[spike + 1])));
    let n_units = fallen.count() + 1;
    units.iter_mut().for_each(|unit| unit.sort_by(f64::total_cmp));
    let is_clock = n_falls <= n_units || (n_falls as f64) < MOST_FALLS_SHARE * n_spikes as f64;
    first.filter(|_| is_clock).map(|(row, before_s, after_s)| {
        format!(
            "the spike times of {n_units} unit(s) fall back, first in unit {row} from {before_s} s to {after_s} s; they were sorted, \
             but if the clock was set back, spikes are misplaced"
        )
    })
}

/// Whether a time in seconds fits 64-bit nanoseconds.
pub(crate) fn is_countable_time(time_s: f64) -> bool {
    /// A quarter of the range, 73 years, which leaves room for offsets and window lengths.
    const MOST_S: f64 = (1_u64 << 61) as f64 / 1e9;
    // NaN fails the comparison.
    time_s.abs() < MOST_S
}

/// What is wrong with a time that is not countable, and that should be in `unit`.
pub(crate) fn why_uncountable(time_s: f64, unit: &str) -> String {
    /// The largest that can be meant: nanoseconds since 1970.
    const MOST_NS: f64 = 1e19;
    match time_s.abs() {
        time if time <= MOST_NS => format!("too large for {unit}; it is probably in nanoseconds or microseconds"),
        time if time.is_finite() => "too large for a time".into(),
        _ => "not finite".into(),
    }
}

/// The name that a file gives its session.
pub(crate) fn session_name(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
