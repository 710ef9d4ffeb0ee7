//! Serial devices that hold answers back, or restart in the middle of a window.

use std::io::{self, ErrorKind, Read, Write};
use std::thread;
use std::time::Duration;

use model::ModelBoard;
use serde_json::json;
use spec::core::ECP5_25F;
use spec::wire::{FrameReader, opcode};

use super::feed::{GAP, Printed, live, rows_of_trials};
use crate::support::{Device, refuses, succeed, trained};

const CORE: spec::core::CoreConfiguration = ECP5_25F.configuration;

/// What happens to a board when it has run so many ticks.
#[derive(Clone, Copy)]
enum Event {
    /// It answers nothing for so long.
    Hold(Duration),
    /// It loses everything.
    Reset,
    /// From then on, everything takes so long.
    Slow(Duration),
}

struct Board {
    board: ModelBoard,
    reader: FrameReader,
    n_ticks: u64,
    at: u64,
    event: Option<Event>,
}

impl Board {
    fn device(at: u64, event: Event) -> Device {
        let (board, reader) = (ModelBoard::new(CORE), FrameReader::default());
        Device::with_port(Self { board, reader, n_ticks: 0, at, event: Some(event) })
    }
}

impl Write for Board {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let frames = bytes.iter().filter_map(|byte| self.reader.push(*byte)?.ok());
        self.n_ticks += frames.filter(|frame| frame.opcode == opcode::TICK).count() as u64;
        if self.n_ticks >= self.at {
            match self.event.take() {
                Some(Event::Hold(time)) => thread::sleep(time),
                Some(Event::Reset) => self.board.reset(),
                Some(Event::Slow(time)) => {
                    thread::sleep(time);
                    self.event = Some(Event::Slow(time));
                }
                None => {}
            }
        }
        self.board.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Board {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.board.read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(ErrorKind::TimedOut.into()),
            other => other,
        }
    }
}

/// A session of so many trials on a device.
fn on(device: &Device, n_trials: usize, options: &[&str]) -> Printed {
    let text = rows_of_trials(&trained().recording, &trained().image, n_trials);
    live(&trained().image, &[&["--board", device.name()], options].concat(), &text)
}

fn by_model(n_trials: usize) -> Printed {
    live(&trained().image, &[], &rows_of_trials(&trained().recording, &trained().image, n_trials))
}

#[test]
fn a_board_that_holds_its_answers_for_a_while_loses_no_tick_and_the_age_shows_it() {
    let device = Board::device(120, Event::Hold(Duration::from_millis(100)));
    let printed = on(&device, 6, &[]);
    assert_eq!(printed.summary["scores_hash"], by_model(6).summary["scores_hash"]);
    assert_eq!(printed.summary["n_ticks_run"], 6 * 50);
    assert_eq!(printed.summary["counters"]["ticks"], 6 * (50 + GAP));
    // The hundredth tick is in the third window.
    let age_ms = |window: usize| printed.of_kind("live_decision")[window]["age_ms"].as_f64().unwrap();
    assert!(age_ms(2) >= 100.0, "{}", age_ms(2));
    println!("{}", printed.message);
}

#[test]
fn a_board_that_is_too_far_behind_gives_the_window_up_and_goes_on_with_another() {
    let device = Board::device(120, Event::Hold(Duration::from_millis(400)));
    let text = rows_of_trials(&trained().recording, &trained().image, 3);
    let printed = live(&trained().image, &["--board", device.name(), "--max-age-ms", "200"], &text);
    let windows = printed.of_kind("live_window");
    assert_eq!((&windows[0]["valid"], &windows[2]["cause"]), (&json!(true), &json!("abandoned")));
    let decision = printed.of_kind("live_decision")[2];
    assert_eq!((&decision["decision"], &decision["valid"]), (&json!(null), &json!(false)));
}

#[test]
fn a_board_that_restarts_in_a_window_runs_it_again() {
    for at in [1, 51, 77, 100] {
        let device = Board::device(at, Event::Reset);
        let printed = on(&device, 3, &[]);
        assert_eq!(printed.summary["scores_hash"], by_model(3).summary["scores_hash"], "{at}");
        assert_eq!(printed.of_kind("live_decision").len(), 3);
        assert_eq!(printed.summary["link"]["restarts"], 1, "{}", printed.summary);
    }
}

#[test]
fn a_line_on_which_answers_take_too_long_is_refused_unless_that_is_accepted() {
    let device = Board::device(0, Event::Slow(Duration::from_millis(6)));
    let arguments = ["live", "--network", &trained().image, "--board", device.name()];
    refuses(4, &arguments, &[device.name(), "one answer in a hundred takes", "4 ticks of 1 ms", "--max-age-ms"]);
    let printed = on(&device, 1, &[]);
    assert_eq!(printed.summary["scores_hash"], by_model(1).summary["scores_hash"]);
}

#[test]
fn ports_prints_rules_for_udev() {
    let rules = succeed(&["ports", "--udev"]);
    assert!(rules.contains("ftdi_sio") && rules.contains("ATTR{latency_timer}=\"1\""), "{rules}");
}
