//! Results of cells on disk, so that a study that was interrupted goes on where it was.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use recording::write_whole;
use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::error::StudyError;
use crate::outcome::Outcome;

/// The results that there are, a file each, written whole or not at all.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    study: String,
}

/// A file of the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The piece of work.
    pub cell: Cell,
    /// What came of it.
    pub outcome: Outcome,
    /// How long it took on one core, seconds.
    pub seconds: f64,
}

impl Store {
    /// That of a study, whose description goes into every key, in a folder that is made where it is missing.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn open(folder: &Path, study: String) -> Result<Self, StudyError> {
        fs::create_dir_all(folder).map_err(|cause| StudyError::unwritable(folder, cause))?;
        Ok(Self { folder: folder.to_owned(), study })
    }

    /// What is known of a cell.
    ///
    /// # Errors
    /// A file that is there and cannot be read; one that is no result is taken as missing and made again.
    pub fn get(&self, cell: &Cell) -> Result<Option<Entry>, StudyError> {
        let path = self.path(cell);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(StudyError::Unreadable { path, cause }),
        };
        Ok(serde_json::from_slice(&bytes).ok().filter(|entry: &Entry| entry.cell == *cell))
    }

    /// Keeps a result.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn put(&self, entry: &Entry) -> Result<(), StudyError> {
        let path = self.path(&entry.cell);
        let bytes = serde_json::to_vec(entry).map_err(StudyError::Json)?;
        write_whole(&path, &bytes).map_err(|cause| StudyError::unwritable(&path, cause))
    }

    fn path(&self, cell: &Cell) -> PathBuf {
        self.folder.join(format!("{}.json", cell.key(&self.study)))
    }
}
