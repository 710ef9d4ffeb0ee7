//! GRU and LSTM over streams: the same training ticks, windows, loss and optimizer as the spiking network, nothing quantized.

use std::ops::{ControlFlow, Range};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use recording::{Stream, StreamFold};

use super::lanes::{Window, lanes};
use super::lesson::{self, MeanError, Targets};
use super::{Filter, MovementEpoch, MovementFitOptions, Run, runs};
use crate::TrainError;
use crate::baseline::recurrent::{Adam, Cell, Pass, RecurrentNetwork, RecurrentParameters, RecurrentSizes, State};
use crate::pass::squared_error;

/// A recurrent float network with a score for each axis.
#[derive(Clone, Debug)]
pub struct Recurrent {
    network: RecurrentNetwork,
    targets: Targets,
}

impl Recurrent {
    /// Trains on the training ticks of `fold`, and keeps the epoch with the least error on its validation ticks. The same arguments
    /// give the same bits. Of the options, those that only spiking neurons have do nothing.
    ///
    /// # Errors
    /// Sizes or options out of their ranges, a gradient that is not finite, or [`TrainError::Stopped`] when `progress` breaks.
    pub fn fit(
        (cell, n_hidden): (Cell, usize),
        stream: &Stream,
        fold: &StreamFold,
        options: &MovementFitOptions,
        seed: u64,
        progress: &mut dyn FnMut(&MovementEpoch) -> ControlFlow<()>,
    ) -> Result<Self, TrainError> {
        options.check()?;
        let sizes = RecurrentSizes { n_channels: stream.n_channels, n_hidden, n_classes: stream.axes.len() };
        let network = RecurrentNetwork::with_readouts(cell, sizes, seed)?;
        let validation = runs(stream, &fold.validation);
        let mut learner = Learner::new(Self { network, targets: Targets::new(stream, &fold.train) }, options);
        let mut best: Option<(f64, Self)> = None;
        for epoch in 0..options.epochs {
            let loss = learner.epoch(stream, &fold.train, options, epoch, seed ^ (epoch as u64) << 32)?;
            let validation_loss = learner.filter.error(stream, &validation);
            let is_best = best.as_ref().is_none_or(|(least, _)| validation_loss < *least);
            if is_best || !validation_loss.is_finite() {
                best = Some((validation_loss, learner.filter.clone()));
            }
            if progress(&MovementEpoch { epoch, loss, validation_loss }).is_break() {
                return Err(TrainError::Stopped);
            }
        }
        Ok(best.map_or(learner.filter, |(_, filter)| filter))
    }

    /// Number of trained parameters.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        self.network.cell.n_parameters(self.network.sizes)
    }

    /// Its kind of units, and their number.
    #[must_use]
    pub fn units(&self) -> (Cell, usize) {
        (self.network.cell, self.network.sizes.n_hidden)
    }

    /// Mean squared error of the scores over the scored ticks of runs.
    fn error(&self, stream: &Stream, runs: &[Run]) -> f64 {
        let mut error = MeanError::default();
        for run in runs {
            self.scores(stream, run.ticks.clone(), &mut |tick, scores| {
                if tick >= run.first_scored && stream.is_scored(tick) {
                    error.add(scores.iter().copied(), self.targets.of(stream.label(tick)));
                }
            });
        }
        error.mean()
    }

    /// The scores of every tick, from a restart.
    fn scores(&self, stream: &Stream, ticks: Range<usize>, each: &mut dyn FnMut(usize, &[f32])) {
        /// Ticks that are run at once.
        const CHUNK: usize = 256;
        let RecurrentNetwork { cell, sizes, ref parameters } = self.network;
        let (mut pass, mut state) = (Pass::new(cell, sizes), [State::new(cell, sizes)]);
        for start in ticks.clone().step_by(CHUNK) {
            let chunk = start..(start + CHUNK).min(ticks.end);
            let input: Vec<Vec<u16>> = chunk.clone().map(|tick| stream.tick(tick).to_vec()).collect();
            pass.forward_on(parameters, &[&input], &mut state);
            chunk.for_each(|tick| each(tick, pass.scores(tick - start, 0)));
        }
    }
}

impl Filter for Recurrent {
    fn values(&self, stream: &Stream, ticks: Range<usize>, each: &mut dyn FnMut(usize, &[f64])) {
        let mut values = vec![0.0; stream.axes.len()];
        self.scores(stream, ticks, &mut |tick, scores| {
            for (axis, (value, &score)) in values.iter_mut().zip(scores).enumerate() {
                *value = self.targets.value(axis, score);
            }
            each(tick, &values);
        });
    }
}

/// A network in training on a stream.
struct Learner {
    filter: Recurrent,
    adam: Adam,
    pass: Pass<f32>,
    gradient: RecurrentParameters<f32>,
    score_gradient: Vec<f32>,
}

impl Learner {
    fn new(filter: Recurrent, options: &MovementFitOptions) -> Self {
        let RecurrentNetwork { cell, sizes, .. } = filter.network;
        Self {
            adam: Adam::new(&filter.network, options.weight_decay, options.largest_gradient_norm),
            pass: Pass::new(cell, sizes),
            gradient: RecurrentParameters::zeros(cell, sizes),
            score_gradient: Vec::new(),
            filter,
        }
    }

    /// One pass over the training ticks; returns the mean error.
    fn epoch(
        &mut self,
        stream: &Stream,
        train: &[Range<usize>],
        options: &MovementFitOptions,
        epoch: usize,
        seed: u64,
    ) -> Result<f64, TrainError> {
        let Self { filter: Recurrent { network, targets }, adam, pass, gradient, score_gradient } = self;
        let layout = options.lanes(stream.tick_ms);
        let window_ticks = layout.window_ticks;
        let lanes = lanes(train, layout, seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut states = vec![State::new(network.cell, network.sizes); lanes.len()];
        let mut inputs: Vec<Vec<Vec<u16>>> = vec![vec![Vec::new(); window_ticks]; lanes.len()];
        let n_steps = lanes.first().map_or(0, Vec::len);
        let (mut sum, mut n_counted) = (0.0, 0);
        for step in 0..n_steps {
            let windows: Vec<&Window> = lanes.iter().map_while(|lane| lane.get(step)).collect();
            for ((window, state), input) in windows.iter().zip(&mut states).zip(&mut inputs) {
                if window.restarts {
                    state.restart();
                }
                lesson::spikes(stream, window, options.drop_rate, &mut rng, input);
            }
            let inputs: Vec<&[Vec<u16>]> = inputs[..windows.len()].iter().map(Vec::as_slice).collect();
            pass.forward_on(&network.parameters, &inputs, &mut states[..windows.len()]);
            let wanted = targets.wanted(stream, &windows, window_ticks);
            let scores = |row: usize| pass.scores(row / windows.len(), row % windows.len());
            let (error, n) = squared_error(scores, stream.axes.len(), &wanted, score_gradient);
            if n == 0 {
                continue;
            }
            (sum, n_counted) = (sum + error, n_counted + n);
            gradient.clear();
            pass.backward(&network.parameters, &inputs, score_gradient, gradient);
            let elapsed = epoch as f64 + step as f64 / n_steps as f64;
            let rate = options.learning_rate * options.schedule.factor(elapsed, options.epochs);
            if !adam.step(network, gradient, rate).is_finite() {
                return Err(TrainError::NotFinite { epoch });
            }
        }
        Ok(sum / n_counted.max(1) as f64)
    }
}
