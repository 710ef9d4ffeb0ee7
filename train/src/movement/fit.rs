//! Training over streams: truncated backpropagation with the state carried from window to window.
//!
//! Source: Williams and Peng, An efficient gradient-based algorithm for on-line training of recurrent network trajectories, doi
//! 10.1162/neco.1990.2.4.490, with windows that do not overlap.

use std::ops::{ControlFlow, Range};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use recording::{Stream, StreamFold};
use serde::{Deserialize, Serialize};

use super::lanes::{LaneOptions, Window, lanes};
use super::lesson::{self, MeanError, Targets};
use super::{Run, runs};
use crate::TrainError;
use crate::data::TrainingSample;
use crate::fit::{Adam, Schedule};
use crate::network::{Layout, Network, Parameters, Pruner, Pruning, QuantizedNetwork};
use crate::pass::{Adjoint, BackwardScratch, IntegerState, ResetGradient, Surrogate, Trace, record_on, squared_error};
use crate::range::{ABOVE_ZERO, AT_LEAST_ONE, BETWEEN_ZERO_AND_ONE, NOT_NEGATIVE, PROBABILITY, first_outside};

/// How to train on a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MovementFitOptions {
    /// Passes over the training ticks.
    pub epochs: usize,
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
    /// How far errors are propagated back, milliseconds.
    pub window_ms: u32,
    /// How long the network runs before its error counts, milliseconds.
    pub warm_up_ms: u32,
    /// Stretches of the session that are run side by side.
    pub n_lanes: usize,
    /// Probability that a spike is left out, each time it is trained on.
    pub drop_rate: f64,
    /// Spikes a tick that calibration aims at before the first epoch.
    pub calibrated_rate: f64,
    /// Pruning during training; none keeps all synapses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pruning: Option<Pruning>,
}

impl Default for MovementFitOptions {
    fn default() -> Self {
        Self {
            epochs: 30,
            learning_rate: 5e-3,
            schedule: Schedule::Cosine { end: 0.02 },
            weight_decay: 0.05,
            largest_gradient_norm: 1.0,
            surrogate: Surrogate::default(),
            window_ms: 200,
            warm_up_ms: 400,
            n_lanes: 32,
            drop_rate: 0.1,
            calibrated_rate: 0.03,
            pruning: None,
        }
    }
}

impl MovementFitOptions {
    /// The standard training on so many scored ticks of `tick_ms`. Little data is learned in more passes, with more spikes left out
    /// and more weight decay; many ticks take fewer passes.
    #[must_use]
    pub fn for_ticks(n_ticks: usize, tick_ms: u32) -> Self {
        /// Ticks run in a training, about.
        const TICKS_RUN: usize = 6_000_000;
        let standard = Self::default();
        if is_little(n_ticks, tick_ms) {
            return Self { epochs: 40, drop_rate: 0.2, weight_decay: 0.2, ..standard };
        }
        let epochs = TICKS_RUN.div_ceil(n_ticks.max(1)).clamp(10, standard.epochs);
        Self { epochs, ..standard }
    }

    /// How the training ticks are laid out.
    pub(super) fn lanes(&self, tick_ms: u32) -> LaneOptions {
        LaneOptions {
            n_lanes: self.n_lanes,
            window_ticks: ticks_of(self.window_ms, tick_ms),
            warm_up_ticks: ticks_of(self.warm_up_ms, tick_ms),
        }
    }

    /// Checks every range.
    ///
    /// # Errors
    /// The first option that is out of its range.
    pub fn check(&self) -> Result<(), TrainError> {
        let outside = first_outside(&[
            ("epochs", self.epochs as f64, AT_LEAST_ONE),
            ("learning_rate", self.learning_rate, ABOVE_ZERO),
            ("weight_decay", self.weight_decay, NOT_NEGATIVE),
            ("largest_gradient_norm", self.largest_gradient_norm, ABOVE_ZERO),
            ("window_ms", f64::from(self.window_ms), AT_LEAST_ONE),
            ("n_lanes", self.n_lanes as f64, AT_LEAST_ONE),
            ("drop_rate", self.drop_rate, PROBABILITY),
            ("calibrated_rate", self.calibrated_rate, BETWEEN_ZERO_AND_ONE),
        ]);
        outside.map_or(Ok(()), |(name, value, expected)| Err(TrainError::Option { name, value, expected }))
    }
}

