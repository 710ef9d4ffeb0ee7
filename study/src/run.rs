//! The unit of work of a study: one decoder, trained on one side of a split of the trials and tested on the other.

use std::fmt;

use serde::{Deserialize, Serialize};
use train::network::Ablation;

/// What is trained, on which trials, and under which condition. Equal runs of equal studies have equal results, bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The decoder.
    pub method: Method,
    /// What differs from a plain training.
    pub condition: Condition,
    /// Tick length, milliseconds.
    pub tick_ms: u32,
    /// Folds of the cross-validation.
    pub folds: usize,
    /// The fold that is held out, from 0.
    pub fold: usize,
    /// Seed of the split, the initial weights and the training.
    pub seed: u64,
    /// What is recorded besides the decisions.
    pub observation: Observation,
}

/// A decoder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The spiking network of a topology, by the topology's name.
    Network(String),
    /// Gated recurrent units.
    Gru(Matching),
    /// Long short-term memory.
    Lstm(Matching),
    /// Shrinkage LDA on spike counts.
    Lda,
    /// Poisson naive Bayes on spike counts.
    NaiveBayes,
}

/// What a GRU or LSTM has in common with the network of the first topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matching {
    /// As many parameters as the network has synapses.
    Parameters,
    /// As many hidden units as the network has neurons.
    HiddenSize,
    /// Nothing: it has so many hidden units.
    Units(usize),
}

/// What differs from a plain training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Nothing.
    Plain,
    /// Noise is present during training.
    TrainedInNoise(Noise),
    /// Projections are ablated before training.
    Ablated(Ablation),
    /// The labels of the training trials are shuffled.
    ShuffledLabels,
    /// The network is pruned while it trains.
    Pruned {
        /// Synapses left at the end.
        n_synapses: usize,
    },
    /// Every area has a part of its neurons.
    Divided {
        /// One of so many is left.
        divisor: usize,
    },
    /// Weights have fewer bits.
    WeightBits {
        /// Bits of a weight.
        bits: u32,
    },
}

/// Poisson noise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noise {
    /// Where it enters.
    pub place: NoisePlace,
    /// Spikes per second of each channel or neuron.
    pub rate_hz: f64,
}

/// Where noise enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoisePlace {
    /// N1: spikes added to the input channels.
    Input,
    /// N2: spikes forced on hidden neurons.
    Hidden,
}

/// What is recorded besides the decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observation {
    /// Nothing.
    Decisions,
    /// Accuracy on held-out windows with added noise.
    Noise,
    /// Tuning of every neuron in held-out trials, over the epochs.
    Tuning,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, condition, tick_ms, folds, fold, seed, observation } = self;
        write!(f, "{method}, {condition}, {tick_ms} ms, fold {fold} of {folds}, seed {seed}")?;
        f.write_str(match observation {
            Observation::Decisions => "",
            Observation::Noise => ", tested in noise",
            Observation::Tuning => ", tuning",
        })
    }
}

impl Method {
    /// What the papers compare the network with: the feedforward spiking network, and GRU and LSTM of as many parameters.
    #[must_use]
    pub fn rivals() -> [Self; 3] {
        [Self::feedforward(), Self::Gru(Matching::Parameters), Self::Lstm(Matching::Parameters)]
    }

    /// The feedforward spiking network.
    #[must_use]
    pub fn feedforward() -> Self {
        Self::Network(FEEDFORWARD.to_owned())
    }

    /// The network whose input channels project to the readout, and whose areas do not.
    #[must_use]
    pub fn direct() -> Self {
        Self::Network(DIRECT.to_owned())
    }

    /// What a GRU or LSTM has in common with the network.
    #[must_use]
    pub fn matching(&self) -> Option<Matching> {
        match self {
            Self::Gru(matching) | Self::Lstm(matching) => Some(*matching),
            Self::Network(_) | Self::Lda | Self::NaiveBayes => None,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = |matching: &Matching| match matching {
            Matching::Parameters => "equal parameters".to_owned(),
            Matching::HiddenSize => "equal size".to_owned(),
            Matching::Units(n_units) => format!("{n_units} units"),
        };
        match self {
            Self::Network(name) if name == FEEDFORWARD => write!(f, "fSNN (T4)"),
            Self::Network(name) => f.write_str(name),
            Self::Gru(matching) => write!(f, "GRU, {}", size(matching)),
            Self::Lstm(matching) => write!(f, "LSTM, {}", size(matching)),
            Self::Lda => f.write_str("LDA"),
            Self::NaiveBayes => f.write_str("naive Bayes"),
        }
    }
}

/// The topology without recurrence and feedback.
const FEEDFORWARD: &str = "T4";
/// The topology without an area that is heard.
const DIRECT: &str = "direct";

impl fmt::Display for NoisePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "input channels",
            Self::Hidden => "hidden neurons",
        })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => f.write_str("plain"),
            Self::TrainedInNoise(noise) => write!(f, "trained with {} Hz on {}", noise.rate_hz, noise.place),
            Self::Ablated(ablation) => write!(f, "{ablation:?}"),
            Self::ShuffledLabels => f.write_str("shuffled labels"),
            Self::Pruned { n_synapses } => write!(f, "{n_synapses} synapses"),
            Self::Divided { divisor } => write!(f, "1/{divisor} of the neurons"),
            Self::WeightBits { bits } => write!(f, "weights of {bits} bits"),
        }
    }
}
