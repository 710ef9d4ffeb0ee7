//! How a network is trained: the options and their ranges.

use recording::{Dataset, Split};
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
    /// The standard training for the folds of a split, by the one with the fewest windows.
    #[must_use]
    pub fn for_split(dataset: &Dataset, split: &Split) -> Self {
        let n_windows = (0..split.folds.len()).map(|fold| split.train_samples(fold, dataset).len()).min();
        Self::for_windows(n_windows.unwrap_or(0), dataset.tick_ms)
    }

    /// The standard training for `n_windows` training windows in ticks of `tick_ms`; docs/training.md tells how it was chosen.
    #[must_use]
    pub fn for_windows(n_windows: usize, tick_ms: u32) -> Self {
        /// Steps of the optimizer, at least.
        const STEPS: usize = 1000;
        /// Passes over the windows, at least.
        const EPOCHS: usize = 20;
        let batch_size = 16;
        let jitter_ms = 5;
        let steps_per_epoch = n_windows.div_ceil(batch_size).max(1);
        Self {
            epochs: STEPS.div_ceil(steps_per_epoch).max(EPOCHS),
            batch_size,
            learning_rate: 0.015,
            tick_ramp: 3.0,
            distillation: Some(Distillation::default()),
            augmentation: Augmentation {
                channel_exchange: 0.5,
                free_mix: 0.7,
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
        let distillation = self.distillation.unwrap_or_default();
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
            ("distillation.confidence", distillation.confidence, BETWEEN_ZERO_AND_ONE),
            ("distillation.share", distillation.share, SHARE),
        ]);
        if let Some((name, value, expected)) = outside {
            return Err(TrainError::Option { name, value, expected });
        }
        let free_mix = self.augmentation.free_mix;
        if free_mix > 0.0 && self.distillation.is_none() {
            let expected = "0 without a teacher to judge such windows";
            return Err(TrainError::Option { name: "augmentation.free_mix", value: free_mix, expected });
        }
        self.augmentation.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n_steps(n_windows: usize) -> usize {
        let standard = FitOptions::for_windows(n_windows, 1);
        standard.epochs * n_windows.div_ceil(standard.batch_size)
    }

    #[test]
    fn few_windows_are_learned_in_as_many_steps_as_many() {
        let least = n_steps(800);
        assert!([1, 20, 112, 168, 500].into_iter().all(|n_windows| n_steps(n_windows) >= least));
        assert!(n_steps(10_000) > 5 * least);
    }

    #[test]
    fn the_standard_training_is_within_its_ranges() {
        for (n_windows, tick_ms) in [(0, 1), (1, 1), (168, 4), (5_000, 10)] {
            FitOptions::for_windows(n_windows, tick_ms).check().unwrap();
        }
    }

    #[test]
    fn a_free_mix_takes_a_teacher() {
        let options = FitOptions { distillation: None, ..FitOptions::for_windows(168, 1) };
        let refused = options.check().unwrap_err().to_string();
        assert!(refused.contains("free_mix") && refused.contains("teacher"), "{refused}");
    }
}
