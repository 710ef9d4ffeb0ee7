//! Running what a package of the environment brings, in a folder that keeps what it said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::ToolError;
use crate::last_lines;

/// A program that Python runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PythonProgram {
    /// The environment's Python.
    pub python: PathBuf,
    /// Its name for people.
    pub name: &'static str,
    /// What Python does with the arguments.
    pub code: String,
    /// Where compiled WebAssembly is kept.
    pub cache: PathBuf,
}

impl PythonProgram {
    /// Runs it in a folder, where what it said goes to `log`.
    ///
    /// # Errors
    /// A folder that cannot be written, or the end of what it said when it failed.
    pub fn run(&self, arguments: &[&str], folder: &Path, log: &str) -> Result<(), ToolError> {
        let mut command = Command::new(&self.python);
        command.args(["-c", &self.code]).args(arguments).current_dir(folder).env("YOWASP_CACHE_DIR", &self.cache);
        let output = command.output().map_err(ToolError::file(&self.python))?;
        let said = [&output.stdout[..], &output.stderr].concat();
        let path = folder.join(log);
        fs::write(&path, &said).map_err(ToolError::file(&path))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&said);
        Err(ToolError::Failed { program: self.name, log: path, end: last_lines(&said) })
    }
}
