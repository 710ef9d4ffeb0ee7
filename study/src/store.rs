//! Results of runs on disk, from which an interrupted study resumes, and which several machines may share.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use recording::write_whole;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use spec::digest::sha256_hex;

use crate::error::StudyError;
use crate::outcome::Outcome;
use crate::run::Run;

/// Results of runs, one file each, written completely or not at all. Studies and processes may share one: who writes a result
/// last writes the same.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

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
    /// The [vector instructions](crate::instructions::vector_instructions) of the processor.
    pub instructions: String,
}

/// How often a file is read or written that a network file system calls stale.
const STALE_TRIES: usize = 5;
const STALE_PAUSE: Duration = Duration::from_millis(200);

impl Store {
    /// The store in `folder`, which is created when a study begins to work.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Creates the folder, and writes `manifest` there, which says what the results are of, unless it is there.
    ///
    /// # Errors
    /// A folder or file that cannot be written.
    pub fn begin(&self, manifest: &impl Serialize) -> Result<(), StudyError> {
        fs::create_dir_all(&self.folder).map_err(|cause| StudyError::unwritable(&self.folder, cause))?;
        let bytes = serde_json::to_vec_pretty(manifest).map_err(StudyError::Json)?;
        let path = self.folder.join(format!("study-{}.json", &sha256_hex(&bytes)[..12]));
        if path.exists() { Ok(()) } else { write(&path, &bytes) }
    }

    /// The result of a run by its id, if there is one. A file that is not a result of this run counts as missing.
    ///
    /// # Errors
    /// The file exists and cannot be read.
    pub fn get<R, O>(&self, id: &str, run: &R) -> Result<Option<Entry<R, O>>, StudyError>
    where
        R: DeserializeOwned + PartialEq,
        O: DeserializeOwned,
    {
        let path = self.path(id);
        let bytes = match unless_stale(|| fs::read(&path)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(StudyError::Unreadable { path, cause }),
        };
        Ok(serde_json::from_slice(&bytes).ok().filter(|entry: &Entry<R, O>| entry.run == *run))
    }

    /// Whether there is a result of a run.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn has<R: DeserializeOwned + PartialEq>(&self, id: &str, run: &R) -> Result<bool, StudyError> {
        Ok(self.get::<R, IgnoredAny>(id, run)?.is_some())
    }

    /// Stores a result.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put<R: Serialize, O: Serialize>(&self, id: &str, entry: &Entry<R, O>) -> Result<(), StudyError> {
        write(&self.path(id), &serde_json::to_vec(entry).map_err(StudyError::Json)?)
    }

    /// Makes a network file system ask its server for names that it has not seen yet, which opening the folder does.
    pub(crate) fn look_again(&self) {
        let _ = fs::read_dir(&self.folder);
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), StudyError> {
    unless_stale(|| write_whole(path, bytes)).map_err(|cause| StudyError::unwritable(path, cause))
}

/// Operates again on a file that another client of a network file system has replaced in this moment.
fn unless_stale<T>(mut operate: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 1..STALE_TRIES {
        match operate() {
            Err(error) if error.kind() == ErrorKind::StaleNetworkFileHandle => thread::sleep(STALE_PAUSE),
            done => return done,
        }
    }
    operate()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of an operation that first fails so many times, and how often it was tried.
    fn tried(n_failures: usize, kind: ErrorKind) -> (io::Result<usize>, usize) {
        let mut n_tries = 0;
        let outcome = unless_stale(|| {
            n_tries += 1;
            if n_tries > n_failures { Ok(n_tries) } else { Err(kind.into()) }
        });
        (outcome, n_tries)
    }

    #[test]
    fn a_stale_file_is_tried_again_and_no_other_is() {
        let stale = ErrorKind::StaleNetworkFileHandle;
        assert_eq!(tried(2, stale).0.unwrap(), 3);
        let (outcome, n_tries) = tried(usize::MAX, stale);
        assert_eq!((outcome.unwrap_err().kind(), n_tries), (stale, STALE_TRIES));
        let (outcome, n_tries) = tried(1, ErrorKind::PermissionDenied);
        assert_eq!((outcome.unwrap_err().kind(), n_tries), (ErrorKind::PermissionDenied, 1));
    }
}
