//! Where cells are worked off: the recording's windows, and what is done with them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use recording::{Dataset, Recording, Sample, Split, WindowOptions};
use spec::digest::ScoresDigest;
use train::Topology;
use train::baseline::{Lda, PoissonNaiveBayes, counts, recurrent};
use train::data::{TrainingSample, neuron_noise, spike_probability, with_input_noise};
use train::fit::{FitOptions, fit_observed};
use train::network::{AreaSpan, Network, Pruning, QuantizedNetwork};
use train::pass::{Observer, class_of};

use crate::analysis::SpikeTrains;
use crate::analysis::tuning::{TuningOptions, UnitTuning, tune};
use crate::cell::{Cell, Condition, Matching, Method, Noise, NoisePlace, Observation};
use crate::energy::Counted;
use crate::error::StudyError;
use crate::image::ImageFit;
use crate::neurobench;
use crate::outcome::{Measured, Noisy, Outcome, Tuning, Window};
use crate::plan::Extent;
use crate::similarity::{self, Similarity};
use crate::windows::{Windows, angles_of};

/// Runs windows on the core in simulation and reads its counters: the trained network, and the windows' ticks.
pub type Measure<'a> = dyn Fn(&Network, &[&[Vec<u16>]]) -> Result<Option<Measured>, String> + Sync + 'a;

/// Windows that the core counts in simulation.
const MEASURED_WINDOWS: usize = 8;

/// Windows, about, on which the time of an epoch is taken.
const TIMED_WINDOWS: usize = 128;

/// Shares of the epochs after which tuning is looked at.
const OBSERVED_SHARES: [f64; 8] = [0.0, 0.03, 0.08, 0.15, 0.3, 0.5, 0.75, 1.0];

/// The recording's windows, and what is done with them.
pub struct Laboratory<'a> {
    datasets: BTreeMap<u32, Windows>,
    angles_rad: Vec<f64>,
    extent: &'a Extent,
    measure: &'a Measure<'a>,
    interrupted: &'a AtomicBool,
    /// What a kind of cell takes, seconds.
    costs: Mutex<Vec<(CostKind, f64)>>,
}

/// What decides what a cell costs: method, length of a tick, folds.
type CostKind = (Method, u32, usize);

/// Decides a window, given the ticks of its channels and the neurons that noise makes spike in each tick.
type Decide<'a> = dyn FnMut(&[Vec<u16>], &[Vec<u16>]) -> usize + 'a;

impl<'a> Laboratory<'a> {
    /// Cuts a recording for every length of a tick.
    ///
    /// # Errors
    /// Windows that cannot be cut, topologies that cannot be read.
    pub fn new(
        recording: &Recording,
        windows: &WindowOptions,
        angles_rad: Option<Vec<f64>>,
        extent: &'a Extent,
        measure: &'a Measure<'a>,
        interrupted: &'a AtomicBool,
    ) -> Result<Self, StudyError> {
        let mut datasets = BTreeMap::new();
        for &tick_ms in &extent.ticks_ms {
            datasets.insert(tick_ms, Windows::cut(recording, &WindowOptions { tick_ms, ..windows.clone() })?);
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = extent.topologies.iter().find(|topology| !names.insert(topology.name.as_str())) {
            let cause = format!("two topologies are called `{}`; give each file a `name` of its own", twice.name);
            return Err(StudyError::Option(cause));
        }
        if names.is_empty() {
            return Err(StudyError::Option("there is no topology; name one".to_owned()));
        }
        let n_classes = datasets.values().next().map_or(0, |windows| windows.dataset.classes.len());
        let angles_rad = angles_of(angles_rad, n_classes)?;
        Ok(Self { datasets, angles_rad, extent, measure, interrupted, costs: Mutex::default() })
    }

    /// The windows that decisions are made on, of ticks of that length.
    #[must_use]
    pub fn dataset(&self, tick_ms: u32) -> &Dataset {
        &self.datasets[&tick_ms].dataset
    }

    /// Angle of each class, radians.
    #[must_use]
    pub fn angles_rad(&self) -> &[f64] {
        &self.angles_rad
    }

    fn topology(&self, name: &str) -> Result<&'a Topology, StudyError> {
        let found = self.extent.topologies.iter().find(|topology| topology.name == name);
        found.ok_or_else(|| StudyError::Option(format!("there is no topology {name}; give its file")))
    }

