//! Training: windows in, a trained network and its history out.

mod batch;
mod calibration;
mod epochs;
mod optimizer;
mod options;
mod rates;
mod workers;

pub(crate) use epochs::{Learner, run_epochs};
pub use optimizer::Schedule;
pub(crate) use optimizer::{Adam, Moments, clipping, sum_of_squares};
pub use options::FitOptions;
pub(crate) use workers::in_parallel;

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::TrainError;
use crate::data::{Batch, TrainingSample, TrainingSet, check_samples};
use crate::network::{Layout, Network, Pruner, QuantizedNetwork, Redraw};
use crate::pass::{Adjoint, ChunkLoss, ResetGradient, TickLoss};
use batch::{BatchGradient, BatchSettings};
use rates::RateCounter;

/// The seed of a fold, of everything random in it.
#[must_use]
pub fn fold_seed(seed: u64, fold: usize) -> u64 {
    seed ^ (fold as u64) << 48
}

/// Results of an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Counted from 0.
    pub epoch: usize,
    /// Mean loss over the samples, as trained on (augmented, before each step).
    pub loss: f64,
    /// Share of samples whose class had the highest score after the last tick, as trained on: free mixes included, whose class means
    /// nothing.
    pub accuracy: f64,
    /// Mean spikes of a neuron in a tick, for each area.
    pub area_rates: Vec<f64>,
    /// Largest norm of a batch's gradient, before clipping.
    pub gradient_norm: f64,
}

/// A finished training.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The float network.
    pub network: Network,
    /// The integers that run on the device.
    pub quantized: QuantizedNetwork,
    /// One entry an epoch.
    pub history: Vec<EpochRecord>,
    /// Whether `progress` ended the training before its last epoch.
    pub stopped_early: bool,
}

/// Trains `network` on `samples`. The same arguments give the same bits, whatever `n_threads` is.
///
/// Before the first step, the weights into neurons are calibrated, and a direct path from the channels to readouts that sum up
/// what arrives becomes a copy of the teacher. A network that was restored ([`Network::restored`]) keeps its own, but for channels
/// that it did not have, and its scores get the unit in which they are the likest to the teacher's.
///
/// `progress` is called after every epoch; when it breaks, the training ends with the network so far.
///
/// # Errors
/// As [`fit_observed`].
pub fn fit(
    network: Network,
    samples: &[TrainingSample<'_>],
    options: &FitOptions,
    seed: u64,
    progress: &mut dyn FnMut(&EpochRecord) -> ControlFlow<()>,
) -> Result<Trained, TrainError> {
    fit_observed(network, samples, options, seed, progress, &mut |_, _| {})
}

/// As [`fit`], with the same result, and `observe` is called with the network as it would run: before the first epoch, when
/// it is calibrated and not trained yet, and after every epoch. Its second argument is the number of epochs so far.
///
/// # Errors
/// No samples; samples of different lengths, without ticks, with channels or classes that the network does not have or
/// out of order; options out of their ranges; pruning to more synapses than there are; a gradient that is not finite.
pub fn fit_observed(
    mut network: Network,
    samples: &[TrainingSample<'_>],
    options: &FitOptions,
    seed: u64,
    progress: &mut dyn FnMut(&EpochRecord) -> ControlFlow<()>,
    observe: &mut dyn FnMut(&QuantizedNetwork, usize),
) -> Result<Trained, TrainError> {
    options.check()?;
    let Layout { n_channels, n_neurons, n_readouts: n_classes } = network.layout;
    let n_ticks = check_samples(n_channels, n_classes, samples)?;
    if let Some(rate) = options.calibrated_rate {
        network.calibrate(samples, rate);
    }
    let settings = BatchSettings {
        surrogate: options.surrogate,
        loss: TickLoss::ramp(n_ticks, options.tick_ramp, options.score_gain),
        training_set: TrainingSet::new(
            samples,
            (n_channels, n_neurons, n_classes),
            options.augmentation,
            options.distillation,
            seed,
        )?,
    };
    network.choose_score_unit(samples, settings.training_set.teacher(), options.score_gain);
    let teacher = settings.training_set.teacher().filter(|_| network.has_direct_path());
    if let Some(teacher) = teacher {
        network.copy_teacher(teacher, samples, n_ticks, options.score_gain);
    }
    let mut adam = Adam::new(&network, options.weight_decay, options.largest_gradient_norm);
    if teacher.is_some() {
        adam.refine_direct_path(&network);
    }
    if network.has_direct_path() {
        network.carry_biases(samples);
    }
    let quantized = network.quantize();
    observe(&quantized, 0);
    let batch_size = options.batch_size.min(samples.len());
    let mut learner = SpikingLearner {
        settings,
        redraw: Redraw::new(&network, seed),
        pruner: options.pruning.map(|pruning| Pruner::new(pruning, &network, options.epochs)).transpose()?,
        gradients: BatchGradient::new(&quantized, options.n_threads, batch_size),
        adam,
        rates: RateCounter::new(network.layout, n_ticks),
        channel_rates: rates::channel_rates(samples, n_channels),
        network,
        quantized,
        observe,
    };
    let (history, stopped_early) = run_epochs(&mut learner, samples.len(), options, seed, progress)?;
    let SpikingLearner { network, quantized, .. } = learner;
    Ok(Trained { network, quantized, history, stopped_early })
}

/// A spiking network in training.
struct SpikingLearner<'a> {
    settings: BatchSettings<'a>,
    redraw: Redraw,
    pruner: Option<Pruner>,
    gradients: BatchGradient,
    adam: Adam,
    rates: RateCounter,
    /// Mean spikes of each channel in a tick.
    channel_rates: Vec<f32>,
    network: Network,
    /// The integers of `network`, which are what is trained on.
    quantized: QuantizedNetwork,
    observe: &'a mut dyn FnMut(&QuantizedNetwork, usize),
}

impl SpikingLearner<'_> {
    fn quantize(&mut self) {
        self.quantized =
            if self.pruner.is_some() { self.network.quantize_every_synapse() } else { self.network.quantize() };
    }
}

impl Learner for SpikingLearner<'_> {
    fn start_epoch(&mut self, epoch: usize) {
        let mut changed = epoch > 0 && self.redraw.draw(&mut self.network);
        if let Some(pruner) = &self.pruner {
            pruner.prune(&mut self.network, epoch);
            self.adam.select_synapses(&self.network);
            changed = true;
        }
        if changed {
            self.quantize();
        }
        self.rates.start_epoch();
    }

    fn step(&mut self, batch: Batch<'_>, learning_rate: f64) -> (ChunkLoss, f64) {
        let Self { settings, gradients, adam, rates, network, quantized, .. } = self;
        let adjoint = Adjoint::new(network.layout, quantized.effective(), &network.reset_mode, ResetGradient::Detached);
        let spike_counts = rates.of_batch(batch.order.len());
        let (result, gradient) = gradients.evaluate(quantized, &adjoint, settings, batch, spike_counts);
        adam.center(self.channel_rates.iter().copied().chain(rates.neuron_rates()));
        let norm = adam.step(network, gradient, learning_rate);
        if norm.is_finite() {
            self.quantize();
        }
        (result, norm)
    }

    fn end_epoch(&mut self, epoch: usize) -> Vec<f64> {
        (self.observe)(&self.quantized, epoch + 1);
        self.rates.area_rates(&self.network.areas)
    }
}
