//! Answers of the board.

use super::{Command, ErrorCode, Frame, NackReason, opcode};
use crate::core::CoreConfiguration;

/// Opcodes of answers.
pub mod answer_opcode {
    /// Set in the answer to a command, beside the command's opcode.
    pub const ANSWER_BIT: u8 = 0x80;
    /// [`super::Answer::Nack`]
    pub const NACK: u8 = 0xfe;
    /// [`super::Answer::Error`]
    pub const ERROR: u8 = 0xff;
}

/// Bytes of the payloads of answers.
pub mod answer_bytes {
    /// [`super::Answer::Hello`]
    pub const HELLO: usize = 18;
    /// [`super::Answer::Load`]
    pub const LOAD: usize = 4;
    /// Each word of [`super::Answer::Read`].
    pub const WORD: usize = 2;
    /// [`super::Answer::Verify`]
    pub const VERIFY: usize = 8;
    /// [`super::Answer::Events`]
    pub const EVENTS: usize = 2;
    /// [`super::Answer::Tick`], before the scores.
    pub const TICK: usize = 8;
    /// Each score of [`super::Answer::Tick`].
    pub const SCORE: usize = 2;
    /// [`super::Answer::Status`]
    pub const STATUS: usize = 36;
    /// [`super::Answer::Error`]
    pub const ERROR: usize = 6;
    /// [`super::Answer::Nack`]
    pub const NACK: usize = 2;
}

/// Offsets of fields in the payloads of answers. The fields that are not here come first in their payload.
#[allow(missing_docs, reason = "they are the fields of the answers")]
pub mod answer_at {
    // Of a hello.
    pub const LANES: usize = 1;
    pub const READOUTS: usize = 2;
    pub const REPLAY_FRAMES: usize = 3;
    pub const NEURONS_PER_LANE: usize = 4;
    pub const CHANNELS: usize = 6;
    pub const SYNAPSE_WORDS_PER_LANE: usize = 8;
    pub const CLOCK_HZ: usize = 10;
    pub const IMAGE_CRC: usize = 14;
    // Of a verify.
    pub const MEMORY_CRC: usize = 4;
    // Of a tick.
    pub const CLASS: usize = 4;
    pub const FLAGS: usize = 5;
    pub const SPIKES: usize = 6;
    // Of an error.
    pub const DETAIL: usize = 2;
}

/// The flag of a tick that was late, see [`TickAnswer::tick_overrun`].
pub const TICK_OVERRUN_FLAG: u8 = 1;

/// A board's sizes and state, in answer to a hello. Payload: protocol version u8, lanes u8, readouts u8, replay frames u8,
/// neurons per lane u16, channels u16, synapse words per lane u16, clock u32, image checksum u32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HelloAnswer {
    /// The board's protocol version.
    pub version: u8,
    /// The sizes of its core.
    pub core: CoreConfiguration,
    /// The core's clock in Hz; 0 if there is none (the reference model).
    pub clock_hz: u32,
    /// The trailing checksum of the loaded network image; 0 without one.
    pub image_crc32: u32,
}

/// The result of a tick. Payload: tick u32, class u8, flags u8, spikes u16, scores i16 each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TickAnswer {
    /// Number of the tick since the restart, from 0; wraps.
    pub tick: u32,
    /// The class with the highest score; of equal scores the lowest class.
    pub class: u8,
    /// The frame arrived before the previous tick had ended, and had to wait.
    pub tick_overrun: bool,
    /// Neurons that fired.
    pub n_spikes: u16,
    /// Potential of each readout neuron after the tick, by class.
    pub scores: Vec<i16>,
}

/// A board's counters since it started; each wraps at 32 bits. Payload: u32 each, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Ticks run.
    pub ticks: u32,
    /// Input events delivered.
    pub events: u32,
    /// Neurons that fired, over all ticks.
    pub spikes: u32,
    /// Synapses that carried an event or a spike.
    pub synaptic_events: u32,
    /// Clock cycles of all ticks; 0 on the reference model.
    pub tick_cycles: u32,
    /// Ticks whose frame arrived before the previous tick had ended.
    pub tick_overruns: u32,
    /// Byte sequences that were not frames.
    pub bad_frames: u32,
    /// Frames with another number than the expected one, retries included.
    pub out_of_sequence: u32,
    /// Frames for which there was no room.
    pub dropped_frames: u32,
}