    /// The first topology's network before training.
    ///
    /// # Errors
    /// Sizes that no network can have.
    pub fn first_network(&self) -> Result<Network, StudyError> {
        self.network(&self.extent.topologies[0].name, self.extent.ticks_ms[0], 1)
    }

    fn network(&self, topology: &str, tick_ms: u32, seed: u64) -> Result<Network, StudyError> {
        let dataset = self.dataset(tick_ms);
        let (n_channels, n_classes) = (dataset.n_channels, dataset.classes.len());
        Network::new(self.topology(topology)?, n_channels, n_classes, f64::from(tick_ms), WEIGHT_BITS, seed)
            .map_err(|cause| StudyError::Train { what: topology.to_owned(), cause })
    }

    /// How long a cell will take on one core, seconds, once for all cells that differ in nothing that costs: its decoder is
    /// trained for two epochs on some of the windows, of which the second tells what an epoch takes, and tested on all.
    ///
    /// # Errors
    /// A decoder that cannot be trained.
    pub fn seconds(&self, cell: &Cell) -> Result<f64, StudyError> {
        let kind = (cell.method.clone(), cell.tick_ms, cell.folds);
        let mut known = self.costs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, seconds)) = known.iter().find(|(of, _)| *of == kind) {
            return Ok(*seconds);
        }
        let windows = &self.datasets[&cell.tick_ms];
        let split = Split::k_fold(&windows.dataset, cell.folds, cell.seed)?;
        let plain = Cell { condition: Condition::Plain, ..cell.clone() };
        let mut bench = Bench::new(self, &plain, windows, &split);
        let (epochs, n_train) = (bench.options.epochs as f64, bench.train.len() as f64);
        if !matches!(cell.method, Method::Lda | Method::NaiveBayes) {
            bench.options.epochs = 2;
            bench.keep_of_each_class(TIMED_WINDOWS.div_ceil(windows.dataset.classes.len().max(1)));
        }
        let started = Instant::now();
        bench.work()?;
        let all = started.elapsed().as_secs_f64();
        let Timings { epoch_ends, looks } = &*bench.timings.borrow();
        let seconds = if let [first, second] = epoch_ends[..] {
            let looking: f64 = looks.iter().map(Duration::as_secs_f64).sum();
            let a_look = looking / looks.len().max(1) as f64;
            let timed_epoch = second.duration_since(first).as_secs_f64() - a_look;
            let an_epoch = timed_epoch * n_train / bench.train.len() as f64;
            let rest = (all - 2.0 * timed_epoch - looking).max(0.0);
            an_epoch * epochs + a_look * OBSERVED_SHARES.len() as f64 + rest
        } else {
            all
        };
        known.push((kind, seconds));
        Ok(seconds)
    }

    /// Works off a cell.
    ///
    /// # Errors
    /// A fold that cannot be trained, or an interruption.
    pub fn work(&self, cell: &Cell) -> Result<Outcome, StudyError> {
        let windows = &self.datasets[&cell.tick_ms];
        let split = Split::k_fold(&windows.dataset, cell.folds, cell.seed)?;
        Bench::new(self, cell, windows, &split).work()
    }
}

/// Bits of a weight in every study.
pub const WEIGHT_BITS: u32 = 8;

/// Decides by the part of the window that has elapsed and the counts in it.
type Predictor = Box<dyn Fn(f64, &[f64]) -> usize>;

/// A cell with its sides.
struct Bench<'a> {
    laboratory: &'a Laboratory<'a>,
    cell: &'a Cell,
    windows: &'a Windows,
    train: Vec<TrainingSample<'a>>,
    test: Vec<&'a Sample>,
    test_trials: &'a [usize],
    options: FitOptions,
    /// Seed of everything random of this fold.
    seed: u64,
    timings: RefCell<Timings>,
}

