//! What comes of a cell.

use serde::{Deserialize, Serialize};

use crate::analysis::tuning::UnitTuning;
use crate::cell::Noise;
use crate::energy::Counted;
use crate::image::ImageFit;
use crate::neurobench::NetworkMetrics;
use crate::similarity::Similarity;

/// What comes of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Held-out windows, in the order of the trials.
    pub windows: Vec<Window>,
    /// Neurons or hidden units, readouts apart.
    pub n_neurons: usize,
    /// Trained numbers of a baseline, synapses of a spiking network.
    pub n_parameters: usize,
    /// Operations of a decision at the end of a window, each way to count them.
    pub operations: Vec<Counted>,
    /// NeuroBench's metrics over the held-out windows, of a spiking network.
    pub metrics: Option<NetworkMetrics>,
    /// What a spiking network takes of the smallest core.
    pub image: Option<ImageFit>,
    /// What the core counted in the same windows, where the cell was run on it.
    pub measured: Option<Measured>,
    /// Accuracy in noise.
    pub noisy: Vec<Noisy>,
    /// Loss and accuracy of every epoch, as trained on.
    pub history: Vec<(f64, f64)>,
    /// Tuning to held-out trials.
    pub tuning: Option<Tuning>,
    /// How alike network and recording are, and what there is to draw.
    pub similarity: Option<Similarity>,
}

/// A held-out window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Its trial, a row of the recording's table.
    pub trial: usize,
    /// What the animal did.
    pub class: usize,
    /// What a decision after each tick says.
    pub decisions: Vec<u16>,
}

/// Accuracy in noise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noisy {
    /// The noise.
    pub noise: Noise,
    /// Share of held-out windows decided rightly at their end.
    pub accuracy: f64,
}

/// Counted by the core itself, in simulation, means of a tick.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The core.
    pub core: String,
    /// Ticks that were counted.
    pub n_ticks: usize,
    /// Synaptic events of a tick.
    pub synaptic_events: f64,
    /// Neurons updated in a tick.
    pub neuron_updates: f64,
    /// Clock cycles of a tick.
    pub cycles: f64,
    /// SHA-256 over the scores.
    pub scores_hash: String,
}

/// Tuning of the inputs, and of every neuron over the epochs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// Names of the areas.
    pub areas: Vec<String>,
    /// The recorded units in the same trials.
    pub inputs: Vec<UnitTuning>,
    /// Epochs that had ended, from 0 (calibrated, not trained) to all.
    pub epochs: Vec<usize>,
    /// Units of each area, `[epoch][area][unit]`.
    pub units: Vec<Vec<Vec<UnitTuning>>>,
}

impl Outcome {
    /// Share of held-out windows decided rightly after each tick.
    #[must_use]
    pub fn accuracy_by_tick(&self) -> Vec<f64> {
        let n_ticks = self.windows.first().map_or(0, |window| window.decisions.len());
        let right = |tick: usize| {
            self.windows.iter().filter(|window| usize::from(window.decisions[tick]) == window.class).count()
        };
        (0..n_ticks).map(|tick| right(tick) as f64 / self.windows.len().max(1) as f64).collect()
    }

    /// Share of held-out windows decided rightly at their end.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.accuracy_by_tick().last().copied().unwrap_or(0.0)
    }
}