/// Whether training ticks are so few that a network has to be kept from learning them by heart.
fn is_little(n_ticks: usize, tick_ms: u32) -> bool {
    /// Seconds of training.
    const LITTLE_S: u64 = 240;
    n_ticks as u64 * u64::from(tick_ms) < 1000 * LITTLE_S
}

/// Results of an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MovementEpoch {
    /// Counted from 0.
    pub epoch: usize,
    /// Mean squared error as trained on, in variances of the labels.
    pub loss: f64,
    /// The same on the validation ticks, run free.
    pub validation_loss: f64,
}

/// A finished training.
#[derive(Clone, Debug)]
pub struct TrainedMovement {
    /// The float network of the best epoch.
    pub network: Network,
    /// The integers that run on the device.
    pub quantized: QuantizedNetwork,
    /// One entry an epoch.
    pub history: Vec<MovementEpoch>,
}

/// Trains `network`, which has a readout for each axis, on the training ticks of `fold`, and keeps the epoch with the least error on
/// its validation ticks. The same arguments give the same bits.
///
/// # Errors
/// Sizes that differ from those of the stream, options out of their ranges, pruning to more synapses than there are, a gradient that
/// is not finite, or [`TrainError::Stopped`] when `progress` breaks.
pub fn fit_movement(
    mut network: Network,
    stream: &Stream,
    fold: &StreamFold,
    options: &MovementFitOptions,
    seed: u64,
    progress: &mut dyn FnMut(&MovementEpoch) -> ControlFlow<()>,
) -> Result<TrainedMovement, TrainError> {
    options.check()?;
    check_sizes(&network, stream)?;
    let targets = Targets::new(stream, &fold.train);
    calibrate(&mut network, stream, &fold.train, options);
    let pruner = options.pruning.map(|pruning| Pruner::new(pruning, &network, options.epochs)).transpose()?;
    let validation = runs(stream, &fold.validation);
    let mut learner = Learner::new(network, stream, &fold.train, options);
    let mut history = Vec::with_capacity(options.epochs);
    let mut best: Option<(f64, Network, QuantizedNetwork)> = None;
    for epoch in 0..options.epochs {
        if let Some(pruner) = &pruner {
            pruner.prune(&mut learner.network, epoch);
            learner.adam.select_synapses(&learner.network);
        }
        learner.quantize(pruner.is_some());
        let epoch_seed = seed ^ (epoch as u64) << 32;
        let loss = learner.epoch(epoch, &fold.train, &targets, options, (pruner.is_some(), epoch_seed))?;
        let validation_loss = free_running_error(&targets, &learner.quantized, stream, &validation);
        let record = MovementEpoch { epoch, loss, validation_loss };
        history.push(record);
        // A network that is still to be pruned is none to keep.
        let is_pruned = options.pruning.is_none_or(|pruning| learner.network.n_synapses() <= pruning.n_synapses);
        let is_best = best.as_ref().is_none_or(|(least, ..)| validation_loss < *least);
        if is_pruned && (is_best || !validation_loss.is_finite()) {
            best = Some((validation_loss, learner.network.clone(), learner.quantized.clone()));
        }
        if progress(&record).is_break() {
            return Err(TrainError::Stopped);
        }
    }
    let (network, quantized) = match best {
        Some((_, network, quantized)) => (network, quantized),
        None => (learner.network, learner.quantized),
    };
    Ok(TrainedMovement { network, quantized, history })
}

