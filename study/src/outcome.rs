//! The result of a run.

use serde::{Deserialize, Serialize};

use crate::analysis::tuning::UnitTuning;
use crate::energy::OperationCount;
use crate::image_fit::ImageFit;
use crate::neurobench::NetworkMetrics;
use crate::run::Noise;
use crate::similarity::Similarity;

/// The result of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Held-out windows, in the order of the trials.
    pub windows: Vec<DecidedWindow>,
    /// Neurons or hidden units, without readouts.
    pub n_neurons: usize,
    /// Synapses of a spiking network, trained parameters of another decoder.
    pub n_parameters: usize,
    /// Operations of a decision at the end of a window, by each counting rule.
    pub operations: Vec<OperationCount>,
    /// NeuroBench's metrics over the held-out windows, of a spiking network.
    pub metrics: Option<NetworkMetrics>,
    /// How much of the smallest core a spiking network takes.
    pub image: Option<ImageFit>,
    /// What the simulated core counted in some of these windows, if the run was measured.
    pub measured: Option<Measurement>,
    /// Accuracy in noise.
    pub noisy: Vec<NoiseAccuracy>,
    /// Training loss and accuracy of every epoch.
    pub history: Vec<(f64, f64)>,
    /// Tuning in held-out trials.
    pub tuning: Option<Tuning>,
    /// How similar network and recording are.
    pub similarity: Option<Similarity>,
}

/// A held-out window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecidedWindow {
    /// Its trial, a row of the recording's table.
    pub trial: usize,
    /// Class of the trial.
    pub class: usize,
    /// Class decided after each tick.
    pub decisions: Vec<u16>,
}

/// Accuracy in noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoiseAccuracy {
    /// The noise.
    pub noise: Noise,
    /// Share of held-out windows decided correctly at their end.
    pub accuracy: f64,
    /// Class decided at the end of each held-out window, in the order of the windows.
    pub decisions: Vec<u16>,
}

/// What the simulated core counted; means per tick.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Name of the core.
    pub core: String,
    /// Ticks counted.
    pub n_ticks: usize,
    /// Synaptic events per tick.
    pub synaptic_events: f64,
    /// Neuron updates per tick.
    pub neuron_updates: f64,
    /// Clock cycles per tick.
    pub cycles: f64,
    /// SHA-256 of the scores.
    pub scores_hash: String,
}

/// Tuning of the recorded units, and of every neuron over the epochs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// Names of the areas.
    pub areas: Vec<String>,
    /// The recorded units, in the same trials.
    pub inputs: Vec<UnitTuning>,
    /// Finished epochs at each observation, from 0 (calibrated, not yet trained) to all.
    pub epochs: Vec<usize>,
    /// The neurons, `[observation][area][neuron]`.
    pub units: Vec<Vec<Vec<UnitTuning>>>,
}

impl Outcome {
    /// Share of held-out windows decided correctly at their end.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let is_right =
            |window: &&DecidedWindow| window.decisions.last().is_some_and(|&last| usize::from(last) == window.class);
        self.windows.iter().filter(is_right).count() as f64 / self.windows.len().max(1) as f64
    }
}
