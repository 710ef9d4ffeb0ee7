//! Verilog to C++.

use std::fs;
use std::path::Path;

use tools::Verilator;

use crate::tops::Top;

/// How Verilator is run.
pub const FLAGS: &[&str] = &[
    "--cc",
    "-O3",
    // Undefined is whatever is fastest: what must not matter is made to matter in the RAM models instead.
    "--x-assign",
    "fast",
    "--x-initial",
    "fast",
    "--noassert",
    // Waveforms on request; what this costs while none is written is measured by the bench.
    "--trace",
    "--no-trace-params",
    // Large models become several files, compiled in parallel.
    "--output-split",
    "20000",
    "--output-split-cfuncs",
    "2000",
    "-Wall",
    // rust-hdl pads: casts are masks, numbers and the constants of states have 32 bits. The lint knows the widths.
    "-Wno-WIDTH",
    // States of an enumeration that a module does not name are declared all the same.
    "-Wno-UNUSEDPARAM",
    // Ports of a block that its owner does not look at.
    "-Wno-UNUSEDSIGNAL",
    // States and constants have the same names in a module and in its owner.
    "-Wno-VARHIDDEN",
    // One file holds all modules.
    "-Wno-DECLFILENAME",
    // Limits of a configuration that no value exceeds: the number of lane 0, as many synapses as 16 bits count.
    "-Wno-UNSIGNED",
    "-Wno-CMPCONST",
];

/// The class that Verilator writes for a top.
pub fn class(name: &str) -> String {
    format!("V{name}")
}

/// Writes Verilog and C++ of a top into a folder, with more flags than the usual.
///
/// # Errors
/// Every warning is one.
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
