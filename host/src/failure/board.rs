//! Failures of boards: what a user of the program can do about them.

use std::path::Path;

use spec::core::NamedCore;
use spec::wire::opcode;

use super::{Failure, FailureKind, NAME_ANOTHER_FILE, OUR_FAULT};
use crate::board::Board;
use crate::link::LinkError;
use crate::port::{OpenError, WaveformError};
use crate::session::SessionError;

impl Failure {
    /// A session on `board` that failed, with a network for `core`.
    pub fn session(board: &Board, core: &NamedCore, error: &SessionError) -> Self {
        let kind = match error {
            #[cfg(feature = "sim")]
            SessionError::Link(LinkError::Io(error)) if let Some(failure) = Self::of_simulation(error) => {
                return failure;
            }
            SessionError::Misfit(_) | SessionError::Image(_) => FailureKind::Input,
            SessionError::Link(
                LinkError::NoAnswer { command: opcode::HELLO, .. } | LinkError::Echo | LinkError::Text { .. },
            ) => FailureKind::NoBoard,
            _ => FailureKind::Link,
        };
        Self { next_step: next_step(board, core, error), ..Self::new(kind, format_args!("board {board}: {error}")) }
    }

    /// A line that is too slow for live decoding.
    pub fn slow_line(board: &Board, cause: impl std::fmt::Display) -> Self {
        Self::new(FailureKind::Link, format_args!("board {board}: {cause}"))
    }

    /// A self-test that failed, in these steps; whether the link is the cause.
    pub fn self_test(board: &Board, steps: &[&str], is_of_link: bool) -> Self {
        let kind = if is_of_link { FailureKind::Link } else { FailureKind::Disagreement };
        let steps = steps.join(", ");
        Self::new(kind, format_args!("board {board} failed the self-test ({steps}): do not trust it")).advise(
            match board {
                Board::Device(_) if is_of_link => who_else_reads(board),
                Board::Device(_) if !board.is_pseudo_terminal() => {
                    "write its bitstream again and repeat the test; if it fails again, report it with this output"
                        .to_owned()
                }
                _ => OUR_FAULT.to_owned(),
            },
        )
    }
}

/// What to do about a session that failed, if the error itself does not say so.
fn next_step(board: &Board, core: &NamedCore, error: &SessionError) -> Option<String> {
    let device = match error {
        SessionError::Misfit(_) => {
            let train = "train with `--core` of that board";
            return Some(if board.is_pseudo_terminal() {
                format!("{train}, or run `motorsrnn simulate --pty --core {}`", core.name)
            } else {
                train.to_owned()
            });
        }
        SessionError::Link(LinkError::NoAnswer { .. }) => format!("{CHECK_DEVICE}; {}", who_else_reads(board)),
        SessionError::Link(LinkError::TooManyLost { .. }) => who_else_reads(board),
        SessionError::Link(LinkError::Echo) => "check the device path, and that nothing joins its lines".to_owned(),
        SessionError::Link(LinkError::Text { .. }) => format!("check the device path; {}", who_else_reads(board)),
        SessionError::Link(LinkError::Blocked { .. }) => "unplug the board and plug it in again".to_owned(),
        SessionError::Link(LinkError::BoardRestarted) => "check its power and reset line".to_owned(),
        SessionError::Link(LinkError::Io(_)) => "check the cable".to_owned(),
        SessionError::Verify { .. } => "check the board's power, then try again".to_owned(),
        _ => return None,
    };
    Some(match (board, error) {
        (Board::Model | Board::Simulation, _) => OUR_FAULT.to_owned(),
        (Board::Device(_), _) if !board.is_pseudo_terminal() => device,
        (_, SessionError::Link(LinkError::NoAnswer { .. })) => {
            format!("{}; {}", is_still_simulated(core), who_else_reads(board))
        }
        (_, SessionError::Link(LinkError::TooManyLost { .. } | LinkError::Echo | LinkError::Text { .. })) => device,
        _ => is_still_simulated(core),
    })
}

/// A board that could not be opened.
impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let cause = error.to_string();
        match error {
            OpenError::NoWaveform(_) => {
                Self::input(cause).advise(format_args!("use --trace with `--board {}`", Board::Simulation))
            }
            OpenError::Unwritable { .. } => Self::input(cause).advise(NAME_ANOTHER_FILE),
            OpenError::NoSimulation => {
                Self::no_board(cause).advise("use one that `motorsrnn boards` lists, or `--board model`")
            }
            OpenError::NoSimulator => Self::no_board(cause).advise(
                "build it with the feature `sim` (on by default), or use `--board model`, which gives the same scores",
            ),
            OpenError::Refused { board, core, error } => Self::no_board(cause).advise(way_in(&board, &core, &error)),
            OpenError::Silent { board, core, .. } => {
                let is_there = if board.is_pseudo_terminal() { is_still_simulated(&core) } else { CHECK_DEVICE.into() };
                let next_step = format_args!(
                    "{is_there}; give --baud if its bitstream has another baud rate; {}",
                    who_else_reads(&board)
                );
                Self::no_board(cause).advise(next_step)
            }
            OpenError::Broken { board, core, error } => Self::session(&board, &core, &error.into()),
        }
    }
}

