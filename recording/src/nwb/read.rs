//! NWB 2.x in: spike times of `/units`, trials of `/intervals/trials`, and their plain columns.

use std::path::Path;

use crate::hdf5::{self, ReadError, Reader};
use crate::session::{READ_MAX_BYTES, is_countable_time, session_name, sort_units};
use crate::{Error, Format, NamedColumn, Recording, Tables, TrialTable, Unreadable};

const UNITS: &str = "units";
const TRIALS: &str = "intervals/trials";
const INDEX_SUFFIX: &str = "_index";

/// Opens an NWB 2.x file; the hash is left empty.
pub(crate) fn open(path: &Path, _tables: &Tables) -> Result<Recording, Error> {
    recording(path, hdf5::read(path, READ_MAX_BYTES, Raw::read))
}

/// As [`open`], of a file's bytes; `path` is its name.
pub(crate) fn from_bytes(path: &Path, bytes: &[u8], _tables: &Tables) -> Result<Recording, Error> {
    recording(path, hdf5::read_bytes(bytes, READ_MAX_BYTES, Raw::read))
}

fn recording(path: &Path, raw: Result<Raw, ReadError>) -> Result<Recording, Error> {
    let file = raw.map_err(|error| match error {
        ReadError::Damaged(cause) => Error::DamagedHdf5 { path: path.into(), cause },
        ReadError::TooLarge(what) => Error::TooLarge { path: path.into(), what, most_bytes: READ_MAX_BYTES },
    })?;
    let no_units = |cause: &str| Error::NoUnits { path: path.into(), cause: cause.into() };
    let spike_times = file.spike_times.ok_or_else(|| no_units("there is no /units/spike_times"))?;
    let ends = file.spike_times_index.ok_or_else(|| no_units("there is no /units/spike_times_index"))?;
    if ends.is_empty() {
        return Err(no_units("/units has no row"));
    }
    let mut units = cut_units(&spike_times, &ends).map_err(|cause| Error::BadUnits { path: path.into(), cause })?;
    let warnings = sort_units(&mut units);
    let (unit_columns, unreadable_units) = plain_columns(file.unit_columns, units.len());
    let trials = match file.trials {
        Some(raw) => trial_table(raw).map_err(|cause| Error::BadTrials { path: path.into(), cause })?,
        None => TrialTable::default(),
    };
    Ok(Recording {
        name: session_name(path),
        path: path.into(),
        format: Format::Nwb,
        description: file.description,
        sha256: String::new(),
        units,
        unit_columns,
        unreadable_units,
        trials_table: if trials.is_empty() { String::new() } else { TRIALS.into() },
        trials,
        warnings,
        units_table: UNITS.into(),
        units_tables: vec![UNITS.into()],
        interval_tables: vec![TRIALS.into()],
    })
}

/// The arrays of the file as they are, unchecked.
struct Raw {
    description: String,
    spike_times: Option<Vec<f64>>,
    spike_times_index: Option<Vec<i64>>,
    unit_columns: RawColumns,
    trials: Option<RawTrials>,
}

pub(super) struct RawTrials {
    pub(super) start_s: Option<Vec<f64>>,
    pub(super) stop_s: Option<Vec<f64>>,
    pub(super) columns: RawColumns,
}

/// The columns that are one plain value per row, and the others.
pub(super) type RawColumns = (Vec<NamedColumn>, Vec<Unreadable>);

impl Raw {
    fn read(reader: &Reader) -> Result<Raw, ReadError> {
        let units = reader.datasets(UNITS)?;
        let has = |names: &[String], name: &str| names.iter().any(|other| other == name);
        let trials = reader.datasets(TRIALS)?;
        let times = |name: &str| has(&trials, name).then(|| reader.reals(&format!("{TRIALS}/{name}"))).transpose();
        Ok(Raw {
            description: reader.text("session_description"),
            spike_times: has(&units, "spike_times").then(|| reader.reals("units/spike_times")).transpose()?,
            spike_times_index: has(&units, "spike_times_index")
                .then(|| reader.integers("units/spike_times_index"))
                .transpose()?,
            unit_columns: read_columns(reader, UNITS, &units, &["id", "spike_times"])?,
            trials: match trials.is_empty() {
                true => None,
                false => Some(RawTrials {
                    start_s: times("start_time")?,
                    stop_s: times("stop_time")?,
                    columns: read_columns(reader, TRIALS, &trials, &["id", "start_time", "stop_time"])?,
                }),
            },
        })
    }
}

