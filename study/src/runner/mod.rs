//! Carries out the runs of a study on the windows of a recording.

mod baselines;
mod job;
mod network;
mod noise;
mod pool;
mod tuning;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use recording::{Dataset, IgnoredTrials, Recording, Split, WindowOptions};
use serde::Serialize;
use train::Topology;
use train::baseline::recurrent::{Cell, RecurrentSizes};
use train::fit::FitOptions;
use train::network::Network;

pub use pool::Progress;
pub(crate) use pool::run_all;

use crate::angles::{Angles, GivenAngles};
use crate::cost::{self, Extent};
use crate::error::StudyError;
use crate::outcome::{Measurement, Outcome};
use crate::plan::Plan;
use crate::run::{Condition, Matching, Method, Observation, Run};
use crate::training::Training;
use crate::windows::Windows;
use job::Job;
use network::MEASURED_WINDOWS;
use tuning::OBSERVED_SHARES;

/// Bits of a weight, but for the networks on the front that have fewer.
pub const WEIGHT_BITS: u32 = 8;

/// A core in simulation, which counts what a network takes of it. A study runs without one too, and says so in its report.
#[derive(Clone, Copy)]
pub struct Simulator<'a> {
    /// Name of the core.
    pub core: &'a str,
    /// Identifies its hardware: results of another are not used.
    pub hardware: &'a str,
    /// Runs windows on the core and reads its counters.
    pub measure: &'a Measure<'a>,
}

/// Takes a trained network and the ticks of some windows; gives what the core counted, `None` if the network does not fit it.
pub type Measure<'a> = dyn Fn(&Network, &[&[Vec<u16>]]) -> Result<Option<Measurement>, String> + Sync + 'a;

/// Carries out runs on the windows of a recording.
pub struct Runner<'a> {
    /// By tick length, milliseconds.
    windows: BTreeMap<u32, Windows>,
    /// That of the plan's split column.
    by_column: Option<Split>,
    angles: Option<Angles>,
    plan: &'a Plan,
    simulator: Option<Simulator<'a>>,
    interrupted: &'a AtomicBool,
}

