//! Why a run failed: cause, kind and next step.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use spec::core::NamedCore;
use spec::wire::opcode;
use study::error::StudyError;
use train::decoder::TooManyClasses;

use crate::baud::Silence;
use crate::board::Board;
use crate::link::LinkError;
use crate::session::SessionError;

/// A run that could not be finished. As text: the cause, then what a user of the program can do about it.
#[derive(Debug)]
pub struct Failure {
    kind: FailureKind,
    cause: String,
    next_step: Option<String>,
}

/// Kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// An input, an option or a result that cannot be used; a file that cannot be read or written.
    Input,
    /// There is no board, or it does not answer the first hello.
    NoBoard,
    /// The link to the board failed.
    Link,
    /// The board and the reference model disagree, or the board fails its self-test.
    Disagreement,
    /// The user or the system interrupted the run.
    Interrupted,
    /// Standard output was closed by its reader; the program does not count this as a failure.
    ClosedPipe,
}

impl FailureKind {
    /// The program's exit code.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Input => 1,
            // 2 is wrong usage.
            Self::NoBoard => 3,
            Self::Link => 4,
            Self::Disagreement => 5,
            // What a shell reports for a program that Ctrl-C ended.
            Self::Interrupted => 130,
        }
    }
}

impl Failure {
    fn new(kind: FailureKind, cause: impl fmt::Display) -> Self {
        Self { kind, cause: cause.to_string(), next_step: None }
    }

