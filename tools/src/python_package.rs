//! What builds and tests the Python package, and the environments that the package is installed into.

use std::path::Path;
use std::process::Command;

use crate::environment::{Environment, locked_in};
use crate::error::ToolError;

/// The tools and all that they need, by name, version and hash.
const LOCK: &str = include_str!("../python.lock");
/// The C compiler that links to an old C library.
const ZIG_LOCK: &str = include_str!("../zig.lock");
/// Name of the environment's folder in the build directory.
const FOLDER: &str = "python";
const MODULES: [&str; 5] = ["ipykernel", "mypy", "nbclient", "pytest", "sklearn"];
/// The settings of pytest and mypy.
const SETTINGS: &str = "python/pyproject.toml";
/// Names the folder with the libraries that the package takes spikes of, for its tests.
pub const RECORDING_LIBRARIES_VARIABLE: &str = "MOTORSRNN_RECORDING_LIBRARIES";
/// Name of the folder of an environment that has nothing but the package.
const FRESH: &str = "python-fresh";
/// What the package depends on.
const DEPENDENCY: &str = "numpy";

/// maturin, pytest, mypy and the libraries that the package is tested with.
#[derive(Clone, Debug)]
pub struct PythonTools {
    environment: Environment,
}

/// An environment with the package and what it depends on, and nothing else.
#[derive(Clone, Debug)]
pub struct FreshEnvironment {
    environment: Environment,
}

impl PythonTools {
    /// Installs them in a build directory unless they are there.
    ///
    /// # Errors
    /// No usable Python, what pip reports, or tools that cannot be imported.
    pub fn find(build_directory: &Path) -> Result<Self, ToolError> {
        let environment = Environment::named(build_directory, FOLDER);
        environment.install_all(FOLDER, LOCK, &MODULES)?;
        Ok(Self { environment })
    }

    /// Also installs zig, for wheels that run on older systems.
    ///
    /// # Errors
    /// As [`PythonTools::find`].
    pub fn with_zig(self) -> Result<Self, ToolError> {
        self.environment.install_all("zig", ZIG_LOCK, &["ziglang"])?;
        Ok(self)
    }

    /// Arguments of pytest, at the root of the workspace: the tests and the examples in the documentation.
    pub const PYTEST: [&str; 6] = ["-c", SETTINGS, "--doctest-modules", "--pyargs", "motorsrnn", "python/tests"];
    /// Arguments of mypy, for one run each.
    pub const MYPY: [&[&str]; 2] = [
        &["--config-file", SETTINGS, "--package", "motorsrnn"],
        &["--config-file", SETTINGS, "python/tests", "python/benchmarks"],
    ];
    /// Arguments of stubtest.
    pub const STUBTEST: [&str; 3] = ["motorsrnn", "--mypy-config-file", SETTINGS];

    /// maturin, which builds the wheel.
    #[must_use]
    pub fn maturin(&self) -> Command {
        self.environment.active("maturin")
    }

    /// Python, with the tools.
    #[must_use]
    pub fn python(&self) -> Command {
        self.environment.active("python")
    }

    /// Installs the package's wheel beside the tools.
    ///
    /// # Errors
    /// What pip reports.
    pub fn install(&self, wheel: &Path) -> Result<(), ToolError> {
        self.environment.install_wheel(wheel)
    }
}

impl FreshEnvironment {
    /// Makes one in a build directory, with a wheel of the package.
    ///
    /// # Errors
    /// No usable Python, or what pip reports.
    pub fn with(build_directory: &Path, wheel: &Path) -> Result<Self, ToolError> {
        let environment = Environment::named(build_directory, FRESH);
        environment.create()?;
        let dependency = locked_in(LOCK, DEPENDENCY).ok_or_else(|| ToolError::NotLocked(DEPENDENCY.to_owned()))?;
        environment.install_all(DEPENDENCY, dependency, &[DEPENDENCY])?;
        environment.install_wheel(wheel)?;
        Ok(Self { environment })
    }

    /// A program of it, with no other program in the path and no variable of this process.
    #[must_use]
    pub fn program(&self, name: &str) -> Command {
        let bin = self.environment.folder().join("bin");
        let mut command = Command::new(bin.join(name));
        command.env_clear().env("PATH", bin);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_is_locked_by_hash() {
        for (lock, package) in [(LOCK, "maturin"), (LOCK, DEPENDENCY), (LOCK, "pytest"), (ZIG_LOCK, "ziglang")] {
            let lines = locked_in(lock, package).unwrap_or_else(|| panic!("{package}"));
            assert!(lines.contains("--hash=sha256:"), "{lines}");
        }
    }
}
