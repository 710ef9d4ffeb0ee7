//! The piece of work that a study is made of: one decoder, trained on one side of one division of the trials and tested on
//! the other.

use std::fmt;

use serde::{Deserialize, Serialize};
use spec::digest::sha256_hex;
use train::network::Ablation;

/// What is trained, on what, and under which condition. Equal cells of equal studies have equal results, bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// What decodes.
    pub method: Method,
    /// What is different from a plain training.
    pub condition: Condition,
    /// Length of a tick, milliseconds.
    pub tick_ms: u32,
    /// Divisions of the trials that there are.
    pub folds: usize,
    /// Which of them, from 0.
    pub fold: usize,
    /// Seed of the division, of first weights and of the training.
    pub seed: u64,
    /// What is looked at besides the decisions.
    pub observation: Observation,
}

/// What decodes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The spiking network of a topology, by the topology's name.
    Network(String),
    /// Gated recurrent units.
    Gru(Matching),
    /// Long short-term memory.
    Lstm(Matching),
    /// Shrinkage LDA on counts.
    Lda,
    /// Poisson naive Bayes on counts.
    NaiveBayes,
}

/// What a recurrent baseline has in common with the first topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matching {
    /// As many parameters as the network has synapses.
    Parameters,
    /// As many hidden units as it has neurons.
    HiddenSize,
}

/// What is different from a plain training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Nothing.
    Plain,
    /// Noise is there in training already.
    TrainedInNoise(Noise),
    /// Projections ablated, then trained.
    Ablated(Ablation),
    /// Labels of the training trials shuffled.
    ShuffledLabels,
    /// So many synapses left in the end.
    Pruned {
        /// Synapses.
        n_synapses: usize,
    },
}

/// Poisson noise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noise {
    /// Where it comes in.
    pub place: NoisePlace,
    /// Spikes per second of each channel or neuron.
    pub rate_hz: f64,
}

/// Where noise comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoisePlace {
    /// N1: spikes joined to those of the input channels.
    Input,
    /// N2: spikes forced on hidden neurons.
    Hidden,
}

/// What is looked at besides the decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observation {
    /// Nothing.
    Decisions,
    /// How the decoder does on held-out windows to which noise is added.
    Noise,
    /// Tuning of every neuron to held-out trials, over the epochs.
    Tuning,
}

impl Cell {
    /// Names the cell's result in the store: it changes with everything that the result depends on, which besides the cell
    /// is told by `study` (recording, windows, options, version).
    #[must_use]
    pub fn key(&self, study: &str) -> String {
        let text = serde_json::to_string(&(study, self)).unwrap_or_default();
        sha256_hex(text.as_bytes())[..24].to_owned()
    }
}

impl Method {
    /// What the papers set the network against, at equal numbers of parameters: the feedforward spiking network, GRU and
    /// LSTM.
    #[must_use]
    pub fn rivals() -> [Self; 3] {
        [Self::feedforward(), Self::Gru(Matching::Parameters), Self::Lstm(Matching::Parameters)]
    }

    /// The feedforward spiking network of the comparisons.
    #[must_use]
    pub fn feedforward() -> Self {
        Self::Network(FEEDFORWARD.to_owned())
    }

    /// The network in which the recorded cells reach the readout themselves.
    #[must_use]
    pub fn direct() -> Self {
        Self::Network(DIRECT.to_owned())
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let matched = |matching: &Matching| match matching {
            Matching::Parameters => "parameters",
            Matching::HiddenSize => "size",
        };
        match self {
            Self::Network(name) if name == FEEDFORWARD => write!(f, "fSNN (T4)"),
            Self::Network(name) => f.write_str(name),
            Self::Gru(matching) => write!(f, "GRU, equal {}", matched(matching)),
            Self::Lstm(matching) => write!(f, "LSTM, equal {}", matched(matching)),
            Self::Lda => f.write_str("LDA"),
            Self::NaiveBayes => f.write_str("naive Bayes"),
        }
    }
}

/// The topology without recurrence and feedback.
const FEEDFORWARD: &str = "T4";
/// The topology with a projection from the input to the readout.
const DIRECT: &str = "T6";

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
        }
    }
}
