//! Running Python code of the environment in a folder, where its log stays.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::ToolError;
use crate::last_lines;

/// A program that consists of Python code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PythonProgram {
    /// The environment's Python.
    pub python: PathBuf,
    /// Its name for people.
    pub name: &'static str,
    /// The code, which reads the arguments.
    pub code: String,
    /// The cache of compiled WebAssembly.
    pub cache: PathBuf,
}

impl PythonProgram {
    /// Runs it in a folder; its output goes to the file `log` there.
    ///
    /// # Errors
    /// A folder that cannot be written, or a failure, with the end of the log.
    pub fn run(&self, arguments: &[&str], folder: &Path, log: &str) -> Result<(), ToolError> {
        let mut command = self.command();
        command.args(arguments).current_dir(folder);
        let output = command.output().map_err(ToolError::file(&self.python))?;
        let text = [&output.stdout[..], &output.stderr].concat();
        let path = folder.join(log);
        fs::write(&path, &text).map_err(ToolError::file(&path))?;
        if output.status.success() {
            return Ok(());
        }
        let end = last_lines(&String::from_utf8_lossy(&text));
        Err(ToolError::Failed { program: self.name, log: path, end })
    }

    /// A command that runs it, without arguments.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.python);
        // Neither the user's variables nor modules in the folder change it.
        command.args(["-I", "-c", &self.code]).env("YOWASP_CACHE_DIR", &self.cache);
        command
    }
}
