//! What can go wrong between a netlist and its decisions.

use std::io;
use std::path::PathBuf;

use flow::error::FlowError;
use host::session::SessionError;
use thiserror::Error;
use tools::ToolError;

/// Why nothing was shown.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum GateError {
    #[error(transparent)]
    Flow(#[from] FlowError),
    #[error(transparent)]
    Tool(#[from] ToolError),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{program} cannot be started: {error}; install a C++ compiler, or let CXX name one")]
    NoCompiler { program: String, error: io::Error },
    #[error("{program} failed, see {}:\n{end}", log.display())]
    Failed { program: String, log: PathBuf, end: String },
    #[error("{0}: only boards of the iCE40 and the ECP5 have models of their cells; name another board")]
    NoCells(String),
    #[error("{path}: {reason}")]
    Bitstream { path: PathBuf, reason: String },
    #[error("{}: {reason}; the versions in tools/bitstream.lock are those that are understood", path.display())]
    Database { path: PathBuf, reason: String },
    #[error("{0}")]
    Decoder(String),
    #[error("the simulated gates do not answer: {0}")]
    Session(#[from] SessionError),
    #[error("window {window}, tick {tick}: the gates say {gates}, the model says {model}")]
    Disagreement { window: usize, tick: usize, gates: String, model: String },
}

impl GateError {
    /// An error with the file that it is about.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { path, error }
    }
}
