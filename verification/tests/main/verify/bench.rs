//! A bench for cells of a chip: random stimuli in, responses out.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use verification::gates::netlist::folder;
use verification::gates::program::Source;

use crate::verify::has_tools;

/// The responses of a bench to stimuli; none if the tools are missing.
pub fn responses(family: &str, name: &str, verilog: &str, stimuli: &[[u32; 3]]) -> Option<Vec<u64>> {
    let output = run(family, name, verilog, stimuli)?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout.len(), 8 * stimuli.len());
    Some(output.stdout.chunks_exact(8).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap())).collect())
}

/// The error message of a bench that must not run; none if the tools are missing.
pub fn simulation_error(family: &str, name: &str, verilog: &str) -> Option<String> {
    let output = run(family, name, verilog, &[[0; 3]])?;
    assert!(!output.status.success(), "{name} runs");
    Some(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn run(family: &str, name: &str, verilog: &str, stimuli: &[[u32; 3]]) -> Option<Output> {
    if !has_tools() {
        return None;
    }
    let cells = Path::new(env!("CARGO_MANIFEST_DIR")).join("cells").join(family).with_extension("v");
    let main = include_str!("../../../cpp/vectors.cpp");
    let source = Source { name, verilog, cells: &cells, library: None, main };
    let program = source.program(&folder().join("cells")).unwrap_or_else(|error| panic!("{error}"));
    let mut process =
        Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let bytes: Vec<u8> = stimuli.iter().flatten().flat_map(|word| word.to_le_bytes()).collect();
    let mut input = process.stdin.take().unwrap();
    // Written and read at the same time, because a full pipe blocks.
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = process.wait_with_output().unwrap();
    // A simulation that has ended closes its input, which the writer reports.
    let _ = writer.join().unwrap();
    Some(output)
}
