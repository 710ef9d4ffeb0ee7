//! Commands of the host, and a board's reasons to refuse one.

use super::{EVENTS_MAX, LOAD_MAX_BYTES, PROTOCOL_VERSION, READ_MAX_WORDS};
use crate::image::SectionKind;

/// Opcodes of commands.
pub mod opcode {
    /// [`super::Command::Hello`]
    pub const HELLO: u8 = 0x01;
    /// [`super::Command::Load`]
    pub const LOAD: u8 = 0x02;
    /// [`super::Command::Read`]
    pub const READ: u8 = 0x03;
    /// [`super::Command::Verify`]
    pub const VERIFY: u8 = 0x04;
    /// [`super::Command::Restart`]
    pub const RESTART: u8 = 0x05;
    /// [`super::Command::Events`]
    pub const EVENTS: u8 = 0x06;
    /// [`super::Command::Tick`]
    pub const TICK: u8 = 0x07;
    /// [`super::Command::Status`]
    pub const STATUS: u8 = 0x08;
}

/// Bytes of the payloads of commands.
pub mod command_bytes {
    /// [`super::Command::Hello`]
    pub const HELLO: usize = 1;
    /// [`super::Command::Load`], before the image's bytes.
    pub const LOAD: usize = 4;
    /// [`super::Command::Read`]
    pub const READ: usize = 5;
    /// [`super::Command::Verify`]
    pub const VERIFY: usize = 2;
    /// Each event of [`super::Command::Events`] and [`super::Command::Tick`].
    pub const EVENT: usize = 2;
}

/// Offsets of fields in the payload of a read; a verify has the first two.
#[allow(missing_docs, reason = "they are the fields of the command")]
pub mod command_at {
    pub const SECTION: usize = 0;
    pub const LANE: usize = 1;
    pub const ADDRESS: usize = 2;
    pub const N_WORDS: usize = 4;
}

/// A command of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Starts a conversation: counting continues from the number of its frame. Payload: protocol version u8.
    Hello {
        /// The host's protocol version.
        version: u8,
    },
    /// The next bytes of a network image. Payload: offset u32, bytes. Offset 0 unloads the network and starts an image.
    Load {
        /// Offset of the bytes in the image: the end of the last load, or 0.
        offset: u32,
        /// 1 to [`LOAD_MAX_BYTES`].
        bytes: Vec<u8>,
    },
    /// Reads words of a memory. Payload: section kind u8, lane u8, first word u16, number of words u8.
    Read {
        /// Which memory.
        section: SectionKind,
        /// On which lane.
        lane: u8,
        /// First word.
        address: u16,
        /// 1 to [`READ_MAX_WORDS`].
        n_words: u8,
    },
    /// Asks for the checksum of a memory. Payload: section kind u8, lane u8.
    Verify {
        /// Which memory.
        section: SectionKind,
        /// On which lane.
        lane: u8,
    },
    /// Zeroes potentials, currents, adaptation, spikes to deliver and pending events; the tick count starts at 0. No payload.
    Restart,
    /// Events of the next tick, for ticks with more of them than fit a frame. Payload: channels u16.
    Events(
        /// Strictly ascending over all frames of a tick, at most [`EVENTS_MAX`].
        Vec<u16>,
    ),
    /// The last events of the next tick, which then runs. Payload as for events.
    Tick(
        /// As for [`Command::Events`].
        Vec<u16>,
    ),
    /// Asks for the counters. No payload.
    Status,
}

/// Why a board refused a command. The command changed nothing, except that a refused load discards the image being loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[repr(u8)]
pub enum ErrorCode {
    /// The host has another protocol version; the detail is the board's.
    #[error("protocol version is not supported by the board")]
    UnsupportedVersion = 1,
    /// There is no such command; the detail is the opcode.
    #[error("unknown opcode")]
    UnknownOpcode = 2,
    /// The payload's length is not that of the command; the detail is the length.
    #[error("payload has the wrong length")]
    BadLength = 3,
    /// The command needs a loaded network.
    #[error("no network is loaded")]
    NoImage = 4,
    /// The load does not continue the last one; the detail is the expected offset.
    #[error("image chunk is out of order")]
    LoadGap = 5,
    /// The bytes are not a valid image.
    #[error("image is malformed")]
    BadImage = 6,
    /// The image needs a larger core, or one with other lanes.
    #[error("image does not fit the core")]
    Misfit = 7,
    /// There is no such memory, lane or word; the detail is the address.
    #[error("no such memory word")]
    BadAddress = 8,
    /// The network does not have this channel; the detail is the channel.
    #[error("no such channel")]
    BadChannel = 9,
    /// The events of a tick do not ascend; the detail is the channel.
    #[error("events of a tick must ascend by channel")]
    EventOrder = 10,
}

