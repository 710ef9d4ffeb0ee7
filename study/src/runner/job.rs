//! A run with its training and its held-out windows.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use recording::{Sample, Split};
use train::TrainError;
use train::baseline::{BaselineMethod, recurrent};
use train::data::{TrainingSample, spike_probability};
use train::fit::{FitOptions, fold_seed};
use train::network::Pruning;

use super::Runner;
use crate::error::StudyError;
use crate::outcome::{DecidedWindow, Outcome};
use crate::run::{Condition, Method, NoisePlace, Run};
use crate::windows::Windows;

/// A run with its training and its held-out windows.
pub(super) struct Job<'a> {
    pub(super) runner: &'a Runner<'a>,
    pub(super) run: &'a Run,
    pub(super) windows: &'a Windows,
    pub(super) train: Vec<TrainingSample<'a>>,
    pub(super) test: Vec<&'a Sample>,
    pub(super) test_trials: &'a [usize],
    pub(super) options: FitOptions,
    /// Seed of everything random in this fold.
    pub(super) seed: u64,
}

impl<'a> Job<'a> {
    pub(super) fn new(runner: &'a Runner<'a>, run: &'a Run, windows: &'a Windows, split: &'a Split) -> Self {
        let dataset = &windows.dataset;
        let seed = fold_seed(run.seed, run.fold);
        let sample = |index: usize| {
            let sample = &dataset.samples[index];
            TrainingSample { ticks: &sample.ticks, class: sample.class }
        };
        let mut train: Vec<_> = split.train_samples(run.fold, dataset).into_iter().map(sample).collect();
        if run.condition == Condition::ShuffledLabels {
            let mut classes: Vec<usize> = train.iter().map(|sample| sample.class).collect();
            classes.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            train.iter_mut().zip(classes).for_each(|(sample, class)| sample.class = class);
        }
        let test = split.test_samples(run.fold, dataset).into_iter().map(|index| &dataset.samples[index]).collect();
        let mut options = runner.fit_options(dataset, split);
        match run.condition {
            Condition::TrainedInNoise(noise) => {
                let probability = spike_probability(noise.rate_hz, f64::from(run.tick_ms));
                match noise.place {
                    NoisePlace::Input => options.augmentation.noise_rate = probability,
                    NoisePlace::Hidden => options.augmentation.neuron_noise_rate = probability,
                }
            }
            Condition::Pruned { n_synapses } => options.pruning = Some(Pruning::to(n_synapses)),
            Condition::Plain
            | Condition::Ablated(_)
            | Condition::ShuffledLabels
            | Condition::Divided { .. }
            | Condition::WeightBits { .. } => {}
        }
        let test_trials = &split.folds[run.fold].test_trials;
        Self { runner, run, windows, train, test, test_trials, options, seed }
    }

    /// Trains and tests the decoder.
    pub(super) fn carry_out(&self) -> Result<Outcome, StudyError> {
        match &self.run.method {
            Method::Network(topology) => self.network(topology),
            Method::Gru(matching) => self.recurrent(recurrent::Cell::Gru, *matching),
            Method::Lstm(matching) => self.recurrent(recurrent::Cell::Lstm, *matching),
            Method::Lda => self.classical(BaselineMethod::Lda),
            Method::NaiveBayes => self.classical(BaselineMethod::PoissonNaiveBayes),
        }
    }

    /// Called after each epoch; breaks off where the study is interrupted.
    pub(super) fn after_epoch(&self) -> ControlFlow<()> {
        if self.runner.interrupted.load(Ordering::SeqCst) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// The run, for messages.
    pub(super) fn name(&self) -> String {
        self.run.to_string()
    }

    pub(super) fn failed(&self, cause: TrainError) -> StudyError {
        StudyError::Train { run: self.name(), cause }
    }

    /// Ticks of each held-out window.
    pub(super) fn test_ticks(&self) -> Vec<&'a [Vec<u16>]> {
        self.test.iter().map(|sample| sample.ticks.as_slice()).collect()
    }

    /// Mean number of input spikes in a held-out window.
    pub(super) fn input_spikes(&self) -> f64 {
        let spikes = |sample: &&Sample| sample.ticks.iter().map(Vec::len).sum::<usize>() as f64;
        mean(&self.test.iter().map(spikes).collect::<Vec<f64>>())
    }
}

/// The mean; 0 of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// A held-out window with the decision of each tick.
pub(super) fn window(sample: &Sample, decisions: impl Iterator<Item = usize>) -> DecidedWindow {
    DecidedWindow { trial: sample.trial, class: sample.class, decisions: decisions.map(|class| class as u16).collect() }
}
