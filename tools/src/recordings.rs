//! The libraries that write recordings: pynwb, h5py and the filters of hdf5plugin.

use std::path::Path;

use crate::environment::{Environment, RECORDING_LOCK, packages_in};
use crate::error::ToolError;

/// Log file of [`RecordingLibraries::run`].
const LOG: &str = "recordings.log";

/// The installed libraries.
#[derive(Clone, Debug)]
pub struct RecordingLibraries {
    environment: Environment,
}

impl RecordingLibraries {
    /// The locked versions, installed if necessary.
    ///
    /// # Errors
    /// One cannot be installed.
    pub fn find(environment: &Environment) -> Result<Self, ToolError> {
        packages_in(RECORDING_LOCK).try_for_each(|package| environment.install(package))?;
        Ok(Self { environment: environment.clone() })
    }

    /// Runs Python code that uses them in a folder, where its log stays.
    ///
    /// # Errors
    /// A folder that cannot be written, or a failure, with the end of the log.
    pub fn run(&self, code: &str, folder: &Path) -> Result<(), ToolError> {
        self.environment.program("recordings", code.to_owned()).run(&[], folder, LOG)
    }
}
