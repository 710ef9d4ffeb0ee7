//! Records the activity of a network: scores and spikes of every tick, and the synaptic events that they cost.

use super::forward::IntegerState;
use crate::network::QuantizedNetwork;

/// What a network did in a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// `[n_ticks][n_readouts]`: potentials of the readout neurons, in their shared weight step.
    pub scores: Vec<Vec<i16>>,
    /// The neurons that spiked in each tick, ascending, noise included.
    pub spikes: Vec<Vec<u16>>,
    /// Synaptic events of each tick that input channels caused: one for each synapse of a channel that spiked in it.
    pub input_events: Vec<u64>,
    /// Synaptic events of each tick that neurons caused: one for each synapse of a neuron that spiked in the tick before.
    pub neuron_events: Vec<u64>,
}

impl Activity {
    /// Synaptic events of the ticks up to and including `tick`: what a decision in it has cost.
    #[must_use]
    pub fn events_until(&self, tick: usize) -> u64 {
        let sum = |events: &[u64]| events.iter().take(tick + 1).sum::<u64>();
        sum(&self.input_events) + sum(&self.neuron_events)
    }
}

/// Runs windows through a network and records its activity.
#[derive(Clone, Debug)]
pub struct Observer<'a> {
    network: &'a QuantizedNetwork,
    state: IntegerState,
    /// Synapses that start at each presynaptic index: weights other than 0.
    fan_out: Vec<u64>,
}

impl<'a> Observer<'a> {
    /// An observer of `network`.
    #[must_use]
    pub fn new(network: &'a QuantizedNetwork) -> Self {
        let rows = network.weights.chunks_exact(network.layout.n_post());
        let fan_out = rows.map(|row| row.iter().filter(|weight| **weight != 0).count() as u64).collect();
        Self { network, state: IntegerState::new(network), fan_out }
    }

    /// Synapses that start at each channel and then at each neuron.
    #[must_use]
    pub fn fan_out(&self) -> &[u64] {
        &self.fan_out
    }

    /// Runs one window: `ticks` are the channels that spike in each tick, each below `n_channels`, none twice in a tick.
    #[must_use]
    pub fn run(&mut self, ticks: &[Vec<u16>]) -> Activity {
        self.run_forced(ticks, &[])
    }

    /// As [`Observer::run`], with neurons that noise makes spike in each tick (see [`crate::data::neuron_noise`]); ticks
    /// beyond the end of `forced` have none.
    #[must_use]
    pub fn run_forced(&mut self, ticks: &[Vec<u16>], forced: &[Vec<u16>]) -> Activity {
        let n_channels = self.network.layout.n_channels;
        let mut activity = Activity::default();
        self.state.restart();
        for (tick, channels) in ticks.iter().enumerate() {
            let (of_channels, of_neurons) = self.fan_out.split_at(n_channels);
            activity.input_events.push(events(of_channels, channels));
            activity.neuron_events.push(events(of_neurons, self.state.fired()));
            self.state.tick(self.network, channels);
            self.state.force_spikes(forced.get(tick).map_or(&[], Vec::as_slice));
            activity.scores.push(self.state.scores(self.network).to_vec());
            activity.spikes.push(self.state.fired().to_vec());
        }
        activity
    }
}

fn events(fan_out: &[u64], spikes: &[u16]) -> u64 {
    spikes.iter().map(|&spike| fan_out[usize::from(spike)]).sum()
}
