//! MATLAB 7.3 files of self-paced reaching in the layout of Zenodo record 583331, read as NeuroBench reads them.
//!
//! `spikes` is a cell array of units by channels, `t` the times of the samples, `cursor_pos`, `finger_pos` and `target_pos` their
//! positions; `chan_names`, if it is there, names the channels. A channel has the spikes of all its units. A trial is a time without
//! a change of the target.

use std::collections::HashMap;
use std::path::Path;

use crate::hdf5::{self, Dataset, Member, NO_NUMBERS, ReadError, Reader, Values};
use crate::series::axis_names;
use crate::session::{READ_MAX_BYTES, session_name, tidy_units};
use crate::{Column, Error, Format, ListedSeries, NamedColumn, Recording, Series, Times, TrialTable};

const POSITIONS: [&str; 3] = ["cursor_pos", "finger_pos", "target_pos"];
/// The velocity that NeuroBench decodes.
const VELOCITY: &str = "cursor_vel";
/// The variables without which nothing is read.
const NEEDED: [&str; 3] = ["spikes", "t", "cursor_pos"];
/// Names of the channels, a cell each.
const CHANNEL_NAMES: &str = "chan_names";
/// An electrode has fewer units: where a cell array seems to have more on each, its axes are exchanged.
const MOST_UNITS: usize = 16;
/// Cells of a cell array that stand for an empty array have this attribute.
const EMPTY: &str = "MATLAB_empty";

/// Whether a file has this layout.
pub(crate) fn is_one(path: &Path) -> bool {
    missing(path).is_ok_and(|missing| missing.is_empty())
}

/// Refuses a file that has all needed variables but one.
pub(crate) fn refuse_incomplete(path: &Path) -> Result<(), Error> {
    let missing = match missing(path) {
        Ok(missing) if missing.len() == 1 => missing,
        _ => return Ok(()),
    };
    let quoted = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Err(Error::OtherFormat {
        path: path.into(),
        what: format!("an HDF5 file with the variables of a MATLAB file of reaching, but without {}", quoted(&missing)),
        next_step: format!(
            "save {} as variables of these names (in MATLAB: save with -v7.3), or export the session as NWB",
            quoted(&NEEDED)
        ),
    })
}

/// Those of the needed variables that a file does not have; all of an NWB file.
fn missing(path: &Path) -> Result<Vec<&'static str>, ReadError> {
    hdf5::read(path, READ_MAX_BYTES, |reader| {
        if !reader.root()?.texts("nwb_version")?.is_empty() {
            return Ok(NEEDED.to_vec());
        }
        Ok(NEEDED.into_iter().filter(|name| !matches!(reader.find(name), Ok(Some(Member::Dataset(_))))).collect())
    })
}

/// A file, read.
pub(crate) struct ReachMat {
    /// Spike times by channel, seconds.
    channels: Vec<Vec<f64>>,
    series: Vec<Series>,
    warnings: Vec<String>,
}

impl ReachMat {
    pub(crate) fn open(path: &Path) -> Result<ReachMat, Error> {
        let read = hdf5::read(path, READ_MAX_BYTES, |reader| {
            let stamps_s = dataset(reader, "t")?.reals().map_err(|error| of_variable("`t`", error))?;
            let mut series = Vec::new();
            for name in POSITIONS {
                if let Some(Member::Dataset(positions)) = reader.find(name)? {
                    series.push(position(name, &positions, &stamps_s)?);
                }
            }
            let (channels, warning) = spikes(reader)?;
            Ok(ReachMat { channels, series, warnings: warning.into_iter().collect() })
        });
        let mut read = read.map_err(|error| match error {
            ReadError::TooLarge(what) => Error::TooLarge { path: path.into(), what, most_bytes: READ_MAX_BYTES },
            ReadError::Damaged(cause) => Error::DamagedHdf5 { path: path.into(), cause },
            error => Error::UnsupportedHdf5 { path: path.into(), cause: error.to_string() },
        })?;
        let velocity = read.series.first().filter(|cursor| cursor.len() > 2).map(velocity);
        read.series.extend(velocity);
        Ok(read)
    }

