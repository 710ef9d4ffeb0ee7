//! Acquisition systems, each in a module of its own.

use std::time::Duration;

use crate::arrival::Arrival;

/// A connection to an acquisition system.
pub trait Source: Send {
    /// What is received until `patience` has passed, at most; none means that nothing came, which is no end.
    ///
    /// # Errors
    /// What the source sent cannot be understood, or the connection failed and cannot be made again.
    fn poll(&mut self, patience: Duration, arrivals: &mut Vec<Arrival>) -> Result<(), SourceError>;
}

/// Why a source cannot go on. The text names the source, the cause and the next step.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);
