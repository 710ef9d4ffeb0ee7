//! Training: windows in, a trained network and its history out.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::ablation::Redraw;
use crate::augmentation::Augmentation;
use crate::backward::Adjoint;
use crate::batch::{BatchGradient, BatchSettings};
use crate::chunk::{Batch, Lesson};
use crate::epochs::{Learner, run_epochs};
use crate::error::TrainError;
use crate::loss::ChunkLoss;
use crate::network::Network;
use crate::optimizer::{Adam, Schedule, Trainable};
use crate::parameters::Layout;
use crate::prune::{Pruner, Pruning};
use crate::quantize::QuantizedNetwork;
use crate::rates::{RateBand, RateKeeper};
use crate::surrogate::{Surrogate, SurrogateTable};
use crate::teacher::Distillation;

/// A window to train on.
#[derive(Clone, Copy, Debug)]
pub struct TrainingSample<'a> {
    /// For each tick the channels that spike in it, ascending, none twice.
    pub ticks: &'a [Vec<u16>],
    /// Its class, counted from 0.
    pub class: usize,
}

/// How to train. The default suits windows of about 50 ticks and about a thousand samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
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
    /// The derivative that stands in for that of a spike.
    pub surrogate: Surrogate,
    /// Whether the reset hides the spike that caused it from the gradient.
    pub detach_reset: bool,
    /// How much more the last tick counts in the loss than the first; 0 counts all alike.
    pub tick_ramp: f64,
    /// Factor on scores before the softmax.
    pub score_gain: f64,
    /// Firing rates that cost nothing; none costs at all without it.
    pub rate_band: Option<RateBand>,
    /// Which parameters are trained.
    pub trainable: Trainable,
    /// How windows are changed at random.
    pub augmentation: Augmentation,
    /// Spikes a tick that calibration aims at before the first epoch; `None` leaves the network as it comes.
    pub calibrated_rate: Option<f64>,
    /// Learning from a classical decoder as well as from the labels.
    pub distillation: Option<Distillation>,
    /// Synapses that go while training; all stay without it.
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
            detach_reset: true,
            tick_ramp: 1.0,
            score_gain: 1.0,
            rate_band: None,
            trainable: Trainable::default(),
            augmentation: Augmentation::default(),
            calibrated_rate: Some(0.03),
            distillation: None,
            pruning: None,
            n_threads: 1,
        }
    }
}

/// What an epoch came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Counted from 0.
    pub epoch: usize,
    /// Mean loss over the samples, as trained on (augmented, before each step).
    pub loss: f64,
    /// Share of samples whose class had the highest score after the last tick, as trained on.
    pub accuracy: f64,
    /// Mean spikes of a neuron in a tick, for each area that there is.
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
/// `progress` hears of every epoch; when it breaks, the training ends with what it has.
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

/// As [`fit`], with the same result, and `observe` sees the network that would run: after 0 epochs, calibrated and not
/// trained yet, and after every further one. Its second argument is the number of epochs that have ended.
///
/// # Errors
/// No samples; samples of different lengths, without ticks, with channels or classes that the network does not have or
/// out of order; options out of their ranges; pruning to more synapses than there are; a gradient that is no number.
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
        surrogate: SurrogateTable::new(options.surrogate),
        lesson: Lesson::new(samples, (n_channels, n_neurons, n_classes), options, seed)?,
    };
    let quantized = network.quantize();
    observe(&quantized, 0);
    let batch_size = options.batch_size.min(samples.len());
    let mut pupil = Pupil {
        options,
        settings,
        redraw: Redraw::new(&network, seed),
        pruner: options.pruning.map(|pruning| Pruner::new(pruning, &network, options.epochs)).transpose()?,
        gradients: BatchGradient::new(&quantized, options.n_threads, batch_size),
        adam: Adam::new(&network, options.trainable, options.weight_decay, options.largest_gradient_norm),
        rates: RateKeeper::new(network.layout, options.rate_band, n_ticks),
        network,
        quantized,
        observe,
    };
    let (history, stopped_early) = run_epochs(&mut pupil, samples, options, seed, progress)?;
    let Pupil { network, quantized, .. } = pupil;
    Ok(Trained { network, quantized, history, stopped_early })
}

/// A spiking network in training.
struct Pupil<'a> {
    options: &'a FitOptions,
    settings: BatchSettings,
    redraw: Redraw,
    pruner: Option<Pruner>,
    gradients: BatchGradient,
    adam: Adam,
    rates: RateKeeper,
    network: Network,
    /// The integers of `network`, which are what is trained on.
    quantized: QuantizedNetwork,
    observe: &'a mut dyn FnMut(&QuantizedNetwork, usize),
}

