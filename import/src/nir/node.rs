//! The nodes of a graph that a core can hold, their parameters checked.

use ndarray::Array2;

use crate::NodeError;

/// A node of the graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name; within a nested graph it starts with the name of the graph and a slash.
    pub name: String,
    /// What it does.
    pub kind: NodeKind,
}

/// What a node does. Sizes are numbers of elements, axes joined.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// Input of the network, or of a nested graph.
    Input {
        /// Its size.
        size: usize,
    },
    /// Output of the network, or of a nested graph.
    Output {
        /// Its size.
        size: usize,
    },
    /// Linear or Affine: `weight * input + bias`.
    Linear {
        /// Rows are outputs, columns inputs.
        weight: Array2<f64>,
        /// One value for each output; empty for Linear.
        bias: Vec<f64>,
    },
    /// Each input times its factor.
    Scale {
        /// One factor, or one for each input.
        factors: Vec<f64>,
    },
    /// Joins axes, which changes nothing here.
    Flatten,
    /// Each input some time later.
    Delay {
        /// One delay in the file's unit of time, or one for each input; not negative.
        delays: Vec<f64>,
    },
    /// Neurons.
    Neuron(Neuron),
}

/// Types of neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeuronKind {
    /// Leaky integrate-and-fire.
    Lif,
    /// Leaky integrator.
    Li,
    /// Leaky integrate-and-fire with a synaptic current.
    CubaLif,
    /// Leaky integrator with a synaptic current.
    CubaLi,
    /// Integrate-and-fire.
    If,
    /// Integrator.
    I,
}

/// Neurons of one node: `tau_mem dv/dt = v_leak - v + r i`, `tau_syn di/dt = w_in x - i`. Every parameter has one value for each
/// neuron, also where the file has one for all.
#[derive(Clone, Debug, PartialEq)]
pub struct Neuron {
    /// The type.
    pub kind: NeuronKind,
    /// Time constant of the membrane, above 0; empty for IF and I.
    pub tau_mem: Vec<f64>,
    /// Time constant of the synaptic current, above 0; empty without one.
    pub tau_syn: Vec<f64>,
    /// Resistance.
    pub r: Vec<f64>,
    /// Weight of the input into the synaptic current; 1 without one.
    pub w_in: Vec<f64>,
    /// Potential at rest; 0 for IF and I.
    pub v_leak: Vec<f64>,
    /// Threshold; empty for LI, CubaLI and I.
    pub v_threshold: Vec<f64>,
    /// Potential after a reset to zero, below the threshold; 0 where the file has none.
    pub v_reset: Vec<f64>,
}

impl NeuronKind {
    /// The type of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Lif, Self::Li, Self::CubaLif, Self::CubaLi, Self::If, Self::I]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// Its name in a file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lif => "LIF",
            Self::Li => "LI",
            Self::CubaLif => "CubaLIF",
            Self::CubaLi => "CubaLI",
            Self::If => "IF",
            Self::I => "I",
        }
    }

    /// Whether the neurons fire.
    #[must_use]
    pub fn fires(self) -> bool {
        matches!(self, Self::Lif | Self::CubaLif | Self::If)
    }

    /// Whether they have a synaptic current with a time constant.
    #[must_use]
    pub fn has_filter(self) -> bool {
        matches!(self, Self::CubaLif | Self::CubaLi)
    }

    /// Whether the potential leaks.
    #[must_use]
    pub fn has_time_constant(self) -> bool {
        !matches!(self, Self::If | Self::I)
    }
}

impl Neuron {
    /// Number of neurons.
    #[must_use]
    pub fn n_neurons(&self) -> usize {
        self.r.len()
    }
}

impl NodeKind {
    /// The name of the type in a file.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Input { .. } => "Input",
            Self::Output { .. } => "Output",
            Self::Linear { bias, .. } if bias.is_empty() => "Linear",
            Self::Linear { .. } => "Affine",
            Self::Scale { .. } => "Scale",
            Self::Flatten => "Flatten",
            Self::Delay { .. } => "Delay",
            Self::Neuron(neuron) => neuron.kind.name(),
        }
    }

    /// How many values it takes; none if any number.
    #[must_use]
    pub fn size_in(&self) -> Option<usize> {
        match self {
            Self::Input { size } | Self::Output { size } => Some(*size),
            Self::Linear { weight, .. } => Some(weight.ncols()),
            Self::Scale { factors: values } | Self::Delay { delays: values } => {
                (values.len() > 1).then_some(values.len())
            }
            Self::Flatten => None,
            Self::Neuron(neuron) => Some(neuron.n_neurons()),
        }
    }
}

impl Node {
    /// An error about it.
    pub(crate) fn refuse(&self, cause: impl Into<String>, remedy: impl Into<String>) -> NodeError {
        NodeError {
            node: self.name.clone(),
            kind: self.kind.type_name().to_owned(),
            cause: cause.into(),
            remedy: remedy.into(),
        }
    }
}
