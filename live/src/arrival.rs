//! What a source delivers: spikes, rows of counts, markers, each with the source's time stamp and the time of reception.

/// A time in nanoseconds. Stamps are in the source's clock; times of reception in the host's monotonic clock.
pub type Nanoseconds = i64;

/// Something that a source received. A source hands its arrivals over in the order of reception.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// When the host received it, in the host's monotonic clock.
    pub received: Nanoseconds,
    /// What was received.
    pub event: Event,
}

/// What can be received.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// All spikes of one row of a regular stream.
    Row {
        /// The source's own count of rows, without wrapping; a gap shows rows that were lost.
        number: u64,
        /// The row's time in the source's clock.
        stamp: Nanoseconds,
        /// Columns of the stream that had at least one spike, ascending.
        channels: Vec<u16>,
    },
    /// One spike of an irregular stream. Spikes of different channels may arrive out of the order of their stamps.
    Spike {
        /// The spike's time in the source's clock.
        stamp: Nanoseconds,
        /// The source's number of the channel, counted from 0.
        channel: u16,
    },
    /// A word that begins, ends or labels a window.
    Marker {
        /// The marker's time in the source's clock.
        stamp: Nanoseconds,
        /// Its text.
        text: String,
    },
    /// The source's promise that nothing older than this stamp follows.
    Progress {
        /// In the source's clock.
        stamp: Nanoseconds,
    },
    /// A new estimate of the difference of the clocks: a stamp plus `offset` is a time of the host.
    Clock {
        /// The host's clock less the source's.
        offset: Nanoseconds,
        /// How uncertain the estimate is: the round trip of its best probe.
        round_trip: Nanoseconds,
    },
    /// The source knows that it lost this many messages (a counter in the protocol).
    Lost {
        /// How many.
        count: u64,
    },
    /// The connection has ended; with `reconnected`, another one begins with the next arrival.
    Disconnected {
        /// Whether the source tries again.
        reconnecting: bool,
    },
}
