//! Programs that builds and tests need and that Rust does not bring: installing, finding and running them.
//!
//! They are wheels of the Python package index, locked by hash in `tools.lock` and, if only bitstreams need them, in
//! `bitstream.lock`. They go into a virtual environment in the build directory; nothing else changes, and root is not needed.
//! Libraries that tests write recordings with are in `recordings.lock`, those that stand for acquisition systems in
//! `acquisition.lock`; what builds and tests the Python package is in `python.lock` and `zig.lock`, and Snakemake in `workflow.lock`. All have an environment of their
//! own.

mod cluster;
pub mod cpp;
mod environment;
mod error;
mod libraries;
mod nextpnr;
mod packer;
mod pip;
mod python;
mod python_package;
mod sby;
mod skip;
mod skipped;
mod verilator;
pub mod workspace;
mod yosys;

pub use cluster::{Slurm, Snakemake};
pub use environment::Environment;
pub use error::ToolError;
pub use libraries::{AcquisitionLibraries, RecordingLibraries};
pub use nextpnr::{Architecture, Nextpnr};
pub use packer::Packer;
pub use python_package::{FreshEnvironment, PythonTools, RECORDING_LIBRARIES_VARIABLE};
pub use sby::{ProofResult, Sby, Verdict};
pub use skip::found_or_skipped;
pub use skipped::SKIPPED;
pub use verilator::{VERILATOR_VARIABLE, Verilator};
pub use yosys::Yosys;

/// Name of the virtual environment's folder in the build directory.
pub const FOLDER: &str = "tools";

/// Names another Python than the `python3` in the path.
const PYTHON_VARIABLE: &str = "MOTORSRNN_PYTHON";

/// Lines of another program's output that an error shows.
const LINES_SHOWN: usize = 20;

/// The end of a program's output, which has the cause.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n")
}
