//! Why an analysis refuses its input.

use thiserror::Error;

/// An input that an analysis cannot use.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{input}: {cause}; {next_step}")]
pub struct AnalysisError {
    /// Which input.
    pub input: &'static str,
    /// What is wrong with it.
    pub cause: String,
    /// What to do about it.
    pub next_step: &'static str,
}

impl AnalysisError {
    pub(crate) fn new(input: &'static str, cause: impl Into<String>, next_step: &'static str) -> Self {
        Self { input, cause: cause.into(), next_step }
    }

    /// Refuses lists of different lengths.
    pub(crate) fn check_same_length(input: &'static str, a: usize, b: usize) -> Result<(), Self> {
        if a == b {
            return Ok(());
        }
        Err(Self::new(input, format!("{a} and {b} entries, which belong together"), "give one of each"))
    }

    /// Refuses a duration that is not above 0.
    pub(crate) fn check_duration(input: &'static str, duration_ms: f64) -> Result<(), Self> {
        if duration_ms > 0.0 && duration_ms.is_finite() {
            return Ok(());
        }
        Err(Self::new(input, format!("{duration_ms} ms"), "give a length above 0"))
    }
}