impl Pupil<'_> {
    fn quantize(&mut self) {
        self.quantized =
            if self.pruner.is_some() { self.network.quantize_every_synapse() } else { self.network.quantize() };
    }
}

impl Learner for Pupil<'_> {
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

    fn step(&mut self, batch: &Batch<'_>, learning_rate: f64) -> (ChunkLoss, f64) {
        let Self { options, settings, gradients, adam, rates, network, quantized, .. } = self;
        let n_samples = batch.order.len();
        let per_spike = rates.spike_gradient(n_samples);
        let effective = quantized.effective();
        let adjoint = Adjoint::new(network.layout, effective, &network.reset_mode, options.detach_reset, per_spike);
        let (result, gradient) = gradients.evaluate(quantized, &adjoint, settings, batch, rates.batch_counts());
        rates.end_batch(n_samples);
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
            // Its gradient stays small over long windows, where that of the default grows out of bounds.
            surrogate: Surrogate::FastSigmoid { height: 0.3, steepness: 2.0 },
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
        let above_zero = |value: f64| value > 0.0 && value.is_finite();
        let not_negative = |value: f64| value >= 0.0 && value.is_finite();
        let rate = self.calibrated_rate.unwrap_or(0.5);
        let band = self.rate_band.unwrap_or_default();
        let (temperature, share) = self.distillation.map_or((1.0, 1.0), |it| (it.temperature, it.share));
        let band_ordered = band.low > 0.0 && band.low < band.high && band.high <= 1.0;
        let checks = [
            ("epochs", self.epochs as f64, self.epochs > 0, "at least 1"),
            ("batch_size", self.batch_size as f64, self.batch_size > 0, "at least 1"),
            ("n_threads", self.n_threads as f64, self.n_threads > 0, "at least 1"),
            ("learning_rate", self.learning_rate, above_zero(self.learning_rate), "a number above 0"),
            ("weight_decay", self.weight_decay, not_negative(self.weight_decay), "0 or a number above 0"),
            (
                "largest_gradient_norm",
                self.largest_gradient_norm,
                above_zero(self.largest_gradient_norm),
                "a number above 0",
            ),
            ("tick_ramp", self.tick_ramp, not_negative(self.tick_ramp), "0 or a number above 0"),
            ("score_gain", self.score_gain, above_zero(self.score_gain), "a number above 0"),
            ("calibrated_rate", rate, rate > 0.0 && rate < 1.0, "between 0 and 1"),
            ("rate_band.low", band.low, band_ordered, "above 0 and below rate_band.high, which is at most 1"),
            ("distillation.temperature", temperature, above_zero(temperature), "a number above 0"),
            ("distillation.share", share, (0.0..=1.0).contains(&share), "0 to 1"),
            ("rate_band.strength", band.strength, not_negative(band.strength), "0 or a number above 0"),
        ];
        for (name, value, in_range, expected) in checks {
            if !in_range {
                return Err(TrainError::Option { name, value, expected });
            }
        }
        self.augmentation.check()
    }
}

/// The ticks of every sample.
pub(crate) fn check_samples(
    n_channels: usize,
    n_classes: usize,
    samples: &[TrainingSample<'_>],
) -> Result<usize, TrainError> {
    let n_ticks = samples.first().ok_or(TrainError::NoSamples)?.ticks.len();
    for (index, sample) in samples.iter().enumerate() {
        let refuse = |cause: String, next_step| Err(TrainError::Sample { index, cause, next_step });
        if sample.ticks.is_empty() || sample.ticks.len() != n_ticks {
            let cause = format!("it has {} ticks, the first one {n_ticks}", sample.ticks.len());
            return refuse(cause, "cut all windows to one length of at least a tick");
        }
        if sample.class >= n_classes {
            let cause = format!("its class is {}, the network has {n_classes}", sample.class);
            return refuse(cause, "build the network for the number of classes");
        }
        for channels in sample.ticks {
            if channels.windows(2).any(|pair| pair[0] >= pair[1]) {
                return refuse("the channels of a tick are not ascending".to_owned(), "sort and deduplicate them");
            }
            if let Some(&channel) = channels.last().filter(|&&channel| usize::from(channel) >= n_channels) {
                let cause = format!("channel {channel} spikes, the network has {n_channels}");
                return refuse(cause, "build the network for the number of channels");
            }
        }
    }
    Ok(n_ticks)
}
