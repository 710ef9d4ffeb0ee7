//! A simulated board as a program sees it; the design is an echo.

use std::io::{ErrorKind, Read, Write};

use cosim::{Faults, FaultyWire, SimulatedBoard, Simulator, model};

const CYCLES_PER_BIT: f64 = 12.0;
/// Longer than the delay line.
const TIMEOUT_CYCLES: u64 = 2_000;

type Board = SimulatedBoard<Simulator<model::DelayLine>>;

fn board() -> Board {
    let mut board = Board::new(Simulator::new(), CYCLES_PER_BIT, TIMEOUT_CYCLES);
    // The delay line first returns its initial contents.
    assert!(read_all(&mut board).is_empty());
    board
}

fn read_all(board: &mut Board) -> Vec<u8> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16]);
    loop {
        match board.read(&mut buffer) {
            Ok(n_bytes) => bytes.extend_from_slice(&buffer[..n_bytes]),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::TimedOut);
                return bytes;
            }
        }
    }
}

fn all_bytes() -> Vec<u8> {
    (0..=255).collect()
}

#[test]
fn written_bytes_come_back() {
    let mut board = board();
    board.write_all(&all_bytes()).unwrap();
    assert_eq!(read_all(&mut board), all_bytes());
    assert_eq!(board.n_framing_errors(), 0);
}

#[test]
fn a_read_times_out_after_the_idle_cycles_and_not_before() {
    let mut board = board();
    let before = board.n_cycles();
    assert_eq!(board.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(board.n_cycles() - before, TIMEOUT_CYCLES);
}

#[test]
fn time_stands_still_between_reads() {
    let mut board = board();
    let before = board.n_cycles();
    board.write_all(b"later").unwrap();
    assert_eq!(board.n_cycles(), before);
    board.flush().unwrap();
    assert_eq!(board.n_cycles() - before, 5 * 10 * 12);
    assert_eq!(read_all(&mut board), b"later");
}

#[test]
fn a_reset_discards_bytes_on_the_line() {
    let mut board = board();
    board.write_all(b"forgotten").unwrap();
    board.flush().unwrap();
    board.reset();
    assert!(read_all(&mut board).is_empty());
    board.write_all(b"kept").unwrap();
    assert_eq!(read_all(&mut board), b"kept");
}

#[test]
fn bytes_are_lost_and_inserted() {
    for (faults, is_expected) in [
        (Faults { drop: 0.3, ..Faults::default() }, (|n| n < 230) as fn(usize) -> bool),
        (Faults { insert: 0.3, ..Faults::default() }, |n| n > 280),
        (Faults { double: 0.3, ..Faults::default() }, |n| n > 280),
        (Faults { framing: 0.3, ..Faults::default() }, |n| n < 230),
    ] {
        let mut board = board();
        board.set_wire_to_board(Some(FaultyWire::new(1, faults)));
        board.write_all(&all_bytes()).unwrap();
        let n_bytes = read_all(&mut board).len();
        assert!(is_expected(n_bytes), "{n_bytes} bytes with {faults:?}");
        board.set_wire_to_board(None);
        board.set_wire_from_board(Some(FaultyWire::new(1, faults)));
        board.write_all(&all_bytes()).unwrap();
        assert_eq!(read_all(&mut board).len(), n_bytes, "the same faults from the board");
    }
}

#[test]
fn bits_are_inverted() {
    let mut board = board();
    board.set_wire_to_board(Some(FaultyWire::new(1, Faults { flip: 0.1, ..Faults::default() })));
    board.write_all(&[0; 100]).unwrap();
    let bytes = read_all(&mut board);
    let n_flipped: u32 = bytes.iter().map(|byte| byte.count_ones()).sum();
    assert_eq!((bytes.len(), u64::from(n_flipped)), (100, board.wires().0.unwrap().n_faults()));
    assert!((50..110).contains(&n_flipped), "{n_flipped}");
}

#[test]
fn pauses_only_take_time() {
    let mut board = board();
    let faults = Faults { pause: 1.0, max_pause_bits: 50, ..Faults::default() };
    board.set_wire_to_board(Some(FaultyWire::new(1, faults)));
    board.write_all(&all_bytes()).unwrap();
    let before = board.n_cycles();
    board.flush().unwrap();
    assert!(board.n_cycles() - before > 256 * 15 * 12);
    assert_eq!(read_all(&mut board), all_bytes());
}

#[test]
fn a_small_baud_rate_error_is_tolerated_and_a_large_one_is_not() {
    for (speed, is_received) in [(1.03, true), (0.97, true), (1.2, false), (0.8, false)] {
        let mut board = board();
        board.set_wire_to_board(Some(FaultyWire::new(1, Faults { speed, ..Faults::default() })));
        board.write_all(&all_bytes()).unwrap();
        assert_eq!(read_all(&mut board) == all_bytes(), is_received, "{speed}");
    }
}
