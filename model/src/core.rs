//! The core: a network image in, ticks of events in, spikes and scores out, the same bits as the hardware.

use spec::image::{ImageError, NetworkImage};
use spec::lif::{self, NeuronParameters, NeuronState};

/// A core with a network loaded.
///
/// In a tick the events of the tick and the spikes of the tick before it are delivered first, as sums of weights; then every
/// neuron is updated once by [`spec::lif::update`]. So an event is felt in its own tick, and a spike one tick later by every
/// target, its own neuron included.
#[derive(Clone, Debug)]
pub struct Core {
    n_channels: u16,
    parameters: Vec<NeuronParameters>,
    states: Vec<NeuronState>,
    /// By neuron; zero between ticks.
    weight_sums: Vec<i16>,
    /// The rows of all lanes as one table: row r is `synapses[row_ptr[r]..row_ptr[r + 1]]`.
    row_ptr: Vec<u32>,
    synapses: Vec<Synapse>,
    /// Neuron of each class.
    readouts: Vec<u16>,
    scores: Vec<i16>,
    /// Neurons that fired in the last tick, ascending.
    spikes: Vec<u16>,
    next_tick: u32,
}

/// A synapse whose postsynaptic neuron is an id, not an index on a lane.
#[derive(Clone, Copy, Debug)]
struct Synapse {
    post_neuron: u16,
    weight: i16,
}

/// What a tick brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickOutcome<'a> {
    /// Number of the tick since the restart, from 0; wraps.
    pub tick: u32,
    /// Neurons that fired, ascending.
    pub spikes: &'a [u16],
    /// Potential of each readout neuron after the tick, by class.
    pub scores: &'a [i16],
    /// The class with the highest score, the lowest of equals.
    pub class: u8,
    /// Synapses that carried an event or a spike in this tick.
    pub synaptic_events: u32,
}

/// Events that no tick can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TickError {
    /// A channel beyond the last.
    #[error("event on channel {channel}, but the network has {n_channels}; use channels from 0 up")]
    NoSuchChannel {
        /// The event's channel.
        channel: u16,
        /// Channels of the network.
        n_channels: u16,
    },
    /// Channels that do not ascend strictly.
    #[error(
        "event on channel {channel} stands behind one on channel {previous}; sort the events of a tick, each channel once"
    )]
    Order {
        /// The event's channel.
        channel: u16,
        /// The channel before it.
        previous: u16,
    },
}

impl Core {
    /// Loads a network, restarted.
    ///
    /// # Errors
    /// Whatever [`NetworkImage::decode`] refuses.
    pub fn from_image(bytes: &[u8]) -> Result<Self, ImageError> {
        NetworkImage::decode(bytes).map(|image| Self::of(&image))
    }

    /// The core of an image that was decoded, and so is valid.
    #[must_use]
    pub fn of(image: &NetworkImage) -> Self {
        let n_neurons = image.neurons.len();
        let mut readouts = vec![0; image.n_readouts()];
        for (neuron, record) in image.neurons.iter().enumerate() {
            if let Some(class) = record.readout {
                readouts[usize::from(class)] = neuron as u16;
            }
        }
        let (row_ptr, synapses) = flatten(image);
        Self {
            n_channels: image.n_channels,
            parameters: image.neurons.iter().map(|neuron| neuron.parameters).collect(),
            states: vec![NeuronState::default(); n_neurons],
            weight_sums: vec![0; n_neurons],
            row_ptr,
            synapses,
            scores: vec![0; readouts.len()],
            readouts,
            spikes: Vec::with_capacity(n_neurons),
            next_tick: 0,
        }
    }

    /// Zeroes every state and the spikes under way; the tick count starts at 0.
    pub fn restart(&mut self) {
        self.states.fill(NeuronState::default());
        self.scores.fill(0);
        self.spikes.clear();
        self.next_tick = 0;
    }

    /// Runs one tick with events on `channels`, strictly ascending and each below [`Core::n_channels`].
    ///
    /// # Errors
    /// The first event that is not so; nothing has changed then.
    pub fn tick(&mut self, channels: &[u16]) -> Result<TickOutcome<'_>, TickError> {
        self.check_events(None, channels)?;
        let mut synaptic_events = 0;
        for channel in channels {
            synaptic_events += deliver(&self.row_ptr, &self.synapses, &mut self.weight_sums, usize::from(*channel));
        }
        for neuron in &self.spikes {
            let row = usize::from(self.n_channels) + usize::from(*neuron);
            synaptic_events += deliver(&self.row_ptr, &self.synapses, &mut self.weight_sums, row);
        }

