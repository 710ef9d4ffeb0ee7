//! Acquisition systems, each in a module of its own.

#[cfg(all(unix, feature = "brand"))]
pub mod brand;
#[cfg(all(unix, feature = "intan"))]
pub mod intan;
pub mod json_lines;
#[cfg(all(unix, feature = "lsl"))]
pub mod lsl;
#[cfg(all(unix, any(feature = "intan", feature = "lsl", feature = "open-ephys")))]
pub(crate) mod names;
#[cfg(all(unix, feature = "open-ephys"))]
pub mod open_ephys;
#[cfg(all(unix, any(feature = "intan", feature = "lsl", feature = "open-ephys")))]
mod polled;
#[cfg(all(unix, any(feature = "intan", feature = "open-ephys")))]
mod target;

use std::time::Duration;

use crate::arrival::{Arrival, Nanoseconds};

/// How much later than others a spike may arrive that was sent at the same time.
#[cfg(all(unix, any(feature = "intan", feature = "lsl")))]
const JITTER: Nanoseconds = 2_000_000;

/// A connection to an acquisition system.
pub trait Source: Send {
    /// What is received until `patience` has passed, at most; none means that nothing came, which is no end.
    ///
    /// # Errors
    /// What the source sent cannot be understood, or the connection failed and cannot be made again.
    fn poll(&mut self, patience: Duration, arrivals: &mut Vec<Arrival>) -> Result<(), SourceError>;

    /// In words what it is connected to, for the recording and the summary.
    fn describe(&self) -> String;

    /// Length of a row; none if a row is a tick, or there are no rows.
    fn row_length(&self) -> Option<Nanoseconds> {
        None
    }

    /// How much later than others a spike may arrive: a tick of spikes waits so long after its end.
    fn hold(&self) -> Nanoseconds {
        0
    }

    /// What a person should know before decisions are trusted, in words.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Why a source cannot go on. The text names the source, the cause and the next step.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);
