//! The image compiler: a quantized network and a core configuration in, a network image out, or the reason why not.

mod error;
mod lower;
mod placement;
mod raise;

pub use error::{Advice, CompileError};
pub use placement::Placement;
pub use raise::RaiseError;

use spec::core::{CORES, CoreConfiguration, CoreRequirement, MAX_LANES, MAX_READOUTS, Misfit, NamedCore};
use spec::image::{ImageError, LaneSynapses, MAX_FAN_IN_WEIGHT, NetworkImage, Neuron, Synapse};

/// A trained network in the integers of the core, not yet laid out on lanes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SparseNetwork {
    /// Input channels.
    pub n_channels: usize,
    /// Neurons, in the caller's order.
    pub neurons: Vec<Neuron>,
    /// Synapses in any order; several between the same pair are allowed.
    pub synapses: Vec<SparseSynapse>,
}

/// One synapse of a [`SparseNetwork`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SparseSynapse {
    /// Presynaptic row: a channel, or `n_channels` + an index in `neurons`.
    pub pre: usize,
    /// Index in `neurons` of the postsynaptic neuron.
    pub post: usize,
    /// Weight in steps of the postsynaptic neuron; a synapse of weight 0 takes no place in the image.
    pub weight: i8,
}

/// Lays a network out for a core, so that its lanes finish a tick at about the same time.
///
/// `activity` has one number for each presynaptic row, channels first: its expected spikes a tick, or anything
/// proportional to that. With it the load of a neuron is the synaptic events that it receives, without it its fan-in. If a
/// placement by activity overfills the synapse memory of a lane, the placement goes by fan-in.
///
/// # Errors
/// An invalid synapse or activity, a fan-in whose weights could overflow a tick, a network that does not fit
/// the core (with the named core that would hold it), and what [`NetworkImage::encode`] refuses.
pub fn compile(
    network: &SparseNetwork,
    core: &CoreConfiguration,
    activity: Option<&[f64]>,
) -> Result<(NetworkImage, Placement), CompileError> {
    check(network, activity)?;
    let lanes = usize::from(core.lanes);
    if !lanes.is_power_of_two() || core.lanes > MAX_LANES {
        return Err(ImageError::Lanes { lanes }.into());
    }
    if network.neurons.len() < lanes {
        let advice = Advice(smallest_core(network));
        return Err(CompileError::TooFewNeurons { n_neurons: network.neurons.len(), lanes, advice });
    }

    let mut placement = Placement::new(network, lanes, activity);
    if activity.is_some() && placement.fullest() > usize::from(core.synapse_words_per_lane) {
        placement = Placement::new(network, lanes, None);
    }
    fits(network, &placement, core)
        .map_err(|misfit| CompileError::Misfit { misfit, advice: Advice(smallest_core(network)) })?;

    let image = lay_out(network, &placement);
    image.encode()?;
    Ok((image, placement))
}

/// The checks of a network before it is placed.
fn check(network: &SparseNetwork, activity: Option<&[f64]>) -> Result<(), CompileError> {
    let n_rows = network.n_rows();
    if n_rows > usize::from(u16::MAX) {
        return Err(ImageError::Rows { rows: n_rows }.into());
    }
    let n_readouts = network.n_readouts();
    if n_readouts > usize::from(MAX_READOUTS) {
        return Err(ImageError::Classes { n_classes: n_readouts }.into());
    }
    if let Some(activity) = activity {
        if activity.len() != n_rows {
            return Err(CompileError::ActivityLength { found: activity.len(), expected: n_rows });
        }
        if let Some(row) = activity.iter().position(|rate| !(rate.is_finite() && *rate >= 0.0)) {
            return Err(CompileError::Activity { row, found: activity[row] });
        }
    }

    // 64 bits: the number of synapses is not bounded here.
    let mut fan_in_weight = vec![0_u64; network.neurons.len()];
    for (index, &SparseSynapse { pre, post, weight }) in network.synapses.iter().enumerate() {
        if pre >= n_rows || post >= network.neurons.len() {
            let n_neurons = network.neurons.len();
            return Err(CompileError::Synapse { index, pre, post, n_rows, n_neurons });
        }
        fan_in_weight[post] += u64::from(weight.unsigned_abs());
    }
    match fan_in_weight.iter().position(|sum| *sum > u64::from(MAX_FAN_IN_WEIGHT)) {
        Some(neuron) => Err(CompileError::FanIn { neuron, sum: fan_in_weight[neuron] }),
        None => Ok(()),
    }
}

fn fits(network: &SparseNetwork, placement: &Placement, core: &CoreConfiguration) -> Result<(), Misfit> {
    let lanes = placement.synapses_per_lane.len();
    // `check` bounds channels, neurons and readouts, so nothing is cut off.
    core.accommodates(&CoreRequirement {
        lanes: lanes as u8,
        neurons_per_lane: network.neurons.len().div_ceil(lanes) as u16,
        channels: network.n_channels as u16,
        synapse_words_per_lane: u32::try_from(placement.fullest()).unwrap_or(u32::MAX),
        readouts: network.n_readouts() as u8,
    })
}

/// The first of [`CORES`] that holds the network, laid out without regard to activity.
#[must_use]
pub fn smallest_core(network: &SparseNetwork) -> Option<NamedCore> {
    CORES.into_iter().find(|NamedCore { configuration, .. }| {
        let lanes = usize::from(configuration.lanes);
        network.neurons.len() >= lanes && fits(network, &Placement::new(network, lanes, None), configuration).is_ok()
    })
}

/// The image of a network whose placement fits.
fn lay_out(network: &SparseNetwork, placement: &Placement) -> NetworkImage {
    let lanes = placement.synapses_per_lane.len();
    let id_of = &placement.id_of;
    let mut index_of = vec![0; id_of.len()];
    for (index, id) in id_of.iter().enumerate() {
        index_of[*id] = index;
    }

    let mut sorted: Vec<Vec<(usize, Synapse)>> = vec![Vec::new(); lanes];
    for &SparseSynapse { pre, post, weight } in network.synapses.iter().filter(|synapse| synapse.weight != 0) {
        let row = match pre.checked_sub(network.n_channels) {
            Some(neuron) => network.n_channels + id_of[neuron],
            None => pre,
        };
        let post_neuron = (id_of[post] / lanes) as u8;
        sorted[id_of[post] % lanes].push((row, Synapse { post_neuron, weight }));
    }
    let tables = sorted.into_iter().map(|mut synapses| {
        synapses.sort_by_key(|(row, synapse)| (*row, synapse.post_neuron));
        let row_ptr = (0..=network.n_rows()).map(|row| synapses.partition_point(|(of, _)| *of < row) as u16).collect();
        LaneSynapses { row_ptr, synapses: synapses.into_iter().map(|(_, synapse)| synapse).collect() }
    });
    NetworkImage {
        n_channels: network.n_channels as u16,
        neurons: index_of.into_iter().map(|index| network.neurons[index]).collect(),
        lanes: tables.collect(),
    }
}

impl SparseNetwork {
    /// Presynaptic rows: one for each channel and neuron.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_channels.saturating_add(self.neurons.len())
    }

    /// Classes, which is neurons with a readout.
    #[must_use]
    pub fn n_readouts(&self) -> usize {
        self.neurons.iter().filter(|neuron| neuron.readout.is_some()).count()
    }
}
