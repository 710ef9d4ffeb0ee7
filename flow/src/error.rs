//! What can go wrong on the way to a bitstream.

use std::io;
use std::path::PathBuf;

use hdl::emit::EmitError;
use thiserror::Error;
use tools::ToolError;

/// Why there is no bitstream.
#[derive(Debug, Error)]
pub enum FlowError {
    /// The hardware has no Verilog.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// A program is missing or failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// What place and route reports makes no sense.
    #[error("{}: {reason}; the versions in tools/bitstream.lock are those that are understood", path.display())]
    Report {
        /// The report.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The clock is too fast for the hardware.
    #[error(
        "{board}: timing fails: {reached}, and the clock is {clock_mhz} MHz (seed {seed}); nothing was kept; try more \
         seeds with --tries, or build at a lower clock with --clock-hz"
    )]
    Timing {
        /// The board.
        board: String,
        /// What each clock reaches.
        reached: String,
        /// What the clock is.
        clock_mhz: f64,
        /// The last seed.
        seed: u32,
    },
    /// A manifest that is none.
    #[error("{}: {reason}; build the bitstream anew with `cargo xtask bitstream`", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Checked-in files that are not what is generated.
    #[error("{}; write them anew with `{command}`", files.join(", "))]
    Stale {
        /// Which, and in what way.
        files: Vec<String>,
        /// What writes them.
        command: &'static str,
    },
    /// A folder that cannot be made.
    #[error("{}: cannot make the folder: {error}; see whether a file is in its place, and whether you may write there", path.display())]
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
