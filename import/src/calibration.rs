//! What a network does on events like those of its later use: rates and ranges, from a run of the float twin.

use crate::network::Network;
use crate::twin::Twin;

/// Events: the active channels of each tick, ascending.
pub type Events = [Vec<u16>];

/// Rates and ranges of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Events a tick, by channel.
    pub channel_rates: Vec<f64>,
    /// Spikes a tick, by population and neuron.
    pub rates: Vec<Vec<f64>>,
    /// The largest magnitude of potential or current, by population and neuron.
    pub ranges: Vec<Vec<f64>>,
}

impl Calibration {
    /// Runs the float twin over events.
    #[must_use]
    pub fn of(network: &Network, events: &Events) -> Self {
        let zeros = || network.populations.iter().map(|population| vec![0.0; population.size()]).collect::<Vec<_>>();
        let mut counted = Self { channel_rates: vec![0.0; network.n_channels], rates: zeros(), ranges: zeros() };
        let mut twin = Twin::new(network);
        for channels in events {
            for channel in channels {
                if let Some(count) = counted.channel_rates.get_mut(usize::from(*channel)) {
                    *count += 1.0;
                }
            }
            twin.tick(channels);
            for population in 0..network.populations.len() {
                twin.spikes(population)
                    .iter()
                    .for_each(|neuron| counted.rates[population][usize::from(*neuron)] += 1.0);
                let reached = twin.potentials(population).iter().zip(twin.currents(population));
                for (range, (potential, current)) in counted.ranges[population].iter_mut().zip(reached) {
                    *range = range.max(potential.abs()).max(current.abs());
                }
            }
        }
        let n_ticks = events.len().max(1) as f64;
        let rates = counted.channel_rates.iter_mut().chain(counted.rates.iter_mut().flatten());
        rates.for_each(|count| *count /= n_ticks);
        counted
    }
}