/// What a training took.
#[derive(Default)]
struct Timings {
    /// When each epoch ended, what was looked at after it included.
    epoch_ends: Vec<Instant>,
    /// How long each look at tuning took.
    looks: Vec<Duration>,
}

impl<'a> Bench<'a> {
    fn new(laboratory: &'a Laboratory<'a>, cell: &'a Cell, windows: &'a Windows, split: &'a Split) -> Self {
        let dataset = &windows.dataset;
        let seed = cell.seed ^ (cell.fold as u64) << 48;
        let of = |index: usize| {
            let sample = &dataset.samples[index];
            TrainingSample { ticks: &sample.ticks, class: sample.class }
        };
        let mut train: Vec<_> = split.train_samples(cell.fold, dataset).into_iter().map(of).collect();
        if cell.condition == Condition::ShuffledLabels {
            let mut classes: Vec<usize> = train.iter().map(|sample| sample.class).collect();
            classes.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            train.iter_mut().zip(classes).for_each(|(sample, class)| sample.class = class);
        }
        let test = split.test_samples(cell.fold, dataset).into_iter().map(|index| &dataset.samples[index]).collect();
        let standard = FitOptions::for_windows(dataset.samples.len(), dataset.n_ticks, dataset.tick_ms);
        let epochs = (standard.epochs as f64 * laboratory.extent.epoch_share).ceil() as usize;
        let mut options = FitOptions { epochs, n_threads: 1, ..standard };
        if let Condition::TrainedInNoise(noise) = cell.condition {
            let probability = spike_probability(noise.rate_hz, f64::from(cell.tick_ms));
            match noise.place {
                NoisePlace::Input => options.augmentation.noise_rate = probability,
                NoisePlace::Hidden => options.augmentation.neuron_noise_rate = probability,
            }
        }
        if let Condition::Pruned { n_synapses } = cell.condition {
            options.pruning = Some(Pruning::to(n_synapses));
        }
        let test_trials = &split.folds[cell.fold].test_trials;
        let timings = RefCell::default();
        Self { laboratory, cell, windows, train, test, test_trials, options, seed, timings }
    }

    /// Trains on the first so many windows of each class only.
    fn keep_of_each_class(&mut self, n_windows: usize) {
        let mut n_kept = vec![0; self.windows.dataset.classes.len()];
        self.train.retain(|sample| {
            n_kept[sample.class] += 1;
            n_kept[sample.class] <= n_windows
        });
    }

    fn work(&self) -> Result<Outcome, StudyError> {
        match &self.cell.method {
            Method::Network(topology) => self.network(topology),
            Method::Gru(matching) => self.recurrent(recurrent::Cell::Gru, *matching),
            Method::Lstm(matching) => self.recurrent(recurrent::Cell::Lstm, *matching),
            Method::Lda => self.classical(|counts, classes, n_classes| {
                Lda::fit(counts, classes, n_classes)
                    .map(|lda| Box::new(move |elapsed, counts: &[f64]| lda.predict_after(elapsed, counts)) as _)
            }),
            Method::NaiveBayes => self.classical(|counts, classes, n_classes| {
                PoissonNaiveBayes::fit(counts, classes, n_classes)
                    .map(|bayes| Box::new(move |elapsed, counts: &[f64]| bayes.predict_after(elapsed, counts)) as _)
            }),
        }
    }

    fn what(&self) -> String {
        let Cell { method, condition, fold, seed, .. } = self.cell;
        format!("{method}, {condition}, fold {fold}, seed {seed}")
    }

    fn failed(&self, cause: train::TrainError) -> StudyError {
        StudyError::Train { what: self.what(), cause }
    }