/// An answer of the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To a hello.
    Hello(HelloAnswer),
    /// To a load. Payload: offset u32 of the next bytes; at the image's length it is loaded and checked.
    Load {
        /// Bytes taken so far.
        next_offset: u32,
    },
    /// To a read. Payload: words u16.
    Read(
        /// As many as were asked for.
        Vec<u16>,
    ),
    /// To a verify. Payload: number of words u32, CRC-32 of their bytes, as in the image.
    Verify {
        /// Words in the memory.
        n_words: u32,
        /// Their checksum.
        crc32: u32,
    },
    /// To a restart. No payload.
    Restart,
    /// To events. Payload: u16.
    Events {
        /// Events pending for the coming tick.
        n_pending: u16,
    },
    /// To a tick.
    Tick(TickAnswer),
    /// To a status.
    Status(Counters),
    /// A command was refused. Payload: code u16, detail u32.
    Error {
        /// Why.
        code: ErrorCode,
        /// Its meaning depends on the code.
        detail: u32,
    },
    /// A frame was refused. Payload: reason u8, expected sequence number u8. Since the frame's own number may be unknown, the
    /// answer has the expected one as its own, too.
    Nack {
        /// Why.
        reason: NackReason,
        /// The number that the board expects next.
        expected_sequence: u8,
    },
}

impl Answer {
    /// Its frame.
    #[must_use]
    pub fn to_frame(&self, sequence: u8) -> Frame {
        let to = |command: u8| command | answer_opcode::ANSWER_BIT;
        let (opcode, payload) = match self {
            Self::Hello(hello) => (to(opcode::HELLO), hello.payload()),
            Self::Load { next_offset } => (to(opcode::LOAD), next_offset.to_le_bytes().to_vec()),
            Self::Read(words) => (to(opcode::READ), words.iter().flat_map(|word| word.to_le_bytes()).collect()),
            Self::Verify { n_words, crc32 } => {
                (to(opcode::VERIFY), [n_words.to_le_bytes(), crc32.to_le_bytes()].concat())
            }
            Self::Restart => (to(opcode::RESTART), Vec::new()),
            Self::Events { n_pending } => (to(opcode::EVENTS), n_pending.to_le_bytes().to_vec()),
            Self::Tick(tick) => (to(opcode::TICK), tick.payload()),
            Self::Status(counters) => (to(opcode::STATUS), counters.payload()),
            Self::Error { code, detail } => {
                (answer_opcode::ERROR, [&u16::from(*code as u8).to_le_bytes()[..], &detail.to_le_bytes()].concat())
            }
            Self::Nack { reason, expected_sequence } => (answer_opcode::NACK, vec![*reason as u8, *expected_sequence]),
        };
        Frame { sequence, opcode, payload }
    }

    /// Reads an answer; `None` if the frame is not one.
    #[must_use]
    pub fn from_frame(frame: &Frame) -> Option<Self> {
        let payload = &frame.payload[..];
        match frame.opcode {
            answer_opcode::ERROR => {
                let (code, detail) = payload.split_at_checked(answer_at::DETAIL)?;
                let [code, 0] = code else { return None };
                Some(Self::Error { code: ErrorCode::from_number(*code)?, detail: only_u32(detail)? })
            }
            answer_opcode::NACK => {
                let [reason, expected_sequence] = payload.try_into().ok()?;
                Some(Self::Nack { reason: NackReason::from_number(reason)?, expected_sequence })
            }
            answered if answered & answer_opcode::ANSWER_BIT != 0 => {
                Self::from_payload(answered & !answer_opcode::ANSWER_BIT, payload)
            }
            _ => None,
        }
    }

    fn from_payload(command: u8, payload: &[u8]) -> Option<Self> {
        match command {
            opcode::HELLO => HelloAnswer::from_payload(payload).map(Self::Hello),
            opcode::LOAD => Some(Self::Load { next_offset: only_u32(payload)? }),
            opcode::READ => words(payload).map(Self::Read),
            opcode::VERIFY => {
                let (n_words, crc32) = payload.split_at_checked(answer_at::MEMORY_CRC)?;
                Some(Self::Verify { n_words: only_u32(n_words)?, crc32: only_u32(crc32)? })
            }
            opcode::RESTART => payload.is_empty().then_some(Self::Restart),
            opcode::EVENTS => Some(Self::Events { n_pending: u16::from_le_bytes(payload.try_into().ok()?) }),
            opcode::TICK => TickAnswer::from_payload(payload).map(Self::Tick),
            opcode::STATUS => Counters::from_payload(payload).map(Self::Status),
            _ => None,
        }
    }