/// The columns of a dynamic table except `known`, those of `colnames` first and in its order.
fn read_columns(reader: &Reader, table: &str, datasets: &[String], known: &[&str]) -> Result<RawColumns, ReadError> {
    let mut names: Vec<String> = reader.group_texts(table, "colnames");
    names.retain(|name| datasets.contains(name));
    names.extend(datasets.iter().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>());
    names.retain(|name| !known.contains(&name.as_str()));
    let (mut columns, mut unreadable) = (Vec::new(), Vec::new());
    let is_index = |name: &str| name.strip_suffix(INDEX_SUFFIX).is_some_and(|base| datasets.iter().any(|d| d == base));
    for name in names.into_iter().filter(|name| !is_index(name)) {
        let path = format!("{table}/{name}");
        if datasets.contains(&format!("{name}{INDEX_SUFFIX}")) {
            unreadable.push(Unreadable { name, reason: "ragged".into() });
            continue;
        }
        match reader.column(&path)? {
            Some(values) => {
                columns.push(NamedColumn { description: reader.dataset_text(&path, "description"), name, values });
            }
            None => unreadable.push(Unreadable { name, reason: "not one plain value per row".into() }),
        }
    }
    Ok((columns, unreadable))
}

/// Moves the columns that do not have one value per row to the unreadable ones.
fn plain_columns((columns, mut unreadable): RawColumns, n_rows: usize) -> RawColumns {
    let (plain, other): (Vec<_>, Vec<_>) = columns.into_iter().partition(|column| column.values.len() == n_rows);
    unreadable.extend(other.into_iter().map(|column| {
        let reason = format!("{} values for {n_rows} rows", column.values.len());
        Unreadable { name: column.name, reason }
    }));
    (plain, unreadable)
}

/// Cuts the ragged array at its cumulative ends: unit `u` is `ends[u - 1]..ends[u]`.
pub(super) fn cut_units(spike_times: &[f64], ends: &[i64]) -> Result<Vec<Vec<f64>>, String> {
    let mut start = 0;
    let mut units = Vec::with_capacity(ends.len());
    for (unit, &end) in ends.iter().enumerate() {
        let times = usize::try_from(end).ok().and_then(|end| spike_times.get(start..end)).ok_or_else(|| {
            format!(
                "/units/spike_times_index: unit {unit} ends at {end}, but it must be between {start} and {}",
                spike_times.len()
            )
        })?;
        if let Some(time) = times.iter().find(|&&time| !is_countable_time(time)) {
            return Err(format!("unit {unit} has the spike time {time}, which is not finite or too large"));
        }
        units.push(times.to_vec());
        start += times.len();
    }
    if start != spike_times.len() {
        return Err(format!(
            "/units/spike_times_index ends at {start}, but /units/spike_times has {} spikes",
            spike_times.len()
        ));
    }
    Ok(units)
}

pub(super) fn trial_table(raw: RawTrials) -> Result<TrialTable, String> {
    let start_s = raw.start_s.ok_or("there is no /intervals/trials/start_time")?;
    let stop_s = raw.stop_s.ok_or("there is no /intervals/trials/stop_time")?;
    if start_s.len() != stop_s.len() {
        return Err(format!("{} start times but {} stop times", start_s.len(), stop_s.len()));
    }
    let (columns, unreadable) = plain_columns(raw.columns, start_s.len());
    Ok(TrialTable { start_s, stop_s, columns, unreadable })
}
