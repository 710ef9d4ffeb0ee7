//! Training of a recurrent network: the same samples, loss, teacher, changes to windows and optimizer as the spiking network's.

use std::ops::ControlFlow;

use super::parameters::DECAYS;
use super::pass::Pass;
use super::{RecurrentNetwork, RecurrentParameters};
use crate::TrainError;
use crate::data::{Batch, CHUNK_SAMPLES, ChunkInput, TrainingSample, TrainingSet, check_samples};
use crate::fit::{EpochRecord, FitOptions, Learner, Moments, clipping, in_parallel, run_epochs, sum_of_squares};
use crate::pass::{ChunkLoss, TickLoss};

/// A finished training.
#[derive(Clone, Debug)]
pub struct TrainedRecurrent {
    /// The network.
    pub network: RecurrentNetwork,
    /// One entry an epoch.
    pub history: Vec<EpochRecord>,
    /// Whether `progress` ended the training before its last epoch.
    pub stopped_early: bool,
}

/// Trains `network` on `samples`. The same arguments give the same bits, whatever `n_threads` is; with the seed of a spiking
/// network's training, the same windows in the same order.
///
/// Of the options, those that only spiking neurons have (`surrogate`, `calibrated_rate`, `pruning`) do
/// nothing. Weight decay acts on the weights and not on the biases, as there.
///
/// `progress` is called after every epoch; when it breaks, the training ends with the network so far.
///
/// # Errors
/// As [`crate::fit::fit`]; noise that makes neurons spike.
pub fn fit(
    network: RecurrentNetwork,
    samples: &[TrainingSample<'_>],
    options: &FitOptions,
    seed: u64,
    progress: &mut dyn FnMut(&EpochRecord) -> ControlFlow<()>,
) -> Result<TrainedRecurrent, TrainError> {
    options.check()?;
    let (n_channels, n_classes) = (network.sizes.n_channels, network.sizes.n_classes);
    let n_ticks = check_samples(n_channels, n_classes, samples)?;
    let neuron_noise_rate = options.augmentation.neuron_noise_rate;
    if neuron_noise_rate > 0.0 {
        let expected = "0 for a network whose units do not spike";
        return Err(TrainError::Option { name: "augmentation.neuron_noise_rate", value: neuron_noise_rate, expected });
    }
    let sizes = (n_channels, 0, n_classes);
    let training_set = TrainingSet::new(samples, sizes, options.augmentation, options.distillation, seed)?;
    let batch_size = options.batch_size.min(samples.len());
    let mut learner = RecurrentLearner {
        loss: TickLoss::ramp(n_ticks, options.tick_ramp, options.score_gain),
        training_set,
        gradients: BatchGradient::new(&network, options.n_threads, batch_size),
        adam: Adam::new(&network, options.weight_decay, options.largest_gradient_norm),
        network,
    };
    let (history, stopped_early) = run_epochs(&mut learner, samples.len(), options, seed, progress)?;
    Ok(TrainedRecurrent { network: learner.network, history, stopped_early })
}

/// A recurrent network in training.
struct RecurrentLearner<'a> {
    loss: TickLoss,
    training_set: TrainingSet<'a>,
    gradients: BatchGradient,
    adam: Adam,
    network: RecurrentNetwork,
}

impl Learner for RecurrentLearner<'_> {
    fn step(&mut self, batch: Batch<'_>, learning_rate: f64) -> (ChunkLoss, f64) {
        let (result, gradient) = self.gradients.evaluate(&self.network, &self.loss, &self.training_set, batch);
        let norm = self.adam.step(&mut self.network, gradient, learning_rate);
        (result, norm)
    }
}

/// Memory for the gradient of a batch, and the threads' own.
struct BatchGradient {
    workers: Vec<Worker>,
    chunks: Vec<ChunkResult>,
}

struct ChunkResult {
    gradient: RecurrentParameters<f32>,
    loss: ChunkLoss,
}

struct Worker {
    input: ChunkInput,
    pass: Pass<f32>,
    score_gradient: Vec<f32>,
}