    /// Whether this is an answer to the command.
    #[must_use]
    pub fn answers(&self, command: &Command) -> bool {
        let opcode = self.to_frame(0).opcode;
        opcode == answer_opcode::ERROR || opcode == command.opcode() | answer_opcode::ANSWER_BIT
    }
}

impl HelloAnswer {
    fn payload(&self) -> Vec<u8> {
        let core = &self.core;
        let mut payload = vec![self.version, core.lanes, core.readouts, core.replay_frames];
        for word in [core.neurons_per_lane, core.channels, core.synapse_words_per_lane] {
            payload.extend(word.to_le_bytes());
        }
        payload.extend(self.clock_hz.to_le_bytes());
        payload.extend(self.image_crc32.to_le_bytes());
        payload
    }

    fn from_payload(payload: &[u8]) -> Option<Self> {
        let bytes: &[u8; answer_bytes::HELLO] = payload.try_into().ok()?;
        let core = CoreConfiguration {
            lanes: bytes[answer_at::LANES],
            neurons_per_lane: u16_at(bytes, answer_at::NEURONS_PER_LANE)?,
            channels: u16_at(bytes, answer_at::CHANNELS)?,
            synapse_words_per_lane: u16_at(bytes, answer_at::SYNAPSE_WORDS_PER_LANE)?,
            readouts: bytes[answer_at::READOUTS],
            replay_frames: bytes[answer_at::REPLAY_FRAMES],
        };
        let clock_hz = only_u32(&bytes[answer_at::CLOCK_HZ..answer_at::IMAGE_CRC])?;
        let image_crc32 = only_u32(&bytes[answer_at::IMAGE_CRC..])?;
        Some(Self { version: bytes[0], core, clock_hz, image_crc32 })
    }
}

impl TickAnswer {
    fn payload(&self) -> Vec<u8> {
        let mut payload = self.tick.to_le_bytes().to_vec();
        payload.extend([self.class, if self.tick_overrun { TICK_OVERRUN_FLAG } else { 0 }]);
        payload.extend(self.n_spikes.to_le_bytes());
        payload.extend(self.scores.iter().flat_map(|score| score.to_le_bytes()));
        payload
    }

    fn from_payload(payload: &[u8]) -> Option<Self> {
        let (bytes, scores) = payload.split_first_chunk::<{ answer_bytes::TICK }>()?;
        Some(Self {
            tick: only_u32(&bytes[..answer_at::CLASS])?,
            class: bytes[answer_at::CLASS],
            tick_overrun: bytes[answer_at::FLAGS] & TICK_OVERRUN_FLAG != 0,
            n_spikes: u16_at(bytes, answer_at::SPIKES)?,
            scores: words(scores)?.into_iter().map(|word| word.cast_signed()).collect(),
        })
    }
}

impl Counters {
    fn payload(&self) -> Vec<u8> {
        let fields = [
            self.ticks,
            self.events,
            self.spikes,
            self.synaptic_events,
            self.tick_cycles,
            self.tick_overruns,
            self.bad_frames,
            self.out_of_sequence,
            self.dropped_frames,
        ];
        fields.iter().flat_map(|field| field.to_le_bytes()).collect()
    }

    fn from_payload(payload: &[u8]) -> Option<Self> {
        let fields: Vec<u32> = payload.chunks(4).map(only_u32).collect::<Option<_>>()?;
        let [
            ticks,
            events,
            spikes,
            synaptic_events,
            tick_cycles,
            tick_overruns,
            bad_frames,
            out_of_sequence,
            dropped_frames,
        ] = fields.try_into().ok()?;
        Some(Self {
            ticks,
            events,
            spikes,
            synaptic_events,
            tick_cycles,
            tick_overruns,
            bad_frames,
            out_of_sequence,
            dropped_frames,
        })
    }
}

fn only_u32(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_le_bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_le_bytes)
}

fn words(bytes: &[u8]) -> Option<Vec<u16>> {
    let pairs = bytes.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect())
}
