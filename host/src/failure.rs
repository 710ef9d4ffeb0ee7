//! How a run ends when it does not end well: one message, one exit code.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use spec::wire::opcode;

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
    ClosedPipe,
}

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
        let next_step = "name a file in a folder that exists, is writable and has space";
        Self::input(format_args!("cannot write {}: {error}; {next_step}", path.display()))
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

    /// A board that is not there or does not answer.
    pub fn no_board(message: impl fmt::Display) -> Self {
        Self { kind: Kind::NoBoard, message: message.to_string() }
    }

    /// A board whose scores are not those of the reference model.
    pub fn disagreement(message: impl fmt::Display) -> Self {
        Self { kind: Kind::Disagreement, message: message.to_string() }
    }

    /// A session on `board` that failed.
    pub fn session(board: &str, error: &SessionError) -> Self {
        let kind = match error {
            SessionError::Misfit(_) | SessionError::Image(_) => Kind::Input,
            SessionError::Link(LinkError::NoAnswer { command: opcode::HELLO, .. }) => Kind::NoBoard,
            _ => Kind::Link,
        };
        Self { kind, message: format!("board {board}: {error}") }
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
        })
    }
}

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
