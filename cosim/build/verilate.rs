//! Verilog to C++.

use std::fs;
use std::path::Path;

use tools::cpp;

use crate::tops::Top;

/// The behaviour of models.
const BEHAVIOUR: [&str; 7] = [
    // Undefined values are whatever is fastest; the memory models give wrong words where a design must not rely on one.
    "--x-assign",
    "fast",
    "--x-initial",
    "fast",
    "--noassert",
    // Waveforms on request.
    "--trace",
    "--no-trace-params",
];

const WARNINGS: [&str; 8] = [
    "-Wall",
    // In rust-hdl's Verilog casts are masks, numbers and states have 32 bits. The lint checks the widths.
    "-Wno-WIDTH",
    // A module declares all states of an enumeration, even those it does not use.
    "-Wno-UNUSEDPARAM",
    // Ports of a block that its parent does not read.
    "-Wno-UNUSEDSIGNAL",
    // States and constants have the same names in a module and in its parent.
    "-Wno-VARHIDDEN",
    // All modules are in one file.
    "-Wno-DECLFILENAME",
    // Limits that no value exceeds: the number of lane 0, or as many synapses as fit 16 bits.
    "-Wno-UNSIGNED",
    "-Wno-CMPCONST",
];

/// The flags of Verilator.
pub fn flags() -> Vec<&'static str> {
    cpp::flags(&BEHAVIOUR, &WARNINGS)
}

/// Writes the Verilog and the C++ of a top to a folder, with additional flags.
///
/// # Errors
/// Errors and warnings of Verilator.
pub fn run(compiler: &cpp::Compiler, top: &Top, more: &[&str], folder: &Path) -> Result<(), String> {
    let file = format!("{}.v", top.name);
    let source = folder.join(&file);
    fs::write(&source, &top.verilog).map_err(|error| format!("{}: {error}", source.display()))?;
    let output = compiler.verilate(top.name, &[&flags()[..], more].concat(), [&file], folder)?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("Verilator does not accept {}:\n{}", top.name, String::from_utf8_lossy(&output.stderr)))
}
