//! Verilog to C++.

use std::fs;
use std::path::Path;

use tools::Verilator;

use crate::tops::Top;

/// The flags of Verilator.
pub const FLAGS: &[&str] = &[
    "--cc",
    "-O3",
    // Undefined values are whatever is fastest; the memory models give wrong words where a design must not rely on one.
    "--x-assign",
    "fast",
    "--x-initial",
    "fast",
    "--noassert",
    // Waveforms on request.
    "--trace",
    "--no-trace-params",
    // Large models are split into files that compile in parallel.
    "--output-split",
    "20000",
    "--output-split-cfuncs",
    "2000",
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

/// The name of a top's C++ class.
pub fn class(name: &str) -> String {
    format!("V{name}")
}

/// Writes the Verilog and the C++ of a top to a folder, with additional flags.
///
/// # Errors
/// Errors and warnings of Verilator.
pub fn run(verilator: &Verilator, top: &Top, flags: &[&str], folder: &Path) -> Result<(), String> {
    let source = folder.join(format!("{}.v", top.name));
    fs::write(&source, &top.verilog).map_err(|error| format!("{}: {error}", source.display()))?;
    let output = verilator
        .command()
        .args(FLAGS)
        .args(flags)
        .args(["--top-module", top.name, "--prefix", &class(top.name), "--Mdir"])
        .args([folder, &source])
        .output()
        .map_err(|error| format!("cannot start Verilator: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("Verilator does not accept {}:\n{}", top.name, String::from_utf8_lossy(&output.stderr)))
}