fn check_sizes(network: &Network, stream: &Stream) -> Result<(), TrainError> {
    let Layout { n_channels, n_readouts, .. } = network.layout;
    for (name, value, expected) in
        [("channels", n_channels, stream.n_channels), ("readouts", n_readouts, stream.axes.len())]
    {
        if value != expected {
            return Err(TrainError::NetworkSize { name, value, low: expected, high: expected });
        }
    }
    Ok(())
}

/// Brings neurons to about the rate that is asked for, on stretches of the training ticks.
fn calibrate(network: &mut Network, stream: &Stream, train: &[Range<usize>], options: &MovementFitOptions) {
    const STRETCHES: usize = 32;
    let n_ticks = ticks_of(options.warm_up_ms + options.window_ms, stream.tick_ms);
    let n_train: usize = train.iter().map(Range::len).sum();
    let stride = (n_train / STRETCHES).max(n_ticks);
    let starts = train.iter().flat_map(|range| (range.start..range.end.saturating_sub(n_ticks)).step_by(stride));
    let windows: Vec<Vec<Vec<u16>>> =
        starts.map(|start| (start..start + n_ticks).map(|tick| stream.tick(tick).to_vec()).collect()).collect();
    let samples: Vec<TrainingSample<'_>> = windows.iter().map(|ticks| TrainingSample { ticks, class: 0 }).collect();
    if !samples.is_empty() {
        network.calibrate(&samples, options.calibrated_rate);
    }
}

/// Ticks in a time, at least one.
fn ticks_of(time_ms: u32, tick_ms: u32) -> usize {
    (time_ms / tick_ms.max(1)).max(1) as usize
}

/// Mean squared error of the scores over the scored ticks of runs.
fn free_running_error(targets: &Targets, network: &QuantizedNetwork, stream: &Stream, runs: &[Run]) -> f64 {
    let steps = &network.step[network.layout.n_neurons..];
    let mut error = MeanError::default();
    for run in runs {
        run_free(network, stream, run, |tick, state| {
            if tick >= run.first_scored && stream.is_scored(tick) {
                let scores = state.scores(network).iter().zip(steps).map(|(&score, &step)| f32::from(score) * step);
                error.add(scores, targets.of(stream.label(tick)));
            }
        });
    }
    error.mean()
}

/// Runs the integers from a restart, and calls `each` after every tick.
pub(super) fn run_free(
    network: &QuantizedNetwork,
    stream: &Stream,
    run: &Run,
    mut each: impl FnMut(usize, &IntegerState),
) {
    let mut state = IntegerState::new(network);
    for tick in run.ticks.clone() {
        state.tick(network, stream.tick(tick));
        each(tick, &state);
    }
}

/// A network in training on a stream.
struct Learner<'a> {
    stream: &'a Stream,
    network: Network,
    quantized: QuantizedNetwork,
    adam: Adam,
    surrogate: Surrogate,
    /// Mean spikes of each channel in a training tick.
    channel_rates: Vec<f32>,
    spike_counts: Vec<u32>,
    n_ticks_run: usize,
    trace: Trace<f32>,
    scratch: BackwardScratch<f32>,
    gradient: Parameters<f32>,
    score_gradient: Vec<f32>,
}

impl<'a> Learner<'a> {
    fn new(network: Network, stream: &'a Stream, train: &[Range<usize>], options: &MovementFitOptions) -> Self {
        let mut counts = vec![0_u32; stream.n_channels];
        let n_ticks: usize = train.iter().map(Range::len).sum();
        for tick in train.iter().cloned().flatten() {
            stream.tick(tick).iter().for_each(|&channel| counts[usize::from(channel)] += 1);
        }
        let layout = network.layout;
        Self {
            stream,
            quantized: network.quantize(),
            adam: Adam::new(&network, options.weight_decay, options.largest_gradient_norm),
            surrogate: options.surrogate,
            channel_rates: counts.into_iter().map(|count| count as f32 / n_ticks.max(1) as f32).collect(),
            spike_counts: vec![0; layout.n_neurons],
            n_ticks_run: 0,
            trace: Trace::new(layout, 0, 0, false),
            scratch: BackwardScratch::default(),
            gradient: Parameters::zeros(layout),
            score_gradient: Vec::new(),
            network,
        }
    }