    /// The same with what a user of the program can do about it.
    #[must_use]
    pub fn advise(self, next_step: impl fmt::Display) -> Self {
        Self { next_step: Some(next_step.to_string()), ..self }
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// What is wrong, without advice that names verbs and options of the program.
    #[must_use]
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// An input or a result that cannot be used.
    pub fn input(cause: impl fmt::Display) -> Self {
        Self::new(FailureKind::Input, cause)
    }

    /// A file that cannot be read; `what` it should be.
    pub fn unreadable(what: &str, path: &Path, error: &io::Error) -> Self {
        Self::input(format_args!("cannot read {what} {}: {error}", path.display()))
            .advise("check the path, and that it is a file that you may read")
    }

    /// A file that cannot be written.
    pub fn unwritable(path: &Path, error: &io::Error) -> Self {
        Self::input(format_args!("cannot write {}: {error}", path.display())).advise(NAME_ANOTHER_FILE)
    }

    /// An output that would overwrite an input; `option` names the output.
    pub fn overwrites(output: &Path, input: &Path, option: &str) -> Self {
        let (output, input) = (output.display(), input.display());
        Self::input(format_args!("cannot write {output}: it would overwrite the input {input}"))
            .advise(format_args!("give another name to {option}"))
    }

    /// A waveform that cannot be written.
    #[cfg(feature = "sim")]
    pub fn waveform(error: &cosim::TraceError) -> Self {
        Self::input(error).advise(NAME_ANOTHER_FILE)
    }

    /// An interruption after which the waveform was finished.
    pub fn interrupted(waveform: &Path) -> Self {
        let cause = format_args!("interrupted; {} holds the waveform up to there", waveform.display());
        Self::new(FailureKind::Interrupted, cause)
    }

    /// The run needs simulated hardware, which this build does not have.
    #[cfg(not(feature = "sim"))]
    pub fn no_simulator() -> Self {
        Self::no_board("this motorsrnn was built without the simulator").advise(
            "build it with the feature `sim` (on by default), or use `--board model`, which gives the same scores",
        )
    }

    /// A recording that does not give what was asked of it.
    pub fn recording(path: &Path, error: &recording::Error) -> Self {
        Self::recordings(&[path.to_owned()], error)
    }

    /// Recordings that do not give what was asked of them.
    pub fn recordings(paths: &[PathBuf], error: &recording::Error) -> Self {
        if let recording::Error::BadOption { option, cause } = error {
            return Self::input(format_args!("{}: {cause}", command_line_name(option)));
        }
        let cause = if error.names_its_file() { error.to_string() } else { format!("{}: {error}", joined(paths)) };
        let error = if let recording::Error::Of { error, .. } = error { error } else { error };
        Self { next_step: which_option(error).map(str::to_owned), ..Self::input(cause) }
    }

    /// More classes than a core decides between.
    pub fn classes(paths: &[PathBuf], error: &TooManyClasses) -> Self {
        Self::input(format_args!("{}: {error}", joined(paths))).advise(FEWER_CLASSES)
    }

    /// A study that ended without a report.
    pub fn study(path: &Path, error: &StudyError) -> Self {
        match error {
            StudyError::Recording(error) => Self::recording(path, error),
            StudyError::Interrupted => {
                Self::new(FailureKind::Interrupted, error).advise("run the same command again to resume")
            }
            StudyError::Unwritable { .. } => Self::input(error).advise("name another folder with --output"),
            StudyError::Angles { .. } | StudyError::AnglesOfClasses { .. } => {
                Self::input(error).advise("set them with --angles")
            }
            StudyError::NoDirections { .. } => Self::input(format_args!("{}: {error}", path.display()))
                .advise("give them with `--angles`, for example `--angles left=180,right=0`"),
            StudyError::TooManyClasses { .. } => {
                Self::input(format_args!("{}: {error}", path.display())).advise(FEWER_CLASSES)
            }
            error => Self::input(error),
        }
    }

    /// A board that is absent or does not answer.
    pub fn no_board(cause: impl fmt::Display) -> Self {
        Self::new(FailureKind::NoBoard, cause)
    }

    /// A board whose scores differ from those of the reference model; the hashes of both.
    pub fn disagreement(board: &Board, found: &str, expected: &str) -> Self {
        let cause = format_args!(
            "the scores of board {board} (hash {found}) differ from those of the reference model (hash {expected}): \
             do not trust them"
        );
        Self::new(FailureKind::Disagreement, cause).advise(match board {
            Board::Device(_) if !board.is_pseudo_terminal() => "write the board's bitstream again",
            _ => OUR_FAULT,
        })
    }

    /// A board of `core` that does not answer at any of the boards' baud rates.
    pub fn silent(board: &Board, core: &NamedCore, silence: &Silence) -> Self {
        let next_step = if board.is_pseudo_terminal() { is_still_simulated(core) } else { CHECK_DEVICE.to_owned() };
        Self::no_board(format_args!("board {board} did not answer: {silence}"))
            .advise(format_args!("{next_step}; give --baud if its bitstream has another baud rate"))
    }

    /// A connection to a board of `core` that broke before the first answer.
    pub fn broken(board: &Board, core: &NamedCore, error: io::Error) -> Self {
        Self::session(board, core, &LinkError::Io(error).into())
    }

    /// A self-test that failed, in these steps; whether the link is the cause.
    pub fn self_test(board: &Board, steps: &[&str], is_of_link: bool) -> Self {
        let kind = if is_of_link { FailureKind::Link } else { FailureKind::Disagreement };
        let steps = steps.join(", ");
        Self::new(kind, format_args!("board {board} failed the self-test ({steps}): do not trust it")).advise(
            match board {
                Board::Device(_) if !board.is_pseudo_terminal() => {
                    "write its bitstream again and repeat the test; if it fails again, report it with this output"
                }
                _ => OUR_FAULT,
            },
        )
    }

    /// A session on `board` that failed, with a network for `core`.
    pub fn session(board: &Board, core: &NamedCore, error: &SessionError) -> Self {
        let kind = match error {
            #[cfg(feature = "sim")]
            SessionError::Link(LinkError::Io(error)) if let Some(failure) = Self::of_simulation(error) => {
                return failure;
            }
            SessionError::Misfit(_) | SessionError::Image(_) => FailureKind::Input,
            SessionError::Link(LinkError::NoAnswer { command: opcode::HELLO, .. }) => FailureKind::NoBoard,
            _ => FailureKind::Link,
        };
        Self { next_step: next_step(board, core, error), ..Self::new(kind, format_args!("board {board}: {error}")) }
    }

    /// A simulated board whose pseudo-terminal `device` failed.
    #[cfg(all(unix, feature = "sim"))]
    pub fn service(device: &Path, error: &io::Error) -> Self {
        Self::of_simulation(error).unwrap_or_else(|| {
            Self::new(FailureKind::Link, format_args!("{}: {error}", device.display()))
                .advise("start `motorsrnn simulate` again")
        })
    }

    /// What made a simulated board fail: only its waveform can.
    #[cfg(feature = "sim")]
    fn of_simulation(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().map(Self::waveform)
    }
}

/// What to do about a session that failed, if the error itself does not say so.
fn next_step(board: &Board, core: &NamedCore, error: &SessionError) -> Option<String> {
    let for_a_device = match error {
        SessionError::Link(LinkError::NoAnswer { .. }) => CHECK_DEVICE,
        SessionError::Link(LinkError::BoardRestarted) => "check its power and reset line",
        SessionError::Link(LinkError::Io(_)) => "check the cable",
        SessionError::Verify { .. } => "check the board's power, then try again",
        SessionError::Misfit(_) => {
            let train = "train with `--core` of that board";
            return Some(if board.is_pseudo_terminal() {
                format!("{train}, or run `motorsrnn simulate --pty --core {}`", core.name)
            } else {
                train.to_owned()
            });
        }
        _ => return None,
    };
    Some(match board {
        Board::Device(_) if board.is_pseudo_terminal() => is_still_simulated(core),
        Board::Device(_) => for_a_device.to_owned(),
        Board::Model | Board::Simulation => OUR_FAULT.to_owned(),
    })
}

/// The option that mends what is wrong with a recording, if the error itself does not say what to do.
fn which_option(error: &recording::Error) -> Option<&'static str> {
    use recording::Error::{BadCondition, NothingChosen, OtherUnits, RelativeTimes, TooFewClasses};
    Some(match error {
        RelativeTimes { .. } => "give `--align-relative`, or another column to `--align`",
        NothingChosen { table: "units", .. } | BadCondition { table: "units", .. } => "correct `--units`",
        NothingChosen { .. } | BadCondition { .. } => "correct `--where`",
        OtherUnits { .. } => "use `--units`, or train on one recording",
        TooFewClasses { .. } => "see `motorsrnn info` for the columns and their values",
        _ => return None,
    })
}

