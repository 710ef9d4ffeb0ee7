//! Surrogate derivatives of the spike: what the backward pass uses for a step that has none.

use serde::{Deserialize, Serialize};

/// The surrogate for the derivative of a spike, as a function of the margin: the potential less the threshold.
///
/// The margin is in units in which a threshold starts at 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Surrogate {
    /// `height / (1 + steepness * |margin|)^2`. Source: Zenke and Ganguli, arXiv 1705.11146.
    FastSigmoid {
        /// Its value at the threshold.
        height: f64,
        /// How fast it falls.
        steepness: f64,
    },
}

impl Default for Surrogate {
    /// Low enough that the gradient does not explode over long windows.
    fn default() -> Self {
        Self::FastSigmoid { height: 0.3, steepness: 2.0 }
    }
}

impl Surrogate {
    /// The derivative at `margin`.
    #[must_use]
    pub fn slope(self, margin: f64) -> f64 {
        let Self::FastSigmoid { height, steepness } = self;
        height / (1.0 + steepness * margin.abs()).powi(2)
    }

    /// The same in single precision, for the inner loop.
    #[inline(always)]
    pub(crate) fn slope_f32(self, margin: f32) -> f32 {
        let Self::FastSigmoid { height, steepness } = self;
        let fall = 1.0 + steepness as f32 * margin.abs();
        height as f32 / (fall * fall)
    }
}
