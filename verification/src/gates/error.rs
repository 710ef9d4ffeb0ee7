//! What can go wrong in a gate-level simulation.

use std::io;
use std::path::PathBuf;

use flow::error::FlowError;
use host::session::SessionError;
use thiserror::Error;
use tools::ToolError;

/// Why a gate-level simulation failed.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum GateError {
    #[error(transparent)]
    Flow(#[from] FlowError),
    #[error(transparent)]
    Tool(#[from] ToolError),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("Verilator failed; its output is in {}, which begins with:\n{start}", log.display())]
    Verilator { log: PathBuf, start: String },
    #[error("{0}: there are cell models of the iCE40 and the ECP5 only; choose another board")]
    NoCells(String),
    #[error("{path}: {reason}")]
    Bitstream { path: PathBuf, reason: String },
    #[error("{}: {reason}; only the versions in tools/bitstream.lock are supported", path.display())]
    Database { path: PathBuf, reason: String },
    #[error("{0}")]
    Decoder(String),
    #[error("the simulation does not answer: {0}")]
    Session(#[from] SessionError),
    #[error("window {window}, tick {tick}: the simulation answers {gates}, the model {model}")]
    Disagreement { window: usize, tick: usize, gates: String, model: String },
}

impl GateError {
    /// An error that names its file.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { path, error }
    }
}