/// What to do about too many classes.
const FEWER_CLASSES: &str =
    "keep some with `--classes`, or bin angles with `--bin-angles`, for example `--bin-angles 8`";

/// Paths in one line.
pub fn joined(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// What to do about a serial device that does not answer.
const CHECK_DEVICE: &str =
    "check the device path, the baud rate, the power and that the board holds a motorsrnn bitstream";

/// What to check when a pseudo-terminal does not answer.
pub fn is_still_simulated(core: &NamedCore) -> String {
    format!("is `motorsrnn simulate --pty --core {}` still running, and is this the path that it printed?", core.name)
}

/// What to do about a file that cannot be written.
const NAME_ANOTHER_FILE: &str = "name a file in a folder that exists, is writable and has space";

/// What to do about a failure that only a bug can cause.
const OUR_FAULT: &str = "this is a bug in motorsrnn; please report it, with the command line";

/// The command-line name of an option of a recording.
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
        let is_closed = error.kind() == io::ErrorKind::BrokenPipe;
        let kind = if is_closed { FailureKind::ClosedPipe } else { FailureKind::Input };
        Self::new(kind, format_args!("cannot write to standard output: {error}"))
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)?;
        self.next_step.as_ref().map_or(Ok(()), |next_step| write!(f, "; {next_step}"))
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
            |board: &str| errors().map(|error| Failure::session(&board.parse().unwrap(), &UP5K, &error).to_string());
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