impl BatchGradient {
    fn new(network: &RecurrentNetwork, n_threads: usize, batch_size: usize) -> Self {
        let n_chunks = batch_size.div_ceil(CHUNK_SAMPLES);
        let worker = || Worker {
            input: ChunkInput::default(),
            pass: Pass::new(network.cell, network.sizes),
            score_gradient: Vec::new(),
        };
        let gradient = || RecurrentParameters::zeros(network.cell, network.sizes);
        Self {
            workers: (0..n_threads.clamp(1, n_chunks.max(1))).map(|_| worker()).collect(),
            chunks: (0..n_chunks).map(|_| ChunkResult { gradient: gradient(), loss: ChunkLoss::default() }).collect(),
        }
    }

    /// Loss and gradient of the mean loss over the batch: chunks of fixed size, added in a fixed order.
    fn evaluate(
        &mut self,
        network: &RecurrentNetwork,
        loss: &TickLoss,
        training_set: &TrainingSet<'_>,
        batch: Batch<'_>,
    ) -> (ChunkLoss, &mut RecurrentParameters<f32>) {
        let n_chunks = batch.order.len().div_ceil(CHUNK_SAMPLES);
        let scale = 1.0 / batch.order.len() as f64;
        let jobs = batch.order.chunks(CHUNK_SAMPLES).zip(&mut self.chunks);
        in_parallel(&mut self.workers, jobs, |worker, (order, chunk)| {
            let Worker { input, pass, score_gradient } = worker;
            let input = input.prepare(training_set, batch.epoch, order);
            pass.forward(&network.parameters, &input.windows);
            let scores = |tick, sample| pass.scores(tick, sample);
            chunk.loss = loss.evaluate_scores(scores, &input.classes, input.targets, scale, score_gradient);
            chunk.gradient.clear();
            pass.backward(&network.parameters, &input.windows, score_gradient, &mut chunk.gradient);
        });
        let mut result = ChunkLoss::default();
        for chunk in &self.chunks[..n_chunks] {
            result.loss += chunk.loss.loss;
            result.n_correct += chunk.loss.n_correct;
        }
        let (first, others) = self.chunks.split_at_mut(1);
        others[..n_chunks - 1].iter().for_each(|other| first[0].gradient.add(&other.gradient));
        (result, &mut first[0].gradient)
    }
}

/// The state of Adam for a network.
pub(crate) struct Adam {
    weight_decay: f32,
    largest_norm: f64,
    mean: RecurrentParameters<f32>,
    square: RecurrentParameters<f32>,
    n_steps: i32,
}

impl Adam {
    pub(crate) fn new(network: &RecurrentNetwork, weight_decay: f64, largest_norm: f64) -> Self {
        let zeros = || RecurrentParameters::zeros(network.cell, network.sizes);
        Self { weight_decay: weight_decay as f32, largest_norm, mean: zeros(), square: zeros(), n_steps: 0 }
    }

    /// One step along `gradient`, which is overwritten. Returns the gradient's norm before clipping.
    pub(crate) fn step(
        &mut self,
        network: &mut RecurrentNetwork,
        gradient: &mut RecurrentParameters<f32>,
        learning_rate: f64,
    ) -> f64 {
        let norm = gradient.groups().into_iter().map(|group| sum_of_squares(group)).sum::<f64>().sqrt();
        self.n_steps += 1;
        let learning_rate = learning_rate as f32;
        let moments = Moments::new(self.n_steps, learning_rate, clipping(norm, self.largest_norm));
        let memory = self.mean.groups_mut().into_iter().zip(self.square.groups_mut());
        let groups = network.parameters.groups_mut().into_iter().zip(gradient.groups_mut()).zip(DECAYS);
        for (((values, gradient), decays), (mean, square)) in groups.zip(memory) {
            moments.step(gradient, mean, square);
            let kept = if decays { 1.0 - learning_rate * self.weight_decay } else { 1.0 };
            for (value, step) in values.iter_mut().zip(gradient) {
                *value = *value * kept - *step;
            }
        }
        norm
    }
}
