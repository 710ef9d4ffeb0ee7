//! Yosys: synthesis; ABC: logic equivalence.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::environment::Environment;
use crate::error::ToolError;
use crate::last_lines;
use crate::python::PythonProgram;

/// Name of the package.
const PACKAGE: &str = "pyosys";

/// ABC, which the package contains as a program.
const ABC: &str = "yosys-abc";

/// Script file of [`Yosys::run`].
const SCRIPT: &str = "script.ys";

/// Log file of [`Yosys::run`].
const LOG: &str = "script.log";

/// Log file of [`Yosys::abc`].
const ABC_LOG: &str = "abc.log";

/// Python code that runs a script, because the package has no program `yosys`; a command that fails ends Python.
const CODE: &str = "import sys; from pyosys import libyosys; libyosys.run_pass('script ' + sys.argv[1])";

/// The installed Yosys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yosys {
    pub(crate) program: PythonProgram,
    pub(crate) abc: PathBuf,
}

impl Yosys {
    /// The locked version, installed if necessary: netlists differ from version to version.
    ///
    /// # Errors
    /// It cannot be installed.
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

    /// The folder of its chip data, one folder a family: among others, simulation models of cells.
    #[must_use]
    pub fn share(&self) -> PathBuf {
        self.abc.with_file_name("share")
    }

    /// Runs a script in a folder, where the script and its log stay.
    ///
    /// # Errors
    /// A folder that cannot be written, or a command that fails, with the end of the log.
    pub fn run(&self, script: &str, folder: &Path) -> Result<(), ToolError> {
        let path = folder.join(SCRIPT);
        fs::write(&path, script).map_err(ToolError::file(&path))?;
        self.program.run(&[SCRIPT], folder, LOG)
    }

    /// Runs commands of ABC in a folder and returns its output.
    ///
    /// # Errors
    /// A program that does not start, or a failure, with the end of its output.
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
