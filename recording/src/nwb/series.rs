//! Time series of behaviour in NWB: every `TimeSeries` outside the tables, and containers whose one-dimensional series are axes.

use std::collections::BTreeMap;
use std::path::Path;

use super::read::failure;
use super::tables::walk;
use crate::hdf5::{self, Dataset, Group, Member, ReadError, Reader, Values};
use crate::series::axis_names;
use crate::session::READ_MAX_BYTES;
use crate::{Error, ListedSeries, Series, Times};

/// Root groups without behaviour.
const OTHER_GROUPS: [&str; 5] = ["general", "intervals", "specifications", "stimulus", "units"];
/// Types of series that are signals of cells or pictures.
const OTHER_TYPES: [&str; 12] = [
    "CurrentClampSeries",
    "ElectricalSeries",
    "ImageMaskSeries",
    "ImageSeries",
    "IndexSeries",
    "IZeroClampSeries",
    "OnePhotonSeries",
    "OpticalSeries",
    "RoiResponseSeries",
    "SpikeEventSeries",
    "TwoPhotonSeries",
    "VoltageClampSeries",
];
/// Types of series that may be behaviour.
const SERIES_TYPES: [&str; 2] = ["SpatialSeries", "TimeSeries"];
/// More axes than that are samples, where the file does not tell.
const MOST_AXES: u64 = 64;

/// A series in a file: the group at its path, or the groups of that container.
struct Place {
    path: String,
    parts: Vec<String>,
}

/// The series of a file, by path.
pub(crate) fn list_series(file: &Path) -> Result<Vec<ListedSeries>, Error> {
    let places = hdf5::read(file, READ_MAX_BYTES, |reader| places(&reader.root()?));
    let listed = |place: Place| ListedSeries {
        name: place.path.rsplit('/').next().unwrap_or_default().to_owned(),
        path: place.path,
    };
    Ok(places.map_err(|error| failure(file, error))?.into_iter().map(listed).collect())
}

/// Reads the series at a path that [`list_series`] gave.
pub(crate) fn read_series(file: &Path, path: &str) -> Result<Series, Error> {
    let bad = |cause: String| Error::BadSeries { path: file.into(), series: path.into(), cause };
    let series = hdf5::read(file, READ_MAX_BYTES, |reader| {
        let found = places(&reader.root()?)?.into_iter().find(|place| place.path == path);
        Ok(match found {
            Some(place) if !place.parts.is_empty() => read_container(reader, &place)?,
            _ => read_group(reader, path)?,
        })
    });
    series.map_err(|error| failure(file, error))?.map_err(bad)
}

