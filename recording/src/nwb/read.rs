//! NWB 2.x in: the spike times of a table of units, a table of trials, and their plain columns.

use std::path::Path;

use super::columns::{coarse_events, coarse_times, read_columns, times};
use super::electrodes;
use super::tables::{self, Found};
use crate::hdf5::{self, Dataset, Group, Member, ReadError, Reader};
use crate::session::{READ_MAX_BYTES, is_countable_time, session_name, tidy_units, why_uncountable};
use crate::table::ID;
use crate::{Column, Error, Format, NamedColumn, Recording, Tables, TrialTable};

const UNITS: &str = "units";
const TRIALS: &str = "intervals/trials";

/// Opens an NWB 2.x file; the hash is left empty.
pub(crate) fn open(path: &Path, tables: &Tables) -> Result<Recording, Error> {
    let recording = hdf5::read(path, READ_MAX_BYTES, |reader| Ok(Source { path, reader }.recording(tables)));
    recording.map_err(|error| failure(path, error))?
}

/// As [`open`], of a file's bytes; `path` is its name.
pub(crate) fn from_bytes(path: &Path, bytes: &[u8], tables: &Tables) -> Result<Recording, Error> {
    let recording = hdf5::read_bytes(bytes, READ_MAX_BYTES, |reader| Ok(Source { path, reader }.recording(tables)));
    recording.map_err(|error| failure(path, error))?
}

pub(super) fn failure(path: &Path, error: ReadError) -> Error {
    let path = path.into();
    match error {
        ReadError::Damaged(cause) => Error::DamagedHdf5 { path, cause },
        ReadError::Unsupported(cause) => Error::UnsupportedHdf5 { path, cause },
        ReadError::TooLarge(what) => Error::TooLarge { path, what, most_bytes: READ_MAX_BYTES },
        ReadError::NotClosed => Error::NotClosed { path },
    }
}

/// A file open for reading, and its name.
struct Source<'a> {
    path: &'a Path,
    reader: &'a Reader,
}

/// The columns and the spike times of the units.
struct Units {
    spike_times: Vec<Vec<f64>>,
    columns: Vec<NamedColumn>,
    unreadable: Vec<crate::Unreadable>,
    warnings: Vec<String>,
}

