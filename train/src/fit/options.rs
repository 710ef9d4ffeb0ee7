//! How a network is trained: the options and their ranges.

use serde::{Deserialize, Serialize};

use super::optimizer::Schedule;
use crate::TrainError;
use crate::data::{Augmentation, Distillation};
use crate::network::Pruning;
use crate::pass::Surrogate;
use crate::range::{ABOVE_ZERO, AT_LEAST_ONE, BETWEEN_ZERO_AND_ONE, NOT_NEGATIVE, SHARE, first_outside};

/// How to train. The default suits windows of about 50 ticks and about a thousand samples.
///
/// Unknown fields are ignored when options are read, since companion files of earlier versions have more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FitOptions {
    /// Passes over the samples.
    pub epochs: usize,
    /// Samples in a step of the optimizer.
    pub batch_size: usize,
    /// Adam's learning rate at the start.
    pub learning_rate: f64,
    /// How it falls.
    pub schedule: Schedule,
    /// Decoupled weight decay, as a fraction of the learning rate.
    pub weight_decay: f64,
    /// Gradients above this norm are scaled down to it.
    pub largest_gradient_norm: f64,
    /// The surrogate for the derivative of a spike.
    pub surrogate: Surrogate,
    /// How much more the last tick counts in the loss than the first; 0 counts all alike.
    pub tick_ramp: f64,
    /// Factor on scores before the softmax.
    pub score_gain: f64,
    /// How windows are changed at random.
    pub augmentation: Augmentation,
    /// Spikes a tick that calibration aims at before the first epoch; `None` skips calibration.
    pub calibrated_rate: Option<f64>,
    /// Learning from a classical decoder as well as from the labels.
    pub distillation: Option<Distillation>,
    /// Pruning during training; `None` keeps all synapses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pruning: Option<Pruning>,
    /// Threads to train on, at least 1; no result depends on it.
    #[serde(skip)]
    pub n_threads: usize,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            epochs: 60,
            batch_size: 64,
            learning_rate: 5e-3,
            schedule: Schedule::Cosine { end: 0.02 },
            weight_decay: 0.01,
            largest_gradient_norm: 1.0,
            surrogate: Surrogate::default(),
            tick_ramp: 1.0,
            score_gain: 1.0,
            augmentation: Augmentation::default(),
            calibrated_rate: Some(0.03),
            distillation: None,
            pruning: None,
            n_threads: 1,
        }
    }
}

impl FitOptions {
    /// The standard training for `n_windows` windows of `n_ticks` ticks of `tick_ms`: a few hundred windows of a few tens of
    /// ticks, learned from teacher and labels on recombined windows.
    #[must_use]
    pub fn for_windows(n_windows: usize, n_ticks: usize, tick_ms: u32) -> Self {
        /// Windows times ticks of all epochs together.
        const WORK: usize = 8_000_000;
        let jitter_ms = 5;
        Self {
            epochs: (WORK / (n_windows * n_ticks).max(1)).clamp(10, 400),
            learning_rate: 0.015,
            tick_ramp: 3.0,
            distillation: Some(Distillation { temperature: 4.0, share: 0.6 }),
            augmentation: Augmentation {
                channel_exchange: 0.5,
                jitter_ticks: (jitter_ms / tick_ms) as usize,
                ..Augmentation::default()
            },
            ..Self::default()
        }
    }

    /// Checks every range.
    ///
    /// # Errors
    /// The first option that is out of its range.
    pub fn check(&self) -> Result<(), TrainError> {
        let distillation = self.distillation.unwrap_or(Distillation { temperature: 1.0, share: 1.0 });
        let outside = first_outside(&[
            ("epochs", self.epochs as f64, AT_LEAST_ONE),
            ("batch_size", self.batch_size as f64, AT_LEAST_ONE),
            ("n_threads", self.n_threads as f64, AT_LEAST_ONE),
            ("learning_rate", self.learning_rate, ABOVE_ZERO),
            ("weight_decay", self.weight_decay, NOT_NEGATIVE),
            ("largest_gradient_norm", self.largest_gradient_norm, ABOVE_ZERO),
            ("tick_ramp", self.tick_ramp, NOT_NEGATIVE),
            ("score_gain", self.score_gain, ABOVE_ZERO),
            ("calibrated_rate", self.calibrated_rate.unwrap_or(0.5), BETWEEN_ZERO_AND_ONE),
            ("distillation.temperature", distillation.temperature, ABOVE_ZERO),
            ("distillation.share", distillation.share, SHARE),
        ]);
        if let Some((name, value, expected)) = outside {
            return Err(TrainError::Option { name, value, expected });
        }
        self.augmentation.check()
    }
}
