//! Random changes to training windows: moved spikes and added spikes.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::scatter::scatter;
use crate::TrainError;
use crate::range::{PROBABILITY, first_outside};

/// How windows are changed, each time they are trained on. All zero changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Augmentation {
    /// Each spike moves by up to this many ticks either way; those that leave the window are lost.
    pub jitter_ticks: usize,
    /// Probability that a spike is added to a channel in a tick, 0 to below 1.
    pub noise_rate: f64,
    /// Probability that a neuron of a spiking network is made to spike in a tick, 0 to below 1; see [`super::neuron_noise`].
    #[serde(skip_serializing_if = "is_zero")]
    pub neuron_noise_rate: f64,
    /// Probability that a channel takes its spike train from another training window of the same class, 0 to below 1.
    pub channel_exchange: f64,
    /// Probability that every channel of a window takes its spike train from a training window of any class, 0 to below 1.
    /// The target of such a window is the teacher's judgement alone, so it takes [`super::Distillation`].
    #[serde(skip_serializing_if = "is_zero")]
    pub free_mix: f64,
}

impl Augmentation {
    /// Checks every range.
    ///
    /// # Errors
    /// The first probability that is not at least 0 and below 1.
    pub fn check(&self) -> Result<(), TrainError> {
        let outside = first_outside(&[
            ("noise_rate", self.noise_rate, PROBABILITY),
            ("neuron_noise_rate", self.neuron_noise_rate, PROBABILITY),
            ("channel_exchange", self.channel_exchange, PROBABILITY),
            ("free_mix", self.free_mix, PROBABILITY),
        ]);
        outside.map_or(Ok(()), |(name, value, expected)| Err(TrainError::Option { name, value, expected }))
    }

    /// Whether windows stay as they are.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Writes the changed window of `n_channels` channels to `changed`: sorted, no channel twice in a tick. Channels are
    /// exchanged elsewhere, since that takes the other windows.
    pub fn apply(&self, ticks: &[Vec<u16>], n_channels: usize, rng: &mut impl Rng, changed: &mut Vec<Vec<u16>>) {
        changed.resize(ticks.len(), Vec::new());
        changed.iter_mut().for_each(Vec::clear);
        let reach = self.jitter_ticks as i64;
        for (tick, channels) in ticks.iter().enumerate() {
            for &channel in channels {
                let moved = if reach > 0 { tick as i64 + rng.random_range(-reach..=reach) } else { tick as i64 };
                if let Some(target) = usize::try_from(moved).ok().and_then(|tick| changed.get_mut(tick)) {
                    target.push(channel);
                }
            }
        }
        scatter(self.noise_rate, n_channels, rng, changed);
        for channels in changed {
            channels.sort_unstable();
            channels.dedup();
        }
    }
}

fn is_zero(rate: &f64) -> bool {
    *rate == 0.0
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn window() -> Vec<Vec<u16>> {
        (0..200).map(|tick| (0..20).filter(|channel| (tick + channel) % 5 == 0).collect()).collect()
    }

    fn count(ticks: &[Vec<u16>]) -> f64 {
        ticks.iter().map(Vec::len).sum::<usize>() as f64
    }

    fn changed(augmentation: Augmentation) -> Vec<Vec<u16>> {
        let mut changed = Vec::new();
        augmentation.apply(&window(), 20, &mut ChaCha8Rng::seed_from_u64(1), &mut changed);
        changed
    }

    #[test]
    fn no_augmentation_changes_nothing() {
        assert_eq!(changed(Augmentation::default()), window());
    }

    #[test]
    fn noise_adds_its_rate_and_no_channel_twice() {
        let noisy = changed(Augmentation { noise_rate: 0.1, ..Default::default() });
        let silent_places = 200.0 * 20.0 - count(&window());
        let added = (count(&noisy) - count(&window())) / silent_places;
        assert!((added - 0.1).abs() < 0.02, "{added}");
        assert!(noisy.iter().all(|channels| channels.windows(2).all(|pair| pair[0] < pair[1])));
    }

    #[test]
    fn jitter_keeps_spikes_within_reach() {
        let mut single = vec![Vec::new(); 9];
        single[4] = vec![3];
        let mut seen = [false; 9];
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for _ in 0..200 {
            let mut moved = Vec::new();
            Augmentation { jitter_ticks: 2, ..Default::default() }.apply(&single, 4, &mut rng, &mut moved);
            seen[moved.iter().position(|channels| channels == &[3]).expect("the spike stays in the window")] = true;
        }
        assert_eq!(seen, [false, false, true, true, true, true, true, false, false]);
    }
}