impl<'a> Runner<'a> {
    /// Cuts a recording into windows, for every tick length of the plan.
    ///
    /// # Errors
    /// Windows that cannot be cut, no topology, two of one name, angles that are not one per class.
    pub fn new(
        recording: &Recording,
        options: &WindowOptions,
        angles: Option<&GivenAngles>,
        plan: &'a Plan,
        simulator: Option<Simulator<'a>>,
        interrupted: &'a AtomicBool,
    ) -> Result<Self, StudyError> {
        let mut windows = BTreeMap::new();
        for &tick_ms in &plan.ticks_ms {
            windows.insert(tick_ms, Windows::cut(recording, &WindowOptions { tick_ms, ..options.clone() })?);
        }
        let mut by_column = None;
        if let Some(column) = &plan.split_column {
            let split = Split::by_column(&windows[&plan.ticks_ms[0]].dataset, &recording.trials, column)?;
            windows.values_mut().for_each(|windows| windows.leave_out(&split.ignored));
            by_column = Some(split);
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = plan.topologies.iter().find(|topology| !names.insert(topology.name.as_str())) {
            return Err(StudyError::DuplicateTopology(twice.name.clone()));
        }
        if names.is_empty() {
            return Err(StudyError::NoTopology);
        }
        let angles = match windows.values().next() {
            Some(windows) => Angles::of(angles, &windows.dataset)?,
            None => None,
        };
        Ok(Self { windows, by_column, angles, plan, simulator, interrupted })
    }

    /// Carries out a run.
    ///
    /// # Errors
    /// A decoder that cannot be trained, a simulator that fails, an interruption.
    pub fn run(&self, run: &Run) -> Result<Outcome, StudyError> {
        let split = self.split(run.tick_ms, run.folds, run.seed)?;
        Job::new(self, run, &self.windows[&run.tick_ms], &split).carry_out()
    }

    /// What a result depends on besides the run itself and what all runs have in common: each only if this run needs it.
    ///
    /// # Errors
    /// A run of a topology that is not in the plan.
    pub(crate) fn depends_on(&self, run: &Run) -> Result<impl Serialize, StudyError> {
        let topology = match (&run.method, run.method.matching()) {
            (Method::Network(name), _) => Some(self.topology(name)?),
            (_, Some(Matching::Parameters | Matching::HiddenSize)) => Some(&self.plan.topologies[0]),
            (_, Some(Matching::Units(_)) | None) => None,
        };
        let epochs = (!matches!(run.method, Method::Lda | Method::NaiveBayes)).then_some(self.plan.epochs);
        let noise_rates_hz = (run.observation == Observation::Noise).then_some(&self.plan.noise_rates_hz);
        let angles_rad = (run.observation == Observation::Tuning).then(|| self.angles_rad()).transpose()?;
        let simulator = self.simulator_of(run).map(|simulator| (simulator.core, simulator.hardware));
        Ok((topology, epochs, noise_rates_hz, angles_rad, simulator))
    }

    /// About how long a run takes on one core, seconds.
    ///
    /// # Errors
    /// A decoder that cannot be trained.
    pub(crate) fn cost(&self, run: &Run) -> Result<f64, StudyError> {
        let dataset = self.dataset(run.tick_ms);
        let Training { epochs, n_windows, n_steps, .. } = self.training(run.folds)?;
        let extent = Extent { n_ticks: (epochs * n_windows * dataset.n_ticks) as f64, n_steps: n_steps as f64 };
        let n_tested = dataset.n_trials.div_ceil(run.folds.max(2));
        let n_noises = if run.observation == Observation::Noise { 2 * self.plan.noise_rates_hz.len() } else { 0 };
        let tested = |n_neurons| cost::tested(n_neurons, n_tested * dataset.n_ticks * (1 + n_noises));
        let recurrent = |cell: Cell, matching: Matching| -> Result<f64, StudyError> {
            let n_hidden = self.n_hidden(cell, matching, run.tick_ms, 1)?;
            let sizes = RecurrentSizes { n_channels: dataset.n_channels, n_hidden, n_classes: dataset.classes.len() };
            Ok(extent.recurrent(cell, sizes) + tested(n_hidden))
        };
        match &run.method {
            Method::Network(name) => {
                let mut topology = self.topology(name)?.clone();
                if let Condition::Divided { divisor } = run.condition {
                    topology = topology.divided(divisor);
                }
                let network = self.network(&topology, WEIGHT_BITS, run.tick_ms, 1)?;
                let n_neurons = network.layout.n_post();
                let observations = if run.observation == Observation::Tuning { OBSERVED_SHARES.len() } else { 0 };
                let simulated = match self.simulator_of(run) {
                    Some(_) => cost::simulated(&network, MEASURED_WINDOWS * dataset.n_ticks),
                    None => 0.0,
                };
                let tuned = cost::tuned(n_neurons * observations, n_tested);
                Ok(extent.spiking(&network) + tested(n_neurons) + simulated + tuned)
            }
            Method::Gru(matching) => recurrent(Cell::Gru, *matching),
            Method::Lstm(matching) => recurrent(Cell::Lstm, *matching),
            Method::Lda | Method::NaiveBayes => Ok(tested(dataset.n_channels)),
        }
    }

    /// Hidden units of a GRU or LSTM.
    ///
    /// # Errors
    /// Sizes that no network can have.
    fn n_hidden(&self, cell: Cell, matching: Matching, tick_ms: u32, seed: u64) -> Result<usize, StudyError> {
        let topology = &self.plan.topologies[0];
        Ok(match matching {
            Matching::Parameters => {
                let (dataset, network) = (self.dataset(tick_ms), self.network(topology, WEIGHT_BITS, tick_ms, seed)?);
                cell.hidden_size_for_parameters(network.n_synapses(), dataset.n_channels, dataset.classes.len())
            }
            Matching::HiddenSize => topology.n_neurons(),
            Matching::Units(n_units) => n_units,
        })
    }

    /// The simulated core, if the network of this run is measured on it: plain ones of the accuracy experiment are.
    fn simulator_of(&self, run: &Run) -> Option<Simulator<'a>> {
        let is_network = matches!(run.method, Method::Network(_));
        let is_measured = is_network && run.observation == Observation::Noise && run.condition == Condition::Plain;
        self.simulator.filter(|_| is_measured)
    }

