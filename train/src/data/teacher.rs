//! A teacher for few trials: two linear discriminants on spike counts say at every tick how likely each class is.
//!
//! A network that learns from hard labels alone fits the noise of a few hundred windows. Distillation (Hinton, Vinyals and
//! Dean, arXiv 1503.02531) gives it the graded judgement of a classical decoder (the mean of two estimates of it) instead, fitted to the same training
//! windows and to no others, which it can learn on any number of augmented windows.

use serde::{Deserialize, Serialize};

use super::TrainingSample;
use crate::classical::{BaselineError, Lda, counts};

/// How much is learned from the teacher, and how softly it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distillation {
    /// What the teacher's scores are divided by before they become probabilities; above 0.
    pub temperature: f64,
    /// Share of the teacher in the target, 0 to 1; the rest is the true class.
    pub share: f64,
}

/// Linear scores over spike counts, spread evenly over the window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Teacher {
    n_classes: usize,
    /// `[n_channels][n_classes]`
    weights: Vec<f64>,
    bias: Vec<f64>,
    distillation: Distillation,
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
        let standard = Lda::fit(&sample_counts, &classes, n_classes)?;
        let pooled = Lda::fit_pooled(&sample_counts, &classes, n_classes)?;
        let scores = |counts: &[f64]| -> Vec<f64> {
            standard.scores(counts).iter().zip(pooled.scores(counts)).map(|(one, other)| 0.5 * (one + other)).collect()
        };
        let mut one_spike = vec![0.0; n_channels];
        let bias = scores(&one_spike);
        let mut weights = Vec::with_capacity(n_channels * n_classes);
        for channel in 0..n_channels {
            one_spike[channel] = 1.0;
            weights.extend(scores(&one_spike).iter().zip(&bias).map(|(score, bias)| score - bias));
            one_spike[channel] = 0.0;
        }
        Ok(Self { n_classes, weights, bias, distillation })
    }

    /// Writes the target of every tick into `[n_ticks][n_samples][n_classes]` of `targets`, at one sample.
    ///
    /// After a part of the window the scores are those of the spikes so far and of the same part of the bias: the
    /// log-likelihood of counts that come at a steady rate.
    pub(crate) fn write_targets(
        &self,
        ticks: &[Vec<u16>],
        class: usize,
        (sample, n_samples): (usize, usize),
        targets: &mut [f32],
    ) {
        let Distillation { temperature, share } = self.distillation;
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
                *likelihood = (evidence + elapsed * bias) / temperature;
            }
            let highest = likelihoods.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            likelihoods.iter_mut().for_each(|likelihood| *likelihood = (*likelihood - highest).exp());
            let sum: f64 = likelihoods.iter().sum();
            let start = (tick * n_samples + sample) * self.n_classes;
            for (index, likelihood) in likelihoods.iter().enumerate() {
                let hard = if index == class { 1.0 - share } else { 0.0 };
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

    fn teacher(share: f64) -> Teacher {
        let windows = windows();
        let samples: Vec<_> =
            windows.iter().enumerate().map(|(index, ticks)| TrainingSample { ticks, class: index % 2 }).collect();
        Teacher::fit(&samples, 2, 2, Distillation { temperature: 4.0, share }).unwrap()
    }

    #[test]
    fn the_last_target_is_the_decoders_judgement_of_the_whole_window() {
        let windows = windows();
        let sample_counts: Vec<Vec<f64>> = windows.iter().map(|ticks| counts(ticks, 2)).collect();
        let classes: Vec<usize> = (0..12).map(|index| index % 2).collect();
        let standard = Lda::fit(&sample_counts, &classes, 2).unwrap().scores(&sample_counts[0]);
        let pooled = Lda::fit_pooled(&sample_counts, &classes, 2).unwrap().scores(&sample_counts[0]);
        let scores = [0.5 * (standard[0] + pooled[0]), 0.5 * (standard[1] + pooled[1])];
        let ticks = &windows[0];
        let mut targets = vec![0.0; ticks.len() * 2];
        teacher(1.0).write_targets(ticks, 1, (0, 1), &mut targets);
        let odds = (targets[targets.len() - 2] / targets[targets.len() - 1]).ln();
        assert!((f64::from(odds) - (scores[0] - scores[1]) / 4.0).abs() < 1e-4, "{odds} {scores:?}");
    }

    #[test]
    fn without_a_share_the_teacher_is_not_heard() {
        let ticks = &windows()[0];
        let (mut soft, mut hard) = (vec![0.5; ticks.len() * 2], vec![0.5; ticks.len() * 2]);
        teacher(0.0).write_targets(ticks, 1, (0, 1), &mut soft);
        write_hard_targets(ticks.len(), 2, 1, (0, 1), &mut hard);
        assert_eq!(soft, hard);
    }
}
