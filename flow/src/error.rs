//! What can go wrong when a bitstream is built.

use std::io;
use std::path::PathBuf;

use hdl::emit::EmitError;
use thiserror::Error;
use tools::ToolError;

/// Why a bitstream could not be built.
#[derive(Debug, Error)]
pub enum FlowError {
    /// No Verilog can be written.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// A tool is missing or failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// nextpnr's report cannot be used.
    #[error("{}: {reason}; only the versions in tools/bitstream.lock are supported", path.display())]
    Report {
        /// The report.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Timing is not met.
    #[error(
        "{board}: timing fails: {reached}, the clock is {clock_mhz} MHz (seed {seed}); no bitstream was written; try more \
         seeds with --tries, or a lower clock with --clock-hz"
    )]
    Timing {
        /// The board.
        board: String,
        /// The frequency that each clock reaches.
        reached: String,
        /// The clock of the core.
        clock_mhz: f64,
        /// The last seed that was tried.
        seed: u32,
    },
    /// A manifest that is not valid, or does not match its bitstream.
    #[error("{}: {reason}; rebuild the bitstream with `cargo xtask bitstream`", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A folder that cannot be made.
    #[error("{}: cannot make the folder: {error}; check that no file has this name and that you may write here", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
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

impl FlowError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { path, error }
    }
}
