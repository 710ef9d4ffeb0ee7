//! A graph as populations of neurons: everything between two populations fused into weights and a delay.
//!
//! A neuron here has a current and a potential: `current = synaptic_decay * current + gain * input`, then
//! `potential = membrane_decay * potential + current + leak`. A potential is counted from v_reset.

mod build;
mod flow;
mod loops;
mod neurons;

pub use flow::Weights;
pub(crate) use loops::{Edge, closing};

use ndarray::Array2;

use crate::conventions::Reset;

/// A network in real numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The time step, in the file's unit of time.
    pub dt_s: f64,
    /// Input channels: those of all Input nodes, one after the other.
    pub n_channels: usize,
    /// Populations: a node of neurons each, then one for each Output whose values are sums of weights.
    pub populations: Vec<Population>,
    /// Outputs: those of all Output nodes, one after the other.
    pub outputs: Vec<Output>,
    /// What is read otherwise than a user might think.
    pub warnings: Vec<String>,
}

/// Neurons of one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// The name of the node.
    pub name: String,
    /// Decay of the current a tick, 0 to 1, 0 without a filter; by neuron, as all of these.
    pub synaptic_decay: Vec<f64>,
    /// Decay of the potential a tick, 0 to 1.
    pub membrane_decay: Vec<f64>,
    /// Factor of the input, the whole way to the potential.
    pub gain: Vec<f64>,
    /// What is added to the potential in each tick.
    pub leak: Vec<f64>,
    /// How they fire; none of neurons that only integrate.
    pub firing: Option<Firing>,
    /// Where their input comes from.
    pub connections: Vec<Connection>,
    /// Inputs that do not change.
    pub constants: Vec<Constant>,
}

/// How neurons fire.
#[derive(Clone, Debug, PartialEq)]
pub struct Firing {
    /// Threshold above v_reset, positive; by neuron.
    pub threshold: Vec<f64>,
    /// Whether a neuron fires above the threshold, not at it.
    pub is_strict: bool,
    /// What a spike does to the potential.
    pub reset: Reset,
}

/// Where spikes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Channels of one Input node.
    Channels {
        /// The first of them.
        first: usize,
        /// How many.
        count: usize,
    },
    /// A population.
    Population(usize),
}

/// Weights from a source into a population.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// Where the spikes come from.
    pub source: Source,
    /// A spike of tick t is an input of tick t + delay.
    pub delay_ticks: u32,
    /// Rows are the neurons of the population, columns those of the source.
    pub weights: Array2<f64>,
}

/// A constant input.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// The first tick in which it arrives.
    pub from_tick: u32,
    /// By neuron.
    pub values: Vec<f64>,
}

/// One output.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The name of its node, and its index there.
    pub name: String,
    /// The population whose spikes or potentials it shows.
    pub population: usize,
    /// Index of the neuron in it.
    pub neuron: usize,
    /// The value is the potential times this; 1 for spikes.
    pub factor: f64,
    /// Ticks from the neuron to the output.
    pub delay_ticks: u32,
}

impl Population {
    /// Number of neurons.
    #[must_use]
    pub fn size(&self) -> usize {
        self.gain.len()
    }
}

impl Network {
    /// Whether an output counts spikes, and does not show a potential.
    #[must_use]
    pub fn is_spiking(&self, output: &Output) -> bool {
        self.populations[output.population].firing.is_some()
    }

    /// The same with several channels for each, one after the other, so that a tick can have so many events of each.
    #[must_use]
    pub fn with_channel_copies(mut self, n_copies: usize) -> Self {
        self.n_channels *= n_copies;
        for connection in self.populations.iter_mut().flat_map(|population| &mut population.connections) {
            if let Source::Channels { first, count } = &mut connection.source {
                (*first, *count) = (*first * n_copies, *count * n_copies);
                let (n_rows, n_columns) = connection.weights.dim();
                connection.weights = Array2::from_shape_fn((n_rows, n_columns * n_copies), |(row, column)| {
                    connection.weights[(row, column / n_copies)]
                });
            }
        }
        self
    }

    /// The same with all decays as the core has them.
    #[must_use]
    pub fn with_rounded_decays(mut self) -> Self {
        for population in &mut self.populations {
            for decay in population.synaptic_decay.iter_mut().chain(&mut population.membrane_decay) {
                *decay = spec::fixed::decay_to_real(spec::fixed::decay_from_real(*decay));
            }
        }
        self
    }
}
