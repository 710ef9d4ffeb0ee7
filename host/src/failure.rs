//! Why a run failed: cause, kind and next step.

mod board;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use study::error::StudyError;
use train::adapt::FirstMeansError;
use train::decoder::{PlasticError, TooManyClasses};

use crate::board::Board;

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

    /// The user or the system wants the run to end, and `what` has become of it.
    pub fn interrupted(what: impl fmt::Display) -> Self {
        Self::new(FailureKind::Interrupted, format_args!("interrupted; {what}"))
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

    /// A recording that does not give what was asked of it.
    pub fn recording(path: &Path, error: &recording::Error) -> Self {
        Self::recordings(&[path.to_owned()], error)
    }

    /// Recordings that do not give what was asked of them.
    pub fn recordings(paths: &[PathBuf], error: &recording::Error) -> Self {
        match error {
            recording::Error::BadOption { option, cause } => {
                return Self::input(format_args!("{}: {cause}", command_line_name(option)));
            }
            recording::Error::Of { path, error } => {
                if let recording::Error::BadOption { option, cause } = &**error {
                    return Self::input(format_args!("{}: {}: {cause}", path.display(), command_line_name(option)));
                }
            }
            _ => {}
        }
        let cause = if error.names_its_file() { error.to_string() } else { format!("{}: {error}", joined(paths)) };
        let error = if let recording::Error::Of { error, .. } = error { error } else { error };
        Self { next_step: which_option(error).map(str::to_owned), ..Self::input(cause) }
    }

    /// More classes than a core decides between.
    pub fn classes(paths: &[PathBuf], error: &TooManyClasses) -> Self {
        Self::input(format_args!("{}: {error}", joined(paths))).advise(FEWER_CLASSES)
    }

    /// A network that has no plastic readouts.
    pub fn plastic(paths: &[PathBuf], error: &PlasticError) -> Self {
        Self::input(format_args!("{}: {error}", joined(paths))).advise(match error {
            PlasticError::Classes { .. } => FEWER_CLASSES,
            PlasticError::FirstMeans(FirstMeansError::Channels { .. }) => "choose them with `--units`",
            PlasticError::FirstMeans(FirstMeansError::NoWindow { .. }) => {
                "leave the class out with `--classes`, or leave out `--plastic`"
            }
            PlasticError::FirstMeans(_) => "use another `--window-ms` or `--tick-ms`, or leave out `--plastic`",
            PlasticError::Image(_) | PlasticError::Misfit { .. } => {
                "give another `--core`, prune with `--synapses`, or leave out `--plastic`"
            }
        })
    }

    /// A study that ended without a report.
    pub fn study(path: &Path, error: &StudyError) -> Self {
        match error {
            StudyError::Recording(error) => Self::recording(path, error),
            StudyError::Interrupted => {
                Self::new(FailureKind::Interrupted, error).advise("run the same command again to resume")
            }
            StudyError::Unwritable { .. } => Self::input(error).advise("name another folder with --output or --store"),
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

/// The option that mends what is wrong with a recording, if the error itself does not say what to do.
fn which_option(error: &recording::Error) -> Option<&'static str> {
    use recording::Error::{
        AbsoluteTimes, BadCondition, ClassTooSmall, NoTrials, NoUnits, NothingChosen, OtherUnits, RelativeTimes,
        TooFewClasses,
    };
    Some(match error {
        AbsoluteTimes { .. } => "give `--align-relative=false`",
        RelativeTimes { .. } => "give `--align-relative`, or another column to `--align`",
        NothingChosen { table: "units", .. } | BadCondition { table: "units", .. } => "correct `--units`",
        NothingChosen { .. } | BadCondition { .. } => "correct `--where`",
        OtherUnits { .. } => "use `--units`, or train on one recording",
        NoTrials { tables, .. } if !tables.is_empty() => "give it to `--trials-table`",
        NoUnits { tables, .. } if !tables.is_empty() => "give one to `--units-table`",
        ClassTooSmall { folds: 2, .. } => "leave the class out with `--classes`, or choose more of its trials",
        ClassTooSmall { .. } => "use fewer `--folds`, or leave the class out with `--classes`",
        TooFewClasses { .. } => "see `motorsrnn info` for the columns and their values",
        _ => return None,
    })
}

/// What to do about too many classes.
const FEWER_CLASSES: &str =
    "keep some with `--classes`, or, if they are angles, bin them with `--bin-angles`, for example `--bin-angles 8`";

/// Paths in one line.
pub fn joined(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
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
