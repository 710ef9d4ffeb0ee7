//! Recordings from files, from bytes and from generators.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::reach_mat::{self, ReachMat};
use crate::sha256::{sha256_hex, sha256_of_file};
use crate::{Column, Error, Format, NamedColumn, Recording, TrialTable, event_list, hdf5, nwb, other_formats};

/// Which tables of an NWB file to read, as paths in the file without the leading slash, or by a name that only one table
/// has; a table of intervals also by its name under `/intervals`. Event lists have no such tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tables {
    /// The units; by default `units`.
    pub units: Option<String>,
    /// The trials; by default `intervals/trials`.
    pub trials: Option<String>,
}

impl Recording {
    /// Opens an NWB 2.x file or an event list; the content decides which, not the name.
    ///
    /// An event list is text: lines that start with `#` (comments), blank lines, the header `t_ms,channel`, then one
    /// spike per line (time in milliseconds, channel from 0). A semicolon or a tab may separate instead. Its trials are in the CSV file that
    /// [`companion_path`](crate::companion_path) names: `start_ms`, `stop_ms` and any further columns.
    ///
    /// MATLAB 7.3 files in the layout of Zenodo record 583331 (`spikes`, `t`, `cursor_pos`) are read, too: a unit is a channel with
    /// the spikes of all its units, a trial the time of a target.
    ///
    /// # Errors
    /// A file that does not exist, cannot be read, is of another format, is damaged or needs more than
    /// [`READ_MAX_BYTES`](crate::READ_MAX_BYTES) of memory; no units; spike times beyond decades. A recording without
    /// trials opens; cutting it into windows is the error.
    pub fn open(path: impl AsRef<Path>) -> Result<Recording, Error> {
        Recording::open_with(path, &Tables::default())
    }

    /// As [`Recording::open`], with a choice of tables.
    ///
    /// # Errors
    /// As [`Recording::open`], and a table that the file does not have.
    pub fn open_with(path: impl AsRef<Path>, tables: &Tables) -> Result<Recording, Error> {
        let path = path.as_ref();
        let read_error = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => Error::NotFound { path: path.into() },
            _ => Error::Read { path: path.into(), source },
        };
        if hdf5::is_hdf5(path).unwrap_or(false) {
            if reach_mat::is_one(path) {
                let recording = ReachMat::open(path)?.recording(path);
                return Ok(Recording { sha256: sha256_of_file(path).map_err(read_error)?, ..recording });
            }
            reach_mat::refuse_incomplete(path)?;
        }
        other_formats::refuse(path)?;
        if !hdf5::is_hdf5(path).map_err(read_error)? {
            return event_list::open(path);
        }
        let recording = nwb::open(path, tables)?;
        Ok(Recording { sha256: sha256_of_file(path).map_err(read_error)?, ..recording })
    }

    /// Reads the bytes of an NWB 2.x file; `path` is used as its name only.
    ///
    /// # Errors
    /// As [`Recording::open`], except those of the file system.
    pub fn from_nwb(path: impl AsRef<Path>, bytes: &[u8]) -> Result<Recording, Error> {
        let recording = nwb::from_bytes(path.as_ref(), bytes, &Tables::default())?;
        Ok(Recording { sha256: sha256_hex(&[bytes]), ..recording })
    }

    /// Reads the text of an event list and of its trials, if it has any; `path` is used as its name only.
    ///
    /// # Errors
    /// As [`Recording::open`], except those of the file system.
    pub fn from_event_list(path: impl AsRef<Path>, events: &[u8], trials: Option<&[u8]>) -> Result<Recording, Error> {
        event_list::from_bytes(path.as_ref(), events, trials)
    }

    /// A generated recording: its path is its name, its SHA-256 that of the file it would be written to. Units without a
    /// column `id` get one, from 0.
    ///
    /// # Errors
    /// [`Error::Layout`] if HDF5 refuses it, as for a column named `a/b`.
    pub fn generated(
        name: String,
        description: String,
        units: Vec<Vec<f64>>,
        mut unit_columns: Vec<NamedColumn>,
        trials: TrialTable,
    ) -> Result<Recording, Error> {
        // As the file numbers them.
        if unit_columns.iter().all(|column| column.name != "id") {
            let values = Column::Integer((0..).take(units.len()).collect());
            unit_columns.insert(0, NamedColumn { name: "id".into(), description: String::new(), values });
        }
        let path = PathBuf::from(&name);
        let sha256 = String::new();
        let recording = Recording {
            name,
            path,
            format: Format::Generated,
            description,
            sha256,
            units,
            unit_columns,
            unreadable_units: Vec::new(),
            trials,
            units_table: String::new(),
            trials_table: String::new(),
            units_tables: Vec::new(),
            interval_tables: Vec::new(),
            warnings: Vec::new(),
        };
        let bytes = nwb::file_bytes(&recording)?;
        Ok(Recording { sha256: sha256_hex(&[&bytes]), ..recording })
    }
}
