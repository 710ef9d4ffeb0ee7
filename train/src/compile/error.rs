//! Why a network does not become an image, with the numbers.

use std::fmt;

use spec::core::{Misfit, NamedCore};
use spec::image::{ImageError, MAX_FAN_IN_WEIGHT};

/// Why a network does not become an image; neurons and synapses are named by their index in the network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum CompileError {
    #[error("the network does not fit the core: {misfit}; {advice}")]
    Misfit { misfit: Misfit, advice: Advice },
    #[error("{n_neurons} neurons cannot give each of {lanes} lanes one; {advice}")]
    TooFewNeurons { n_neurons: usize, lanes: usize, advice: Advice },
    #[error(
        "neuron {neuron}: the weights of its fan-in sum up to {sum} in magnitude, above {MAX_FAN_IN_WEIGHT}, so a tick \
         could overflow; give it fewer synapses, or a coarser weight step and with it a lower threshold"
    )]
    FanIn { neuron: usize, sum: u64 },
    #[error(
        "synapse {index} goes from row {pre} to neuron {post}, but the network has {n_rows} rows and {n_neurons} neurons; \
         rows count the channels first, then the neurons"
    )]
    Synapse { index: usize, pre: usize, post: usize, n_rows: usize, n_neurons: usize },
    #[error("{found} activities for {expected} rows; give one for each channel and then for each neuron")]
    ActivityLength { found: usize, expected: usize },
    #[error("the activity of row {row} is {found}; give expected spikes a tick, finite and not negative")]
    Activity { row: usize, found: f64 },
    #[error("the network cannot become an image: {0}")]
    Image(#[from] ImageError),
}

/// The named core that would hold a network, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice(pub Option<NamedCore>);

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(core) => write!(f, "the core {} would hold it", core.name),
            None => write!(f, "no named core would hold it, so change its neurons, synapses or channels"),
        }
    }
}
