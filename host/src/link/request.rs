//! Requests to a board.

use spec::wire::{Answer, Command, ErrorCode, opcode};

/// A command, or a frame that a board answers without doing anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Command(Command),
    /// A status command with a payload, which it must not have: the board accepts the frame, checks its checksum, and rejects
    /// the command with the length of the payload.
    Ping(Vec<u8>),
}

impl Request {
    pub(super) fn opcode(&self) -> u8 {
        match self {
            Self::Command(command) => command.opcode(),
            Self::Ping(_) => opcode::STATUS,
        }
    }

    pub(super) fn payload(&self) -> Vec<u8> {
        match self {
            Self::Command(command) => command.payload(),
            Self::Ping(payload) => payload.clone(),
        }
    }

    /// Whether this answer belongs to the request.
    pub(super) fn is_answered_by(&self, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::Command(_), Answer::Error { .. }) => false,
            (Self::Command(command), answer) => answer.answers(command),
            (Self::Ping(payload), Answer::Error { code: ErrorCode::BadLength, detail }) => {
                *detail as usize == payload.len()
            }
            (Self::Ping(_), _) => false,
        }
    }
}
