//! Which cells a study needs.

use std::iter;

use serde::{Deserialize, Serialize};
use train::Topology;
use train::network::{Ablation, Network};

use crate::cell::{Cell, Condition, Matching, Method, Noise, NoisePlace, Observation};

/// A part of the study, as `--only` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Experiment {
    /// Accuracy, early decisions and energy, which come of the same decoders.
    Accuracy,
    /// Poisson noise, at test and in training.
    Noise,
    /// Cosine tuning: capture, cultivation, persistency.
    Tuning,
    /// Similarity of the network's activity to that of the recording.
    Similarity,
    /// Feedback and recurrence ablated, then trained.
    Ablation,
    /// Accuracy over synapses.
    Sparsity,
}

/// How much of everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extent {
    /// Experiments to run.
    pub experiments: Vec<Experiment>,
    /// Repetitions, each with a seed of its own from 1 on.
    pub seeds: u64,
    /// Folds of the cross-validation.
    pub folds: usize,
    /// Lengths of a tick to compare, milliseconds; the first is that of every experiment but accuracy.
    pub ticks_ms: Vec<u32>,
    /// The topologies to compare, of names that differ; the first is the one that is studied in full.
    pub topologies: Vec<Topology>,
    /// Rates of noise at test, spikes per second and channel or neuron.
    pub noise_rates_hz: Vec<f64>,
    /// The rate at which networks are also trained.
    pub training_noise_hz: f64,
    /// Sizes that the first topology's network is pruned to.
    pub pruned_sizes: usize,
    /// Part of the standard number of epochs.
    pub epoch_share: f64,
}

/// Folds of the experiments on tuning: half of the trials train, the other half is looked at, since a fifth of them has too
/// few trials of each direction to tell tuning.
pub const TUNING_FOLDS: usize = 2;

/// The most synapses of a small network; a choice, for the papers tell no size.
pub const SMALL_SYNAPSES: usize = 30_000;

impl Experiment {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 6] =
        [Self::Accuracy, Self::Noise, Self::Tuning, Self::Similarity, Self::Ablation, Self::Sparsity];
}

impl Extent {
    /// Everything, with these topologies. A quarter of the standard epochs does: docs/adr/0012-short-ways-to-a-decision.md.
    #[must_use]
    pub fn full(seeds: u64, topologies: Vec<Topology>) -> Self {
        Self {
            experiments: Experiment::ALL.to_vec(),
            seeds,
            folds: 5,
            ticks_ms: vec![1, 2],
            topologies,
            noise_rates_hz: vec![0.0, 5.0, 10.0, 20.0, 40.0, 80.0],
            training_noise_hz: 20.0,
            pruned_sizes: 4,
            epoch_share: 0.25,
        }
    }

    /// A first look: every experiment, on two folds, with a tenth of the standard epochs.
    #[must_use]
    pub fn quick(seeds: u64, topologies: Vec<Topology>) -> Self {
        Self {
            folds: 2,
            ticks_ms: vec![1],
            noise_rates_hz: vec![0.0, 20.0, 80.0],
            pruned_sizes: 2,
            epoch_share: 0.1,
            ..Self::full(seeds, topologies)
        }
    }

    /// The experiments that a recording of so many classes allows: a tuning needs three directions.
    #[must_use]
    pub fn experiments_of(&self, n_classes: usize) -> Vec<Experiment> {
        let needs_directions = |experiment: &Experiment| {
            matches!(experiment, Experiment::Tuning | Experiment::Similarity | Experiment::Ablation)
        };
        self.experiments.iter().copied().filter(|experiment| n_classes > 2 || !needs_directions(experiment)).collect()
    }

    /// Synapses that are left of `n_synapses` in pruned networks, the most first: as many as a small network has, or half where
    /// there are no more, and from there on halves.
    pub fn pruned_synapses(&self, n_synapses: usize) -> impl Iterator<Item = usize> + use<> {
        let most = if n_synapses > SMALL_SYNAPSES { SMALL_SYNAPSES } else { n_synapses / 2 };
        iter::successors(Some(most), |left| Some(left / 2)).take(self.pruned_sizes).filter(|left| *left > 0)
    }

    /// Every cell of these experiments once, those that most depends on first. `network` is the first topology's before
    /// training: what does not apply to it is left out.
    #[must_use]
    pub fn cells(&self, experiments: &[Experiment], network: &Network) -> Vec<Cell> {
        let mut cells = Vec::new();
        for &experiment in experiments {
            for seed in 1..=self.seeds {
                for cell in self.cells_of(experiment, network, seed) {
                    if !cells.contains(&cell) {
                        cells.push(cell);
                    }
                }
            }
        }
        cells
    }

