//! Metrics as NeuroBench 2.3.0 defines them, for comparison with published figures.
//!
//! NeuroBench counts the calls that its hooks see. A recurrent spiking layer of snnTorch that resets to zero evaluates its
//! recurrent connection twice per step, so NeuroBench counts those operations twice. [`Recurrence`] gives either number: once
//! is what a device does, twice is what the harness prints for such a layer.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use train::network::{Network, ProjectionKind, QuantizedNetwork, READOUT};
use train::pass::{Activity, Observer};

/// The harness whose definitions these are.
pub const HARNESS: &str = "NeuroBench 2.3.0";

/// Bytes of all parameters and buffers. `tensors` gives the number of entries and the bytes per entry of each.
pub fn footprint(tensors: impl IntoIterator<Item = (usize, usize)>) -> usize {
    tensors.into_iter().map(|(entries, size)| entries * size).sum()
}

/// Share of zeros in the weights of all connection layers, without biases, rounded to four decimals as the harness does; 0 if
/// there are no weights.
pub fn connection_sparsity<'a, W: PartialEq + Default + 'a>(layers: impl IntoIterator<Item = &'a [W]>) -> f64 {
    let (mut n_zeros, mut n_weights) = (0_usize, 0_usize);
    for weights in layers {
        n_zeros += weights.iter().filter(|weight| **weight == W::default()).count();
        n_weights += weights.len();
    }
    (share(n_zeros, n_weights) * 1e4).round() / 1e4
}

/// Outputs of spiking layers, counted over layers, ticks and samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActivationCount {
    /// Outputs that are not 0.
    pub n_nonzero: usize,
    /// All outputs.
    pub n_outputs: usize,
}

impl ActivationCount {
    /// Adds `n_outputs` outputs, `n_nonzero` of them not 0.
    pub fn add(&mut self, n_nonzero: usize, n_outputs: usize) {
        self.n_nonzero += n_nonzero;
        self.n_outputs += n_outputs;
    }

    /// Share of outputs that are 0; 0 if there are no outputs.
    #[must_use]
    pub fn sparsity(&self) -> f64 {
        share(self.n_outputs - self.n_nonzero, self.n_outputs)
    }
}

/// A connection layer, as far as its operations depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Weights that are not 0, for each input.
    fan_out: Vec<u64>,
    n_weights: u64,
    is_recurrent: bool,
}

impl Connection {
    /// From the weights of a layer, `[n_outputs][n_inputs]` row-major, as PyTorch keeps them. A recurrent connection feeds the
    /// outputs of a layer back to that layer.
    #[must_use]
    pub fn new<W: PartialEq + Default>(weights: &[W], n_inputs: usize, is_recurrent: bool) -> Self {
        let mut fan_out = vec![0; n_inputs];
        for row in weights.chunks_exact(n_inputs.max(1)) {
            for (count, weight) in fan_out.iter_mut().zip(row) {
                *count += u64::from(*weight != W::default());
            }
        }
        Self { fan_out, n_weights: weights.len() as u64, is_recurrent }
    }
}

/// How often the operations of recurrent connections count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// As often as a device carries them out.
    Once,
    /// As NeuroBench counts a layer of snnTorch that resets to zero and evaluates its recurrent connection twice per step.
    Twice,
}

/// Synaptic operations of a sample, over all ticks of its window: means over samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SynapticOperations {
    /// Weights of the layers that were called, zeros included, whatever the input.
    pub dense: f64,
    /// Nonzero weights that met a nonzero input in a call whose inputs were not all -1, 0 or 1: 0, since every input here is
    /// a spike or none.
    pub effective_macs: f64,
    /// Nonzero weights that met a nonzero input in the other calls.
    pub effective_acs: f64,
}

/// Synaptic operations of connection layers, added call by call. Biases do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SynapticCount {
    forward: Operations,
    recurrent: Operations,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Operations {
    dense: u64,
    acs: u64,
}

impl SynapticCount {
    /// Adds a call of a layer in one tick of one sample; `spikes` are the indices of its inputs that spike.
    pub fn add_spikes(&mut self, connection: &Connection, spikes: impl IntoIterator<Item = usize>) {
        let operations = if connection.is_recurrent { &mut self.recurrent } else { &mut self.forward };
        operations.dense += connection.n_weights;
        operations.acs += spikes.into_iter().filter_map(|spike| connection.fan_out.get(spike)).sum::<u64>();
    }

    /// The mean over `n_samples` samples.
    #[must_use]
    pub fn per_sample(&self, n_samples: usize, recurrence: Recurrence) -> SynapticOperations {
        let times = if recurrence == Recurrence::Once { 1 } else { 2 };
        let mean = |of: fn(&Operations) -> u64| {
            (of(&self.forward) + times * of(&self.recurrent)) as f64 / n_samples.max(1) as f64
        };
        SynapticOperations {
            dense: mean(|operations| operations.dense),
            effective_macs: 0.0,
            effective_acs: mean(|operations| operations.acs),
        }
    }
}

