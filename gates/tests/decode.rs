//! The shipped session through the pins of chips made of gates: every score is the model's.

mod support;

use std::path::Path;

use gates::decode::Task;
use gates::ice40::readback::read_back;
use gates::netlist::{Netlist, folder};
use spec::board::{Board, board_named};
use support::{build_directory, has_tools, say};

/// Whether every window is decoded on every chip; `cargo xtask soak` sets it.
const SOAK_VARIABLE: &str = "MOTORSRNN_SOAK";

/// The topology of the shipped decoder.
const TOPOLOGY: &str = "T1";

/// Decodes the shipped session, or the first windows of it, with the network for the board's core.
fn decodes(board: &Board, what: &str, topology: &str, netlist: impl FnOnce() -> Netlist, limit: Option<usize>) {
    if !has_tools() {
        return;
    }
    let limit = limit.filter(|_| std::env::var_os(SOAK_VARIABLE).is_none());
    let name = board.name;
    let task = Task::shipped(board.core, topology).unwrap_or_else(|error| panic!("{name}: {error}"));
    let gates = netlist().simulated(&build_directory()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let progress = |window: usize, n_windows: usize| {
        if window.is_multiple_of(10) {
            say(&format!("{name}, {what}: window {window} of {n_windows}"));
        }
    };
    let outcome = task.run(gates, limit, progress).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(outcome.n_windows == limit.unwrap_or(160) && outcome.n_ticks == 50 * outcome.n_windows, "{outcome:?}");
    say(&format!("{name}, {what}: {outcome:?}"));
}

fn synthesized(board: &Board) -> Netlist {
    let build_directory = build_directory();
    let work = folder(&build_directory).join(format!("{}-test-synthesis", board.name));
    Netlist::synthesized(board, &build_directory, &work).unwrap_or_else(|error| panic!("{}: {error}", board.name))
}

#[test]
fn the_icebreakers_netlist_decodes_the_shipped_session() {
    let board = board_named("icebreaker").unwrap();
    decodes(board, "netlist", TOPOLOGY, || synthesized(board), Some(60));
}

#[test]
fn the_icebreakers_bitstream_decodes_the_first_windows_of_the_shipped_session() {
    let board = board_named("icebreaker").unwrap();
    let bitstream = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bitstreams/icebreaker.bin");
    let read = || {
        let work = folder(&build_directory()).join("icebreaker-test-bitstream");
        read_back(board, &bitstream, &build_directory(), &work).unwrap_or_else(|error| panic!("{error}"))
    };
    decodes(board, "bitstream", TOPOLOGY, read, Some(20));
}

#[test]
fn a_bitstream_of_another_board_is_refused() {
    if !has_tools() {
        return;
    }
    let bitstream = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bitstreams/icebreaker.bin");
    let work = folder(&build_directory()).join("upduino3-test-bitstream");
    let board = board_named("upduino3").unwrap();
    let error = read_back(board, &bitstream, &build_directory(), &work).unwrap_err().to_string();
    assert!(error.contains("icebreaker.bin") && error.contains("pin"), "{error}");
}

#[test]
fn the_ulx3s_netlist_decodes_the_first_windows_of_the_shipped_session() {
    let board = board_named("ulx3s-25f").unwrap();
    decodes(board, "netlist", TOPOLOGY, || synthesized(board), Some(5));
}
