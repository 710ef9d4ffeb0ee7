//! Why an analysis was refused.

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
    /// An error of that input.
    pub(crate) fn new(input: &'static str, cause: impl Into<String>, next_step: &'static str) -> Self {
        Self { input, cause: cause.into(), next_step }
    }

    /// Refuses unless `value` lies above 0 and below 1.
    pub(crate) fn check_open_unit(input: &'static str, value: f64) -> Result<(), Self> {
        if value > 0.0 && value < 1.0 {
            return Ok(());
        }
        Err(Self::new(input, format!("{value} does not lie between 0 and 1"), "give a probability such as 0.05"))
    }

    /// Refuses lists of different lengths.
    pub(crate) fn check_same_length(input: &'static str, a: usize, b: usize) -> Result<(), Self> {
        if a == b {
            return Ok(());
        }
        Err(Self::new(input, format!("{a} and {b} entries, which belong together"), "give one of each"))
    }
}