    /// The session: a unit is a channel, a trial the time of a target.
    pub(crate) fn recording(self, path: &Path) -> Recording {
        let trials = self.series.iter().find(|series| series.name == "target_pos").map(segments).unwrap_or_default();
        let mut units = self.channels;
        let mut warnings = self.warnings;
        warnings.extend(tidy_units(&mut units));
        Recording {
            name: session_name(path),
            path: path.into(),
            format: Format::ReachMat,
            description: String::new(),
            sha256: String::new(),
            units,
            unit_columns: Vec::new(),
            unreadable_units: Vec::new(),
            trials,
            units_table: String::new(),
            trials_table: String::new(),
            units_tables: Vec::new(),
            interval_tables: Vec::new(),
            warnings,
        }
    }

    pub(crate) fn list(&self) -> Vec<ListedSeries> {
        let listed = |series: &Series| ListedSeries { name: series.name.clone(), path: series.path.clone() };
        self.series.iter().map(listed).collect()
    }

    pub(crate) fn series(self, name: &str) -> Result<Series, Error> {
        let found = self.series.into_iter().find(|series| series.path == name);
        found.ok_or_else(|| Error::BadOption { option: "target", cause: format!("there is no series `{name}`") })
    }
}

fn dataset<'a>(reader: &'a Reader, name: &str) -> Result<Box<Dataset<'a>>, ReadError> {
    match reader.find(name)? {
        Some(Member::Dataset(dataset)) => Ok(dataset),
        _ => Err(ReadError::Unsupported(format!("there is no array `{name}`; save it as a variable of that name"))),
    }
}

/// The error about a variable, or a part of it.
fn of_variable(what: &str, error: ReadError) -> ReadError {
    match error {
        ReadError::Unsupported(cause) => ReadError::Unsupported(format!("{what}: {cause}")),
        error => error,
    }
}

/// The spike times of each channel, from all its units, and what is odd about their layout.
fn spikes(reader: &Reader) -> Result<(Vec<Vec<f64>>, Option<String>), ReadError> {
    const HOW: &str = "save it as a cell array of channels by units, with the spike times of a unit in each cell";
    let cells = dataset(reader, "spikes")?;
    let n_names = match reader.find(CHANNEL_NAMES)? {
        Some(Member::Dataset(names)) => Some(names.lengths().iter().product()),
        _ => None,
    };
    let not_cells = |is: &str| ReadError::Unsupported(format!("`spikes` of shape {} {is}; {HOW}", cells.shape()));
    let Some(layout) = CellLayout::of(cells.lengths(), n_names) else {
        return Err(not_cells("does not have two axes"));
    };
    let Values::Reference(addresses) = cells.elements()? else {
        return Err(not_cells("is not a cell array"));
    };
    let mut targets: HashMap<u64, Box<Dataset>> = HashMap::new();
    if let Some(group) = reader.group("#refs#")? {
        for (_, member) in group.members()? {
            if let Member::Dataset(dataset) = member {
                targets.insert(dataset.address(), dataset);
            }
        }
    }
    let mut channels = vec![Vec::new(); layout.n_channels];
    for (cell, address) in addresses.iter().enumerate() {
        let Some(target) = targets.get(address) else {
            return Err(ReadError::Unsupported(format!("cell {cell} of `spikes` leads to no array; {HOW}")));
        };
        if target.number(EMPTY)?.unwrap_or(0.0) == 0.0 {
            let times_s = target.reals().map_err(|error| of_variable(&format!("cell {cell} of `spikes`"), error))?;
            channels[layout.channel(cell)].extend(times_s);
        }
    }
    channels.iter_mut().for_each(|channel| channel.sort_by(f64::total_cmp));
    let warning = layout.is_guessed.then(|| {
        format!(
            "`spikes` of shape {2} is taken as {0} channels with {1} unit(s) each, since no electrode has {0} units; if it is not, \
             transpose it, or add `{CHANNEL_NAMES}`",
            layout.n_channels,
            layout.n_units,
            cells.shape()
        )
    });
    Ok((channels, warning))
}

/// Which cells of a cell array are those of a channel.
#[derive(Debug, PartialEq)]
struct CellLayout {
    n_channels: usize,
    n_units: usize,
    /// Whether the cells of a channel follow each other.
    is_by_channel: bool,
    /// Whether nothing but the count of units tells so.
    is_guessed: bool,
}

