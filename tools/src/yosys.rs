//! Yosys: synthesis.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::environment::Environment;
use crate::error::ToolError;
use crate::last_lines;
use crate::python::PythonProgram;

/// Name of the package.
const PACKAGE: &str = "pyosys";

/// The package's program for logic, beside the library.
const ABC: &str = "yosys-abc";

/// Name of the file in which [`Yosys::run`] leaves its script.
const SCRIPT: &str = "script.ys";

/// Name of the file in which [`Yosys::run`] leaves what Yosys said.
const LOG: &str = "script.log";

/// Name of the file in which [`Yosys::abc`] leaves what ABC said.
const ABC_LOG: &str = "abc.log";

/// What Python does with the name of a script. The package has no program `yosys`; a command that fails ends Python.
const CODE: &str = "import sys; from pyosys import libyosys; libyosys.run_pass('script ' + sys.argv[1])";

/// The installed Yosys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yosys {
    pub(crate) program: PythonProgram,
    pub(crate) abc: PathBuf,
}

impl Yosys {
    /// The locked one, which is installed into the environment if it is not there; netlists differ from version to version.
    ///
    /// # Errors
    /// Anything that is missing for installing it.
    pub fn find(environment: &Environment) -> Result<Self, ToolError> {
        environment.install(PACKAGE)?;
        let abc = environment.installed_folder(PACKAGE)?.join(ABC);
        Ok(Self { program: environment.program("Yosys", CODE.to_owned()), abc })
    }

    /// The package and its locked version.
    #[must_use]
    pub fn version() -> String {
        Environment::named_version(PACKAGE)
    }

    /// The folder of what the package knows of chips: by family, among others, what cells do.
    #[must_use]
    pub fn share(&self) -> PathBuf {
        self.abc.with_file_name("share")
    }

    /// Runs the commands of a script in a folder, which keeps the script and what Yosys said.
    ///
    /// # Errors
    /// A folder that cannot be written, or the end of what Yosys said when a command failed.
    pub fn run(&self, script: &str, folder: &Path) -> Result<(), ToolError> {
        let path = folder.join(SCRIPT);
        fs::write(&path, script).map_err(ToolError::file(&path))?;
        self.program.run(&[SCRIPT], folder, LOG)
    }

    /// Runs commands of ABC in a folder, and gives back what it said.
    ///
    /// # Errors
    /// A program that does not start, or the end of what it said when it failed.
    pub fn abc(&self, commands: &str, folder: &Path) -> Result<String, ToolError> {
        let output = Command::new(&self.abc).args(["-c", commands]).current_dir(folder).output();
        let output = output.map_err(ToolError::file(&self.abc))?;
        let log_path = folder.join(ABC_LOG);
        fs::write(&log_path, &output.stdout).map_err(ToolError::file(&log_path))?;
        let log = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(log);
        }
        Err(ToolError::Failed { program: "ABC", log: log_path, end: last_lines(&log) })
    }
}
