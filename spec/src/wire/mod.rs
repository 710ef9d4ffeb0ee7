//! The wire protocol between host and board: frames, commands and answers. `docs/wire.md` tells it as a whole.
//!
//! Both directions use the same frames. The host numbers its frames; an answer carries the number of its command.
//! * A frame whose number is the expected one is executed, and its answer kept.
//! * A frame numbered as one of the last [`crate::core::CoreConfiguration::replay_frames`] executed ones is answered again and
//!   not executed again.
//! * Any other frame, and one that fails its checksum, is answered with [`Answer::Nack`] and the number expected.
//! * [`Command::Hello`] is executed whatever its number and starts a new count.

mod answer;
pub mod cobs;
mod command;
mod frame;

pub use answer::{Answer, Counters, HelloAnswer, TickAnswer, answer_opcode};
pub use command::{Command, ErrorCode, NackReason, opcode};
pub use frame::{
    BODY_MAX_BYTES, DELIMITER, FRAME_OVERHEAD_BYTES, Frame, FrameError, FrameReader, PAYLOAD_MAX_BYTES, WIRE_MAX_BYTES,
};

/// Version of the protocol, said in both directions by the hello.
pub const PROTOCOL_VERSION: u8 = 1;

/// The most image bytes in one load command.
pub const LOAD_MAX_BYTES: usize = PAYLOAD_MAX_BYTES - 4;
/// The most words in one answer to a read command.
pub const READ_MAX_WORDS: usize = PAYLOAD_MAX_BYTES / 2;
/// The most events in one frame.
pub const EVENTS_MAX: usize = PAYLOAD_MAX_BYTES / 2;

/// Frames for which every board has room whatever it does: one at work, one that waits.
pub const ROOM_FRAMES: usize = 2;

/// Bits on the line for every byte: one to start, eight, one to stop.
pub const LINE_BITS_PER_BYTE: u32 = 10;

/// Bytes on the line of a tick with events that fit one frame: to the board and back.
#[must_use]
pub fn tick_wire_bytes(n_events: usize, n_classes: usize) -> (usize, usize) {
    let answer = TickAnswer { tick: 0, class: 0, tick_overrun: false, n_spikes: 0, scores: vec![0; n_classes] };
    let answer_bytes = Answer::Tick(answer).to_frame(0).payload.len();
    (FRAME_OVERHEAD_BYTES + 2 * n_events, FRAME_OVERHEAD_BYTES + answer_bytes)
}