impl CellLayout {
    /// Of an array of units by channels, as HDF5 has that of MATLAB, or of one that was transposed, which the number of names of
    /// channels tells, or a number of units that no electrode has. None if it is of another form.
    fn of(lengths: &[u64], n_names: Option<u64>) -> Option<CellLayout> {
        let (n_units, n_channels) = match *lengths {
            [n_units, n_channels] => (n_units, n_channels),
            [n_channels] => (1, n_channels),
            _ => return None,
        };
        let count = |length: u64| usize::try_from(length).ok();
        let is_named = |length: u64| n_names == Some(length);
        let tells = is_named(n_channels) != is_named(n_units);
        let is_guessed = !tells && n_units > n_channels && count(n_units)? > MOST_UNITS;
        let is_by_channel = is_guessed || tells && is_named(n_units);
        let (n_units, n_channels) = if is_by_channel { (n_channels, n_units) } else { (n_units, n_channels) };
        Some(CellLayout { n_channels: count(n_channels)?, n_units: count(n_units)?, is_by_channel, is_guessed })
    }

    fn channel(&self, cell: usize) -> usize {
        if self.is_by_channel { cell / self.n_units.max(1) } else { cell % self.n_channels.max(1) }
    }
}

/// A position of every sample, stored by axis as MATLAB does, or by sample.
fn position(name: &str, positions: &Dataset, stamps_s: &[f64]) -> Result<Series, ReadError> {
    let n_samples = stamps_s.len();
    let (n_axes, is_by_axis) =
        axes(positions.lengths(), n_samples).map_err(|cause| ReadError::Unsupported(format!("`{name}` {cause}")))?;
    let values = match positions.elements()? {
        Values::Real(values) => values,
        Values::Integer(values) => values.into_iter().map(|value| value as f64).collect(),
        _ => {
            return Err(ReadError::Unsupported(format!("`{name}`: {NO_NUMBERS}")));
        }
    };
    let places = (0..n_samples).flat_map(|sample| (0..n_axes).map(move |axis| axis * n_samples + sample));
    Ok(Series {
        name: name.into(),
        path: name.into(),
        unit: String::new(),
        description: String::new(),
        axes: axis_names(name, n_axes),
        times: Times::Stamps(stamps_s.to_vec()),
        values: if is_by_axis { places.map(|place| values[place]).collect() } else { values },
    })
}

/// The number of axes of positions in an array of these lengths, and whether those of an axis follow each other; or why its shape
/// does not fit the samples.
fn axes(lengths: &[u64], n_samples: usize) -> Result<(usize, bool), String> {
    let are_samples = |length: u64| length == n_samples as u64;
    let (n_axes, is_by_axis) = match *lengths {
        [one, other] if are_samples(one) && are_samples(other) => {
            return Err(format!(
                "of shape {lengths:?} has as many axes as `t` has samples ({n_samples}), so nothing tells which is which; save more \
                 samples"
            ));
        }
        [n_axes, length] if are_samples(length) => (n_axes, true),
        [length, n_axes] if are_samples(length) => (n_axes, false),
        [length] if are_samples(length) => (1, true),
        _ => {
            return Err(format!(
                "of shape {lengths:?} has no axis of the {n_samples} samples of `t`; save both over the same samples"
            ));
        }
    };
    let n_axes = usize::try_from(n_axes).ok().filter(|&n_axes| n_axes > 0 && n_samples > 0);
    n_axes.map(|n_axes| (n_axes, is_by_axis)).ok_or_else(|| format!("of shape {lengths:?} is empty; save its samples"))
}

/// Central differences of the cursor per sample, one-sided at both ends: the label of NeuroBench, which uses the next sample.
fn velocity(cursor: &Series) -> Series {
    let (n_samples, n_axes) = (cursor.len(), cursor.axes.len());
    let at = |sample: usize, axis: usize| cursor.values[sample * n_axes + axis];
    let difference = |sample: usize, axis: usize| {
        let (before, after) = (sample.saturating_sub(1), (sample + 1).min(n_samples - 1));
        (at(after, axis) - at(before, axis)) / (after - before) as f64
    };
    Series {
        name: VELOCITY.into(),
        path: VELOCITY.into(),
        unit: "per sample".into(),
        description: "central difference of cursor_pos, as NeuroBench decodes it".into(),
        values: (0..n_samples).flat_map(|sample| (0..n_axes).map(move |axis| difference(sample, axis))).collect(),
        ..cursor.clone()
    }
}

