//! Populations of known tuning.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};
use study::analysis::tuning::{CosineFit, TuningClass, UnitTuning, tune};
use study::analysis::{Directions, Responses, SpikeTrains, evenly_spaced_angles};

/// Trials of evenly spaced directions in random order.
pub fn directions(n_classes: usize, trials_per_class: usize, seed: u64) -> Directions {
    let mut class: Vec<usize> = (0..n_classes * trials_per_class).map(|trial| trial % n_classes).collect();
    class.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    Directions::new(class, evenly_spaced_angles(n_classes)).unwrap()
}

/// Poisson counts of units whose mean counts depend on the class: `means[unit][class]`; windows of one second.
pub fn poisson_responses(means: &[Vec<f64>], directions: Directions, seed: u64) -> Responses {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut count = |mean: f64| if mean > 0.0 { Poisson::new(mean).unwrap().sample(&mut rng) as u32 } else { 0 };
    let counts: Vec<Vec<u32>> =
        directions.class().iter().map(|&class| means.iter().map(|means| count(means[class])).collect()).collect();
    Responses::new(&counts, 1e3, directions).unwrap()
}

/// Mean counts of a cosine-tuned unit.
pub fn cosine(n_classes: usize, baseline: f64, depth: f64, preferred_rad: f64) -> Vec<f64> {
    evenly_spaced_angles(n_classes).iter().map(|angle| baseline + depth * (angle - preferred_rad).cos()).collect()
}

/// Spikes that fall into each tick with the probability that `chance(class, tick, unit)` gives, independently.
pub fn bernoulli_trains(
    n_units: usize,
    n_ticks: usize,
    directions: Directions,
    seed: u64,
    chance: impl Fn(usize, usize, usize) -> f64,
) -> SpikeTrains {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut trial = |class: usize| -> Vec<Vec<u16>> {
        let mut tick = |tick: usize| {
            (0..n_units).filter(|&unit| rng.random::<f64>() < chance(class, tick, unit)).map(|u| u as u16).collect()
        };
        (0..n_ticks).map(&mut tick).collect()
    };
    let trials = directions.class().iter().map(|&class| trial(class)).collect();
    SpikeTrains::new(n_units, 1.0, trials, directions).unwrap()
}

/// Tuning with as many permutations as the tests' populations need.
pub fn tuned(responses: &Responses) -> Vec<UnitTuning> {
    tune(responses, 999, 1).unwrap()
}

/// Whether a unit has a direction effect.
pub fn is_selective(unit: &UnitTuning) -> bool {
    matches!(unit.class, TuningClass::Selective | TuningClass::CosineTuned)
}

/// A unit with that preferred direction, or an untuned one that fires.
pub fn unit(preferred_rad: Option<f64>) -> UnitTuning {
    let fit = CosineFit {
        baseline_hz: 10.0,
        depth_hz: if preferred_rad.is_some() { 5.0 } else { 0.1 },
        preferred_rad: preferred_rad.unwrap_or(0.0),
        r_squared: Some(0.9),
        cosine_share: Some(0.9),
        lack_of_fit: None,
    };
    UnitTuning {
        class: if preferred_rad.is_some() { TuningClass::CosineTuned } else { TuningClass::Untuned },
        n_spikes: 1000,
        rate_hz: 10.0,
        direction_p: Some(if preferred_rad.is_some() { 0.001 } else { 0.5 }),
        fit: Some(fit),
    }
}