/// A waveform that is not whole.
impl From<WaveformError> for Failure {
    fn from(error: WaveformError) -> Self {
        match error {
            #[cfg(feature = "sim")]
            WaveformError::Trace(error) => Self::waveform(&error),
            WaveformError::Interrupted { .. } => Self::new(FailureKind::Interrupted, error),
        }
    }
}

/// What to do about a device that cannot be opened.
fn way_in(board: &Board, core: &NamedCore, error: &serialport::Error) -> String {
    let is_absent = !Path::new(&board.to_string()).exists();
    let is_denied = error.kind() == serialport::ErrorKind::Io(std::io::ErrorKind::PermissionDenied);
    let next_step = match board.is_pseudo_terminal() {
        true if is_absent => return is_still_simulated(core),
        _ if spec::board::board_named(&board.to_string()).is_some() => {
            "this names a kind of board, but `--board` takes the path of its serial device: `motorsrnn ports` lists them"
        }
        _ if is_absent => "`motorsrnn ports` lists the serial ports, and `--board model` needs none",
        true if is_denied => "it belongs to another user; run `motorsrnn simulate --pty` yourself",
        false if is_denied => "add yourself to the group that owns the device (often dialout) and log in again",
        _ => "check that it is a serial device and that no other program has it open",
    };
    next_step.to_owned()
}

/// What to do about a serial device that does not answer.
const CHECK_DEVICE: &str =
    "check the device path, the baud rate, the power and that the board holds a motorsrnn bitstream";

/// What to check when a pseudo-terminal does not answer.
fn is_still_simulated(core: &NamedCore) -> String {
    format!("is `motorsrnn simulate --pty --core {}` still running, and is this the path that it printed?", core.name)
}

/// How to find another program that takes the answers of a board.
fn who_else_reads(board: &Board) -> String {
    format!(
        "if another program reads this port, `fuser {board}` or `lsof {board}` shows it; ModemManager is stopped by \
         `systemctl stop ModemManager`, or kept away by a udev rule that sets ID_MM_DEVICE_IGNORE"
    )
}

#[cfg(test)]
mod tests {
    use std::io;

    use spec::core::UP5K;
    use spec::image::SectionKind;

    use super::*;

    fn message(board: &str, error: impl Into<SessionError>) -> String {
        Failure::session(&board.parse().unwrap(), &UP5K, &error.into()).to_string()
    }

    fn no_answer() -> LinkError {
        let waited = std::time::Duration::from_secs(2);
        LinkError::NoAnswer { command: opcode::TICK, attempts: 8, waited, n_bytes: 0 }
    }

    #[test]
    fn the_next_step_fits_the_board() {
        let hardware = ["bitstream", "reset line", "cable", "power"];
        let simulated = "motorsrnn simulate --pty --core up5k";
        let errors = || {
            [
                no_answer().into(),
                LinkError::BoardRestarted.into(),
                LinkError::Io(io::ErrorKind::BrokenPipe.into()).into(),
                SessionError::Verify { section: SectionKind::Rows, lane: 0 },
            ]
        };
        let messages = |board: &'static str| errors().map(|error: SessionError| message(board, error));
        for (message, part) in messages("/dev/ttyUSB0").iter().zip(hardware) {
            assert!(message.contains(part) && !message.contains("simulate"), "{message}");
        }
        for board in ["/dev/pts/7", "sim", "model"] {
            let part = if board.starts_with('/') { simulated } else { OUR_FAULT };
            for message in messages(board) {
                assert!(message.contains(part) && !hardware.iter().any(|part| message.contains(part)), "{message}");
            }
        }
    }

    #[test]
    fn lost_answers_name_another_reader_and_how_to_find_it() {
        for board in ["/dev/ttyUSB0", "/dev/pts/7"] {
            for error in [no_answer(), LinkError::TooManyLost { n_lost: 20 }] {
                let message = message(board, error);
                for part in ["another program", &format!("fuser {board}"), "lsof", "ModemManager", "udev"] {
                    assert!(message.contains(part), "no `{part}` in {message}");
                }
            }
        }
    }

    #[test]
    fn an_echo_and_a_console_are_no_boards() {
        let text = LinkError::Text { text: "login:".to_owned() };
        for (error, part) in [(LinkError::Echo, "echo"), (text, "console")] {
            let failure = Failure::session(&"/dev/ttyUSB0".parse().unwrap(), &UP5K, &error.into());
            assert_eq!(failure.kind(), FailureKind::NoBoard);
            assert!(failure.to_string().contains(part), "{failure}");
        }
    }
}
