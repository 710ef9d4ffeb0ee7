//! A network as a flat list of synapses, and its layout on any number of lanes.

use spec::image::{LaneSynapses, NetworkImage, Neuron, Synapse};

/// A network before it is laid out. Neurons keep their ids in every layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Input channels.
    pub n_channels: u16,
    /// Neurons by id.
    pub neurons: Vec<Neuron>,
    /// Synapses in any order.
    pub synapses: Vec<NetworkSynapse>,
}

/// A synapse between a row of an image and a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkSynapse {
    /// Row: a channel, or `n_channels` plus the presynaptic neuron's id.
    pub row: u16,
    /// Id of the postsynaptic neuron.
    pub post_neuron: u16,
    /// Weight in steps of the postsynaptic neuron.
    pub weight: i8,
}

impl Network {
    /// The network of an image, whatever its lanes; synapses lane by lane, row by row.
    #[must_use]
    pub fn of(image: &NetworkImage) -> Self {
        let n_lanes = image.lanes.len();
        let lanes = image.lanes.iter().enumerate();
        let synapses = lanes.flat_map(|(lane, table)| {
            table.row_ptr.windows(2).enumerate().flat_map(move |(row, bounds)| {
                let synapses = &table.synapses[usize::from(bounds[0])..usize::from(bounds[1])];
                synapses.iter().map(move |synapse| NetworkSynapse {
                    row: row as u16,
                    post_neuron: (usize::from(synapse.post_neuron) * n_lanes + lane) as u16,
                    weight: synapse.weight,
                })
            })
        });
        Self { n_channels: image.n_channels, neurons: image.neurons.clone(), synapses: synapses.collect() }
    }

    /// Leaves out the weakest synapses of every lane that has more than fit; returns how many.
    ///
    /// # Panics
    /// If there is no lane.
    pub fn leave_out_weakest(&mut self, lanes: u8, synapses_per_lane: u16) -> usize {
        let n_before = self.synapses.len();
        // Of equals the first stay.
        self.synapses.sort_by_key(|synapse| std::cmp::Reverse(synapse.weight.unsigned_abs()));
        let mut room = vec![synapses_per_lane; lanes.into()];
        self.synapses.retain(|synapse| {
            let room = &mut room[usize::from(synapse.post_neuron) % usize::from(lanes)];
            let is_kept = *room > 0;
            *room -= u16::from(is_kept);
            is_kept
        });
        n_before - self.synapses.len()
    }

    /// The network on this many lanes; [`NetworkImage::encode`] checks whether it is valid.
    ///
    /// # Panics
    /// If there is no lane, or a synapse names a row that does not exist.
    #[must_use]
    pub fn lay_out(&self, lanes: u8) -> NetworkImage {
        let n_rows = usize::from(self.n_channels) + self.neurons.len();
        let mut ordered = self.synapses.clone();
        ordered.sort_by_key(|synapse| (synapse.row, synapse.post_neuron));
        let lanes = (0..u16::from(lanes)).map(|lane| {
            let mut row_ptr = vec![0; n_rows + 1];
            let mut synapses = Vec::new();
            for synapse in ordered.iter().filter(|synapse| synapse.post_neuron % u16::from(lanes) == lane) {
                row_ptr[usize::from(synapse.row) + 1] += 1;
                let post_neuron = (synapse.post_neuron / u16::from(lanes)) as u8;
                synapses.push(Synapse { post_neuron, weight: synapse.weight });
            }
            for row in 0..n_rows {
                row_ptr[row + 1] += row_ptr[row];
            }
            LaneSynapses { row_ptr, synapses }
        });
        NetworkImage { n_channels: self.n_channels, neurons: self.neurons.clone(), lanes: lanes.collect() }
    }
}
