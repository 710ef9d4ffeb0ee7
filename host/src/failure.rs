//! How a run ends when it does not end well: one message, one exit code.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use cosim::TraceError;
use spec::core::NamedCore;
use spec::wire::opcode;
use study::error::StudyError;

use crate::baud::Silence;
use crate::board::Board;
use crate::link::LinkError;
use crate::session::SessionError;

/// A run that could not be finished.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Input,
    NoBoard,
    Link,
    Disagreement,
    Interrupted,
    ClosedPipe,
}

/// Exit code after an interruption: what a shell says of a program that Ctrl-C ended.
pub const EXIT_INTERRUPTED: u8 = 130;

impl Failure {
    /// An input or a result that cannot be used.
    pub fn input(message: impl fmt::Display) -> Self {
        Self { kind: Kind::Input, message: message.to_string() }
    }

    /// A file that cannot be read; `what` it should be.
    pub fn unreadable(what: &str, path: &Path, error: &io::Error) -> Self {
        let next_step = "check the path, and that it is a file that you may read";
        Self::input(format_args!("cannot read {what} {}: {error}; {next_step}", path.display()))
    }

    /// A file that cannot be written.
    pub fn unwritable(path: &Path, error: &io::Error) -> Self {
        Self::input(format_args!("cannot write {}: {error}; {NAME_ANOTHER_FILE}", path.display()))
    }

    /// A waveform that cannot be written.
    pub fn waveform(error: &TraceError) -> Self {
        Self::input(format_args!("{error}; {NAME_ANOTHER_FILE}"))
    }

    /// An interruption, after which the waveform was ended.
    pub fn interrupted(waveform: &Path) -> Self {
        let message = format!("interrupted; {} holds the waveform up to there", waveform.display());
        Self { kind: Kind::Interrupted, message }
    }

    /// A recording that does not give what was asked of it.
    pub fn recording(path: &Path, error: &recording::Error) -> Self {
        match error {
            recording::Error::BadOption { option, cause } => {
                Self::input(format_args!("{}: {cause}", command_line_name(option)))
            }
            error if error.names_its_file() => Self::input(error),
            error => Self::input(format_args!("{}: {error}", path.display())),
        }
    }

    /// A study that ended without a report.
    pub fn study(path: &Path, error: &StudyError) -> Self {
        match error {
            StudyError::Recording(error) => Self::recording(path, error),
            StudyError::Interrupted => Self { kind: Kind::Interrupted, message: error.to_string() },
            error => Self::input(error),
        }
    }

    /// A board that is not there or does not answer.
    pub fn no_board(message: impl fmt::Display) -> Self {
        Self { kind: Kind::NoBoard, message: message.to_string() }
    }

    /// A board whose scores are not those of the reference model; the hashes of both.
    pub fn disagreement(board: &Board, found: &str, expected: &str) -> Self {
        let next_step = match board {
            Board::Device(_) if !board.is_pseudo_terminal() => "write the board's bitstream anew",
            _ => OUR_FAULT,
        };
        let message = format!(
            "the scores of board {board} (hash {found}) are not those of the reference model (hash {expected}): \
             do not trust them; {next_step}"
        );
        Self { kind: Kind::Disagreement, message }
    }

    /// A board of `core` that does not answer at any speed that boards have.
    pub fn silent(board: &Board, core: &NamedCore, silence: &Silence) -> Self {
        let next_step = if board.is_pseudo_terminal() { is_still_simulated(core) } else { CHECK_DEVICE.to_owned() };
        let own_speed = "give --baud if its bitstream has another speed";
        Self::no_board(format_args!("board {board} did not answer: {silence}; {next_step}; {own_speed}"))
    }

    /// A connection to a board of `core` that broke before anything was said.
    pub fn broken(board: &Board, core: &NamedCore, error: io::Error) -> Self {
        Self::session(board, core, &LinkError::Io(error).into())
    }

    /// A self-test that failed, in these steps; whether the link is the cause.
    pub fn self_test(board: &Board, steps: &[&str], is_of_link: bool) -> Self {
        let kind = if is_of_link { Kind::Link } else { Kind::Disagreement };
        let next_step = match board {
            Board::Device(_) if !board.is_pseudo_terminal() => {
                "load its bitstream anew and test again; if it fails again, report it, with what was printed"
            }
            _ => OUR_FAULT,
        };
        let steps = steps.join(", ");
        Self { kind, message: format!("board {board} failed the self-test ({steps}): do not trust it; {next_step}") }
    }

