//! The unit of work: one decoder of movement, trained on one fold and tested on its block.

use std::fmt;

use serde::{Deserialize, Serialize};
use train::movement::{MovementScore, OperationsPerTick};

use crate::neurobench::NetworkMetrics;

/// What is trained, on which fold, and under which condition. Equal runs of equal studies have equal results, bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MovementRun {
    /// The decoder.
    pub method: MovementMethod,
    /// What differs from a plain training.
    pub condition: MovementCondition,
    /// The block that is tested: 0 is the last.
    pub fold: usize,
    /// Seed of the initial weights and the training.
    pub seed: u64,
}

/// A decoder of movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MovementMethod {
    /// The spiking network.
    Network,
    /// Wiener filter.
    Wiener,
    /// Kalman filter.
    Kalman,
    /// Gated recurrent units, as many parameters as the network has synapses.
    Gru,
    /// Long short-term memory, likewise.
    Lstm,
}

/// What differs from a plain training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MovementCondition {
    /// Nothing.
    Plain,
    /// What holds so many milliseconds later is decoded.
    Lag(i32),
    /// The network is pruned to so many synapses.
    Synapses(usize),
    /// Weights have so many bits.
    WeightBits(u32),
    /// Silent gaps between pieces are filled with random spikes.
    FilledGaps,
}

/// The result of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MovementOutcome {
    /// On the test ticks.
    pub score: MovementScore,
    /// Synapses of a spiking network, parameters of another decoder.
    pub n_parameters: usize,
    /// NeuroBench's metrics over the test ticks, of a spiking network.
    pub metrics: Option<NetworkMetrics>,
    /// Synaptic events of a tick, of a spiking network.
    pub operations: Option<OperationsPerTick>,
}

impl fmt::Display for MovementRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, condition, fold, seed } = self;
        write!(f, "{method}, {condition}, fold {fold}, seed {seed}")
    }
}

impl MovementMethod {
    /// All, in the order of the report.
    pub const ALL: [Self; 5] = [Self::Network, Self::Wiener, Self::Kalman, Self::Gru, Self::Lstm];

    /// Whether its result depends on a seed.
    #[must_use]
    pub fn is_random(self) -> bool {
        !matches!(self, Self::Wiener | Self::Kalman)
    }
}

impl fmt::Display for MovementMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Network => "spiking network",
            Self::Wiener => "Wiener filter",
            Self::Kalman => "Kalman filter",
            Self::Gru => "GRU",
            Self::Lstm => "LSTM",
        })
    }
}

impl fmt::Display for MovementCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => f.write_str("plain"),
            Self::Lag(lag_ms) => write!(f, "{lag_ms} ms later"),
            Self::Synapses(n_synapses) => write!(f, "{n_synapses} synapses"),
            Self::WeightBits(bits) => write!(f, "weights of {bits} bits"),
            Self::FilledGaps => f.write_str("gaps filled"),
        }
    }
}
