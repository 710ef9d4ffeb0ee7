//! From the dense integers of training to what the image compiler takes, and how active each row is.

use spec::image::Neuron;

use super::{SparseNetwork, SparseSynapse};
use crate::data::TrainingSample;
use crate::network::QuantizedNetwork;
use crate::pass::IntegerState;

impl QuantizedNetwork {
    /// Neurons and synapses by index: neurons first, then a readout neuron for each class.
    ///
    /// Absent synapses are zero weights, which the compiler drops.
    #[must_use]
    pub fn lower(&self) -> SparseNetwork {
        let n_neurons = self.layout.n_neurons;
        let n_post = self.layout.n_post();
        let neurons = self.neurons.iter().enumerate().map(|(post, parameters)| Neuron {
            parameters,
            readout: post.checked_sub(n_neurons).map(|class| class as u8),
        });
        let present = self.weights.iter().enumerate().filter(|(_, weight)| **weight != 0);
        let synapses = present.map(|(position, weight)| SparseSynapse {
            pre: position / n_post,
            post: position % n_post,
            weight: *weight as i8,
        });
        SparseNetwork { n_channels: self.layout.n_channels, neurons: neurons.collect(), synapses: synapses.collect() }
    }

    /// Mean events a tick of every row (channels, neurons, readout neurons) over `samples`; zero without samples.
    #[must_use]
    pub fn activity(&self, samples: &[TrainingSample<'_>]) -> Vec<f64> {
        let n_channels = self.layout.n_channels;
        let mut counts = vec![0_u32; n_channels + self.layout.n_post()];
        let mut state = IntegerState::new(self);
        let mut n_ticks = 0_usize;
        for sample in samples {
            state.restart();
            n_ticks += sample.ticks.len();
            for channels in sample.ticks {
                state.tick(self, channels);
                channels.iter().for_each(|channel| counts[usize::from(*channel)] += 1);
                state.fired().iter().for_each(|neuron| counts[n_channels + usize::from(*neuron)] += 1);
            }
        }
        counts.into_iter().map(|count| f64::from(count) / n_ticks.max(1) as f64).collect()
    }
}
