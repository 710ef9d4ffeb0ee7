//! A network as neurons and synapses of a core, still in real numbers.
//!
//! A core passes every spike on one tick later, knows one reset in two kinds, and adds a bias to the potential only. What a
//! network does otherwise is done by further neurons and synapses: relays delay spikes, an always-on neuron carries constants that
//! have to pass a filter or begin later, counters count the spikes of outputs, and a neuron's synapse to itself corrects the
//! reset that subtracts late.

mod build;
mod retiming;

use spec::core::{CORES, NamedCore};
use spec::lif::ResetMode;

use crate::GraphError;
use crate::network::Network;

/// How many times the synapses of the largest core a network may have weights: those that round to 0 take no synapse.
const WEIGHTS_PER_SYNAPSE: usize = 8;

/// Neurons and synapses of a core in real numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// Input channels.
    pub n_channels: usize,
    /// Those of the populations first, one after the other; then the auxiliary ones.
    pub neurons: Vec<MappedNeuron>,
    /// Synapses in any order, none of weight 0.
    pub synapses: Vec<MappedSynapse>,
    /// The first neuron of each population.
    pub first_of: Vec<usize>,
    /// What a population does in tick t of the network it does in tick t + lag of the core, with the first event in tick
    /// `lead_in_ticks`.
    pub lag_ticks: Vec<i64>,
    /// Empty ticks that the core must run before the first event.
    pub lead_in_ticks: u32,
    /// Neurons whose potentials are scores, in their order.
    pub readouts: Vec<usize>,
    /// Outputs of the network.
    pub outputs: Vec<MappedOutput>,
}

/// A neuron of a core in real numbers: see [`spec::lif`].
#[derive(Clone, Debug, PartialEq)]
pub struct MappedNeuron {
    /// What it is for.
    pub role: Role,
    /// Decay of the current.
    pub synaptic_decay: f64,
    /// Decay of the potential.
    pub membrane_decay: f64,
    /// What is added to the potential in each tick.
    pub bias: f64,
    /// Threshold; 0 of a neuron that never fires.
    pub threshold: f64,
    /// Whether it fires above the threshold, not at it.
    pub is_strict: bool,
    /// What a spike does to its potential.
    pub reset_mode: ResetMode,
    /// Ticks after a spike in which the potential is held.
    pub refractory_ticks: u8,
    /// Whether it only integrates.
    pub never_fires: bool,
}

/// What a neuron of a core is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A neuron of the network.
    Neuron {
        /// Its population.
        population: usize,
        /// Its index there.
        neuron: usize,
    },
    /// Passes on the spikes of another row, one tick later.
    Relay {
        /// What fires this many ticks before it.
        of: Row,
        /// How many.
        ticks: u32,
    },
    /// Fires in every tick.
    AlwaysOn,
    /// Fires in every other tick.
    Oscillator,
    /// Counts the spikes of a neuron.
    Counter {
        /// That neuron.
        of: usize,
    },
}

/// What sends spikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// An input channel.
    Channel(usize),
    /// A neuron of the mapping.
    Neuron(usize),
}

/// A synapse in real numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MappedSynapse {
    /// What sends the spike.
    pub pre: Row,
    /// The neuron that receives it.
    pub post: usize,
    /// Its weight.
    pub weight: f64,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a synapse is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A weight of the network.
    Weight,
    /// A constant of the network.
    Constant,
    /// Corrects the reset of the neuron it ends on.
    Reset,
    /// Of weight 1, to an auxiliary neuron or from an oscillator.
    Auxiliary,
}

/// An output of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct MappedOutput {
    /// Its name.
    pub name: String,
    /// Its index in the readouts.
    pub readout: usize,
    /// Whether the score is a number of spikes, else a potential.
    pub is_count: bool,
    /// The value is the potential times this.
    pub factor: f64,
    /// The value of tick t is the score of tick t + lag of the core, with the first event in tick `lead_in_ticks`.
    pub lag_ticks: i64,
}

impl Mapping {
    /// Maps a network.
    ///
    /// # Errors
    /// A loop that a core is too slow for; far more weights, or more delays, than any core holds.
    pub fn of(network: &Network) -> Result<Self, GraphError> {
        check_weights(network)?;
        build::build(network, retiming::lags(network)?)
    }

    /// Number of neurons that have a role like this.
    #[must_use]
    pub fn n_with(&self, is_role: fn(&Role) -> bool) -> usize {
        self.neurons.iter().filter(|neuron| is_role(&neuron.role)).count()
    }
}

/// Refuses a network that no rounding makes small enough, before anything is made of its weights.
fn check_weights(network: &Network) -> Result<(), GraphError> {
    let connections = network.populations.iter().flat_map(|population| &population.connections);
    let n_weights = connections.flat_map(|connection| &connection.weights).filter(|weight| **weight != 0.0).count();
    let n_synapses = |core: &NamedCore| {
        usize::from(core.configuration.lanes) * usize::from(core.configuration.synapse_words_per_lane)
    };
    let most = CORES.iter().map(n_synapses).max().unwrap_or(0);
    if n_weights > WEIGHTS_PER_SYNAPSE * most {
        let cause = format!("the network has {n_weights} weights other than 0, and no core more than {most} synapses");
        return Err(GraphError::new(cause, "prune it, or train a smaller one"));
    }
    Ok(())
}
