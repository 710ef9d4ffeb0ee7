//! From a network image back to the dense integer network of training: what [`QuantizedNetwork::lower`] and the layout did,
//! undone.

use spec::image::NetworkImage;

use crate::network::{Layout, QuantizedNetwork};

/// Why an image is not one of a network of training.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum RaiseError {
    #[error("its companion does not say which neuron is which, as those of older versions do not; train again")]
    NoOrder,
    #[error(
        "its companion names {named} neurons, the topology has {expected}; put the two that belong together side by side"
    )]
    Order { named: usize, expected: usize },
    #[error(
        "neuron {neuron} of the image is not the one that its companion says; put the two that belong together side by side"
    )]
    Neuron { neuron: usize },
}

impl QuantizedNetwork {
    /// The network of an image with this layout. `order` has the id in the image of each neuron, then of each readout; empty for
    /// images of one lane, in which they are in this order. What else the image holds, such as further readouts, is left out.
    /// All weight steps are 1, since an image does not have them.
    ///
    /// # Errors
    /// An order that is missing or not that of the image.
    pub fn raise(image: &NetworkImage, order: &[usize], layout: Layout) -> Result<Self, RaiseError> {
        let (n_post, n_lanes) = (layout.n_post(), image.lanes.len());
        let order: Vec<usize> = match order {
            [] if n_lanes > 1 => return Err(RaiseError::NoOrder),
            [] => (0..n_post).collect(),
            order => order.to_vec(),
        };
        if order.len() != n_post {
            return Err(RaiseError::Order { named: order.len(), expected: n_post });
        }
        let mut post_of = vec![None; image.neurons.len()];
        let mut neurons = Vec::with_capacity(n_post);
        for (post, &id) in order.iter().enumerate() {
            let readout = post.checked_sub(layout.n_neurons);
            let neuron = image.neurons.get(id).filter(|neuron| neuron.readout.map(usize::from) == readout);
            let (Some(neuron), Some(None)) = (neuron, post_of.get(id)) else {
                return Err(RaiseError::Neuron { neuron: id });
            };
            post_of[id] = Some(post);
            neurons.push(neuron.parameters);
        }
        let n_channels = usize::from(image.n_channels);
        let row_of = |row: usize| match row.checked_sub(n_channels) {
            None => Some(row),
            Some(id) => post_of[id].filter(|post| *post < layout.n_neurons).map(|neuron| n_channels + neuron),
        };
        let mut weights = vec![0; (n_channels + layout.n_neurons) * n_post];
        for (lane, synapses) in image.lanes.iter().enumerate() {
            for (row, bounds) in synapses.row_ptr.windows(2).enumerate() {
                for synapse in &synapses.synapses[usize::from(bounds[0])..usize::from(bounds[1])] {
                    let post = post_of[usize::from(synapse.post_neuron) * n_lanes + lane];
                    if let (Some(pre), Some(post)) = (row_of(row), post) {
                        weights[pre * n_post + post] += i16::from(synapse.weight);
                    }
                }
            }
        }
        let layout = Layout { n_channels, ..layout };
        Ok(Self { layout, weights, neurons: neurons.into_iter().collect(), step: vec![1.0; n_post] })
    }
}
