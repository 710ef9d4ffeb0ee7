//! NWB 2.x out: units, trials and their columns, as pynwb lays them out.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::hdf5::{self, Attribute, Data, NewDataset, NewGroup};
use crate::sha256::hex;
use crate::table::ID;
use crate::whole_file::write_whole;
use crate::{Column, Error, NamedColumn, Recording};

/// The schema that the layout follows.
const NWB_VERSION: &str = "2.11.0";
/// A fixed date for every file, so that equal recordings give equal bytes.
const DATE: &str = "2000-01-01T00:00:00+00:00";

/// Writes the recording as NWB 2.x: whole or not at all, and with the same bytes for the same recording.
///
/// Dates are fixed and object ids derive from the content. The file has the units with their columns, the trials with
/// theirs, and the description.
///
/// # Errors
/// [`Error::Write`] if the file cannot be written; [`Error::Layout`] if HDF5 refuses it, as for a column named `a/b`.
pub fn write_nwb(recording: &Recording, path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    let bytes = file_bytes(recording)?;
    write_whole(path, &bytes).map_err(|source| Error::Write { path: path.into(), source })
}

/// The bytes of the NWB file.
pub(crate) fn file_bytes(recording: &Recording) -> Result<Vec<u8>, Error> {
    hdf5::file_bytes(&Writer::new(recording).root(recording)).map_err(|cause| Error::Layout { cause })
}

struct Writer {
    content: [u8; 32],
}

impl Writer {
    fn new(recording: &Recording) -> Writer {
        let mut hasher = Sha256::new();
        hasher.update(&recording.name);
        hasher.update(&recording.description);
        for unit in &recording.units {
            hasher.update((unit.len() as u64).to_le_bytes());
            unit.iter().for_each(|time| hasher.update(time.to_le_bytes()));
        }
        for time in recording.trials.start_s.iter().chain(&recording.trials.stop_s) {
            hasher.update(time.to_le_bytes());
        }
        Writer { content: hasher.finalize().into() }
    }

