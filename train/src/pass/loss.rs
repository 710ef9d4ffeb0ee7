//! The losses: cross-entropy of the scores at every tick, so that a decision can be taken at any of them, and the squared error
//! of scores that follow a movement.

use ndarray::NdFloat;

use super::forward::class_of;
use super::trace::Trace;

/// How much each tick of the window counts, and how scores become probabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct TickLoss {
    /// Weight of each tick; they sum to 1.
    pub tick_weights: Vec<f64>,
    /// Factor on the scores, in real units, before the softmax.
    pub gain: f64,
}

/// Results of a chunk of samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ChunkLoss {
    /// Sum over samples of the loss.
    pub loss: f64,
    /// Samples whose highest score after the last tick is that of their class.
    pub n_correct: usize,
}

impl TickLoss {
    /// Weights that rise linearly from 1 to `1 + ramp` over the window and then are scaled to sum to 1.
    #[must_use]
    pub fn ramp(n_ticks: usize, ramp: f64, gain: f64) -> Self {
        let last = n_ticks.saturating_sub(1).max(1) as f64;
        let weights: Vec<f64> = (0..n_ticks).map(|tick| 1.0 + ramp * tick as f64 / last).collect();
        let sum: f64 = weights.iter().sum();
        Self { tick_weights: weights.iter().map(|weight| weight / sum).collect(), gain }
    }

    /// Loss of a chunk against `targets` (`[n_ticks][n_samples][n_readouts]`, probabilities), and into `score_gradient` (`[n_ticks][n_samples][n_readouts]`) its derivative times `scale`.
    pub fn evaluate<T: NdFloat>(
        &self,
        trace: &Trace<T>,
        classes: &[usize],
        targets: &[f32],
        scale: f64,
        score_gradient: &mut Vec<T>,
    ) -> ChunkLoss {
        let n_neurons = trace.layout.n_neurons;
        let scores = |tick, sample| &trace.potential[trace.row(tick, sample)][n_neurons..];
        self.evaluate_scores(scores, classes, targets, scale, score_gradient)
    }

    /// As [`TickLoss::evaluate`], of the scores that `scores` gives for a tick and a sample: as many as there are classes.
    pub(crate) fn evaluate_scores<'a, T: NdFloat>(
        &self,
        scores: impl Fn(usize, usize) -> &'a [T],
        classes: &[usize],
        targets: &[f32],
        scale: f64,
        score_gradient: &mut Vec<T>,
    ) -> ChunkLoss {
        let n_readouts = targets.len() / (self.tick_weights.len() * classes.len()).max(1);
        let mut chunk = ChunkLoss::default();
        score_gradient.clear();
        let mut probabilities = vec![0f64; n_readouts];
        for (tick, &tick_weight) in self.tick_weights.iter().enumerate() {
            for (sample, &class) in classes.iter().enumerate() {
                let scores = scores(tick, sample);
                let real = |score: T| score.to_f64().unwrap_or(f64::NAN) * self.gain;
                let highest = scores.iter().map(|&score| real(score)).fold(f64::NEG_INFINITY, f64::max);
                for (probability, &score) in probabilities.iter_mut().zip(scores) {
                    *probability = (real(score) - highest).exp();
                }
                let sum: f64 = probabilities.iter().sum();
                let targets = &targets[(tick * classes.len() + sample) * n_readouts..][..n_readouts];
                for ((probability, &score), &target) in probabilities.iter().zip(scores).zip(targets) {
                    let target = f64::from(target);
                    chunk.loss += tick_weight * target * (sum.ln() - (real(score) - highest));
                    let excess = probability / sum - target;
                    let derivative = scale * tick_weight * self.gain * excess;
                    score_gradient.push(T::from(derivative).unwrap_or_else(T::nan));
                }
                if tick + 1 == self.tick_weights.len() && class_of(scores) == class {
                    chunk.n_correct += 1;
                }
            }
        }
        chunk
    }
}

/// Sum over ticks, samples and readouts of the squared difference of scores and `targets` (`[n_ticks][n_samples][n_readouts]`; NaN
/// does not count), and into `score_gradient`, of the same shape, the derivative of its mean over those that count. Also returns how
/// many count. `scores` gives the scores of a row, a tick and sample.
pub(crate) fn squared_error<'a>(
    scores: impl Fn(usize) -> &'a [f32],
    n_readouts: usize,
    targets: &[f32],
    score_gradient: &mut Vec<f32>,
) -> (f64, usize) {
    let n_counted = targets.iter().filter(|target| !target.is_nan()).count();
    let factor = 2.0 / n_counted.max(1) as f32;
    score_gradient.clear();
    let mut sum = 0.0;
    for (row, targets) in targets.chunks_exact(n_readouts).enumerate() {
        for (&score, &target) in scores(row).iter().zip(targets) {
            let error = if target.is_nan() { 0.0 } else { score - target };
            sum += f64::from(error) * f64::from(error);
            score_gradient.push(factor * error);
        }
    }
    (sum, n_counted)
}
