//! Gate-level simulations, and tests of the cell models that these use.

mod bench;
mod decoding;
mod ecp5_cells;
mod look_up_tables;

use std::io::Write as _;

use tools::workspace::build_directory;
use tools::{Architecture, Environment, Nextpnr, Packer, ToolError, Verilator, Yosys};

/// Whether the programs can be installed; if not, the test is skipped.
fn has_tools() -> bool {
    let environment = Environment::of(&build_directory());
    let install = || -> Result<(), ToolError> {
        Yosys::find(&environment)?;
        Verilator::find(&environment)?;
        Nextpnr::find(&environment, Architecture::Ice40)?;
        Packer::find(&environment, Architecture::Ice40)?;
        Ok(())
    };
    tools::found_or_skipped("gate-level simulation", install()).is_some()
}

/// Shows progress while a test runs, even if it passes.
fn show(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
