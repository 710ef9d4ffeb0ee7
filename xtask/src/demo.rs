//! The session and the decoder that ship with the project, written anew from their seeds.

use crate::command::{Chore, cargo};

const SESSION: &str = "examples/centre_out.nwb";
const DECODER: &str = "examples/decoder.img";

/// Writes both.
pub fn run() -> Chore {
    let synth = ["synth", "--output", SESSION, "--directions", "4", "--trials", "40"];
    let train =
        ["train", SESSION, "--output", DECODER, "--align", "go_cue_time", "--split-column", "split", "--seed", "2"];
    for arguments in [&synth[..], &train] {
        cargo(&[&["run", "--release", "--"], arguments].concat())?;
    }
    Ok(())
}
