//! Windows recombined: channels take their spike trains from other training windows, of the same class or of any.
//!
//! Each channel keeps the firing of its class; correlations between the channels of a trial are lost, which a few hundred
//! trials are too few to learn.

use rand::{Rng, RngExt};

use super::TrainingSample;

/// The training windows, by channel and by class.
pub(crate) struct ChannelExchange {
    /// Of every sample and channel, the ticks with a spike.
    trains: Vec<Vec<Vec<u32>>>,
    samples_of_class: Vec<Vec<usize>>,
}

impl ChannelExchange {
    pub(crate) fn new(samples: &[TrainingSample<'_>], n_channels: usize, n_classes: usize) -> Self {
        let mut samples_of_class = vec![Vec::new(); n_classes];
        let mut trains = Vec::with_capacity(samples.len());
        for (index, sample) in samples.iter().enumerate() {
            samples_of_class[sample.class].push(index);
            let mut of_channel = vec![Vec::new(); n_channels];
            for (tick, channels) in sample.ticks.iter().enumerate() {
                channels.iter().for_each(|channel| of_channel[usize::from(*channel)].push(tick as u32));
            }
            trains.push(of_channel);
        }
        Self { trains, samples_of_class }
    }

    /// Writes sample `index` to `mixed`, each channel with probability `rate` from any window of its class.
    pub(crate) fn mix(
        &self,
        sample: &TrainingSample<'_>,
        index: usize,
        rate: f64,
        rng: &mut impl Rng,
        mixed: &mut Vec<Vec<u16>>,
    ) {
        mixed.resize(sample.ticks.len(), Vec::new());
        mixed.iter_mut().for_each(Vec::clear);
        let partners = &self.samples_of_class[sample.class];
        for channel in 0..self.trains[index].len() {
            let source = if rng.random_bool(rate) { partners[rng.random_range(0..partners.len())] } else { index };
            self.copy(source, channel, mixed);
        }
    }

    /// Writes a window of `n_ticks` to `mixed`, each channel from any window of any class: it is of no class, and where a
    /// teacher can judge it, there are as many of them as there is time for.
    pub(crate) fn mix_freely(&self, n_ticks: usize, rng: &mut impl Rng, mixed: &mut Vec<Vec<u16>>) {
        mixed.resize(n_ticks, Vec::new());
        mixed.iter_mut().for_each(Vec::clear);
        for channel in 0..self.trains[0].len() {
            self.copy(rng.random_range(0..self.trains.len()), channel, mixed);
        }
    }

    fn copy(&self, source: usize, channel: usize, mixed: &mut [Vec<u16>]) {
        for tick in &self.trains[source][channel] {
            mixed[*tick as usize].push(channel as u16);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Class 0 fires on channels 0 and 1, class 1 on channel 2; every window at its own tick.
    fn windows() -> Vec<Vec<Vec<u16>>> {
        let window = |index: usize| {
            (0..6)
                .map(|tick| {
                    if tick != index {
                        vec![]
                    } else if index < 3 {
                        vec![0, 1]
                    } else {
                        vec![2]
                    }
                })
                .collect()
        };
        (0..6).map(window).collect()
    }

    fn mixes(rate: f64) -> Vec<Vec<Vec<u16>>> {
        let windows = windows();
        let samples: Vec<_> =
            windows.iter().enumerate().map(|(index, ticks)| TrainingSample { ticks, class: index / 3 }).collect();
        let exchange = ChannelExchange::new(&samples, 3, 2);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut mixed = Vec::new();
        (0..60)
            .map(|_| {
                exchange.mix(&samples[0], 0, rate, &mut rng, &mut mixed);
                mixed.clone()
            })
            .collect()
    }

    #[test]
    fn no_exchange_leaves_a_window_as_it_is() {
        assert!(mixes(0.0).iter().all(|mixed| *mixed == windows()[0]));
    }

    #[test]
    fn channels_come_whole_from_windows_of_the_same_class_only() {
        let of = |mixed: &[Vec<u16>], channel| {
            (0..6).filter(|&tick: &usize| mixed[tick].contains(&channel)).collect::<Vec<_>>()
        };
        let mixes = mixes(1.0);
        assert!(mixes.iter().all(|mixed| of(mixed, 2).is_empty()));
        assert!(mixes.iter().all(|mixed| of(mixed, 0).len() == 1 && of(mixed, 0)[0] < 3));
        assert!(mixes.iter().any(|mixed| of(mixed, 0) != of(mixed, 1)), "channels are exchanged one by one");
    }

    #[test]
    fn a_free_mix_has_channels_of_several_classes() {
        let windows = windows();
        let samples: Vec<_> =
            windows.iter().enumerate().map(|(index, ticks)| TrainingSample { ticks, class: index / 3 }).collect();
        let exchange = ChannelExchange::new(&samples, 3, 2);
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut mixed = vec![vec![9]; 9];
        let fires = |mixed: &[Vec<u16>], channel| mixed.iter().any(|channels| channels.contains(&channel));
        let mut seen = [false; 4];
        for _ in 0..60 {
            exchange.mix_freely(6, &mut rng, &mut mixed);
            assert!(mixed.len() == 6 && !fires(&mixed, 9));
            seen[usize::from(fires(&mixed, 0)) + 2 * usize::from(fires(&mixed, 2))] = true;
        }
        assert_eq!(seen, [true; 4], "no class fires on both channels 0 and 2, or on neither");
    }
}
