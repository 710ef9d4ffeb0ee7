//! A unit of a later day: whose spikes it has, and of which classes.

use std::f64::consts::TAU;

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use recording::Dataset;

use super::{Night, Place, Pool};

/// A rate changes by no more than this factor, up or down.
const LARGEST_GAIN: f64 = 8.0;

/// Where the classes are.
#[derive(Clone, Debug)]
pub(super) enum Targets {
    /// In directions: class and angle in radians, 0 to 2 pi, ascending by angle.
    Directions(Vec<(usize, f64)>),
    /// Nobody knows; so many.
    Unknown(usize),
}

impl Targets {
    pub(super) fn of(dataset: &Dataset) -> Self {
        let Some(angles) = &dataset.angles else { return Self::Unknown(dataset.classes.len()) };
        let radians = angles.degrees.iter().map(|degrees| degrees.to_radians().rem_euclid(TAU));
        let mut directions: Vec<(usize, f64)> = radians.enumerate().collect();
        directions.sort_by(|one, other| one.1.total_cmp(&other.1));
        Self::Directions(directions)
    }
}

/// A unit.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// The recorded unit whose spikes it has.
    source: usize,
    /// How many trials of a class later.
    later: usize,
    gain: f64,
    is_mirrored: bool,
    turn_rad: f64,
    /// Where the classes have no directions: the class whose spikes it has in each.
    order: Vec<usize>,
}

impl Unit {
    /// As it was recorded.
    pub(super) fn recorded(source: usize, targets: &Targets) -> Self {
        let order = match targets {
            Targets::Directions(_) => Vec::new(),
            Targets::Unknown(n_classes) => (0..*n_classes).collect(),
        };
        Self { source, later: 0, gain: 1.0, is_mirrored: false, turn_rad: 0.0, order }
    }

    /// What a night does to it.
    pub(super) fn sleep(&mut self, night: Night, n_units: usize, targets: &Targets, rng: &mut ChaCha8Rng) {
        if rng.random_bool(night.replaced) {
            *self = Self {
                later: rng.random_range(0..=usize::from(u16::MAX)),
                is_mirrored: rng.random_bool(0.5),
                turn_rad: rng.random_range(0.0..TAU),
                ..Self::recorded(rng.random_range(0..n_units), targets)
            };
            self.order.shuffle(rng);
            return;
        }
        let [gain, turn]: [f64; 2] = [(); 2].map(|()| StandardNormal.sample(rng));
        self.gain = (self.gain * (night.gain_sd * gain).exp()).clamp(1.0 / LARGEST_GAIN, LARGEST_GAIN);
        self.turn_rad += (night.turn_sd_deg * turn).to_radians();
    }

    /// Calls `spike` with each tick in which it fires in a trial.
    pub(super) fn fire(
        &self,
        pool: &Pool,
        place: Place,
        targets: &Targets,
        rng: &mut ChaCha8Rng,
        spike: &mut dyn FnMut(usize),
    ) {
        // A rate that has doubled has the spikes of two trials.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to LARGEST_GAIN")]
        let n_trials = self.gain.ceil() as usize;
        let mix = self.mix(place.class, targets);
        for further in 0..n_trials {
            for &(class, share) in &mix {
                let kept = (share * self.gain / n_trials as f64).min(1.0);
                let trial = Place { class, number: place.number + self.later + further };
                for tick in pool.spikes(trial, self.source) {
                    if kept == 1.0 || rng.random_bool(kept) {
                        spike(usize::from(*tick));
                    }
                }
            }
        }
    }

    /// The classes whose spikes it has in a class, and the share of them that it has.
    fn mix(&self, class: usize, targets: &Targets) -> Vec<(usize, f64)> {
        let directions = match targets {
            Targets::Unknown(_) => return vec![(self.order[class], 1.0)],
            Targets::Directions(directions) => directions,
        };
        if self.turn_rad == 0.0 && !self.is_mirrored {
            return vec![(class, 1.0)];
        }
        let angle = directions.iter().find(|(of, _)| *of == class).map_or(0.0, |(_, angle)| *angle);
        let seen = (if self.is_mirrored { -angle } else { angle } - self.turn_rad).rem_euclid(TAU);
        let next = directions.partition_point(|(_, angle)| *angle <= seen);
        let (before, from) = directions[(next + directions.len() - 1) % directions.len()];
        let (after, to) = directions[next % directions.len()];
        let gap = (to - from).rem_euclid(TAU);
        let part = if gap > 0.0 { (seen - from).rem_euclid(TAU) / gap } else { 0.0 };
        vec![(before, 1.0 - part), (after, part)]
    }
}
