//! Where decisions and values go, each kind of sink in a module of its own.

#[cfg(all(unix, feature = "brand"))]
pub mod brand;
#[cfg(all(unix, feature = "lsl"))]
pub mod lsl;

use std::io;

use crate::arrival::Nanoseconds;

/// What is said about a tick. `stamp` is the end of that tick in the clock of the source.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// The decision of a window.
    Decision {
        /// Number of the window, from 0.
        window: u64,
        /// Number of the tick that decided, from 0 at the start of the session.
        tick: u64,
        /// See above.
        stamp: Nanoseconds,
        /// Number and name of the class; none for a window that was abandoned or broken.
        class: Option<(u8, String)>,
        /// Score of each class after that tick; empty without a class.
        scores: Vec<i16>,
        /// Whether the window had all its ticks.
        valid: bool,
        /// Time from the end of the tick, as the host estimates it, to the answer, in ms.
        age_ms: f64,
    },
    /// The values of a tick.
    Values {
        /// Number of the tick, from 0 at the start of the session.
        tick: u64,
        /// See above.
        stamp: Nanoseconds,
        /// The value of each axis or output.
        values: Vec<f64>,
        /// As for a decision.
        age_ms: f64,
    },
}

/// A way out. It is called by a thread of its own, so it may wait; messages that it is too slow for are dropped and counted.
pub trait Sink: Send {
    /// Sends a message.
    ///
    /// # Errors
    /// The way out is gone. It is not called again.
    fn send(&mut self, message: &Message) -> io::Result<()>;

    /// In words what it is, for the summary.
    fn describe(&self) -> String;
}
