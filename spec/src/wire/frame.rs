//! A frame: sequence number, opcode, payload, CRC-32 over all three, COBS, delimiter.

use super::cobs;
use crate::checksum::{CHECKSUM_BYTES, crc32, split_checked};

/// The byte that ends every frame and occurs nowhere inside one.
pub const DELIMITER: u8 = 0;
/// The most bytes of a frame before stuffing, so that any frame is one stuffing block.
pub const BODY_MAX_BYTES: usize = 254;
/// Offset of the payload in a frame: after sequence number and opcode.
pub const PAYLOAD_AT: usize = 2;
/// The most payload bytes.
pub const PAYLOAD_MAX_BYTES: usize = BODY_MAX_BYTES - PAYLOAD_AT - CHECKSUM_BYTES;
/// Bytes on the wire beyond the payload: sequence, opcode, checksum, stuffing, delimiter.
pub const FRAME_OVERHEAD_BYTES: usize = PAYLOAD_AT + CHECKSUM_BYTES + 2;
/// The most bytes of a frame on the wire.
pub const WIRE_MAX_BYTES: usize = PAYLOAD_MAX_BYTES + FRAME_OVERHEAD_BYTES;

/// A frame before stuffing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Number of the command; its answer has the same.
    pub sequence: u8,
    /// Kind of command or answer.
    pub opcode: u8,
    /// At most [`PAYLOAD_MAX_BYTES`].
    pub payload: Vec<u8>,
}

/// Why the bytes between two delimiters are not a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// More bytes without a delimiter than the longest frame has.
    #[error("no delimiter within the length of the longest frame")]
    TooLong,
    /// A stuffing block ends after the frame.
    #[error("byte stuffing is broken")]
    Stuffing,
    /// The frame is too short, or its checksum is wrong.
    #[error("checksum is wrong")]
    Checksum,
}

impl Frame {
    /// The bytes on the wire, delimiter included.
    ///
    /// # Panics
    /// If the payload is longer than [`PAYLOAD_MAX_BYTES`], as no command or answer is.
    #[must_use]
    pub fn to_wire(&self) -> Vec<u8> {
        assert!(self.payload.len() <= PAYLOAD_MAX_BYTES, "payload of {} bytes", self.payload.len());
        let mut body = Vec::with_capacity(BODY_MAX_BYTES);
        body.extend([self.sequence, self.opcode]);
        body.extend(&self.payload);
        body.extend(crc32(&body).to_le_bytes());
        let mut wire = cobs::encode(&body);
        wire.push(DELIMITER);
        wire
    }

    /// Reads the bytes before a delimiter.
    fn from_stuffed(stuffed: &[u8]) -> Result<Self, FrameError> {
        let body = cobs::decode(stuffed).ok_or(FrameError::Stuffing)?;
        match split_checked(&body) {
            Some([sequence, opcode, payload @ ..]) => {
                Ok(Self { sequence: *sequence, opcode: *opcode, payload: payload.to_vec() })
            }
            _ => Err(FrameError::Checksum),
        }
    }
}

/// Finds frames in a stream of bytes: after any garbage, the first whole frame after a delimiter.
#[derive(Clone, Debug, Default)]
pub struct FrameReader {
    stuffed: Vec<u8>,
    too_long: bool,
}

impl FrameReader {
    /// Takes the next byte. A delimiter ends a frame or garbage, unless there is nothing before it.
    pub fn push(&mut self, byte: u8) -> Option<Result<Frame, FrameError>> {
        if byte != DELIMITER {
            self.too_long |= self.stuffed.len() >= WIRE_MAX_BYTES - 1;
            if !self.too_long {
                self.stuffed.push(byte);
            }
            return None;
        }
        let too_long = std::mem::take(&mut self.too_long);
        let result = match (too_long, self.stuffed.is_empty()) {
            (true, _) => Some(Err(FrameError::TooLong)),
            (false, true) => None,
            (false, false) => Some(Frame::from_stuffed(&self.stuffed)),
        };
        self.stuffed.clear();
        result
    }
}
