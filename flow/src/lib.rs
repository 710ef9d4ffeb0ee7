//! From the core to bitstreams: Verilog, constraints, synthesis, place and route, timing analysis, packing.
//!
//! The same inputs and seed give the same bytes in any folder. A bitstream whose timing fails is never written.

pub mod bitstream;
pub mod error;
pub mod files;
pub mod fusesoc;
pub mod manifest;
pub mod recipe;
pub mod report;
pub mod sources;
pub mod table;

use std::process::ExitCode;

/// The exit code of a command; its error goes to the terminal.
#[must_use]
pub fn exit_code(outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
