//! Errors of a link.

use std::time::Duration;

use spec::wire::{ErrorCode, PROTOCOL_VERSION};

/// Why a link cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// No answer.
    #[error("the board did not answer command {command:#04x}: sent {attempts} times in {:.1} s", waited.as_secs_f64())]
    NoAnswer {
        /// Opcode of the oldest unanswered command.
        command: u8,
        /// Times it was sent.
        attempts: u32,
        /// Time since the first of them.
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
