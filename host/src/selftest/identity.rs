//! The board's hello, compared with the known cores and boards.

use std::io::{Read, Write};

use serde_json::json;
use spec::board::BOARDS;
use spec::core::{CORES, CoreConfiguration, NamedCore};

use super::BoardUnderTest;
use super::report::{Finding, figures};

/// Compares the answer to the hello.
pub(super) fn check<P: Read + Write>(test: &mut BoardUnderTest<P>) -> Finding {
    let hello = test.board;
    let CoreConfiguration { lanes, neurons_per_lane, channels, synapse_words_per_lane, readouts, replay_frames } =
        hello.core;
    let core = CORES.iter().find(|core| core.configuration == hello.core);
    let boards: Vec<&str> = BOARDS
        .iter()
        .filter(|board| board.core.configuration == hello.core && board.clock_hz == hello.clock_hz)
        .map(|board| board.name)
        .collect();
    let figures = figures([
        ("core", json!(core.map(|core| core.name))),
        ("boards", json!(boards)),
        ("clock_hz", json!(hello.clock_hz)),
        ("protocol_version", json!(hello.version)),
        ("lanes", json!(lanes)),
        ("neurons_per_lane", json!(neurons_per_lane)),
        ("channels", json!(channels)),
        ("synapses_per_lane", json!(synapse_words_per_lane)),
        ("readouts", json!(readouts)),
        ("replay_frames", json!(replay_frames)),
    ]);
    let is_own_clock = hello.clock_hz != 0 && core.is_some() && boards.is_empty();
    let remark = is_own_clock
        .then(|| "no listed board runs this core at this clock: a bitstream of your own, or a wrong one".to_owned());
    Finding::unless(fault(test.expected.core, core, &hello.core), figures).remarking(remark)
}

/// What is wrong with the core, if anything.
fn fault(expected: Option<NamedCore>, found: Option<&NamedCore>, sizes: &CoreConfiguration) -> Option<String> {
    match (expected, found) {
        (Some(expected), _) if expected.configuration == *sizes => None,
        (Some(expected), Some(found)) => {
            Some(format!("the board's core is {}, not {}; load the bitstream of the board", found.name, expected.name))
        }
        (Some(expected), None) => {
            Some(format!("the board's core is not {}; load the bitstream of the board", expected.name))
        }
        (None, Some(_)) => None,
        (None, None) => Some(
            "no core has these sizes; load a bitstream of this version, or use the program that made it".to_owned(),
        ),
    }
}
