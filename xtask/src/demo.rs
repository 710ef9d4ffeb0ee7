//! `cargo xtask demo`: the sessions and the networks that ship with the project, from their seeds.

use tools::workspace::{cargo, run};

use crate::Outcome;

const SESSION: &str = "examples/centre_out.nwb";
const DECODER: &str = "examples/decoder.img";
const REACH_SESSION: &str = "examples/reach.nwb";
const REACH_NETWORK: &str = "examples/reach.img";

/// Writes them.
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
    let synth_reach = ["synth", "--task", "reach", "--output", REACH_SESSION, "--channels", "48"];
    // Small blocks: the self-test of a board streams the one that is tested.
    let train_reach = ["train", REACH_SESSION, "--target", "hand_vel", "--output", REACH_NETWORK, "--folds", "12"];
    for arguments in [&synth[..], &train, &synth_reach, &train_reach] {
        run(cargo(["run", "--release", "--"]).args(arguments))?;
    }
    Ok(())
}