impl Source<'_> {
    fn recording(&self, wanted: &Tables) -> Result<Recording, Error> {
        let root = self.reader.root().map_err(|error| self.failure(error))?;
        let version_warning = self.refuse_other_formats(&root)?;
        let found = tables::find(&root).map_err(|error| self.failure(error))?;
        let (units_table, units_group) = self.units_group(wanted, &found)?;
        let mut units = self.units(&units_group, &found)?;
        let mut warnings: Vec<String> = version_warning.into_iter().collect();
        warnings.append(&mut units.warnings);
        warnings.extend(tidy_units(&mut units.spike_times));
        let (trials_table, trials) = match self.trials_group(wanted, &found)? {
            Some((table, group)) => (table, self.trials(&group, &mut warnings)?),
            None => (String::new(), TrialTable::default()),
        };
        Ok(Recording {
            name: session_name(self.path),
            path: self.path.into(),
            format: Format::Nwb,
            description: self.description(),
            sha256: String::new(),
            units: units.spike_times,
            unit_columns: units.columns,
            unreadable_units: units.unreadable,
            trials,
            units_table,
            trials_table,
            units_tables: found.units,
            interval_tables: found.intervals,
            warnings,
        })
    }

    fn failure(&self, error: ReadError) -> Error {
        failure(self.path, error)
    }

    /// Of a dataset that cannot be done without.
    fn dataset_failure(&self, dataset: &str, error: ReadError) -> Error {
        self.failure(match error {
            ReadError::Unsupported(cause) => ReadError::Unsupported(format!("/{dataset} is unreadable: {cause}")),
            other => other,
        })
    }

    /// Refuses HDF5 that is not NWB 2; a warning if it does not say what it is.
    fn refuse_other_formats(&self, root: &Group) -> Result<Option<String>, Error> {
        let other = |what: String| {
            let next_step = "export the session as NWB 2 (pynwb, MatNWB)".into();
            Err(Error::OtherFormat { path: self.path.into(), what, next_step })
        };
        let version = root.texts("nwb_version").map_err(|error| self.failure(error))?.pop().unwrap_or_default();
        match version.split('.').next().unwrap_or_default().parse::<u32>() {
            Ok(2) => return Ok(None),
            Ok(1) => return other("an NWB 1.x file".into()),
            Ok(_) => return other(format!("a file of NWB {version}")),
            Err(_) if !version.is_empty() => {
                return Ok(Some(format!("its `nwb_version` is `{version}`, which is none; it was read as NWB 2")));
            }
            Err(_) => {}
        }
        let names = root.members().map_err(|error| self.failure(error))?;
        if names.iter().any(|(name, _)| name == "nwb_version") {
            return other("an NWB 1.x file".into());
        }
        if tables::find(root).is_ok_and(|found| !found.units.is_empty()) {
            return Ok(Some("it has no `nwb_version`; it was read as NWB 2".into()));
        }
        if names.iter().any(|(name, _)| name == "node") {
            let what = "a network as a NIR file".into();
            let next_step = format!("turn it into an image: motorsrnn import {}", self.path.display());
            return Err(Error::OtherFormat { path: self.path.into(), what, next_step });
        }
        other("an HDF5 file without the attribute `nwb_version` of NWB".into())
    }

    fn description(&self) -> String {
        let Ok(Some(Member::Dataset(dataset))) = self.reader.find("session_description") else { return String::new() };
        match dataset.column(1) {
            Ok(Column::Text(texts)) => texts.concat(),
            _ => String::new(),
        }
    }

    fn units_group(&self, wanted: &Tables, found: &Found) -> Result<(String, Group<'_>), Error> {
        if let Some(name) = &wanted.units {
            return self.wanted_table(name, "", &found.units);
        }
        match self.reader.group(UNITS).map_err(|error| self.failure(error))? {
            Some(group) => Ok((UNITS.into(), group)),
            None => Err(self.no_units(format!("there is no /{UNITS}"), found)),
        }
    }

    fn trials_group(&self, wanted: &Tables, found: &Found) -> Result<Option<(String, Group<'_>)>, Error> {
        if let Some(name) = &wanted.trials {
            return self.wanted_table(name, "intervals/", &found.intervals).map(Some);
        }
        let group = self.reader.group(TRIALS).map_err(|error| self.failure(error))?;
        Ok(group.map(|group| (TRIALS.into(), group)))
    }

    /// The table of that name below `folder`, or else at the place of that name, or else the only one that ends in it.
    fn wanted_table(&self, name: &str, folder: &str, tables: &[String]) -> Result<(String, Group<'_>), Error> {
        let name = name.trim_matches('/');
        let mut ends = tables.iter().filter(|table| table.rsplit('/').next() == Some(name)).cloned();
        let only = ends.next().filter(|_| ends.next().is_none());
        for place in [format!("{folder}{name}"), name.to_owned()].into_iter().chain(only) {
            if let Some(group) = self.reader.group(&place).map_err(|error| self.failure(error))? {
                return Ok((place, group));
            }
        }
        let available = if tables.is_empty() { "none".into() } else { tables.join(", ") };
        Err(Error::UnknownTable { path: self.path.into(), table: name.into(), available })
    }

    fn no_units(&self, cause: String, found: &Found) -> Error {
        let tables = found.units.iter().filter(|table| *table != UNITS).cloned().collect();
        Error::NoUnits { path: self.path.into(), cause, tables }
    }

    fn units(&self, group: &Group, found: &Found) -> Result<Units, Error> {
        let table = group.path();
        let members = group.members().map_err(|error| self.failure(error))?;
        let dataset = |name: &str| match members.iter().find(|(other, _)| other == name) {
            Some((_, Member::Dataset(dataset))) => Ok(dataset),
            Some((_, Member::Unreachable(reason))) => {
                Err(self.failure(ReadError::Unsupported(format!("/{table}/{name} is {reason}"))))
            }
            _ => Err(self.no_units(format!("there is no /{table}/{name}"), found)),
        };
        let read = |dataset: &Dataset, error| self.dataset_failure(dataset.path(), error);
        let times = dataset("spike_times")?;
        let bad = |cause: String| Error::BadUnits { path: self.path.into(), cause };
        if times.has_lists() {
            return Err(bad(format!(
                "/{table}/spike_times has a list of times in each row, where NWB has the times of all units in one array, and in \
                 /{table}/spike_times_index where each unit ends (pynwb's add_unit writes both)"
            )));
        }
        if members.iter().all(|(name, _)| name != "spike_times_index") {
            return Err(bad(format!(
                "there is no /{table}/spike_times_index, which says where in /{table}/spike_times each unit ends (pynwb's add_unit writes \
                 both)"
            )));
        }
        let index = dataset("spike_times_index")?;
        let ends = index.integers().map_err(|error| read(index, error))?;
        if ends.is_empty() {
            return Err(self.no_units(format!("/{table} has no row"), found));
        }
        let places = times;
        let times = places.reals().map_err(|error| read(places, error))?;
        let warnings = coarse_times(places, &times, 1.0).into_iter().collect();
        let spike_times = cut_units(table, &times, &ends).map_err(bad)?;
        drop(times);
        let known = ["spike_times", "electrodes", "electrode_group"];
        let (columns, unreadable) =
            read_columns(group, &members, &known, ends.len()).map_err(|error| self.failure(error))?;
        let mut units = Units { spike_times, columns, unreadable, warnings };
        electrodes::add_columns(self.reader, &members, ends.len(), &mut units.columns, &mut units.unreadable);
        Ok(units)
    }

    fn trials(&self, group: &Group, warnings: &mut Vec<String>) -> Result<TrialTable, Error> {
        let table = group.path();
        let members = group.members().map_err(|error| self.failure(error))?;
        let bad = |cause| Error::BadTrials { path: self.path.into(), cause };
        let mut read = |name: &str| match times(&members, name) {
            Some(Ok((times, warning))) => {
                warnings.extend(warning);
                Ok(times)
            }
            Some(Err(error)) => Err(self.dataset_failure(&format!("{table}/{name}"), error)),
            None => Err(bad(format!("there is no /{table}/{name}"))),
        };
        if members.is_empty() {
            return Ok(TrialTable::default());
        }
        let (start_s, stop_s) = (read("start_time")?, read("stop_time")?);
        if start_s.len() != stop_s.len() {
            return Err(bad(format!("{} start times but {} stop times", start_s.len(), stop_s.len())));
        }
        let (mut columns, unreadable) = read_columns(group, &members, &["start_time", "stop_time"], start_s.len())
            .map_err(|error| self.failure(error))?;
        columns.retain(|column| column.name != ID || !numbers_rows(&column.values));
        let trials = TrialTable { start_s, stop_s, columns, unreadable };
        warnings.extend(coarse_events(&members, &trials));
        Ok(trials)
    }
}