    fn cells_of(&self, experiment: Experiment, network: &Network, seed: u64) -> Vec<Cell> {
        let first = || Method::Network(self.topologies[0].name.clone());
        let networks = || self.topologies.iter().map(|topology| Method::Network(topology.name.clone()));
        let tick_ms = self.ticks_ms[0];
        let decoders: Vec<(Method, Condition, u32, usize, Observation)> = match experiment {
            Experiment::Accuracy => {
                let methods: Vec<Method> = networks().chain(baselines()).collect();
                let on = |tick_ms: u32| {
                    methods.iter().map(move |method| {
                        let observation =
                            if tick_ms == self.ticks_ms[0] { Observation::Noise } else { Observation::Decisions };
                        (method.clone(), Condition::Plain, tick_ms, self.folds, observation)
                    })
                };
                self.ticks_ms.iter().flat_map(|&tick_ms| on(tick_ms)).collect()
            }
            Experiment::Noise => {
                let noise = |place| Noise { place, rate_hz: self.training_noise_hz };
                let methods: Vec<Method> = networks().chain(baselines()).collect();
                let plain = methods.iter().map(|method| (method.clone(), Condition::Plain));
                // As many units as the network has neurons would be most of the study's time for little more.
                let is_matched = |method: &&Method| {
                    !matches!(method, Method::Gru(Matching::HiddenSize) | Method::Lstm(Matching::HiddenSize))
                };
                let at_input = methods
                    .iter()
                    .filter(is_matched)
                    .map(|method| (method.clone(), Condition::TrainedInNoise(noise(NoisePlace::Input))));
                let inside = networks().map(|method| (method, Condition::TrainedInNoise(noise(NoisePlace::Hidden))));
                plain
                    .chain(at_input)
                    .chain(inside)
                    .map(|(method, condition)| (method, condition, tick_ms, self.folds, Observation::Noise))
                    .collect()
            }
            Experiment::Tuning | Experiment::Similarity => networks()
                .map(|method| (method, Condition::Plain))
                .chain([(first(), Condition::ShuffledLabels)])
                .map(|(method, condition)| (method, condition, tick_ms, TUNING_FOLDS, Observation::Tuning))
                .collect(),
            Experiment::Ablation => [(first(), Condition::Plain)]
                .into_iter()
                .chain(
                    // Nothing ablated is the plain training.
                    Ablation::ALL
                        .into_iter()
                        .filter(|&ablation| ablation != Ablation::Intact && ablation.why_not(network).is_none())
                        .map(|ablation| (first(), Condition::Ablated(ablation))),
                )
                .map(|(method, condition)| (method, condition, tick_ms, TUNING_FOLDS, Observation::Tuning))
                .collect(),
            Experiment::Sparsity => [(Condition::Plain, Observation::Noise)]
                .into_iter()
                .chain(
                    self.pruned_synapses(network.n_synapses())
                        .map(|n_synapses| (Condition::Pruned { n_synapses }, Observation::Decisions)),
                )
                .map(|(condition, observation)| (first(), condition, tick_ms, self.folds, observation))
                .collect(),
        };
        decoders
            .into_iter()
            .flat_map(|(method, condition, tick_ms, folds, observation)| {
                (0..folds).map(move |fold| Cell {
                    method: method.clone(),
                    condition,
                    tick_ms,
                    folds,
                    fold,
                    seed,
                    observation,
                })
            })
            .collect()
    }
}

fn baselines() -> [Method; 6] {
    [
        Method::Gru(Matching::Parameters),
        Method::Gru(Matching::HiddenSize),
        Method::Lstm(Matching::Parameters),
        Method::Lstm(Matching::HiddenSize),
        Method::Lda,
        Method::NaiveBayes,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_any_size_is_pruned_to_sizes_below_it_and_to_a_small_one() {
        let pruned = |n_synapses| Vec::from_iter(Extent::full(1, Vec::new()).pruned_synapses(n_synapses));
        assert_eq!(pruned(50_000), [30_000, 15_000, 7_500, 3_750]);
        assert_eq!(pruned(30_001)[0], 30_000);
        assert_eq!(pruned(30_000), [15_000, 7_500, 3_750, 1_875]);
        assert_eq!(pruned(601), [300, 150, 75, 37]);
        assert_eq!(pruned(3), [1]);
    }
}
