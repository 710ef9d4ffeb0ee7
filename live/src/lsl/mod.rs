//! The lab streaming layer, protocol 1.10: descriptions, requests, samples, clocks, settings. Nothing here opens a socket.

mod config;
mod feed;
mod format;
mod info;
mod query;
mod sample;
mod time;

pub use config::Config;
pub use feed::{FULL_INFO_REQUEST, Feed, Request, feed_answer, feed_request};
pub use format::Format;
pub use info::{INFO_MAX_BYTES, StreamInfo};
pub use query::{Query, quoted};
pub use sample::{SAMPLE_MAX_BYTES, Sample, TEXT_MAX_BYTES, Values};
pub use time::{ClockProbe, Estimate, nanoseconds, seconds, time_answer};

/// The version of the protocol, as 1.10.
pub const PROTOCOL_VERSION: u32 = 110;

/// What was received is not what the protocol says, or beyond its limits here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ProtocolError(pub String);
