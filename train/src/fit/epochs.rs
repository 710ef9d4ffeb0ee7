//! The epochs of a training, the same for every kind of network: samples in a new order each time, batches of them, a learning
//! rate that follows its schedule, and the training history.

use std::ops::ControlFlow;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{EpochRecord, FitOptions};
use crate::TrainError;
use crate::data::Batch;
use crate::pass::ChunkLoss;

/// A network that learns batch by batch.
pub(crate) trait Learner {
    /// Prepares for an epoch, counted from 0.
    fn start_epoch(&mut self, _epoch: usize) {}

    /// Takes a step of the optimizer. Returns the results of the batch before it, and the norm of its gradient before clipping;
    /// if that is not finite, the training ends.
    fn step(&mut self, batch: Batch<'_>, learning_rate: f64) -> (ChunkLoss, f64);

    /// Ends an epoch. Returns the mean spikes of a neuron in a tick, for each area.
    fn end_epoch(&mut self, _epoch: usize) -> Vec<f64> {
        Vec::new()
    }
}

/// Trains for the epochs of `options` on `n_samples` samples (at least 1), whose order `seed` draws. Returns a record of each
/// epoch, and whether `progress` broke before the last one.
///
/// # Errors
/// A gradient that is not finite.
pub(crate) fn run_epochs(
    learner: &mut impl Learner,
    n_samples: usize,
    options: &FitOptions,
    seed: u64,
    progress: &mut dyn FnMut(&EpochRecord) -> ControlFlow<()>,
) -> Result<(Vec<EpochRecord>, bool), TrainError> {
    let batch_size = options.batch_size.min(n_samples);
    let n_batches = n_samples.div_ceil(batch_size);
    let mut order: Vec<usize> = (0..n_samples).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut history = Vec::with_capacity(options.epochs);
    for epoch in 0..options.epochs {
        learner.start_epoch(epoch);
        order.shuffle(&mut rng);
        let (mut loss, mut n_correct, mut gradient_norm) = (0.0, 0, 0f64);
        for (index, order) in order.chunks(batch_size).enumerate() {
            let elapsed = epoch as f64 + index as f64 / n_batches as f64;
            let rate = options.learning_rate * options.schedule.factor(elapsed, options.epochs);
            let (scored, norm) = learner.step(Batch { order, epoch }, rate);
            if !norm.is_finite() {
                return Err(TrainError::NotFinite { epoch });
            }
            gradient_norm = gradient_norm.max(norm);
            loss += scored.loss;
            n_correct += scored.n_correct;
        }
        history.push(EpochRecord {
            epoch,
            loss: loss / n_samples as f64,
            accuracy: n_correct as f64 / n_samples as f64,
            area_rates: learner.end_epoch(epoch),
            gradient_norm,
        });
        if progress(&history[epoch]).is_break() {
            return Ok((history, epoch + 1 < options.epochs));
        }
    }
    Ok((history, false))
}