    /// A UUID (RFC 9562, version 8) from the content and the object's path in the file.
    fn object_id(&self, place: &str) -> String {
        let mut bytes: [u8; 32] = Sha256::new_with_prefix(self.content).chain_update(place).finalize().into();
        bytes[6] = (bytes[6] & 0x0f) | 0x80;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let digits = hex(&bytes[..16]);
        [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
    }

    fn root(&self, recording: &Recording) -> NewGroup {
        let text = |name: &str, text: &str| NewDataset {
            name: name.into(),
            attributes: Vec::new(),
            data: Data::Text(text.into()),
        };
        let description = match recording.description.as_str() {
            "" => &recording.name,
            description => description,
        };
        // The writer makes no group of nothing.
        let empty = |name: &str| NewGroup {
            name: name.into(),
            attributes: vec![("description", Attribute::Text("empty".into()))],
            ..NewGroup::default()
        };
        let mut attributes = self.neurodata("core", "NWBFile", "");
        attributes.push(("nwb_version", Attribute::Text(NWB_VERSION.into())));
        let file_create_date = Data::Column(Column::Text(vec![DATE.into()]));
        let mut intervals = NewGroup { name: "intervals".into(), ..NewGroup::default() };
        if !recording.trials.is_empty() {
            intervals.groups.push(self.trials(recording));
        }
        NewGroup {
            name: String::new(),
            attributes,
            datasets: vec![
                NewDataset { name: "file_create_date".into(), attributes: Vec::new(), data: file_create_date },
                text("identifier", &self.object_id("identifier")),
                text("session_description", description),
                text("session_start_time", DATE),
                text("timestamps_reference_time", DATE),
            ],
            groups: vec![
                empty("acquisition"),
                empty("analysis"),
                empty("general"),
                intervals,
                empty("processing"),
                NewGroup {
                    name: "stimulus".into(),
                    groups: vec![empty("presentation"), empty("templates")],
                    ..NewGroup::default()
                },
                self.units(recording),
            ],
        }
    }

    fn units(&self, recording: &Recording) -> NewGroup {
        let mut ends = Vec::with_capacity(recording.units.len());
        let mut n_spikes = 0;
        for unit in &recording.units {
            n_spikes += unit.len() as u64;
            ends.push(n_spikes);
        }
        let (ids, further) = ids_and_others(&recording.unit_columns, recording.units.len());
        let mut columns = self.columns("units", further);
        let spike_times = self.vector("units", "spike_times", "the spike times for each unit in seconds");
        columns.push(NewDataset { data: Data::Compressed(recording.units.concat()), ..spike_times });
        let colnames = names(&columns);
        let mut attributes = self.neurodata("hdmf-common", "VectorIndex", "units/spike_times_index");
        attributes.push(("description", Attribute::Text("Index for VectorData 'spike_times'".into())));
        attributes.push(("target", Attribute::Sibling("spike_times".into())));
        columns.push(NewDataset { name: "spike_times_index".into(), attributes, data: index(&ends) });
        self.table("units", "Units", "sorted units", ids, colnames, columns)
    }

    fn trials(&self, recording: &Recording) -> NewGroup {
        let table = "intervals/trials";
        let time = |name: &str, description: &str, times: &[f64]| NewDataset {
            data: Data::Column(Column::Real(times.to_vec())),
            ..self.vector(table, name, description)
        };
        let mut columns = vec![
            time("start_time", "start time of epoch, in seconds", &recording.trials.start_s),
            time("stop_time", "stop time of epoch, in seconds", &recording.trials.stop_s),
        ];
        let (ids, further) = ids_and_others(&recording.trials.columns, recording.trials.len());
        columns.extend(self.columns(table, further));
        let colnames = names(&columns);
        self.table(table, "TimeIntervals", "experimental trials", ids, colnames, columns)
    }

    fn table(
        &self,
        path: &str,
        neurodata_type: &str,
        description: &str,
        ids: Column,
        colnames: Vec<String>,
        mut datasets: Vec<NewDataset>,
    ) -> NewGroup {
        let mut attributes = self.neurodata("core", neurodata_type, path);
        attributes.push(("description", Attribute::Text(description.into())));
        attributes.push(("colnames", Attribute::Texts(colnames)));
        datasets.push(NewDataset {
            name: ID.into(),
            attributes: self.neurodata("hdmf-common", "ElementIdentifiers", &format!("{path}/id")),
            data: Data::Column(ids),
        });
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        NewGroup { name, attributes, datasets, groups: Vec::new() }
    }

    fn columns<'a>(&self, table: &str, columns: impl IntoIterator<Item = &'a NamedColumn>) -> Vec<NewDataset> {
        let dataset = |column: &NamedColumn| NewDataset {
            data: Data::Column(column.values.clone()),
            ..self.vector(table, &column.name, &column.description)
        };
        columns.into_iter().map(dataset).collect()
    }

    /// A column without its values.
    fn vector(&self, table: &str, name: &str, description: &str) -> NewDataset {
        let mut attributes = self.neurodata("hdmf-common", "VectorData", &format!("{table}/{name}"));
        attributes.push(("description", Attribute::Text(description.into())));
        NewDataset { name: name.into(), attributes, data: Data::Index8(Vec::new()) }
    }

    fn neurodata(&self, namespace: &str, neurodata_type: &str, place: &str) -> Vec<(&'static str, Attribute)> {
        vec![
            ("namespace", Attribute::Text(namespace.into())),
            ("neurodata_type", Attribute::Text(neurodata_type.into())),
            ("object_id", Attribute::Text(self.object_id(place))),
        ]
    }
}

/// The ids of a table, which `colnames` leaves out: the rows' numbers from 0 unless a column has others. Then the further columns.
fn ids_and_others(columns: &[NamedColumn], n_rows: usize) -> (Column, Vec<&NamedColumn>) {
    let (ids, others): (Vec<&NamedColumn>, Vec<&NamedColumn>) = columns.iter().partition(|column| column.name == ID);
    let row_numbers = || Column::Integer((0..).take(n_rows).collect());
    (ids.first().map_or_else(row_numbers, |column| column.values.clone()), others)
}

fn names(columns: &[NewDataset]) -> Vec<String> {
    columns.iter().map(|column| column.name.clone()).collect()
}

/// The ends in the smallest width that holds them, as pynwb writes them.
fn index(ends: &[u64]) -> Data {
    fn narrowed<T: TryFrom<u64>>(ends: &[u64]) -> Option<Vec<T>> {
        ends.iter().map(|&end| T::try_from(end).ok()).collect()
    }
    let narrow = narrowed(ends).map(Data::Index8).or_else(|| narrowed(ends).map(Data::Index16));
    narrow.or_else(|| narrowed(ends).map(Data::Index32)).unwrap_or_else(|| Data::Index64(ends.to_vec()))
}