/// The times without a change of the target, as NeuroBench's segments.
fn segments(target: &Series) -> TrialTable {
    let n_axes = target.axes.len().max(1);
    let rows: Vec<&[f64]> = target.values.chunks_exact(n_axes).collect();
    let mut starts = vec![0];
    // A change between two samples ends the segment at the first of them.
    starts.extend((1..rows.len()).filter(|&sample| rows[sample] != rows[sample - 1]).map(|sample| sample - 1));
    starts.dedup();
    let last = rows.len().saturating_sub(1);
    let stops = starts.iter().skip(1).copied().chain([last]);
    let column = |axis: usize| NamedColumn {
        name: format!("target_{}", target.axes[axis]),
        description: String::new(),
        values: Column::Real(
            starts.iter().map(|&start| rows.get(start + 1).map_or(f64::NAN, |row| row[axis])).collect(),
        ),
    };
    TrialTable {
        start_s: starts.iter().map(|&sample| target.time_s(sample)).collect(),
        stop_s: stops.map(|sample| target.time_s(sample)).collect(),
        columns: (0..n_axes).map(column).collect(),
        unreadable: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: Vec<f64>) -> Series {
        Series {
            name: "target_pos".into(),
            path: "target_pos".into(),
            unit: String::new(),
            description: String::new(),
            axes: vec!["x".into()],
            times: Times::Stamps((0..values.len()).map(|sample| 1000.0 + 0.004 * sample as f64).collect()),
            values,
        }
    }

    #[test]
    fn the_axis_of_the_samples_is_found_whichever_way_round() {
        assert_eq!(axes(&[2, 100], 100), Ok((2, true)));
        assert_eq!(axes(&[100, 2], 100), Ok((2, false)));
        assert_eq!(axes(&[100], 100), Ok((1, true)));
        assert!(axes(&[2, 100], 50).unwrap_err().contains("shape [2, 100] has no axis of the 50 samples of `t`"));
        assert!(axes(&[2, 2], 2).unwrap_err().contains("nothing tells which is which"));
        assert!(axes(&[2, 0], 0).is_err() && axes(&[0, 5], 5).is_err() && axes(&[5, 2, 2], 5).is_err());
    }

    #[test]
    fn a_cell_array_is_of_units_by_channels_unless_names_or_counts_tell_otherwise() {
        let layout = |lengths: &[u64], n_names| {
            let CellLayout { n_channels, n_units, is_by_channel, is_guessed } =
                CellLayout::of(lengths, n_names).unwrap();
            (n_channels, n_units, is_by_channel, is_guessed)
        };
        assert_eq!(layout(&[5, 96], None), (96, 5, false, false));
        assert_eq!(layout(&[5, 96], Some(96)), (96, 5, false, false));
        assert_eq!(layout(&[5, 3], Some(5)), (5, 3, true, false));
        assert_eq!(layout(&[5, 3], Some(3)), (3, 5, false, false));
        assert_eq!(layout(&[5, 3], Some(7)), (3, 5, false, false));
        assert_eq!(layout(&[96, 2], None), (96, 2, true, true));
        assert_eq!(layout(&[24, 96], None), (96, 24, false, false));
        assert_eq!(layout(&[96], None), (96, 1, false, false));
        assert_eq!(CellLayout::of(&[2, 3, 4], None), None);
        let cells = |lengths: &[u64], n_names| {
            let layout = CellLayout::of(lengths, n_names).unwrap();
            (0..6).map(|cell| layout.channel(cell)).collect::<Vec<_>>()
        };
        assert_eq!(cells(&[2, 3], None), [0, 1, 2, 0, 1, 2]);
        assert_eq!(cells(&[3, 2], Some(3)), [0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn the_velocity_is_the_central_difference_of_a_step() {
        assert_eq!(velocity(&series(vec![0.0, 1.0, 4.0, 9.0])).values, [1.0, 2.0, 4.0, 5.0]);
    }

    #[test]
    fn a_segment_ends_at_the_last_sample_before_the_target_changes() {
        let trials = segments(&series(vec![5.0, 5.0, 5.0, 7.0, 7.0, 7.0]));
        let sample = |time_s: f64| ((time_s - 1000.0) / 0.004).round();
        assert_eq!(trials.start_s.iter().copied().map(sample).collect::<Vec<_>>(), [0.0, 2.0]);
        assert_eq!(trials.stop_s.iter().copied().map(sample).collect::<Vec<_>>(), [2.0, 5.0]);
        assert_eq!(trials.columns[0].values, Column::Real(vec![5.0, 7.0]));
    }
}
