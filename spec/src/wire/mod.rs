//! The wire protocol between host and board: frames, commands and answers, as described in `docs/wire.md`.
//!
//! Both directions use the same frames. The host numbers its frames; an answer has the number of its command.
//! * A frame with the expected number is executed, and its answer kept.
//! * A frame with the number of one of the last [`crate::core::CoreConfiguration::replay_frames`] executed ones is answered
//!   again, but not executed again.
//! * Any other frame, and one with a wrong checksum, is answered by [`Answer::Nack`] with the expected number.
//! * [`Command::Hello`] is executed whatever its number; counting continues from it.

mod answer;
pub mod cobs;
mod command;
mod frame;

pub use answer::{
    Answer, Counters, HelloAnswer, TICK_OVERRUN_FLAG, TickAnswer, answer_at, answer_bytes, answer_opcode,
};
pub use command::{Command, ErrorCode, NackReason, command_at, command_bytes, opcode};
pub use frame::{
    BODY_MAX_BYTES, DELIMITER, FRAME_OVERHEAD_BYTES, Frame, FrameError, FrameReader, PAYLOAD_AT, PAYLOAD_MAX_BYTES,
    WIRE_MAX_BYTES,
};

/// Version of the protocol; the hello carries it in both directions.
pub const PROTOCOL_VERSION: u8 = 1;

/// The most image bytes in one load command.
pub const LOAD_MAX_BYTES: usize = PAYLOAD_MAX_BYTES - command_bytes::LOAD;
/// The most words in one answer to a read command.
pub const READ_MAX_WORDS: usize = PAYLOAD_MAX_BYTES / answer_bytes::WORD;
/// The most events in one frame.
pub const EVENTS_MAX: usize = PAYLOAD_MAX_BYTES / command_bytes::EVENT;

/// Frames for which every board has room at any time: one in execution, one waiting.
pub const ROOM_FRAMES: usize = 2;

/// Bits on the line per byte: start bit, eight data bits, stop bit.
pub const LINE_BITS_PER_BYTE: u32 = 10;

/// Bytes on the line of a tick whose events fit one frame: to the board and back.
#[must_use]
pub fn tick_wire_bytes(n_events: usize, n_classes: usize) -> (usize, usize) {
    let command = command_bytes::EVENT * n_events;
    let answer = answer_bytes::TICK + answer_bytes::SCORE * n_classes;
    (FRAME_OVERHEAD_BYTES + command, FRAME_OVERHEAD_BYTES + answer)
}