    /// A session on `board` that failed, with a network for `core`.
    pub fn session(board: &Board, core: &NamedCore, error: &SessionError) -> Self {
        let kind = match error {
            SessionError::Link(LinkError::Io(error)) if let Some(failure) = Self::of_simulation(error) => {
                return failure;
            }
            SessionError::Misfit(_) | SessionError::Image(_) => Kind::Input,
            SessionError::Link(LinkError::NoAnswer { command: opcode::HELLO, .. }) => Kind::NoBoard,
            _ => Kind::Link,
        };
        let next_step = next_step(board, core, error).map_or_else(String::new, |step| format!("; {step}"));
        Self { kind, message: format!("board {board}: {error}{next_step}") }
    }

    /// The service of a simulated board on the pseudo-terminal `device` that ended.
    pub fn service(device: &Path, error: &io::Error) -> Self {
        Self::of_simulation(error).unwrap_or_else(|| Self {
            kind: Kind::Link,
            message: format!("{}: {error}; start `motorsrnn simulate` anew", device.display()),
        })
    }

    /// What made a simulated board fail, which can only be its waveform.
    fn of_simulation(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().map(Self::waveform)
    }

    /// Whether whoever reads standard output has gone, which is no failure of ours.
    pub fn is_closed_pipe(&self) -> bool {
        self.kind == Kind::ClosedPipe
    }

    /// The program's exit code.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.kind {
            Kind::ClosedPipe => 0,
            Kind::Input => 1,
            Kind::NoBoard => 3,
            Kind::Link => 4,
            Kind::Disagreement => 5,
            Kind::Interrupted => EXIT_INTERRUPTED,
        })
    }
}

/// What to do about a session that failed, where the error itself does not say it.
fn next_step(board: &Board, core: &NamedCore, error: &SessionError) -> Option<String> {
    let for_a_device = match error {
        SessionError::Link(LinkError::NoAnswer { .. }) => CHECK_DEVICE,
        SessionError::Link(LinkError::BoardRestarted) => "check its power and reset line",
        SessionError::Link(LinkError::Io(_)) => "check the cable",
        SessionError::Verify { .. } => "check the board's power, then try again",
        SessionError::Misfit(_) if board.is_pseudo_terminal() => {
            return Some(format!("or run `motorsrnn simulate --pty --core {}`", core.name));
        }
        _ => return None,
    };
    Some(match board {
        Board::Device(_) if board.is_pseudo_terminal() => is_still_simulated(core),
        Board::Device(_) => for_a_device.to_owned(),
        Board::Model | Board::Simulation => OUR_FAULT.to_owned(),
    })
}

/// What to do about a serial device that does not answer.
const CHECK_DEVICE: &str =
    "check the device path, the baud rate, the power and that the board holds a motorsrnn bitstream";

/// What to ask oneself when nothing is at the other end of a pseudo-terminal.
pub fn is_still_simulated(core: &NamedCore) -> String {
    format!("is `motorsrnn simulate --pty --core {}` still running, and is this the path that it printed?", core.name)
}

/// What to do about a file that cannot be written.
const NAME_ANOTHER_FILE: &str = "name a file in a folder that exists, is writable and has space";

/// What to do about what cannot be, unless the program is wrong.
const OUR_FAULT: &str = "this is a fault of motorsrnn; please report it, with how it was run";

/// What an option of a recording is called on the command line.
fn command_line_name(option: &str) -> String {
    let name = match option {
        "n_channels" => "channels",
        "n_directions" => "directions",
        "trials_per_direction" => "trials",
        "tuned_fraction" => "tuned",
        same => same,
    };
    format!("--{}", name.replace('_', "-"))
}

/// A failure to write to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let kind = if error.kind() == io::ErrorKind::BrokenPipe { Kind::ClosedPipe } else { Kind::Input };
        Self { kind, message: format!("cannot write to standard output: {error}") }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use spec::core::UP5K;
    use spec::image::SectionKind;

    use super::*;

    #[test]
    fn the_next_step_fits_the_board() {
        let hardware = ["bitstream", "reset line", "cable", "power"];
        let simulated = "motorsrnn simulate --pty --core up5k";
        let errors = || {
            let waited = std::time::Duration::from_secs(2);
            [
                LinkError::NoAnswer { command: opcode::TICK, attempts: 8, waited }.into(),
                LinkError::BoardRestarted.into(),
                LinkError::Io(io::ErrorKind::BrokenPipe.into()).into(),
                SessionError::Verify { section: SectionKind::Rows, lane: 0 },
            ]
        };
        let messages =
            |board: &str| errors().map(|error| Failure::session(&board.parse().unwrap(), &UP5K, &error).message);
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
}
