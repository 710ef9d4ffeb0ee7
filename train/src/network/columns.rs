//! The constants of all neurons, one array each, so that the update of many neurons compiles to vector instructions.

use spec::lif::{NeuronParameters, ResetMode};

/// The fields of [`NeuronParameters`], an entry for each postsynaptic index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NeuronColumns {
    /// Raw decay of the synaptic current.
    pub synaptic_decay: Vec<u16>,
    /// Raw decay of the potential.
    pub membrane_decay: Vec<u16>,
    /// Raw decay of the adaptation.
    pub adaptation_decay: Vec<u16>,
    /// Threshold without adaptation.
    pub threshold: Vec<i16>,
    /// What a spike adds to the adaptation.
    pub adaptation_increment: Vec<i16>,
    /// Constant input to the potential.
    pub bias: Vec<i16>,
    /// Ticks in which the potential is held after a spike.
    pub refractory_ticks: Vec<u8>,
    /// What a spike does to the potential.
    pub reset_mode: Vec<ResetMode>,
    /// Whether the neuron only integrates.
    pub never_fires: Vec<bool>,
}

impl NeuronColumns {
    /// How many neurons there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.threshold.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.threshold.is_empty()
    }

    /// The constants of one neuron.
    ///
    /// # Panics
    /// `post` is not below [`NeuronColumns::len`].
    #[must_use]
    #[inline(always)]
    pub fn get(&self, post: usize) -> NeuronParameters {
        NeuronParameters {
            synaptic_decay: self.synaptic_decay[post],
            membrane_decay: self.membrane_decay[post],
            adaptation_decay: self.adaptation_decay[post],
            threshold: self.threshold[post],
            adaptation_increment: self.adaptation_increment[post],
            bias: self.bias[post],
            refractory_ticks: self.refractory_ticks[post],
            reset_mode: self.reset_mode[post],
            never_fires: self.never_fires[post],
        }
    }

    /// The constants of every neuron, in order.
    pub fn iter(&self) -> impl Iterator<Item = NeuronParameters> + '_ {
        (0..self.len()).map(|post| self.get(post))
    }
}

impl FromIterator<NeuronParameters> for NeuronColumns {
    fn from_iter<I: IntoIterator<Item = NeuronParameters>>(neurons: I) -> Self {
        let mut columns = Self::default();
        for neuron in neurons {
            columns.synaptic_decay.push(neuron.synaptic_decay);
            columns.membrane_decay.push(neuron.membrane_decay);
            columns.adaptation_decay.push(neuron.adaptation_decay);
            columns.threshold.push(neuron.threshold);
            columns.adaptation_increment.push(neuron.adaptation_increment);
            columns.bias.push(neuron.bias);
            columns.refractory_ticks.push(neuron.refractory_ticks);
            columns.reset_mode.push(neuron.reset_mode);
            columns.never_fires.push(neuron.never_fires);
        }
        columns
    }
}
