//! The shipped session in gate-level simulations: every score equals the model's.

use cosim::variables::SOAK;
use spec::board::{Board, board_named};
use tools::workspace::root;
use verification::gates::decode::Task;
use verification::gates::ice40::readback::read_back;
use verification::gates::netlist::{Netlist, folder};

use crate::verify::{has_tools, show};

/// The topology of the shipped decoder.
const TOPOLOGY: &str = "T1";

/// Decodes the first `limit` windows of the shipped session, or all, with a network for the board's core.
fn decodes(board: &Board, what: &str, topology: &str, netlist: impl FnOnce() -> Netlist, limit: Option<usize>) {
    if !has_tools() {
        return;
    }
    let limit = limit.filter(|_| std::env::var_os(SOAK).is_none());
    let name = board.name;
    let task = Task::shipped(board.core, topology).unwrap_or_else(|error| panic!("{name}: {error}"));
    let gates = netlist().simulated().unwrap_or_else(|error| panic!("{name}: {error}"));
    let progress = |window: usize, n_windows: usize| {
        if window.is_multiple_of(10) {
            show(&format!("{name}, {what}: window {window} of {n_windows}"));
        }
    };
    let outcome = task.run(gates, limit, progress).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(outcome.n_windows == limit.unwrap_or(160) && outcome.n_ticks == 50 * outcome.n_windows, "{outcome:?}");
    show(&format!("{name}, {what}: {outcome:?}"));
}

fn synthesized(board: &Board) -> Netlist {
    let work = folder().join(format!("{}-test-synthesis", board.name));
    Netlist::synthesized(board, &work).unwrap_or_else(|error| panic!("{}: {error}", board.name))
}

#[test]
fn the_icebreakers_netlist_decodes_the_shipped_session() {
    let board = board_named("icebreaker").unwrap();
    decodes(board, "netlist", TOPOLOGY, || synthesized(board), Some(60));
}

#[test]
fn the_icebreakers_bitstream_decodes_the_first_windows_of_the_shipped_session() {
    let board = board_named("icebreaker").unwrap();
    let bitstream = root().join("bitstreams/icebreaker.bin");
    let read = || {
        let work = folder().join("icebreaker-test-bitstream");
        read_back(board, &bitstream, &work).unwrap_or_else(|error| panic!("{error}"))
    };
    decodes(board, "bitstream", TOPOLOGY, read, Some(20));
}

#[test]
fn a_bitstream_for_another_board_is_refused() {
    if !has_tools() {
        return;
    }
    let bitstream = root().join("bitstreams/icebreaker.bin");
    let work = folder().join("upduino3-test-bitstream");
    let board = board_named("upduino3").unwrap();
    let error = read_back(board, &bitstream, &work).unwrap_err().to_string();
    assert!(error.contains("icebreaker.bin") && error.contains("pin"), "{error}");
}

#[test]
fn the_ulx3s_netlist_decodes_the_first_windows_of_the_shipped_session() {
    let board = board_named("ulx3s-25f").unwrap();
    decodes(board, "netlist", TOPOLOGY, || synthesized(board), Some(10));
}
