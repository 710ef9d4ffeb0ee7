//! The values that a pass over the network uses, and the gradients of the loss with respect to them: the same shape.

use ndarray::NdFloat;

/// Sizes of a network and the order of its numbering.
///
/// Presynaptic indices count the input channels first and then the neurons; postsynaptic indices count the neurons and
/// then the readout neurons, one a class, which never fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Input channels.
    pub n_channels: usize,
    /// Neurons that can fire.
    pub n_neurons: usize,
    /// Readout neurons, one a class.
    pub n_readouts: usize,
}

impl Layout {
    /// Channels and neurons: everything that a synapse can start at.
    #[must_use]
    pub fn n_pre(&self) -> usize {
        self.n_channels + self.n_neurons
    }

    /// Neurons and readout neurons: everything that a synapse can end at.
    #[must_use]
    pub fn n_post(&self) -> usize {
        self.n_neurons + self.n_readouts
    }
}

/// Weights and neuron constants in real units, in which a threshold starts at 1; or their gradients.
///
/// Every vector but `weights` has one entry for each postsynaptic index.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters<T> {
    /// `[n_pre][n_post]`, row-major; 0 where there is no synapse.
    pub weights: Vec<T>,
    /// Decay of the synaptic current a tick, 0 to 1.
    pub synaptic_decay: Vec<T>,
    /// Decay of the potential a tick, 0 to 1.
    pub membrane_decay: Vec<T>,
    /// Decay of the adaptation a tick, 0 to 1.
    pub adaptation_decay: Vec<T>,
    /// What a spike adds to the adaptation.
    pub adaptation_increment: Vec<T>,
    /// Threshold without adaptation.
    pub threshold: Vec<T>,
    /// Constant input to the potential.
    pub bias: Vec<T>,
}

impl<T: NdFloat> Parameters<T> {
    /// All zero, in the sizes of `layout`.
    #[must_use]
    pub fn zeros(layout: Layout) -> Self {
        let each = vec![T::zero(); layout.n_post()];
        Self {
            weights: vec![T::zero(); layout.n_pre() * layout.n_post()],
            synaptic_decay: each.clone(),
            membrane_decay: each.clone(),
            adaptation_decay: each.clone(),
            adaptation_increment: each.clone(),
            threshold: each.clone(),
            bias: each,
        }
    }

    /// The vectors in the order of the fields.
    #[must_use]
    pub fn groups(&self) -> [&Vec<T>; N_GROUPS] {
        [
            &self.weights,
            &self.synaptic_decay,
            &self.membrane_decay,
            &self.adaptation_decay,
            &self.adaptation_increment,
            &self.threshold,
            &self.bias,
        ]
    }

    /// The vectors in the order of the fields, to be changed.
    pub fn groups_mut(&mut self) -> [&mut Vec<T>; N_GROUPS] {
        [
            &mut self.weights,
            &mut self.synaptic_decay,
            &mut self.membrane_decay,
            &mut self.adaptation_decay,
            &mut self.adaptation_increment,
            &mut self.threshold,
            &mut self.bias,
        ]
    }

    /// Adds `other`, entry by entry.
    pub fn add(&mut self, other: &Self) {
        for (sums, terms) in self.groups_mut().into_iter().zip(other.groups()) {
            for (sum, &term) in sums.iter_mut().zip(terms) {
                *sum += term;
            }
        }
    }

    /// Sets every entry to 0.
    pub fn clear(&mut self) {
        for group in self.groups_mut() {
            group.fill(T::zero());
        }
    }
}

/// How many vectors [`Parameters`] has.
const N_GROUPS: usize = 7;
