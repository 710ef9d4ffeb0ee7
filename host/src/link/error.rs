//! Errors of a link.

use std::time::Duration;

use spec::wire::{ErrorCode, PROTOCOL_VERSION};

/// Why a link cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// No answer.
    #[error(
        "the board did not answer command {command:#04x}: sent {attempts} times in {:.1} s, and {}",
        waited.as_secs_f64(), came(*n_bytes)
    )]
    NoAnswer {
        /// Opcode of the oldest unanswered command.
        command: u8,
        /// Times it was sent.
        attempts: u32,
        /// Time since the first of them.
        waited: Duration,
        /// Bytes that came since the last hello and are not part of an answer.
        n_bytes: u64,
    },
    /// Many answers are lost, though not all.
    #[error("{n_lost} answers of the board were lost in a short time: another program may be reading this port")]
    TooManyLost {
        /// Answers that did not come in time.
        n_lost: u32,
    },
    /// The port sends back what it is sent.
    #[error("the port is an echo: what is sent comes back, as from two joined lines or a terminal")]
    Echo,
    /// Text comes instead of answers.
    #[error(
        "text comes instead of answers (`{text}`): this is a console or another firmware, or another program writes \
         to this port"
    )]
    Text {
        /// An excerpt.
        text: String,
    },
    /// The port takes no bytes.
    #[error("the port has taken no byte for {:.1} s", waited.as_secs_f64())]
    Blocked {
        /// How long.
        waited: Duration,
    },
    /// Another protocol version.
    #[error(
        "the board speaks wire protocol version {board}, this program version {PROTOCOL_VERSION}; update the older of the two"
    )]
    Version {
        /// The board's version.
        board: u32,
    },
    /// The board has restarted: it has lost the conversation, the network and the window.
    #[error("the board restarted in the middle of the conversation")]
    BoardRestarted,
    /// The board rejected a command.
    #[error("the board rejected command {command:#04x}: {code} (detail {detail})")]
    Refused {
        /// Its opcode.
        command: u8,
        /// Why.
        code: ErrorCode,
        /// Its meaning depends on the code.
        detail: u32,
    },
    /// An answer that does not belong to the command.
    #[error(
        "the board sent an answer that does not belong to the command: {answer}; board and program disagree about the protocol"
    )]
    UnexpectedAnswer {
        /// The answer.
        answer: String,
    },
    /// The port failed.
    #[error("the connection to the board broke: {0}")]
    Io(#[from] std::io::Error),
}

/// What came instead of an answer.
fn came(n_bytes: u64) -> String {
    match n_bytes {
        0 => "nothing came back".to_owned(),
        n_bytes => format!("what came back, {n_bytes} bytes, is no answer"),
    }
}
