//! MATLAB 7.3 files of self-paced reaching in the layout of Zenodo record 583331, read as NeuroBench reads them.
//!
//! `spikes` is a cell array of units by channels, `t` the times of the samples, `cursor_pos`, `finger_pos` and `target_pos` their
//! positions. A channel has the spikes of all its units. A trial is a time without a change of the target.

use std::collections::HashMap;
use std::path::Path;

use crate::hdf5::{self, Dataset, Member, ReadError, Reader, Values};
use crate::series::axis_names;
use crate::session::{READ_MAX_BYTES, session_name, tidy_units};
use crate::{Column, Error, Format, ListedSeries, NamedColumn, Recording, Series, Times, TrialTable};

const POSITIONS: [&str; 3] = ["cursor_pos", "finger_pos", "target_pos"];
/// The velocity that NeuroBench decodes.
const VELOCITY: &str = "cursor_vel";
/// Cells of a cell array that stand for an empty array have this attribute.
const EMPTY: &str = "MATLAB_empty";

/// Whether a file has this layout.
pub(crate) fn is_one(path: &Path) -> bool {
    let found = hdf5::read(path, READ_MAX_BYTES, |reader| {
        Ok(["spikes", "t", "cursor_pos"].iter().all(|name| matches!(reader.find(name), Ok(Some(Member::Dataset(_))))))
    });
    found.unwrap_or(false)
}

/// A file, read.
pub(crate) struct ReachMat {
    /// Spike times by channel, seconds.
    channels: Vec<Vec<f64>>,
    series: Vec<Series>,
}

impl ReachMat {
    pub(crate) fn open(path: &Path) -> Result<ReachMat, Error> {
        let read = hdf5::read(path, READ_MAX_BYTES, |reader| {
            let stamps_s = dataset(reader, "t")?.reals()?;
            let mut series = Vec::new();
            for name in POSITIONS {
                if let Some(Member::Dataset(positions)) = reader.find(name)? {
                    series.push(position(name, &positions, &stamps_s)?);
                }
            }
            Ok(ReachMat { channels: spikes(reader)?, series })
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
        let warnings = tidy_units(&mut units);
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
        _ => Err(ReadError::Unsupported(format!("there is no array `{name}`"))),
    }
}

/// The spike times of each channel, from all its units.
fn spikes(reader: &Reader) -> Result<Vec<Vec<f64>>, ReadError> {
    let cells = dataset(reader, "spikes")?;
    let n_channels = match *cells.lengths() {
        [_, n_channels] | [n_channels] => usize::try_from(n_channels).unwrap_or(usize::MAX),
        _ => return Err(ReadError::Unsupported("`spikes` is not a cell array of units by channels".into())),
    };
    let Values::Reference(addresses) = cells.elements()? else {
        return Err(ReadError::Unsupported("`spikes` is not a cell array".into()));
    };
    let mut targets: HashMap<u64, Box<Dataset>> = HashMap::new();
    if let Some(group) = reader.group("#refs#")? {
        for (_, member) in group.members()? {
            if let Member::Dataset(dataset) = member {
                targets.insert(dataset.address(), dataset);
            }
        }
    }
    let mut channels = vec![Vec::new(); n_channels];
    for (cell, address) in addresses.iter().enumerate() {
        let Some(target) = targets.get(address) else {
            return Err(ReadError::Unsupported(format!("cell {cell} of `spikes` leads to no array")));
        };
        if target.number(EMPTY)?.unwrap_or(0.0) == 0.0 {
            channels[cell % n_channels.max(1)].extend(target.reals()?);
        }
    }
    channels.iter_mut().for_each(|channel| channel.sort_by(f64::total_cmp));
    Ok(channels)
}

/// A position of every sample, stored by axis.
fn position(name: &str, positions: &Dataset, stamps_s: &[f64]) -> Result<Series, ReadError> {
    let by_axis = match positions.elements()? {
        Values::Real(values) => values,
        Values::Integer(values) => values.into_iter().map(|value| value as f64).collect(),
        _ => return Err(ReadError::Unsupported(format!("`{name}` does not hold numbers"))),
    };
    let n_samples = stamps_s.len();
    if n_samples == 0 || by_axis.len() % n_samples != 0 {
        let cause = format!("`{name}` has {} numbers for the {n_samples} samples of `t`", by_axis.len());
        return Err(ReadError::Unsupported(cause));
    }
    let n_axes = by_axis.len() / n_samples;
    let places = (0..n_samples).flat_map(|sample| (0..n_axes).map(move |axis| axis * n_samples + sample));
    Ok(Series {
        name: name.into(),
        path: name.into(),
        unit: String::new(),
        description: String::new(),
        axes: axis_names(name, n_axes),
        times: Times::Stamps(stamps_s.to_vec()),
        values: places.map(|place| by_axis[place]).collect(),
    })
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