        self.spikes.clear();
        let neurons = self.parameters.iter().zip(&mut self.states).zip(&mut self.weight_sums);
        for (neuron, ((parameters, state), weight_sum)) in neurons.enumerate() {
            let lif::Update { state: next, spike, .. } = lif::update(parameters, *state, std::mem::take(weight_sum));
            *state = next;
            if spike {
                self.spikes.push(neuron as u16);
            }
        }

        let mut class = 0;
        for (index, neuron) in self.readouts.iter().enumerate() {
            self.scores[index] = self.states[usize::from(*neuron)].potential;
            if self.scores[index] > self.scores[class] {
                class = index;
            }
        }
        let tick = self.next_tick;
        self.next_tick = tick.wrapping_add(1);
        Ok(TickOutcome { tick, spikes: &self.spikes, scores: &self.scores, class: class as u8, synaptic_events })
    }

    /// Checks events that are to follow an event on channel `previous` of the same tick, if there was one.
    ///
    /// # Errors
    /// The first event whose channel does not exist or does not ascend, looked at in this order for each event.
    pub fn check_events(&self, mut previous: Option<u16>, channels: &[u16]) -> Result<(), TickError> {
        for &channel in channels {
            if channel >= self.n_channels {
                return Err(TickError::NoSuchChannel { channel, n_channels: self.n_channels });
            }
            if let Some(previous) = previous.filter(|previous| *previous >= channel) {
                return Err(TickError::Order { channel, previous });
            }
            previous = Some(channel);
        }
        Ok(())
    }

    /// The state of every neuron after the last tick, by id.
    #[must_use]
    pub fn states(&self) -> &[NeuronState] {
        &self.states
    }

    /// The constants of every neuron, by id.
    #[must_use]
    pub fn parameters(&self) -> &[NeuronParameters] {
        &self.parameters
    }

    /// Input channels.
    #[must_use]
    pub fn n_channels(&self) -> u16 {
        self.n_channels
    }

    /// Neurons.
    #[must_use]
    pub fn n_neurons(&self) -> usize {
        self.states.len()
    }

    /// Classes, which is scores of a tick.
    #[must_use]
    pub fn n_readouts(&self) -> usize {
        self.readouts.len()
    }

    /// Synapses.
    #[must_use]
    pub fn n_synapses(&self) -> usize {
        self.synapses.len()
    }
}

/// Adds the weights of a row to the sums of its postsynaptic neurons; gives the number of synapses in the row.
///
/// The order of adds does not matter: an image is refused unless every fan-in's magnitudes sum up to at most
/// [`spec::image::MAX_FAN_IN_WEIGHT`], and a row is delivered once a tick at most, so no partial sum leaves 16 bits.
fn deliver(row_ptr: &[u32], synapses: &[Synapse], weight_sums: &mut [i16], row: usize) -> u32 {
    let (start, end) = (row_ptr[row], row_ptr[row + 1]);
    for synapse in &synapses[start as usize..end as usize] {
        weight_sums[usize::from(synapse.post_neuron)] += synapse.weight;
    }
    end - start
}

/// The tables of all lanes as one.
fn flatten(image: &NetworkImage) -> (Vec<u32>, Vec<Synapse>) {
    let n_lanes = image.lanes.len();
    let mut row_ptr = Vec::with_capacity(image.n_rows() + 1);
    let mut synapses = Vec::with_capacity(image.n_synapses());
    row_ptr.push(0);
    for row in 0..image.n_rows() {
        for (lane, table) in image.lanes.iter().enumerate() {
            let (start, end) = (usize::from(table.row_ptr[row]), usize::from(table.row_ptr[row + 1]));
            synapses.extend(table.synapses[start..end].iter().map(|synapse| Synapse {
                post_neuron: (usize::from(synapse.post_neuron) * n_lanes + lane) as u16,
                weight: i16::from(synapse.weight),
            }));
        }
        row_ptr.push(synapses.len() as u32);
    }
    (row_ptr, synapses)
}
