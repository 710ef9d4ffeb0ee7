//! Programs that every test here needs, and cells under a bench.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use gates::netlist::folder;
use gates::program::Source;
use tools::{Architecture, Environment, Nextpnr, Packer, ToolError, Verilator, Yosys};

/// The build directory that these tests are built in.
pub fn build_directory() -> PathBuf {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    temporary.parent().unwrap_or(temporary).to_owned()
}

/// Whether the programs can be had; where nobody relies on them, their absence is said instead.
pub fn has_tools() -> bool {
    let environment = Environment::of(&build_directory());
    let install = || -> Result<(), ToolError> {
        Yosys::find(&environment)?;
        Verilator::find(&environment)?;
        Nextpnr::find(&environment, Architecture::Ice40)?;
        Packer::find(&environment, Architecture::Ice40)?;
        Ok(())
    };
    match install() {
        Ok(()) => true,
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{error}");
            // Not `eprintln!`, which is not shown of a test that passes.
            let _ = writeln!(std::io::stderr(), "skipped: no gates: {error}");
            false
        }
    }
}

/// Says something while a test runs, also of one that passes.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// What a bench of ECP5 cells answers to stimuli; none where the programs are missing.
pub fn responses(name: &str, verilog: &str, stimuli: &[[u32; 3]]) -> Option<Vec<u64>> {
    let output = run(name, verilog, stimuli)?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout.len(), 8 * stimuli.len());
    Some(output.stdout.chunks_exact(8).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap())).collect())
}

/// What a bench that must not run says; none where the programs are missing.
pub fn simulation_error(name: &str, verilog: &str) -> Option<String> {
    let output = run(name, verilog, &[[0; 3]])?;
    assert!(!output.status.success(), "{name} runs");
    Some(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn run(name: &str, verilog: &str, stimuli: &[[u32; 3]]) -> Option<Output> {
    if !has_tools() {
        return None;
    }
    let environment = Environment::of(&build_directory());
    let cells = Path::new(env!("CARGO_MANIFEST_DIR")).join("cells/ecp5.v");
    let main = include_str!("../../cpp/vectors.cpp");
    let source = Source { name, verilog, cells: &cells, library: None, main };
    let program = source.program(&Verilator::find(&environment).unwrap(), &folder(&build_directory()).join("cells"));
    let mut process = Command::new(program.unwrap_or_else(|error| panic!("{error}")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let bytes: Vec<u8> = stimuli.iter().flatten().flat_map(|word| word.to_le_bytes()).collect();
    let mut input = process.stdin.take().unwrap();
    // Both ends at a time: a full pipe would stop either.
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = process.wait_with_output().unwrap();
    // A simulation that has ended reads no further.
    let _ = writer.join().unwrap();
    Some(output)
}
