//! Programs that the build needs and Rust does not bring, and how they get here.
//!
//! They are wheels of the Python package index, named with their hashes in `tools.lock` and, where only bitstreams need them,
//! in `bitstream.lock`. They go into a virtual environment of their own; nothing outside the build directory changes and no
//! rights are needed.

mod environment;
mod error;
mod nextpnr;
mod packer;
mod python;
mod sby;
mod verilator;
mod yosys;

pub use environment::Environment;
pub use error::ToolError;
pub use nextpnr::{Architecture, Nextpnr};
pub use packer::Packer;
pub use sby::{Outcome, Sby, Verdict};
pub use verilator::{VERILATOR_VARIABLE, Verilator};
pub use yosys::Yosys;

/// Name of the virtual environment's folder in the build directory.
pub const FOLDER: &str = "tools";

/// Lines shown of what another program said.
const LINES_SHOWN: usize = 20;

/// The end of what a program said, which has the cause.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n")
}
