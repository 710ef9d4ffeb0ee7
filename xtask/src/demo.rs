//! `cargo xtask demo`: the session and the decoder that ship with the project, from their seeds.

use tools::workspace::{cargo, run};

use crate::Outcome;

const SESSION: &str = "examples/centre_out.nwb";
const DECODER: &str = "examples/decoder.img";

/// Writes both.
pub fn write() -> Outcome {
    let synth = ["synth", "--output", SESSION, "--directions", "4", "--trials", "40"];
    let train = [
        "train",
        SESSION,
        "--output",
        DECODER,
        "--align",
        "go_cue_time",
        "--split-column",
        "split",
        "--seed",
        "2",
        "--core",
        "ecp5-25f",
    ];
    for arguments in [&synth[..], &train] {
        run(cargo(["run", "--release", "--"]).args(arguments))?;
    }
    Ok(())
}