    /// A split into so many folds. The single fold is that of the split column.
    fn split(&self, tick_ms: u32, folds: usize, seed: u64) -> Result<Split, StudyError> {
        match &self.by_column {
            Some(split) if folds == 1 => Ok(split.clone()),
            _ => Ok(Split::k_fold(self.dataset(tick_ms), folds, seed)?),
        }
    }

    /// The split column's trials to train with and to test with, and those on neither side.
    #[must_use]
    pub fn sides_of_column(&self) -> Option<(usize, usize, &[IgnoredTrials])> {
        let split = self.by_column.as_ref()?;
        let fold = split.folds.first()?;
        Some((fold.train_trials.len(), fold.test_trials.len(), &split.ignored))
    }

    /// How much is trained in a cross-validation of so many folds, in ticks of the plan's first length.
    ///
    /// # Errors
    /// Folds that the recording has too few trials for.
    pub fn training(&self, folds: usize) -> Result<Training, StudyError> {
        let tick_ms = self.plan.ticks_ms[0];
        let (dataset, split) = (self.dataset(tick_ms), self.split(tick_ms, folds, 1)?);
        let n_windows = (0..split.folds.len()).map(|fold| split.train_samples(fold, dataset).len()).min();
        let standard_epochs = FitOptions::for_split(dataset, &split).epochs;
        Ok(Training::new(&self.fit_options(dataset, &split), n_windows.unwrap_or(0), standard_epochs))
    }

    /// The training of every decoder, on one thread.
    fn fit_options(&self, dataset: &Dataset, split: &Split) -> FitOptions {
        let standard = FitOptions::for_split(dataset, split);
        FitOptions { epochs: self.plan.epochs.unwrap_or(standard.epochs), n_threads: 1, ..standard }
    }

    /// The windows of a tick length that decoders are trained and tested on.
    #[must_use]
    pub fn dataset(&self, tick_ms: u32) -> &Dataset {
        &self.windows[&tick_ms].dataset
    }

    /// The direction of each class; none if it is unknown.
    #[must_use]
    pub fn angles(&self) -> Option<&Angles> {
        self.angles.as_ref()
    }

    /// The angle of each class, radians.
    ///
    /// # Errors
    /// Classes without directions.
    fn angles_rad(&self) -> Result<&[f64], StudyError> {
        let angles = self.angles.as_ref().map(|angles| angles.rad.as_slice());
        angles.ok_or_else(|| StudyError::no_directions(self.dataset(self.plan.ticks_ms[0])))
    }

    /// The network of the first topology, before training.
    ///
    /// # Errors
    /// Sizes that no network can have.
    pub fn first_network(&self) -> Result<Network, StudyError> {
        self.network(&self.plan.topologies[0], WEIGHT_BITS, self.plan.ticks_ms[0], 1)
    }

    fn network(&self, topology: &Topology, bits: u32, tick_ms: u32, seed: u64) -> Result<Network, StudyError> {
        let dataset = self.dataset(tick_ms);
        let (n_channels, n_classes) = (dataset.n_channels, dataset.classes.len());
        Network::new(topology, n_channels, n_classes, f64::from(tick_ms), bits, seed)
            .map_err(|cause| StudyError::Train { run: topology.name.clone(), cause })
    }

    fn topology(&self, name: &str) -> Result<&'a Topology, StudyError> {
        let found = self.plan.topologies.iter().find(|topology| topology.name == name);
        found.ok_or_else(|| StudyError::UnknownTopology(name.to_owned()))
    }
}
