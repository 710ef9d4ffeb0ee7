//! Poisson noise: spikes onto input channels, and spikes in the place of hidden neurons' own.
//!
//! In training both are fields of [`crate::Augmentation`] (`noise_rate`, `neuron_noise_rate`); this is the same noise for
//! windows that are tested on.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::Augmentation;
use super::scatter::scatter;
use crate::TrainError;

/// The probability that a Poisson process of `rate_hz` fires in a tick of `tick_ms`, one or more times: `1 - exp(-rate tick)`.
#[must_use]
pub fn spike_probability(rate_hz: f64, tick_ms: f64) -> f64 {
    -(-rate_hz * tick_ms * 1e-3).exp_m1()
}

/// `ticks` with spikes added to each of `n_channels` channels with `probability` a tick; a channel that spikes already
/// stays at one spike. The same arguments give the same window.
///
/// # Errors
/// A probability that is not at least 0 and below 1.
pub fn with_input_noise(
    ticks: &[Vec<u16>],
    n_channels: usize,
    probability: f64,
    seed: u64,
) -> Result<Vec<Vec<u16>>, TrainError> {
    let noise = Augmentation { noise_rate: probability, ..Augmentation::default() };
    noise.check()?;
    let mut noisy = Vec::new();
    noise.apply(ticks, n_channels, &mut ChaCha8Rng::seed_from_u64(seed), &mut noisy);
    Ok(noisy)
}

/// For each of `n_ticks` the neurons, of `n_neurons`, that noise makes spike, each with `probability`; ascending. The same
/// arguments give the same spikes.
///
/// # Errors
/// A probability that is not at least 0 and below 1.
pub fn neuron_noise(
    n_ticks: usize,
    n_neurons: usize,
    probability: f64,
    seed: u64,
) -> Result<Vec<Vec<u16>>, TrainError> {
    Augmentation { neuron_noise_rate: probability, ..Augmentation::default() }.check()?;
    let mut forced = vec![Vec::new(); n_ticks];
    scatter(probability, n_neurons, &mut ChaCha8Rng::seed_from_u64(seed), &mut forced);
    Ok(forced)
}
