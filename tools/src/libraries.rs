//! Python libraries that write recordings, for tests: in an environment of their own, so that the programs stay small.

use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::error::ToolError;

/// The libraries and all that they need, by name, version and hash.
const LOCK: &str = include_str!("../recordings.lock");
/// Name of the environment's folder in the build directory.
const FOLDER: &str = "recordings";
const MODULES: [&str; 5] = ["h5py", "hdf5plugin", "neo", "pynwb", "spikeinterface.core"];

/// The libraries, installed.
#[derive(Clone, Debug)]
pub struct RecordingLibraries {
    environment: Environment,
}

impl RecordingLibraries {
    /// Installs them in a build directory unless they are there.
    ///
    /// # Errors
    /// No usable Python, what pip reports, or libraries that cannot be imported.
    pub fn find(build_directory: &Path) -> Result<Self, ToolError> {
        let environment = Environment::named(build_directory, FOLDER);
        environment.install_all(FOLDER, LOCK, &MODULES)?;
        Ok(Self { environment })
    }

    /// The folder that a Python of the same version imports them from.
    #[must_use]
    pub fn folder(&self) -> Option<PathBuf> {
        self.environment.package_folder("pynwb")?.parent().map(Path::to_owned)
    }

    /// Runs Python code in a folder, where its output stays as `python.log`.
    ///
    /// # Errors
    /// A folder that cannot be written, or a failure of the code, with the end of its output.
    pub fn run(&self, code: &str, folder: &Path) -> Result<(), ToolError> {
        self.environment.program("Python", code.to_owned()).run(&[], folder, "python.log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_is_locked_by_hash() {
        let requirements: Vec<&str> = LOCK.lines().filter(|line| line.contains("==")).collect();
        for module in ["h5py", "hdf5plugin", "neo", "pynwb", "spikeinterface"] {
            assert!(requirements.iter().any(|line| line.starts_with(&format!("{module}=="))), "{module}");
        }
        for line in LOCK.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.contains("==") || line.trim_start().starts_with("--hash=sha256:"), "{line}");
        }
    }
}
