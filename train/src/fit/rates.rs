//! Firing rates: of neurons over an epoch, and of the channels in the samples.

use crate::data::TrainingSample;
use crate::network::{AreaSpan, Layout};

/// Counts the spikes of each neuron over an epoch.
pub(super) struct RateCounter {
    /// Ticks of a window whose spikes reach a synapse within it: all but the last.
    counted_ticks: usize,
    spikes: Vec<u64>,
    n_samples: usize,
}

impl RateCounter {
    pub(super) fn new(layout: Layout, n_ticks: usize) -> Self {
        let counted_ticks = n_ticks.saturating_sub(1).max(1);
        Self { counted_ticks, spikes: vec![0; layout.n_neurons], n_samples: 0 }
    }

    pub(super) fn start_epoch(&mut self) {
        self.spikes.fill(0);
        self.n_samples = 0;
    }

    /// The counts that a batch of `n_samples` adds to.
    pub(super) fn of_batch(&mut self, n_samples: usize) -> &mut [u64] {
        self.n_samples += n_samples;
        &mut self.spikes
    }

    /// Mean spikes of each neuron in a tick, so far in the epoch.
    pub(super) fn neuron_rates(&self) -> impl Iterator<Item = f32> + '_ {
        let ticks = (self.n_samples * self.counted_ticks).max(1) as f32;
        self.spikes.iter().map(move |&spikes| spikes as f32 / ticks)
    }

    /// Mean spikes of a neuron in a tick over the epoch, for each area.
    pub(super) fn area_rates(&self, areas: &[AreaSpan]) -> Vec<f64> {
        let ticks = (self.n_samples * self.counted_ticks).max(1) as f64;
        let rate = |area: &AreaSpan| {
            let spikes: u64 = self.spikes[area.neurons.clone()].iter().sum();
            spikes as f64 / (ticks * area.neurons.len() as f64)
        };
        areas.iter().map(rate).collect()
    }
}

/// Mean spikes of each channel in a tick.
pub(super) fn channel_rates(samples: &[TrainingSample<'_>], n_channels: usize) -> Vec<f32> {
    let mut spikes = vec![0u64; n_channels];
    let mut n_ticks = 0u64;
    for tick in samples.iter().flat_map(|sample| sample.ticks) {
        n_ticks += 1;
        tick.iter().for_each(|channel| spikes[usize::from(*channel)] += 1);
    }
    spikes.iter().map(|&spikes| spikes as f32 / n_ticks.max(1) as f32).collect()
}