/// The series below the root, by path.
fn places(root: &Group) -> Result<Vec<Place>, ReadError> {
    let mut found = Vec::new();
    // Of each container the one-dimensional series in it, with their lengths.
    let mut containers: BTreeMap<String, Vec<(String, u64)>> = BTreeMap::new();
    let mut modules = Vec::new();
    walk(root, |group, members| {
        let kind = group.texts("neurodata_type").unwrap_or_default().pop().unwrap_or_default();
        if OTHER_GROUPS.contains(&group.path()) || OTHER_TYPES.contains(&kind.as_str()) {
            return false;
        }
        let dataset = |name: &str| {
            members.iter().find_map(|(other, member)| match member {
                Member::Dataset(dataset) if other == name => Some(dataset),
                _ => None,
            })
        };
        // A series without times, or of more than two axes, is listed, too: reading it says what is wrong.
        let is_series = SERIES_TYPES.contains(&kind.as_str());
        let has_times = dataset("timestamps").or(dataset("starting_time")).is_some();
        let Some(data) = dataset("data").filter(|_| has_times || is_series) else {
            if kind == "ProcessingModule" {
                modules.push(group.path().to_owned());
            }
            return true;
        };
        if data.lengths().len() > 2 && !is_series {
            return false;
        }
        let path = group.path().to_owned();
        let mut longer = data.lengths().iter().filter(|&&length| length != 1);
        if let (Some((container, name)), Some(&length), None) = (path.rsplit_once('/'), longer.next(), longer.next()) {
            containers.entry(container.to_owned()).or_default().push((name.to_owned(), length));
        }
        found.push(Place { path, parts: Vec::new() });
        false
    })?;
    for (path, parts) in containers {
        let have_one_length = parts.windows(2).all(|pair| pair[0].1 == pair[1].1);
        if parts.len() > 1 && have_one_length && path.contains('/') && !modules.contains(&path) {
            found.push(Place { path, parts: parts.into_iter().map(|(name, _)| name).collect() });
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// One-dimensional series as the axes of one; an inner error says what is wrong with them.
fn read_container(reader: &Reader, place: &Place) -> Result<Result<Series, String>, ReadError> {
    let mut parts = Vec::with_capacity(place.parts.len());
    for name in &place.parts {
        match read_group(reader, &format!("{}/{name}", place.path))? {
            Ok(part) => parts.push(part),
            Err(cause) => return Ok(Err(format!("`{name}`: {cause}"))),
        }
    }
    let Some(first) = parts.first() else { return Ok(Err("it has no series".into())) };
    if let Some(other) = parts.iter().find(|part| part.times != first.times || part.len() != first.len()) {
        let cause = format!("`{}` and `{}` have samples at other times; choose one of them", first.name, other.name);
        return Ok(Err(cause));
    }
    let values = (0..first.len()).flat_map(|sample| parts.iter().map(move |part| part.values[sample])).collect();
    Ok(Ok(Series {
        name: place.path.rsplit('/').next().unwrap_or_default().to_owned(),
        path: place.path.clone(),
        unit: first.unit.clone(),
        description: first.description.clone(),
        axes: place.parts.clone(),
        times: first.times.clone(),
        values,
    }))
}

/// The series of a group; an inner error says what is wrong with it.
fn read_group(reader: &Reader, path: &str) -> Result<Result<Series, String>, ReadError> {
    let Some(group) = reader.group(path)? else { return Ok(Err("it is not there".into())) };
    let members = group.members()?;
    let dataset = |name: &str| {
        members.iter().find_map(|(other, member)| match member {
            Member::Dataset(dataset) if other == name => Some(dataset),
            _ => None,
        })
    };
    let Some(data) = dataset("data") else { return Ok(Err("it has no `data`".into())) };
    let (first, second) = match *data.lengths() {
        [n_samples] => (n_samples, 1),
        [n_samples, n_axes] => (n_samples, n_axes),
        _ => return Ok(Err("its `data` has more than two axes; export it as [samples, axes]".into())),
    };
    let times = match (dataset("timestamps"), dataset("starting_time")) {
        (Some(timestamps), _) => Times::Stamps(timestamps.reals()?),
        (None, Some(start)) => match (start.reals()?.first(), start.number("rate")?) {
            (Some(&start_s), Some(rate_hz)) => Times::Regular { start_s, rate_hz },
            _ => return Ok(Err("its `starting_time` has no `rate`; write one, or timestamps".into())),
        },
        (None, None) => {
            return Ok(Err("it has neither `timestamps` nor `starting_time`; export one of them".into()));
        }
    };
    let is_swapped = match &times {
        Times::Stamps(stamps) if stamps.len() as u64 == first => false,
        Times::Stamps(stamps) if stamps.len() as u64 == second => true,
        Times::Stamps(stamps) => {
            return Ok(Err(format!("it has {} timestamps for {first} samples; export both together", stamps.len())));
        }
        Times::Regular { .. } if second > first.max(MOST_AXES) => {
            return Ok(Err(format!(
                "its shape is [{first}, {second}]: axes and samples are swapped; store it as [samples, axes]"
            )));
        }
        Times::Regular { .. } => false,
    };
    let mut values = match converted(data)? {
        Ok(values) => values,
        Err(cause) => return Ok(Err(cause)),
    };
    let n_axes = if is_swapped { first } else { second };
    let n_axes = usize::try_from(n_axes).unwrap_or(usize::MAX).max(1);
    if is_swapped {
        let n_samples = values.len() / n_axes;
        values = (0..n_samples)
            .flat_map(|sample| (0..n_axes).map(move |axis| axis * n_samples + sample))
            .map(|place| values[place])
            .collect();
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    Ok(Ok(Series {
        name: name.to_owned(),
        path: path.to_owned(),
        unit: data.text("unit")?,
        description: group.texts("description")?.concat(),
        axes: axis_names(name, n_axes),
        times,
        values,
    }))
}

/// The values after conversion and offset; an inner error says what is wrong with them.
fn converted(data: &Dataset) -> Result<Result<Vec<f64>, String>, ReadError> {
    let mut values = match data.elements()? {
        Values::Real(values) => values,
        Values::Integer(values) => values.into_iter().map(|value| value as f64).collect(),
        Values::Text(_) | Values::Reference(_) => {
            return Ok(Err("it does not hold numbers; choose another series".into()));
        }
    };
    let (conversion, offset) = match (of_unit(data, "conversion", 1.0)?, of_unit(data, "offset", 0.0)?) {
        (Ok(0.0), _) => {
            let cause = "the attribute `conversion` of its `data` is 0, which makes all values one; write what turns them into its unit";
            return Ok(Err(cause.into()));
        }
        (Ok(conversion), Ok(offset)) => (conversion, offset),
        (Err(cause), _) | (_, Err(cause)) => return Ok(Err(cause)),
    };
    if (conversion, offset) != (1.0, 0.0) {
        values.iter_mut().for_each(|value| *value = *value * conversion + offset);
    }
    Ok(Ok(values))
}

/// A number by which values become those of their unit, `standard` without the attribute; an inner error says what is wrong with it.
fn of_unit(data: &Dataset, attribute: &str, standard: f64) -> Result<Result<f64, String>, ReadError> {
    let bad = |what: String| {
        Ok(Err(format!(
            "the attribute `{attribute}` of its `data` {what}; write one number there, {standard} for none"
        )))
    };
    match data.only_number(attribute) {
        Ok(None) => Ok(Ok(standard)),
        Ok(Some(value)) if value.is_finite() => Ok(Ok(value)),
        Ok(Some(value)) => bad(format!("is {value}")),
        Err(ReadError::Unsupported(what)) => bad(what),
        Err(error) => Err(error),
    }
}
