//! What can go wrong on a link.

use std::time::Duration;

use spec::wire::{ErrorCode, PROTOCOL_VERSION};

/// A link that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Nothing came back.
    #[error("the board did not answer command {command:#04x}: sent {attempts} times in {:.1} s", waited.as_secs_f64())]
    NoAnswer {
        /// Opcode of the oldest unanswered command.
        command: u8,
        /// Times it was sent.
        attempts: u32,
        /// Since the first of them.
        waited: Duration,
    },
    /// Another protocol.
    #[error(
        "the board speaks wire protocol version {board}, this program version {PROTOCOL_VERSION}; update the older of the two"
    )]
    Version {
        /// The board's version.
        board: u32,
    },
    /// The board has forgotten the conversation, and with it the network and the window.
    #[error("the board started anew in the middle of the conversation")]
    BoardRestarted,
    /// A command that the board took and would not do.
    #[error("the board refused command {command:#04x}: {code} (detail {detail})")]
    Refused {
        /// Its opcode.
        command: u8,
        /// Why.
        code: ErrorCode,
        /// What the code says it is.
        detail: u32,
    },
    /// An answer that does not belong to its command.
    #[error(
        "the board gave an answer that its command does not have: {answer}; board and program disagree about the protocol"
    )]
    UnexpectedAnswer {
        /// The answer.
        answer: String,
    },
    /// The port itself.
    #[error("the connection to the board broke: {0}")]
    Io(#[from] std::io::Error),
}