impl ErrorCode {
    const ALL: [Self; 10] = [
        Self::UnsupportedVersion,
        Self::UnknownOpcode,
        Self::BadLength,
        Self::NoImage,
        Self::LoadGap,
        Self::BadImage,
        Self::Misfit,
        Self::BadAddress,
        Self::BadChannel,
        Self::EventOrder,
    ];

    /// The code with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|code| *code as u8 == number)
    }
}

/// Why a board refused a frame. Nothing was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum NackReason {
    /// The bytes are not a frame.
    BadFrame = 1,
    /// The number is neither the expected one nor that of a kept answer.
    OutOfSequence = 2,
    /// There was no hello since the board started.
    NotSynchronized = 3,
    /// There was no room for the frame: the host had too many frames in flight.
    Dropped = 4,
}

impl NackReason {
    /// The reason with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::BadFrame, Self::OutOfSequence, Self::NotSynchronized, Self::Dropped]
            .into_iter()
            .find(|reason| *reason as u8 == number)
    }
}

impl Command {
    /// The hello of this protocol version.
    pub const HELLO: Self = Self::Hello { version: PROTOCOL_VERSION };

    /// Its opcode.
    #[must_use]
    pub fn opcode(&self) -> u8 {
        match self {
            Self::Hello { .. } => opcode::HELLO,
            Self::Load { .. } => opcode::LOAD,
            Self::Read { .. } => opcode::READ,
            Self::Verify { .. } => opcode::VERIFY,
            Self::Restart => opcode::RESTART,
            Self::Events(_) => opcode::EVENTS,
            Self::Tick(_) => opcode::TICK,
            Self::Status => opcode::STATUS,
        }
    }

    /// Its payload.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        match self {
            Self::Hello { version } => vec![*version],
            Self::Load { offset, bytes } => [&offset.to_le_bytes()[..], bytes].concat(),
            Self::Read { section, lane, address, n_words } => {
                let mut payload = vec![0; command_bytes::READ];
                payload[command_at::SECTION] = *section as u8;
                payload[command_at::LANE] = *lane;
                payload[command_at::ADDRESS..command_at::N_WORDS].copy_from_slice(&address.to_le_bytes());
                payload[command_at::N_WORDS] = *n_words;
                payload
            }
            Self::Verify { section, lane } => vec![*section as u8, *lane],
            Self::Events(channels) | Self::Tick(channels) => {
                channels.iter().flat_map(|channel| channel.to_le_bytes()).collect()
            }
            Self::Restart | Self::Status => Vec::new(),
        }
    }

    /// Reads a command.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownOpcode`], [`ErrorCode::BadLength`] or [`ErrorCode::BadAddress`], with its detail.
    pub fn decode(opcode: u8, payload: &[u8]) -> Result<Self, (ErrorCode, u32)> {
        let bad_length = (ErrorCode::BadLength, u32::try_from(payload.len()).unwrap_or(u32::MAX));
        let section = |number: u8| SectionKind::from_number(number).ok_or((ErrorCode::BadAddress, 0));
        match (opcode, payload) {
            (opcode::HELLO, [version]) => Ok(Self::Hello { version: *version }),
            (opcode::LOAD, [a, b, c, d, bytes @ ..]) if (1..=LOAD_MAX_BYTES).contains(&bytes.len()) => {
                Ok(Self::Load { offset: u32::from_le_bytes([*a, *b, *c, *d]), bytes: bytes.to_vec() })
            }
            (opcode::READ, [kind, lane, low, high, n_words])
                if (1..=READ_MAX_WORDS).contains(&usize::from(*n_words)) =>
            {
                let address = u16::from_le_bytes([*low, *high]);
                Ok(Self::Read { section: section(*kind)?, lane: *lane, address, n_words: *n_words })
            }
            (opcode::VERIFY, [kind, lane]) => Ok(Self::Verify { section: section(*kind)?, lane: *lane }),
            (opcode::RESTART, []) => Ok(Self::Restart),
            (opcode::STATUS, []) => Ok(Self::Status),
            (opcode::EVENTS | opcode::TICK, _) => {
                let pairs = payload.chunks_exact(2);
                if !pairs.remainder().is_empty() || pairs.len() > EVENTS_MAX {
                    return Err(bad_length);
                }
                let channels = pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
                Ok(if opcode == opcode::TICK { Self::Tick(channels) } else { Self::Events(channels) })
            }
            (opcode::HELLO..=opcode::STATUS, _) => Err(bad_length),
            _ => Err((ErrorCode::UnknownOpcode, u32::from(opcode))),
        }
    }
}