    /// To be called after each epoch.
    fn go_on(&self) -> ControlFlow<()> {
        self.timings.borrow_mut().epoch_ends.push(Instant::now());
        if self.laboratory.interrupted.load(Ordering::SeqCst) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn network(&self, topology: &str) -> Result<Outcome, StudyError> {
        let mut network = self.laboratory.network(topology, self.cell.tick_ms, self.seed)?;
        if let Condition::Ablated(ablation) = self.cell.condition {
            network = ablation.apply(network, self.seed).map_err(|cause| self.failed(cause))?;
        }
        let mut tuning = self.new_tuning(&network)?;
        let areas = network.areas.clone();
        let observed: Vec<usize> =
            OBSERVED_SHARES.iter().map(|share| (share * self.options.epochs as f64).round() as usize).collect();
        let mut failure = None;
        let mut observe = |network: &QuantizedNetwork, epoch: usize| {
            if let Some(tuning) = tuning.as_mut().filter(|_| observed.contains(&epoch) && failure.is_none()) {
                let started = Instant::now();
                let units = self.tuning_of(network, &areas);
                self.timings.borrow_mut().looks.push(started.elapsed());
                match units {
                    Ok(units) => {
                        tuning.epochs.push(epoch);
                        tuning.units.push(units);
                    }
                    Err(error) => failure = Some(error),
                }
            }
        };
        let trained = fit_observed(network, &self.train, &self.options, self.seed, &mut |_| self.go_on(), &mut observe)
            .map_err(|cause| self.failed(cause))?;
        if let Some(error) = failure {
            return Err(error);
        }
        if trained.stopped_early {
            return Err(StudyError::Interrupted);
        }
        let quantized = &trained.quantized;
        let mut observer = Observer::new(quantized);
        let n_ticks = self.windows.dataset.n_ticks;
        let (mut windows, mut events) = (Vec::new(), Vec::new());
        let mut digest = ScoresDigest::default();
        for sample in &self.test {
            let activity = observer.run(&sample.ticks);
            windows.push(window(sample, activity.scores.iter().map(|scores| class_of(scores))));
            events.push(activity.events_until(n_ticks) as f64);
            if events.len() <= MEASURED_WINDOWS {
                activity.scores.iter().for_each(|scores| digest.add_tick(scores));
            }
        }
        let measured = if self.cell.observation == Observation::Noise && self.cell.condition == Condition::Plain {
            let ticks: Vec<&[Vec<u16>]> =
                self.test.iter().take(MEASURED_WINDOWS).map(|sample| sample.ticks.as_slice()).collect();
            (self.laboratory.measure)(&trained.network, &ticks).map_err(StudyError::Measurement)?
        } else {
            None
        };
        if let Some(measured) = &measured
            && measured.scores_hash != digest.hex()
        {
            let cause = format!("the core {} does not give the scores of the network; report it", measured.core);
            return Err(StudyError::Measurement(format!("{}: {cause}", self.what())));
        }
        Ok(Outcome {
            windows,
            n_neurons: quantized.layout.n_neurons,
            n_parameters: quantized.weights.iter().filter(|weight| **weight != 0).count(),
            operations: vec![Counted::spiking(mean(&events), quantized.layout.n_post(), n_ticks)],
            metrics: Some(neurobench::of_network(&trained.network, quantized, self.test_ticks())),
            image: Some(ImageFit::of(&quantized.lower())),
            measured,
            noisy: self.noisy(Some(quantized.layout.n_neurons), &mut |ticks, forced| {
                let activity = observer.run_forced(ticks, forced);
                activity.scores.last().map_or(0, |scores| class_of(scores))
            })?,
            history: trained.history.iter().map(|epoch| (epoch.loss, epoch.accuracy)).collect(),
            tuning,
            similarity: self.similarity(&trained.network, quantized)?,
        })
    }

    /// Spikes of a held-out window, mean.
    fn input_spikes(&self) -> f64 {
        let of = |sample: &&Sample| sample.ticks.iter().map(Vec::len).sum::<usize>() as f64;
        mean(&self.test.iter().map(of).collect::<Vec<f64>>())
    }

    fn test_ticks(&self) -> Vec<&'a [Vec<u16>]> {
        self.test.iter().map(|sample| sample.ticks.as_slice()).collect()
    }

