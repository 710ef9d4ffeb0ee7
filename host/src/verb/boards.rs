//! `motorsrnn boards`: the boards that the core is built for, and the sizes of the core on each.

use std::fmt::Write;

use serde::Serialize;
use spec::board::{BOARDS, Board};

use super::{print_json, print_text};
use crate::cli::ListArgs;
use crate::failure::Failure;

#[derive(Serialize)]
#[serde(tag = "kind", rename = "board")]
struct Row {
    board: &'static str,
    title: &'static str,
    core: &'static str,
    lanes: u8,
    neurons: u32,
    channels: u16,
    synapses: u32,
    readouts: u8,
    oscillator_hz: u32,
    clock_hz: u32,
    baud: u32,
    loader: &'static str,
}

impl From<&Board> for Row {
    fn from(board: &Board) -> Self {
        let core = board.core.configuration;
        Self {
            board: board.name,
            title: board.title,
            core: board.core.name,
            lanes: core.lanes,
            neurons: core.neurons(),
            channels: core.channels,
            synapses: u32::from(core.synapse_words_per_lane) * u32::from(core.lanes),
            readouts: core.readouts,
            oscillator_hz: board.oscillator_hz,
            clock_hz: board.clock_hz,
            baud: board.baud,
            loader: board.loader,
        }
    }
}

/// Prints the list.
///
/// # Errors
/// Standard output that cannot be written.
pub fn run(args: &ListArgs) -> Result<(), Failure> {
    let rows = BOARDS.iter().map(Row::from);
    if args.json {
        return rows.into_iter().try_for_each(|row| print_json(&row));
    }
    let mut text = format!(
        "{:<15} {:<9} {:>5} {:>7} {:>8} {:>8} {:>8}  {}\n",
        "board", "core", "lanes", "neurons", "channels", "synapses", "baud", "name"
    );
    for row in rows {
        let Row { board, title, core, lanes, neurons, channels, synapses, baud, .. } = row;
        let _ = writeln!(
            text,
            "{board:<15} {core:<9} {lanes:>5} {neurons:>7} {channels:>8} {synapses:>8} {baud:>8}  {title}"
        );
    }
    print_text(&text)
}
