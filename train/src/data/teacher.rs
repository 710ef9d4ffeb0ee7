//! Distillation for few trials: a linear discriminant on spike counts gives the probability of each class at every tick.
//!
//! A network that learns from hard labels alone fits the noise of a few hundred windows. Distillation (Hinton, Vinyals and
//! Dean, arXiv 1503.02531) adds soft targets: the scores of a discriminant that is fitted to the same training windows only,
//! and applied to any number of augmented windows.

use serde::{Deserialize, Serialize};

use super::TrainingSample;
use crate::classical::{BaselineError, Discriminant, LinearScores, counts};

/// The share of the soft targets, and how soft they are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Distillation {
    /// Share of the teacher in the target, 0 to 1; the rest is the true class.
    pub share: f64,
    /// The teacher's mean probability of its first choice in windows that it was not fitted to, between 0 and 1: its
    /// scores are divided by the temperature that gives it, or by one that makes its probabilities true if that is higher.
    pub confidence: f64,
}

impl Default for Distillation {
    fn default() -> Self {
        Self { share: 0.9, confidence: 0.6 }
    }
}

/// What scores are divided by where the windows are too few to tell.
const UNKNOWN_TEMPERATURE: f64 = 2.0;

/// Linear scores over spike counts, spread evenly over the window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Teacher {
    n_classes: usize,
    /// `[n_channels][n_classes]`, over the temperature as the bias is.
    weights: Vec<f64>,
    bias: Vec<f64>,
    share: f64,
}

impl Teacher {
    pub(crate) fn fit(
        samples: &[TrainingSample<'_>],
        n_channels: usize,
        n_classes: usize,
        distillation: Distillation,
    ) -> Result<Self, BaselineError> {
        let sample_counts: Vec<Vec<f64>> = samples.iter().map(|sample| counts(sample.ticks, n_channels)).collect();
        let classes: Vec<usize> = samples.iter().map(|sample| sample.class).collect();
        let judged = Discriminant::choose(&sample_counts, &classes, n_classes);
        let temperature = judged.temperature(distillation.confidence).unwrap_or(UNKNOWN_TEMPERATURE);
        let scores = judged.discriminant.fit(&sample_counts, &classes, n_classes)?;
        Ok(Self::of(&scores, temperature, distillation.share))
    }

    fn of(scores: &LinearScores, temperature: f64, share: f64) -> Self {
        let (by_class, intercepts) = scores.parts();
        let n_channels = by_class.first().map_or(0, Vec::len);
        let by_channel = (0..n_channels).flat_map(|channel| by_class.iter().map(move |weights| weights[channel]));
        Self {
            n_classes: intercepts.len(),
            weights: by_channel.map(|weight| weight / temperature).collect(),
            bias: intercepts.iter().map(|intercept| intercept / temperature).collect(),
            share,
        }
    }

    /// Weights, `[n_channels][n_classes]`, and a constant for each class: the probabilities are their softmax.
    pub(crate) fn parts(&self) -> (&[f64], &[f64]) {
        (&self.weights, &self.bias)
    }

    /// Writes the target of every tick into `[n_ticks][n_samples][n_classes]` of `targets`, at one sample; that of a window
    /// without a class is the teacher's alone.
    ///
    /// After a part of the window the scores are those of the spikes so far and of the same part of the bias: the
    /// log-likelihood of counts that come at a steady rate.
    pub(crate) fn write_targets(
        &self,
        ticks: &[Vec<u16>],
        class: Option<usize>,
        (sample, n_samples): (usize, usize),
        targets: &mut [f32],
    ) {
        let share = if class.is_some() { self.share } else { 1.0 };
        let mut evidence = vec![0.0; self.n_classes];
        let mut likelihoods = vec![0.0; self.n_classes];
        for (tick, channels) in ticks.iter().enumerate() {
            for channel in channels {
                let start = usize::from(*channel) * self.n_classes;
                let weights = &self.weights[start..start + self.n_classes];
                evidence.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
            }
            let elapsed = (tick + 1) as f64 / ticks.len() as f64;
            for ((likelihood, evidence), bias) in likelihoods.iter_mut().zip(&evidence).zip(&self.bias) {
                *likelihood = evidence + elapsed * bias;
            }
            let highest = likelihoods.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            likelihoods.iter_mut().for_each(|likelihood| *likelihood = (*likelihood - highest).exp());
            let sum: f64 = likelihoods.iter().sum();
            let start = (tick * n_samples + sample) * self.n_classes;
            for (index, likelihood) in likelihoods.iter().enumerate() {
                let hard = if class == Some(index) { 1.0 - share } else { 0.0 };
                targets[start + index] = (share * likelihood / sum + hard) as f32;
            }
        }
    }
}

/// The true class as the target of every tick, in the same place.
pub(crate) fn write_hard_targets(
    n_ticks: usize,
    n_classes: usize,
    class: usize,
    (sample, n_samples): (usize, usize),
    targets: &mut [f32],
) {
    for tick in 0..n_ticks {
        let start = (tick * n_samples + sample) * n_classes;
        targets[start..start + n_classes].fill(0.0);
        targets[start + class] = 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two channels; the class is the one that fires.
    fn windows() -> Vec<Vec<Vec<u16>>> {
        (0..12_u16)
            .map(|index| (0..4 + index % 3).map(|_| vec![index % 2]).chain([vec![], vec![0, 1]]).collect())
            .collect()
    }

    fn scores() -> LinearScores {
        let windows = windows();
        let sample_counts: Vec<Vec<f64>> = windows.iter().map(|ticks| counts(ticks, 2)).collect();
        let classes: Vec<usize> = (0..12).map(|index| index % 2).collect();
        Discriminant::Mean(0.5).fit(&sample_counts, &classes, 2).unwrap()
    }

    #[test]
    fn the_last_target_is_the_decoders_probability_for_the_whole_window() {
        let ticks = &windows()[0];
        let scores = scores();
        let mut targets = vec![0.0; ticks.len() * 2];
        Teacher::of(&scores, 4.0, 1.0).write_targets(ticks, Some(1), (0, 1), &mut targets);
        let odds = (targets[targets.len() - 2] / targets[targets.len() - 1]).ln();
        let of_window = scores.scores(&counts(ticks, 2));
        assert!((f64::from(odds) - (of_window[0] - of_window[1]) / 4.0).abs() < 1e-4, "{odds} {of_window:?}");
    }

    #[test]
    fn a_window_without_a_class_has_the_teachers_targets_alone() {
        let ticks = &windows()[0];
        let (mut without, mut alone) = (vec![0.0; ticks.len() * 2], vec![0.0; ticks.len() * 2]);
        Teacher::of(&scores(), 2.0, 0.3).write_targets(ticks, None, (0, 1), &mut without);
        Teacher::of(&scores(), 2.0, 1.0).write_targets(ticks, Some(1), (0, 1), &mut alone);
        assert_eq!(without, alone);
    }

    #[test]
    fn without_a_share_the_targets_are_hard() {
        let ticks = &windows()[0];
        let (mut soft, mut hard) = (vec![0.5; ticks.len() * 2], vec![0.5; ticks.len() * 2]);
        Teacher::of(&scores(), 4.0, 0.0).write_targets(ticks, Some(0), (0, 1), &mut soft);
        write_hard_targets(ticks.len(), 2, 0, (0, 1), &mut hard);
        assert_eq!(soft, hard);
    }
}
