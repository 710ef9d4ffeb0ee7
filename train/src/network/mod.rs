//! The trainable network: areas and projections of a topology, sized for a recording, with float weights and constants.

mod ablation;
mod columns;
mod direct;
mod initial;
mod parameters;
mod prune;
mod quantize;
mod restore;
mod topology;
mod topology_check;

pub(crate) use ablation::Redraw;
pub use ablation::{Ablation, Plasticity};
pub use columns::NeuronColumns;
pub(crate) use direct::SLOWEST_LEAK_TICKS;
pub use parameters::{Layout, Parameters};
pub(crate) use prune::Pruner;
pub use prune::Pruning;
pub use quantize::QuantizedNetwork;
pub(crate) use restore::Restored;
pub use topology::{
    Area, INPUT, InitialWeights, Projection, ProjectionKind, READOUT, Readout, Reset, SynapsePlacement, Topology,
};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use spec::lif::{MAX_REFRACTORY_TICKS, ResetMode};

use crate::TrainError;

/// Most channels, neurons and readout neurons together on one side of the weight matrix.
pub(crate) const MAX_SIZE: usize = 16_384;

/// A network under training. All levels are in units in which a threshold starts at 1.
///
/// Vectors have one entry for each postsynaptic index of [`Layout`], unless a field states otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Sizes and numbering.
    pub layout: Layout,
    /// The areas, in the order of the neurons; the readout is not among them.
    pub areas: Vec<AreaSpan>,
    /// The projections of the topology.
    pub projections: Vec<Projection>,
    /// What training does to the synapses of each projection.
    pub plasticity: Vec<Plasticity>,
    /// `[n_pre][n_post]`: 0 where no synapse exists, else 1 + the index of its projection.
    pub synapse_projection: Vec<u16>,
    /// `[n_pre][n_post]`, 0 where no synapse exists.
    pub weights: Vec<f32>,
    /// Time constant of the synaptic current in ticks; 0 is a delta synapse and stays one.
    pub synaptic_tau_ticks: Vec<f32>,
    /// Time constant of the membrane in ticks.
    pub membrane_tau_ticks: Vec<f32>,
    /// Time constant of the adaptation in ticks.
    pub adaptation_tau_ticks: Vec<f32>,
    /// What a spike adds to the adaptation; 0 is a plain LIF neuron and stays one.
    pub adaptation_increment: Vec<f32>,
    /// Threshold without adaptation.
    pub threshold: Vec<f32>,
    /// Constant input to the potential.
    pub bias: Vec<f32>,
    /// Ticks in which the potential is held after a spike.
    pub refractory_ticks: Vec<u8>,
    /// What a spike does to the potential.
    pub reset_mode: Vec<ResetMode>,
    /// Bits of a weight on the device, 4 to 8.
    pub weight_bits: u32,
    /// `[n_channels]`, empty before training: what the weights to a readout grow by for each unit of its bias that rounding
    /// takes.
    pub(crate) bias_carriers: Vec<f32>,
    /// What it keeps of the network that it was restored from, if it was.
    pub(crate) restored: Option<Restored>,
}

/// The neurons of one area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaSpan {
    /// The area's name in the topology.
    pub name: String,
    /// Its neurons, as indices.
    pub neurons: std::ops::Range<usize>,
}