    fn recurrent(&self, kind: recurrent::Cell, matching: Matching) -> Result<Outcome, StudyError> {
        let dataset = &self.windows.dataset;
        let (n_channels, n_classes) = (dataset.n_channels, dataset.classes.len());
        let first =
            self.laboratory.network(&self.laboratory.extent.topologies[0].name, self.cell.tick_ms, self.seed)?;
        let n_hidden = match matching {
            Matching::Parameters => kind.hidden_size_for_parameters(first.n_synapses(), n_channels, n_classes),
            Matching::HiddenSize => first.layout.n_neurons,
        };
        let sizes = recurrent::RecurrentSizes { n_channels, n_hidden, n_classes };
        let network = recurrent::RecurrentNetwork::new(kind, sizes, self.seed).map_err(|cause| self.failed(cause))?;
        let trained = recurrent::fit(network, &self.train, &self.options, self.seed, &mut |_| self.go_on())
            .map_err(|cause| self.failed(cause))?;
        if trained.stopped_early {
            return Err(StudyError::Interrupted);
        }
        let network = &trained.network;
        let of = |sample: &&Sample| window(sample, network.scores(&sample.ticks).iter().map(|scores| class_of(scores)));
        Ok(Outcome {
            windows: self.test.iter().map(of).collect(),
            n_neurons: n_hidden,
            n_parameters: kind.n_parameters(sizes),
            operations: vec![
                Counted::recurrent(kind, sizes, dataset.n_ticks),
                Counted::recurrent_on_spikes(kind, sizes, dataset.n_ticks, self.input_spikes()),
            ],
            metrics: None,
            image: None,
            measured: None,
            noisy: self
                .noisy(None, &mut |ticks, _| network.scores(ticks).last().map_or(0, |scores| class_of(scores)))?,
            history: trained.history.iter().map(|epoch| (epoch.loss, epoch.accuracy)).collect(),
            tuning: None,
            similarity: None,
        })
    }

    /// A decoder of the counts of whole windows, which decides by the counts so far.
    fn classical(
        &self,
        fit: impl Fn(&[Vec<f64>], &[usize], usize) -> Result<Predictor, train::baseline::BaselineError>,
    ) -> Result<Outcome, StudyError> {
        let dataset = &self.windows.dataset;
        let (n_channels, n_classes) = (dataset.n_channels, dataset.classes.len());
        let classes: Vec<usize> = self.train.iter().map(|sample| sample.class).collect();
        let noise = match self.cell.condition {
            Condition::TrainedInNoise(noise) => Some(noise),
            _ => None,
        };
        let mut train_counts = Vec::with_capacity(self.train.len());
        for (index, sample) in self.train.iter().enumerate() {
            train_counts.push(counts(&self.with_noise(sample.ticks, noise, index as u64)?, n_channels));
        }
        let predict = fit(&train_counts, &classes, n_classes)
            .map_err(|cause| StudyError::Baseline { what: self.what(), cause })?;
        let decisions = |sample: &&Sample| {
            let until = |tick: usize| {
                let elapsed = (tick + 1) as f64 / dataset.n_ticks as f64;
                predict(elapsed, &counts(&sample.ticks[..=tick], n_channels))
            };
            window(sample, (0..dataset.n_ticks).map(until))
        };
        let windows = self.test.iter().map(decisions).collect();
        Ok(Outcome {
            windows,
            n_neurons: 0,
            n_parameters: n_classes * (n_channels + 1),
            operations: vec![Counted::linear_on_counts(n_classes, dataset.n_ticks, self.input_spikes())],
            metrics: None,
            image: None,
            measured: None,
            noisy: self.noisy(None, &mut |ticks, _| predict(1.0, &counts(ticks, n_channels)))?,
            history: Vec::new(),
            tuning: None,
            similarity: None,
        })
    }

    /// A window with noise on its channels; as it is without.
    fn with_noise(&self, ticks: &[Vec<u16>], noise: Option<Noise>, index: u64) -> Result<Vec<Vec<u16>>, StudyError> {
        let Some(noise) = noise.filter(|noise| noise.place == NoisePlace::Input) else { return Ok(ticks.to_vec()) };
        let probability = spike_probability(noise.rate_hz, f64::from(self.cell.tick_ms));
        let n_channels = self.windows.dataset.n_channels;
        with_input_noise(ticks, n_channels, probability, self.noise_seed(index)).map_err(|cause| self.failed(cause))
    }

