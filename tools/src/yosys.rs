//! Yosys: synthesis, as the library that its Python package is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::LINES_SHOWN;
use crate::environment::Environment;
use crate::error::ToolError;

/// Name of the package.
const PACKAGE: &str = "pyosys";

/// Name of the file in which [`Yosys::run`] leaves its script.
const SCRIPT: &str = "script.ys";

/// Name of the file in which [`Yosys::run`] leaves what Yosys said.
const LOG: &str = "script.log";

/// What Python does with the name of a script. The package has no program `yosys`; a command that fails ends Python.
const PROGRAM: &str = "import sys; from pyosys import libyosys; libyosys.run_pass('script ' + sys.argv[1])";

/// The installed Yosys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yosys {
    python: PathBuf,
}

impl Yosys {
    /// The locked one, which is installed into the environment if it is not there; netlists differ from version to version.
    ///
    /// # Errors
    /// Anything that is missing for installing it.
    pub fn find(environment: &Environment) -> Result<Self, ToolError> {
        environment.install(PACKAGE)?;
        Ok(Self { python: environment.python() })
    }

    /// Runs the commands of a script in a folder, which keeps the script and what Yosys said.
    ///
    /// # Errors
    /// A folder that cannot be written, or the end of what Yosys said when a command failed.
    pub fn run(&self, script: &str, folder: &Path) -> Result<(), ToolError> {
        let path = folder.join(SCRIPT);
        fs::write(&path, script).map_err(ToolError::file(&path))?;
        let mut command = Command::new(&self.python);
        command.args(["-c", PROGRAM, SCRIPT]).current_dir(folder);
        let output = command.output().map_err(ToolError::file(&self.python))?;
        let log = [&output.stdout[..], &output.stderr].concat();
        let log_path = folder.join(LOG);
        fs::write(&log_path, &log).map_err(ToolError::file(&log_path))?;
        if output.status.success() {
            return Ok(());
        }
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        let end = lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n");
        Err(ToolError::Failed { program: "Yosys", log: log_path, end })
    }
}