/// The metrics of a trained network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkMetrics {
    /// Bytes of the network's integers: 1 per weight of its projections, absent ones included as in the harness, and 2 per
    /// constant of each neuron and readout neuron.
    pub footprint_bytes: usize,
    /// Share of absent synapses in the projections.
    pub connection_sparsity: f64,
    /// Share of ticks in which a neuron does not spike. Readout neurons do not count.
    pub activation_sparsity: f64,
    /// Recurrent connections counted once, as the device evaluates them.
    pub operations: SynapticOperations,
    /// Recurrent connections counted twice, for comparison with published figures of the harness.
    pub operations_recurrent_twice: SynapticOperations,
}

/// Constants of a neuron: three decays, threshold, increment, bias, refractory period.
const N_CONSTANTS: usize = 7;
const CONSTANT_BYTES: usize = 2;
/// Bytes of the constants of a neuron.
pub(crate) const NEURON_BYTES: usize = N_CONSTANTS * CONSTANT_BYTES;

/// The metrics of `network` over `windows`, run as its integers `quantized`.
///
/// Every projection with a synapse is a connection layer, whose weights are all its possible synapses; one within an area is
/// recurrent. In a topology that places synapses at random, outside of its projections, there are three layers: from all
/// channels to all neurons, from all neurons to all neurons (recurrent), and to the readout.
pub fn of_network<'a>(
    network: &Network,
    quantized: &QuantizedNetwork,
    windows: impl IntoIterator<Item = &'a [Vec<u16>]>,
) -> NetworkMetrics {
    let blocks = blocks_of(network);
    let weights: Vec<Vec<i16>> = blocks.iter().map(|block| block.weights(quantized)).collect();
    let connections: Vec<Connection> = blocks
        .iter()
        .zip(&weights)
        .map(|(block, weights)| Connection::new(weights, block.pre.len(), block.is_recurrent))
        .collect();
    let (mut activations, mut operations, mut n_samples) = (ActivationCount::default(), SynapticCount::default(), 0);
    let mut observer = Observer::new(quantized);
    let n_channels = network.layout.n_channels;
    for ticks in windows {
        n_samples += 1;
        let Activity { spikes, .. } = observer.run(ticks);
        for (tick, channels) in ticks.iter().enumerate() {
            activations.add(spikes[tick].len(), network.layout.n_neurons);
            let before = if tick > 0 { spikes[tick - 1].as_slice() } else { &[] };
            let from_channels = channels.iter().map(|&channel| usize::from(channel));
            let from_neurons = before.iter().map(|&neuron| n_channels + usize::from(neuron));
            let arriving: Vec<usize> = from_channels.chain(from_neurons).collect();
            for (block, connection) in blocks.iter().zip(&connections) {
                let inside = arriving.iter().filter(|pre| block.pre.contains(*pre)).map(|pre| pre - block.pre.start);
                operations.add_spikes(connection, inside);
            }
        }
    }
    let n_weights: usize = weights.iter().map(Vec::len).sum();
    NetworkMetrics {
        footprint_bytes: footprint([(n_weights, 1), (network.layout.n_post() * N_CONSTANTS, CONSTANT_BYTES)]),
        connection_sparsity: connection_sparsity(weights.iter().map(Vec::as_slice)),
        activation_sparsity: activations.sparsity(),
        operations: operations.per_sample(n_samples, Recurrence::Once),
        operations_recurrent_twice: operations.per_sample(n_samples, Recurrence::Twice),
    }
}

/// A connection layer as a part of the matrix of all weights.
struct Block {
    pre: Range<usize>,
    post: Range<usize>,
    is_recurrent: bool,
}

impl Block {
    /// `[post][pre]`, row-major.
    fn weights(&self, quantized: &QuantizedNetwork) -> Vec<i16> {
        let n_post = quantized.layout.n_post();
        let row = |post: usize| self.pre.clone().map(move |pre| quantized.weights[pre * n_post + post]);
        self.post.clone().flat_map(row).collect()
    }
}

fn blocks_of(network: &Network) -> Vec<Block> {
    let layout = network.layout;
    let of_projections: Vec<Block> = network
        .projections
        .iter()
        .map(|projection| Block {
            pre: network.pre_range(&projection.from),
            post: network.post_range(&projection.to),
            is_recurrent: projection.kind == ProjectionKind::Recurrent,
        })
        .collect();
    let lies_inside = |position: usize| {
        let (pre, post) = (position / layout.n_post(), position % layout.n_post());
        network.projection_at(position).is_none_or(|projection| {
            of_projections[projection].pre.contains(&pre) && of_projections[projection].post.contains(&post)
        })
    };
    if (0..network.weights.len()).all(lies_inside) {
        let mut exists = vec![false; of_projections.len()];
        (0..network.weights.len()).filter_map(|at| network.projection_at(at)).for_each(|index| exists[index] = true);
        return of_projections.into_iter().zip(exists).filter_map(|(block, exists)| exists.then_some(block)).collect();
    }
    let (channels, neurons) = (0..layout.n_channels, layout.n_channels..layout.n_pre());
    vec![
        Block { pre: channels, post: 0..layout.n_neurons, is_recurrent: false },
        Block { pre: neurons.clone(), post: 0..layout.n_neurons, is_recurrent: true },
        Block { pre: neurons, post: network.post_range(READOUT), is_recurrent: false },
    ]
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