/// Whether ids are the numbers of the rows, which need no column.
fn numbers_rows(ids: &Column) -> bool {
    ids.labels_of_rows().into_iter().enumerate().all(|(row, id)| id == Some(row.to_string()))
}

/// Cuts the ragged array at its cumulative ends: unit `u` is `ends[u - 1]..ends[u]`.
pub(super) fn cut_units(table: &str, spike_times: &[f64], ends: &[i64]) -> Result<Vec<Vec<f64>>, String> {
    let mut start = 0;
    let mut units = Vec::with_capacity(ends.len());
    for (unit, &end) in ends.iter().enumerate() {
        let times = usize::try_from(end).ok().and_then(|end| spike_times.get(start..end)).ok_or_else(|| {
            format!(
                "/{table}/spike_times_index: unit {unit} ends at {end}, but it must be between {start} and {}",
                spike_times.len()
            )
        })?;
        if let Some(time) = times.iter().find(|&&time| time.is_finite() && !is_countable_time(time)) {
            return Err(format!(
                "unit {unit} has the spike time {time:e}, which is {}",
                why_uncountable(*time, "seconds")
            ));
        }
        units.push(times.to_vec());
        start += times.len();
    }
    if start != spike_times.len() {
        return Err(format!(
            "/{table}/spike_times_index ends at {start}, but /{table}/spike_times has {} spikes",
            spike_times.len()
        ));
    }
    Ok(units)
}
