//! Yosys: synthesis.

use std::fs;
use std::path::Path;

use crate::environment::Environment;
use crate::error::ToolError;
use crate::python::PythonProgram;

/// Name of the package.
const PACKAGE: &str = "pyosys";

/// Name of the file in which [`Yosys::run`] leaves its script.
const SCRIPT: &str = "script.ys";

/// Name of the file in which [`Yosys::run`] leaves what Yosys said.
const LOG: &str = "script.log";

/// What Python does with the name of a script. The package has no program `yosys`; a command that fails ends Python.
const CODE: &str = "import sys; from pyosys import libyosys; libyosys.run_pass('script ' + sys.argv[1])";

/// The installed Yosys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yosys {
    program: PythonProgram,
}

impl Yosys {
    /// The locked one, which is installed into the environment if it is not there; netlists differ from version to version.
    ///
    /// # Errors
    /// Anything that is missing for installing it.
    pub fn find(environment: &Environment) -> Result<Self, ToolError> {
        environment.install(PACKAGE)?;
        Ok(Self { program: environment.program("Yosys", CODE.to_owned()) })
    }

    /// The package and its locked version.
    #[must_use]
    pub fn version() -> String {
        Environment::named_version(PACKAGE)
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
}
