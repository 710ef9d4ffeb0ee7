//! A recorded session: spike times by channel and the trial table, whatever file it came from.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::nwb_write::nwb_bytes;
use crate::{Error, NamedColumn, TrialTable, event_list, hdf5, nwb};

/// A recorded or generated session.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The file's stem, or the generator's name for the session.
    pub name: String,
    /// Where it was opened; the name for a generated session.
    pub path: PathBuf,
    /// What kind of file it came from.
    pub format: Format,
    /// The file's own words on the session; may be empty.
    pub description: String,
    /// SHA-256 as 64 hexadecimal digits: of the file; of an event list followed by its companion; for a generated
    /// session of the file that [`write_nwb`](crate::write_nwb) writes.
    pub sha256: String,
    /// Spike times of each unit in seconds: finite and ascending, whatever the file's order. A unit is one channel of
    /// the decoder; it may be empty.
    pub units: Vec<Vec<f64>>,
    /// What the file says of each unit, each column as long as `units`.
    pub unit_columns: Vec<NamedColumn>,
    /// The trials; without rows where the file has none.
    pub trials: TrialTable,
}

/// Which recording something was made from. Whoever brings spike trains from arrays chooses both fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingIdentity {
    /// Its name, as [`Recording::name`].
    pub name: String,
    /// Its SHA-256, as [`Recording::sha256`].
    pub sha256: String,
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
    /// Opens an NWB 2.x file or an event list; the content decides which, not the name.
    ///
    /// An event list is text: lines that start with `#` (comments), blank lines, the header `t_ms,channel`, then one spike a line (time
    /// in milliseconds, channel from 0). Its trials stand in the file that [`companion_path`](crate::companion_path)
    /// names: `start_ms`, `stop_ms` and any further columns.
    ///
    /// # Errors
    /// No such file, unreadable file, neither format, damaged HDF5, no units, times that are not finite, trials that
    /// stop before they start. A recording without trials opens; asking it for windows is the error.
    pub fn open(path: impl AsRef<Path>) -> Result<Recording, Error> {
        let path = path.as_ref();
        let read_error = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => Error::NotFound { path: path.into() },
            _ => Error::Read { path: path.into(), source },
        };
        let mut recording =
            if hdf5::is_hdf5(path).map_err(read_error)? { nwb::open(path)? } else { event_list::open(path)? };
        recording.sort();
        recording.sha256 = sha256_of_files(&match recording.format {
            Format::EventList => vec![path.to_owned(), event_list::companion_path(path)],
            _ => vec![path.to_owned()],
        })?;
        Ok(recording)
    }

    /// A recording that was generated: its path is its name, its SHA-256 that of the file it would be written to.
    ///
    /// # Errors
    /// [`Error::Layout`] where HDF5 refuses it, as a column named `a/b`.
    pub fn generated(
        name: String,
        description: String,
        units: Vec<Vec<f64>>,
        unit_columns: Vec<NamedColumn>,
        trials: TrialTable,
    ) -> Result<Recording, Error> {
        let path = PathBuf::from(&name);
        let sha256 = String::new();
        let mut recording =
            Recording { name, path, format: Format::Generated, description, sha256, units, unit_columns, trials };
        recording.sha256 = sha256_hex(&nwb_bytes(&recording)?);
        Ok(recording)
    }

    /// Reads the bytes of an NWB 2.x file; `path` is what it is called.
    ///
    /// # Errors
    /// As [`Recording::open`], but for those of files.
    pub fn from_nwb(path: impl AsRef<Path>, bytes: &[u8]) -> Result<Recording, Error> {
        let mut recording = nwb::of_bytes(path.as_ref(), bytes)?;
        recording.sort();
        recording.sha256 = sha256_hex(bytes);
        Ok(recording)
    }

    fn sort(&mut self) {
        for unit in &mut self.units {
            unit.sort_by(f64::total_cmp);
        }
    }

    /// Its name and SHA-256.
    pub fn identity(&self) -> RecordingIdentity {
        RecordingIdentity { name: self.name.clone(), sha256: self.sha256.clone() }
    }

    /// Number of channels, which is the number of units.
    pub fn n_channels(&self) -> usize {
        self.units.len()
    }

    /// Number of spikes over all units.
    pub fn n_spikes(&self) -> usize {
        self.units.iter().map(Vec::len).sum()
    }
}

/// Whether a time in seconds can be counted in 64-bit nanoseconds.
pub(crate) fn is_countable_time(time_s: f64) -> bool {
    // NaN fails the comparison; the factor leaves room for offsets and window lengths.
    time_s.abs() < i64::MAX as f64 / 4e9
}

/// The name a file gives its session.
pub(crate) fn session_name(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// SHA-256 of `bytes` as hexadecimal digits.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of the files' bytes, one after the other; a file that does not exist counts as empty.
fn sha256_of_files(paths: &[PathBuf]) -> Result<String, Error> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    for path in paths {
        let read_error = |source| Error::Read { path: path.clone(), source };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(read_error(error)),
        };
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => hasher.update(&buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(read_error(error)),
            }
        }
    }
    Ok(hex(&hasher.finalize()))
}

/// The bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