    fn quantize(&mut self, is_pruned: bool) {
        self.quantized = if is_pruned { self.network.quantize_every_synapse() } else { self.network.quantize() };
    }

    /// One pass over the training ticks; returns the mean error.
    fn epoch(
        &mut self,
        epoch: usize,
        train: &[Range<usize>],
        targets: &Targets,
        options: &MovementFitOptions,
        (is_pruned, seed): (bool, u64),
    ) -> Result<f64, TrainError> {
        let layout = options.lanes(self.stream.tick_ms);
        let window_ticks = layout.window_ticks;
        let lanes = lanes(train, layout, seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut states = vec![IntegerState::new(&self.quantized); lanes.len()];
        let mut inputs: Vec<Vec<Vec<u16>>> = vec![vec![Vec::new(); window_ticks]; lanes.len()];
        let n_steps = lanes.first().map_or(0, Vec::len);
        let (mut sum, mut n_counted) = (0.0, 0);
        self.spike_counts.fill(0);
        self.n_ticks_run = 0;
        for step in 0..n_steps {
            let windows: Vec<&Window> = lanes.iter().map_while(|lane| lane.get(step)).collect();
            for ((window, state), input) in windows.iter().zip(&mut states).zip(&mut inputs) {
                if window.restarts {
                    state.restart();
                }
                lesson::spikes(self.stream, window, options.drop_rate, &mut rng, input);
            }
            let inputs: Vec<&[Vec<u16>]> = inputs[..windows.len()].iter().map(Vec::as_slice).collect();
            record_on(&self.quantized, self.surrogate, &inputs, &mut states[..windows.len()], &mut self.trace);
            let wanted = targets.wanted(self.stream, &windows, window_ticks);
            let (trace, n_neurons) = (&self.trace, self.network.layout.n_neurons);
            let scores = |row| &trace.potential[trace.row(0, row)][n_neurons..];
            let (error, n) = squared_error(scores, self.stream.axes.len(), &wanted, &mut self.score_gradient);
            self.count_spikes(windows.len() * window_ticks);
            if n == 0 {
                continue;
            }
            (sum, n_counted) = (sum + error, n_counted + n);
            let elapsed = epoch as f64 + step as f64 / n_steps as f64;
            let rate = options.learning_rate * options.schedule.factor(elapsed, options.epochs);
            if !self.step(rate).is_finite() {
                return Err(TrainError::NotFinite { epoch });
            }
            self.quantize(is_pruned);
        }
        Ok(sum / n_counted.max(1) as f64)
    }

    fn count_spikes(&mut self, n_ticks: usize) {
        self.n_ticks_run += n_ticks;
        for arrival in &self.trace.arrivals {
            if let Some(neuron) = (arrival.pre as usize).checked_sub(self.network.layout.n_channels) {
                self.spike_counts[neuron] += 1;
            }
        }
    }

    /// Takes a step of the optimizer, and returns the norm of the gradient.
    fn step(&mut self, learning_rate: f64) -> f64 {
        let Self { network, quantized, adam, trace, scratch, gradient, .. } = self;
        let adjoint = Adjoint::new(network.layout, quantized.effective(), &network.reset_mode, ResetGradient::Detached);
        gradient.clear();
        adjoint.backward(trace, &self.score_gradient, scratch, gradient);
        let n_ticks = self.n_ticks_run.max(1) as f32;
        let of_neurons = self.spike_counts.iter().map(|&count| count as f32 / n_ticks);
        adam.center(self.channel_rates.iter().copied().chain(of_neurons));
        adam.step(network, gradient, learning_rate)
    }
}
