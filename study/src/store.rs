//! Results of runs on disk, from which an interrupted study resumes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use recording::write_whole;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use spec::digest::sha256_hex;

use crate::error::StudyError;
use crate::outcome::Outcome;
use crate::run::Run;

/// Results of runs, one file each, written completely or not at all.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    study: String,
}

/// A kind of run whose results are stored.
pub trait Cell: Serialize + DeserializeOwned + PartialEq {}

impl<R: Serialize + DeserializeOwned + PartialEq> Cell for R {}

/// A stored result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry<R = Run, O = Outcome> {
    /// The run.
    #[serde(rename = "cell")]
    pub run: R,
    /// Its result.
    pub outcome: O,
    /// How long it took on one core, seconds.
    pub seconds: f64,
}

impl Store {
    /// Opens the store of a study in `folder`, which is created if missing. `study` describes the study and goes into the name
    /// of every file.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn open(folder: &Path, study: String) -> Result<Self, StudyError> {
        fs::create_dir_all(folder).map_err(|cause| StudyError::unwritable(folder, cause))?;
        Ok(Self { folder: folder.to_owned(), study })
    }

    /// The result of a run, if there is one. A file that is not a result of this run counts as missing.
    ///
    /// # Errors
    /// The file exists and cannot be read.
    pub fn get<R: Cell, O: DeserializeOwned>(&self, run: &R) -> Result<Option<Entry<R, O>>, StudyError> {
        let path = self.path(run);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(StudyError::Unreadable { path, cause }),
        };
        Ok(serde_json::from_slice(&bytes).ok().filter(|entry: &Entry<R, O>| entry.run == *run))
    }

    /// Stores a result.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put<R: Cell, O: Serialize>(&self, entry: &Entry<R, O>) -> Result<(), StudyError> {
        let path = self.path(&entry.run);
        let bytes = serde_json::to_vec(entry).map_err(StudyError::Json)?;
        write_whole(&path, &bytes).map_err(|cause| StudyError::unwritable(&path, cause))
    }

    fn path(&self, run: &impl Serialize) -> PathBuf {
        self.folder.join(format!("{}.json", key(run, &self.study)))
    }
}

/// Names the result in the store. It changes with everything the result depends on: the run, and what `study` describes
/// (recording, windows, options, version).
fn key(run: &impl Serialize, study: &str) -> String {
    let text = serde_json::to_string(&(study, run)).unwrap_or_default();
    sha256_hex(text.as_bytes())[..24].to_owned()
}
