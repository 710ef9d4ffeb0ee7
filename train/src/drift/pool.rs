//! Recorded trials that windows are made from.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use recording::Dataset;

/// Some trials of a recording, by class, each with its first window.
#[derive(Clone, Debug)]
pub struct Pool {
    n_ticks: usize,
    by_class: Vec<Vec<Trial>>,
}

#[derive(Clone, Debug)]
struct Trial {
    trial: usize,
    /// The ticks in which each channel spikes.
    spikes: Vec<Vec<u16>>,
}

/// A trial of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its class.
    pub class: usize,
    /// Its number among those of the class.
    pub number: usize,
}

impl Pool {
    /// These trials (ascending) of a data set, whose windows have at most 65,536 ticks.
    #[must_use]
    pub fn of(dataset: &Dataset, trials: &[usize]) -> Self {
        let mut by_class = vec![Vec::new(); dataset.classes.len()];
        let primary = dataset.samples.iter().filter(|sample| sample.window == 0);
        for sample in primary.filter(|sample| trials.binary_search(&sample.trial).is_ok()) {
            let mut spikes = vec![Vec::new(); dataset.n_channels];
            for (tick, channels) in (0..=u16::MAX).zip(&sample.ticks) {
                channels.iter().for_each(|channel| spikes[usize::from(*channel)].push(tick));
            }
            by_class[sample.class].push(Trial { trial: sample.trial, spikes });
        }
        Self { n_ticks: dataset.n_ticks, by_class }
    }

    /// Every trial once, by class.
    #[must_use]
    pub fn all(&self) -> Vec<Place> {
        let of_class =
            |(class, trials): (usize, &Vec<Trial>)| (0..trials.len()).map(move |number| Place { class, number });
        self.by_class.iter().enumerate().flat_map(of_class).collect()
    }

    /// `n` trials at random: every class once before any comes again, as far as it has trials.
    #[must_use]
    pub fn drawn(&self, n: usize, seed: u64) -> Vec<Place> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut classes: Vec<usize> =
            (0..self.by_class.len()).filter(|class| !self.by_class[*class].is_empty()).collect();
        let mut places = Vec::with_capacity(n);
        while places.len() < n && !classes.is_empty() {
            classes.shuffle(&mut rng);
            for class in classes.iter().take(n - places.len()) {
                places.push(Place { class: *class, number: rng.random_range(0..self.by_class[*class].len()) });
            }
        }
        places
    }

    /// The trial of the recording.
    pub(super) fn trial(&self, place: Place) -> usize {
        self.by_class[place.class][place.number].trial
    }

    /// Ticks of a window.
    pub(super) fn n_ticks(&self) -> usize {
        self.n_ticks
    }

    /// The ticks in which a channel spikes in a trial; after the last trial of a class comes its first.
    pub(super) fn spikes(&self, Place { class, number }: Place, channel: usize) -> &[u16] {
        let trials = &self.by_class[class];
        trials.get(number % trials.len().max(1)).map_or(&[], |trial| &trial.spikes[channel])
    }
}