    fn noise_seed(&self, index: u64) -> u64 {
        self.seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// Accuracy at every rate; hidden neurons are those of a spiking network.
    fn noisy(&self, n_hidden: Option<usize>, decide: &mut Decide<'_>) -> Result<Vec<Noisy>, StudyError> {
        let mut results = Vec::new();
        if self.cell.observation != Observation::Noise {
            return Ok(results);
        }
        let places = [Some(NoisePlace::Input), n_hidden.map(|_| NoisePlace::Hidden)];
        for place in places.into_iter().flatten() {
            for &rate_hz in &self.laboratory.extent.noise_rates_hz {
                let noise = Noise { place, rate_hz };
                let probability = spike_probability(rate_hz, f64::from(self.cell.tick_ms));
                let mut n_right = 0;
                for (index, sample) in self.test.iter().enumerate() {
                    let ticks = self.with_noise(&sample.ticks, Some(noise), index as u64 + 1)?;
                    let forced = match (place, n_hidden) {
                        (NoisePlace::Hidden, Some(n)) => {
                            neuron_noise(ticks.len(), n, probability, self.noise_seed(index as u64 + 1))
                                .map_err(|cause| self.failed(cause))?
                        }
                        _ => Vec::new(),
                    };
                    n_right += usize::from(decide(&ticks, &forced) == sample.class);
                }
                results.push(Noisy { noise, accuracy: n_right as f64 / self.test.len().max(1) as f64 });
            }
        }
        Ok(results)
    }

    fn new_tuning(&self, network: &Network) -> Result<Option<Tuning>, StudyError> {
        if self.cell.observation != Observation::Tuning {
            return Ok(None);
        }
        Ok(Some(Tuning {
            areas: network.areas.iter().map(|area| area.name.clone()).collect(),
            inputs: self.tuned(&self.input_trains()?)?,
            epochs: Vec::new(),
            units: Vec::new(),
        }))
    }

    fn tuned(&self, trains: &SpikeTrains) -> Result<Vec<UnitTuning>, StudyError> {
        let options = TuningOptions { seed: self.seed, n_permutations: 1999, ..TuningOptions::default() };
        Ok(tune(&trains.responses(), &options)?)
    }

    /// Held-out trials: the windows of each behind one another.
    fn input_trains(&self) -> Result<SpikeTrains, StudyError> {
        self.windows.input_trains(self.test_trials, &self.laboratory.angles_rad)
    }

    fn neuron_trains(&self, network: &QuantizedNetwork) -> Result<SpikeTrains, StudyError> {
        let mut observer = Observer::new(network);
        let spikes =
            |samples: &Vec<&Sample>| samples.iter().flat_map(|sample| observer.run(&sample.ticks).spikes).collect();
        self.windows.trains(self.test_trials, &self.laboratory.angles_rad, network.layout.n_neurons, spikes)
    }

    fn tuning_of(&self, network: &QuantizedNetwork, areas: &[AreaSpan]) -> Result<Vec<Vec<UnitTuning>>, StudyError> {
        let units = self.tuned(&self.neuron_trains(network)?)?;
        Ok(areas.iter().map(|area| units[area.neurons.clone()].to_vec()).collect())
    }

    fn similarity(&self, network: &Network, quantized: &QuantizedNetwork) -> Result<Option<Similarity>, StudyError> {
        let Cell { observation, condition, .. } = self.cell;
        if (*observation, *condition) != (Observation::Tuning, Condition::Plain) {
            return Ok(None);
        }
        similarity::compare(network, &self.input_trains()?, &self.neuron_trains(quantized)?, self.seed)
            .map(Some)
            .map_err(StudyError::Analysis)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn window(sample: &Sample, decisions: impl Iterator<Item = usize>) -> Window {
    Window { trial: sample.trial, class: sample.class, decisions: decisions.map(|class| class as u16).collect() }
}
