//! Persistency: tuning that lasts, tuning that comes and goes.

use std::f64::consts::{FRAC_PI_2, TAU};

use crate::support::populations::unit;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use study::analysis::AnalysisError;
use study::analysis::persistency::{Persistency, persist};
use study::analysis::tuning::{TuningClass, UnitTuning};

/// Each unit tuned with that probability in each epoch, each time to a new direction: nothing persists.
fn fleeting(n_epochs: usize, n_units: usize, probability: f64, seed: u64) -> Vec<Vec<UnitTuning>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || unit((rng.random::<f64>() < probability).then(|| TAU * rng.random::<f64>()));
    (0..n_epochs).map(|_| (0..n_units).map(|_| draw()).collect()).collect()
}

/// The same units tuned in all epochs, their directions jittered by up to `jitter_rad`.
fn lasting(n_epochs: usize, n_units: usize, n_tuned: usize, jitter_rad: f64, seed: u64) -> Vec<Vec<UnitTuning>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let preferred: Vec<f64> = (0..n_tuned).map(|_| TAU * rng.random::<f64>()).collect();
    let mut draw = |index: usize| unit(preferred.get(index).map(|p| p + jitter_rad * rng.random_range(-1.0..1.0)));
    (0..n_epochs).map(|_| (0..n_units).map(&mut draw).collect()).collect()
}

fn at_lag(epochs: &[Vec<UnitTuning>], lag: usize) -> Persistency {
    persist(epochs, lag, 199, 4).unwrap()
}

#[test]
fn lasting_tuning_persists_and_keeps_its_direction() {
    for lag in [1, 3] {
        let found = at_lag(&lasting(5, 40, 16, 0.2, 2), lag);
        assert_eq!(found.probability, Some(1.0));
        assert!((found.chance.unwrap() - 0.4).abs() < 1e-12, "{found:?}");
        assert_eq!(found.p, Some(0.005));
        let change = found.change.unwrap();
        // Differences of two uniform jitters: triangular over 0.4 either way, mean 0.4 / 3.
        assert!((change.mean_absolute_rad - 0.4 / 3.0).abs() < 0.05, "{change:?}");
        assert!(change.p <= 0.005, "{change:?}");
    }
}

#[test]
fn fleeting_tuning_is_at_chance() {
    let (mut n_persistent, mut n_kept) = (0, 0);
    for seed in 0..200 {
        let found = at_lag(&fleeting(4, 40, 0.5, seed), 1);
        assert!((found.probability.unwrap() - found.chance.unwrap()).abs() < 0.25, "{found:?}");
        n_persistent += usize::from(found.p.unwrap() <= 0.05);
        n_kept += usize::from(found.change.unwrap().p <= 0.05);
    }
    assert!((2..=23).contains(&n_persistent), "{n_persistent} of 200, 10 expected");
    assert!((2..=23).contains(&n_kept), "{n_kept} of 200, 10 expected");
}

#[test]
fn lasting_units_that_turn_persist_in_tuning_and_not_in_direction() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut draw = |index: usize| unit((index < 20).then(|| TAU * rng.random::<f64>()));
    let epochs: Vec<Vec<UnitTuning>> = (0..3).map(|_| (0..40).map(&mut draw).collect()).collect();
    let found = at_lag(&epochs, 1);
    let change = found.change.unwrap();
    assert_eq!((found.probability, found.p), (Some(1.0), Some(0.005)));
    assert!(change.p > 0.05 && (change.mean_absolute_rad - FRAC_PI_2).abs() < 0.3, "{change:?}");
}

#[test]
fn a_direction_that_all_units_share_is_not_persistency_of_each() {
    // All prefer about the same: a change is small whichever units are compared.
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut draw = |_| unit(Some(1.0 + 0.5 * rng.random_range(-1.0..1.0)));
    let epochs: Vec<Vec<UnitTuning>> = (0..3).map(|_| (0..40).map(&mut draw).collect()).collect();
    let change = at_lag(&epochs, 1).change.unwrap();
    assert!(change.mean_absolute_rad < 0.5 && change.p > 0.05, "{change:?}");
}

#[test]
fn units_that_are_ever_silent_do_not_count() -> Result<(), AnalysisError> {
    // If they counted, tuning would look persistent, though it is at chance among the others.
    let fleeting = fleeting(4, 30, 0.8, 5);
    let mut with_silent = fleeting.clone();
    let silent = UnitTuning { class: TuningClass::Silent, n_spikes: 0, rate_hz: 0.0, direction_p: None, fit: None };
    with_silent.iter_mut().for_each(|epoch| epoch.extend([silent; 30]));
    let found = persist(&with_silent, 1, 199, 1)?;
    assert_eq!(found, persist(&fleeting, 1, 199, 1)?);
    assert!(found.p.unwrap() > 0.05, "{found:?}");
    Ok(())
}

#[test]
fn without_tuned_units_persistency_is_undefined() {
    let found = at_lag(&fleeting(3, 10, 0.0, 1), 1);
    assert_eq!((found.probability, found.chance, found.p, found.change), (None, None, None, None));
}

#[test]
fn bad_input_is_named_in_the_error() {
    let epochs = fleeting(3, 4, 0.5, 1);
    assert_eq!(persist(&epochs, 3, 9, 1).unwrap_err().input, "lag");
    assert_eq!(persist(&epochs, 0, 9, 1).unwrap_err().input, "lag");
    assert_eq!(persist(&[], 1, 9, 1).unwrap_err().input, "epochs");
    let uneven = [epochs[0].clone(), epochs[1][..2].to_vec()];
    assert_eq!(persist(&uneven, 1, 9, 1).unwrap_err().input, "units of two epochs");
}
