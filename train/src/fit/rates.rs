//! Firing rates over a training: reported for each area, and optionally pulled into a band.

use serde::{Deserialize, Serialize};

use crate::network::{AreaSpan, Layout};

/// Firing rates that cost nothing. Below and above, the loss grows by `strength` times the mean over neurons of the
/// squared relative distance to the nearer end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateBand {
    /// Lowest rate, spikes a tick, above 0.
    pub low: f64,
    /// Highest rate, spikes a tick, at most 1.
    pub high: f64,
    /// Factor on the cost.
    pub strength: f64,
}

impl Default for RateBand {
    fn default() -> Self {
        Self { low: 0.005, high: 0.1, strength: 0.05 }
    }
}

/// What the running mean of a rate keeps from batch to batch.
const MEAN_DECAY: f64 = 0.9;

/// Counts spikes by neuron over an epoch, and keeps a running mean of rates over batches.
pub(super) struct RateKeeper {
    band: Option<RateBand>,
    layout: Layout,
    /// Ticks of a window whose spikes reach a synapse within it: all but the last.
    counted_ticks: usize,
    means: Option<Vec<f64>>,
    batch: Vec<u64>,
    epoch: Vec<u64>,
    epoch_samples: usize,
}

impl RateKeeper {
    pub(super) fn new(layout: Layout, band: Option<RateBand>, n_ticks: usize) -> Self {
        let zeros = vec![0; layout.n_neurons];
        let counted_ticks = n_ticks.saturating_sub(1).max(1);
        Self { band, layout, counted_ticks, means: None, batch: zeros.clone(), epoch: zeros, epoch_samples: 0 }
    }

    pub(super) fn start_epoch(&mut self) {
        self.epoch.fill(0);
        self.epoch_samples = 0;
    }

    /// Where the spikes of the next batch are counted, from 0.
    pub(super) fn batch_counts(&mut self) -> &mut [u64] {
        self.batch.fill(0);
        &mut self.batch
    }

    pub(super) fn end_batch(&mut self, n_samples: usize) {
        let ticks = (n_samples * self.counted_ticks) as f64;
        let rates: Vec<f64> = self.batch.iter().map(|&count| count as f64 / ticks).collect();
        match &mut self.means {
            None => self.means = Some(rates),
            Some(means) => {
                for (mean, rate) in means.iter_mut().zip(rates) {
                    *mean += (1.0 - MEAN_DECAY) * (rate - *mean);
                }
            }
        }
        for (sum, count) in self.epoch.iter_mut().zip(&self.batch) {
            *sum += count;
        }
        self.epoch_samples += n_samples;
    }

    /// The derivative of the cost by every spike, for each postsynaptic index, in a batch of `n_samples`.
    pub(super) fn spike_gradient(&self, n_samples: usize) -> Vec<f32> {
        let mut gradient = vec![0f32; self.layout.n_post()];
        if let (Some(band), Some(means)) = (self.band, &self.means) {
            let share = 1.0 / (self.layout.n_neurons * n_samples * self.counted_ticks) as f64;
            for (entry, &mean) in gradient.iter_mut().zip(means) {
                let bound = mean.clamp(band.low, band.high);
                *entry = (band.strength * 2.0 * (mean - bound) / (bound * bound) * share) as f32;
            }
        }
        gradient
    }

    /// Mean spikes of a neuron in a tick over the epoch, for each area.
    pub(super) fn area_rates(&self, areas: &[AreaSpan]) -> Vec<f64> {
        let ticks = (self.epoch_samples * self.counted_ticks).max(1) as f64;
        let rate = |area: &AreaSpan| {
            let spikes: u64 = self.epoch[area.neurons.clone()].iter().sum();
            spikes as f64 / (ticks * area.neurons.len() as f64)
        };
        areas.iter().map(rate).collect()
    }
}
