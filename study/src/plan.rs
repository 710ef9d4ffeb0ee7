//! How much a study runs: its experiments, and the sizes of each.

use std::iter;

use serde::{Deserialize, Serialize};
use train::Topology;

/// An experiment of the study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Experiment {
    /// Accuracy over energy and footprint, of every decoder over its sizes.
    Front,
    /// Accuracy, early decisions and energy of every decoder.
    Accuracy,
    /// Poisson noise, at test only and in training.
    Noise,
    /// Cosine tuning: capture, cultivation, persistency.
    Tuning,
    /// Similarity of the network's activity to the recording.
    Similarity,
    /// Feedback or recurrence ablated before training.
    Ablation,
    /// Accuracy over the number of synapses.
    Sparsity,
}

impl Experiment {
    /// All experiments, in the order of the report.
    pub const ALL: [Self; 7] =
        [Self::Front, Self::Accuracy, Self::Noise, Self::Tuning, Self::Similarity, Self::Ablation, Self::Sparsity];
}

/// How much a study runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Experiments to run.
    pub experiments: Vec<Experiment>,
    /// Repetitions, each with the next seed.
    pub seeds: u64,
    /// The first seed.
    pub first_seed: u64,
    /// Folds of the cross-validation; 1 with a split column.
    pub folds: usize,
    /// The trials column that holds `train` or `test`, used instead of folds by all experiments but those on tuning.
    pub split_column: Option<String>,
    /// Tick lengths to compare, milliseconds; every experiment but accuracy uses the first.
    pub ticks_ms: Vec<u32>,
    /// The topologies to compare, each with a name of its own; the first is studied in full.
    pub topologies: Vec<Topology>,
    /// Noise rates at test, spikes per second of each channel or neuron.
    pub noise_rates_hz: Vec<f64>,
    /// The noise rate in training.
    pub training_noise_hz: f64,
    /// Number of sizes that the first topology's network is pruned to.
    pub pruned_sizes: usize,
    /// The front has networks with one of so many neurons, each at least 2.
    pub divisors: Vec<usize>,
    /// The front has networks with weights of so many bits, 4 to 7.
    pub weight_bits: Vec<u32>,
    /// The front has GRU and LSTM of so many units.
    pub hidden_units: Vec<usize>,
    /// Whether GRU and LSTM of as many units as the network has neurons are trained too, which takes most of the time.
    pub matches_hidden_size: bool,
    /// Passes over the training windows; `None` trains as `train` does.
    pub epochs: Option<usize>,
}

/// Folds of the experiments on tuning. Half of the trials train and half are tested: a fifth of them would hold too few trials
/// of each direction.
pub const TUNING_FOLDS: usize = 2;

/// The most synapses of a small network; a choice of ours, since the papers give no size.
pub const SMALL_SYNAPSES: usize = 30_000;

impl Plan {
    /// Everything, with these topologies and seeds from 1 on.
    #[must_use]
    pub fn full(seeds: u64, topologies: Vec<Topology>) -> Self {
        Self {
            experiments: Experiment::ALL.to_vec(),
            seeds,
            first_seed: 1,
            folds: 5,
            split_column: None,
            ticks_ms: vec![1, 2],
            topologies,
            noise_rates_hz: vec![0.0, 5.0, 10.0, 20.0, 40.0, 80.0],
            training_noise_hz: 20.0,
            pruned_sizes: 4,
            divisors: vec![2, 4, 8, 16],
            weight_bits: vec![6, 4],
            hidden_units: vec![4, 8, 16, 32],
            matches_hidden_size: true,
            epochs: None,
        }
    }

    /// A first look: every experiment, with two folds, one tick length and fewer sizes. Each training is as long as it ever
    /// is: a quarter of the steps is too few (docs/adr/0015-a-training-for-few-trials.md).
    #[must_use]
    pub fn quick(seeds: u64, topologies: Vec<Topology>) -> Self {
        Self {
            folds: 2,
            ticks_ms: vec![1],
            noise_rates_hz: vec![0.0, 20.0, 80.0],
            pruned_sizes: 2,
            divisors: vec![4, 16],
            weight_bits: vec![4],
            hidden_units: vec![4, 16],
            matches_hidden_size: false,
            ..Self::full(seeds, topologies)
        }
    }

    /// Sizes that a network of `n_synapses` is pruned to, largest first: [`SMALL_SYNAPSES`], or half of its synapses if it has
    /// no more than that; then halves.
    pub fn pruned_synapses(&self, n_synapses: usize) -> impl Iterator<Item = usize> + use<> {
        let most = if n_synapses > SMALL_SYNAPSES { SMALL_SYNAPSES } else { n_synapses / 2 };
        iter::successors(Some(most), |left| Some(left / 2)).take(self.pruned_sizes).filter(|left| *left > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "clap")]
    #[test]
    fn every_experiment_is_in_the_report() {
        assert_eq!(<Experiment as clap::ValueEnum>::value_variants(), Experiment::ALL);
    }

    #[test]
    fn a_network_of_any_size_is_pruned_to_sizes_below_it_and_to_a_small_one() {
        let pruned = |n_synapses| Vec::from_iter(Plan::full(1, Vec::new()).pruned_synapses(n_synapses));
        assert_eq!(pruned(50_000), [30_000, 15_000, 7_500, 3_750]);
        assert_eq!(pruned(30_001)[0], 30_000);
        assert_eq!(pruned(30_000), [15_000, 7_500, 3_750, 1_875]);
        assert_eq!(pruned(601), [300, 150, 75, 37]);
        assert_eq!(pruned(3), [1]);
    }
}