impl Network {
    /// Draws a network: synapses by the projections' densities, weights and time constants by the areas' distributions.
    ///
    /// `tick_ms` is the length of a tick. The same arguments give the same network, to the bit.
    ///
    /// # Errors
    /// Sizes that cannot be built, a tick that is not above 0, a topology that [`Topology::check`] refuses.
    pub fn new(
        topology: &Topology,
        n_channels: usize,
        n_classes: usize,
        tick_ms: f64,
        weight_bits: u32,
        seed: u64,
    ) -> Result<Self, TrainError> {
        topology.check(&topology.name)?;
        let layout = Layout { n_channels, n_neurons: topology.n_neurons(), n_readouts: n_classes };
        check_sizes(layout, weight_bits)?;
        if !(tick_ms > 0.0 && tick_ms.is_finite()) {
            return Err(TrainError::Option { name: "tick_ms", value: tick_ms, expected: "a number above 0" });
        }
        let mut areas = Vec::with_capacity(topology.areas.len());
        let mut start = 0;
        for area in &topology.areas {
            areas.push(AreaSpan { name: area.name.clone(), neurons: start..start + area.neurons });
            start += area.neurons;
        }
        let n_post = layout.n_post();
        let ticks = |tau_ms: f64| (tau_ms / tick_ms) as f32;
        let mut network = Self {
            layout,
            areas,
            projections: topology.projections.clone(),
            plasticity: vec![Plasticity::Trained; topology.projections.len()],
            synapse_projection: vec![0; layout.n_pre() * n_post],
            weights: vec![0.0; layout.n_pre() * n_post],
            synaptic_tau_ticks: vec![ticks(topology.readout.synaptic_tau_ms); n_post],
            membrane_tau_ticks: vec![ticks(topology.readout.membrane_tau_ms); n_post],
            adaptation_tau_ticks: vec![1.0; n_post],
            adaptation_increment: vec![0.0; n_post],
            threshold: vec![1.0; n_post],
            bias: vec![0.0; n_post],
            refractory_ticks: vec![0; n_post],
            reset_mode: vec![ResetMode::Subtract; n_post],
            weight_bits,
            bias_carriers: Vec::new(),
            restored: None,
        };
        for (area, span) in topology.areas.iter().zip(&network.areas) {
            let refractory_ticks = (area.refractory_ms / tick_ms).round().min(f64::from(MAX_REFRACTORY_TICKS)) as u8;
            let reset_mode = match area.reset {
                Reset::ToZero => ResetMode::ToZero,
                Reset::Subtract => ResetMode::Subtract,
            };
            for neuron in span.neurons.clone() {
                network.refractory_ticks[neuron] = refractory_ticks;
                network.reset_mode[neuron] = reset_mode;
                network.synaptic_tau_ticks[neuron] = ticks(area.synaptic_tau_ms);
            }
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        network.draw_synapses(topology.placement, &mut rng);
        network.draw_constants(topology, tick_ms, &mut rng);
        network.draw_weights(topology, &mut rng);
        Ok(network)
    }

    /// Synapses that exist, those of the readout included.
    #[must_use]
    pub fn n_synapses(&self) -> usize {
        self.synapse_projection.iter().filter(|&&projection| projection > 0).count()
    }

    /// Numbers that the standard training changes: a weight for each synapse, time constant and bias for each neuron and
    /// readout neuron, time constant and increment for each neuron that adapts, and a time constant for each that filters its
    /// synaptic current. What a float network is matched to by parameters.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        let above_zero = |values: &[f32]| values.iter().filter(|&&value| value > 0.0).count();
        let n_adaptive = above_zero(&self.adaptation_increment);
        self.n_synapses() + 2 * self.layout.n_post() + 2 * n_adaptive + above_zero(&self.synaptic_tau_ticks)
    }

    /// The projection of the synapse at a position of the weights; `None` where there is no synapse.
    #[must_use]
    pub fn projection_at(&self, position: usize) -> Option<usize> {
        usize::from(self.synapse_projection[position]).checked_sub(1)
    }

    /// Removes a synapse.
    pub fn remove_synapse(&mut self, position: usize) {
        self.synapse_projection[position] = 0;
        self.weights[position] = 0.0;
    }

    /// The presynaptic indices of a projection's origin.
    #[must_use]
    pub fn pre_range(&self, from: &str) -> std::ops::Range<usize> {
        let n_channels = self.layout.n_channels;
        if from == INPUT {
            return 0..n_channels;
        }
        let neurons = self.area_range(from);
        n_channels + neurons.start..n_channels + neurons.end
    }

    /// The postsynaptic indices of a projection's target.
    #[must_use]
    pub fn post_range(&self, to: &str) -> std::ops::Range<usize> {
        if to == READOUT { self.layout.n_neurons..self.layout.n_post() } else { self.area_range(to) }
    }

    fn area_range(&self, name: &str) -> std::ops::Range<usize> {
        self.areas.iter().find(|area| area.name == name).map_or(0..0, |area| area.neurons.clone())
    }
}

fn check_sizes(layout: Layout, weight_bits: u32) -> Result<(), TrainError> {
    let sizes = [
        ("channels", layout.n_channels, 1, MAX_SIZE),
        ("neurons", layout.n_neurons, 1, MAX_SIZE),
        ("readouts", layout.n_readouts, 1, MAX_SIZE),
        ("channels and neurons", layout.n_pre(), 2, MAX_SIZE),
        ("weight bits", weight_bits as usize, 4, 8),
    ];
    for (name, value, low, high) in sizes {
        if !(low..=high).contains(&value) {
            return Err(TrainError::NetworkSize { name, value, low, high });
        }
    }
    Ok(())
}
