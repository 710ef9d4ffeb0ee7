//! Cultivation and persistency: courses of known tuning over epochs.

mod common;

use std::f64::consts::{FRAC_PI_2, TAU};

use common::unit;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use study::analysis::AnalysisError;
use study::analysis::cultivation::cultivate;
use study::analysis::persistency::{Persistency, UnitChoice, persist};
use study::analysis::tuning::{TuningClass, UnitTuning};

/// Each unit tuned with that probability in each epoch, to a direction drawn anew: nothing persists.
fn fleeting(n_epochs: usize, n_units: usize, probability: f64, seed: u64) -> Vec<Vec<UnitTuning>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || unit((rng.random::<f64>() < probability).then(|| TAU * rng.random::<f64>()));
    (0..n_epochs).map(|_| (0..n_units).map(|_| draw()).collect()).collect()
}

/// The same units tuned in all epochs, their directions off by up to `jitter_rad` either way each time.
fn lasting(n_epochs: usize, n_units: usize, n_tuned: usize, jitter_rad: f64, seed: u64) -> Vec<Vec<UnitTuning>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let preferred: Vec<f64> = (0..n_tuned).map(|_| TAU * rng.random::<f64>()).collect();
    let mut draw = |index: usize| unit(preferred.get(index).map(|p| p + jitter_rad * rng.random_range(-1.0..1.0)));
    (0..n_epochs).map(|_| (0..n_units).map(&mut draw).collect()).collect()
}

fn at_lag(epochs: &[Vec<UnitTuning>], lag: usize) -> Persistency {
    persist(epochs, lag, UnitChoice::All, 199, 4).unwrap()
}

#[test]
fn a_growing_fraction_is_cultivation() -> Result<(), AnalysisError> {
    let epochs: Vec<Vec<UnitTuning>> =
        (0..8).map(|epoch| (0..40).map(|index| unit((index < 5 + 4 * epoch).then_some(1.0))).collect()).collect();
    let found = cultivate(&epochs)?;
    assert_eq!((found.n_gained, found.n_lost), (28, 0));
    assert!((found.change - 0.7).abs() < 1e-12 && found.change_p < 1e-6, "{found:?}");
    assert_eq!(found.spearman.unwrap().coefficient, 1.0);
    assert!(found.mann_kendall.unwrap().p < 0.001, "{found:?}");
    assert_eq!(found.fractions[0], 5.0 / 40.0);
    assert!(found.intervals.iter().zip(&found.fractions).all(|(i, f)| i.low < *f && *f < i.high));
    Ok(())
}

#[test]
fn a_constant_fraction_is_none() -> Result<(), AnalysisError> {
    let found = cultivate(&lasting(6, 30, 10, 0.1, 1))?;
    assert_eq!((found.spearman, found.mann_kendall, found.change, found.change_p), (None, None, 0.0, 1.0));
    Ok(())
}

#[test]
fn trends_without_a_trend_keep_their_level() -> Result<(), AnalysisError> {
    let (mut by_rank, mut by_kendall, mut by_change) = (0, 0, 0);
    for seed in 0..300 {
        let found = cultivate(&fleeting(10, 50, 0.4, seed))?;
        by_rank += usize::from(found.spearman.is_some_and(|trend| trend.p < 0.05));
        by_kendall += usize::from(found.mann_kendall.is_some_and(|trend| trend.p < 0.05));
        by_change += usize::from(found.change_p < 0.05);
    }
    // 15 expected; four standard deviations.
    assert!(by_rank <= 30 && by_kendall <= 30 && by_change <= 30, "{by_rank}, {by_kendall}, {by_change} of 300");
    assert!(by_rank >= 3 && by_kendall >= 3 && by_change >= 2, "{by_rank}, {by_kendall}, {by_change} of 300");
    Ok(())
}

#[test]
fn lasting_tuning_persists_and_keeps_its_direction() {
    for lag in [1, 3] {
        let found = at_lag(&lasting(5, 40, 16, 0.2, 2), lag);
        assert_eq!(found.probability, Some(1.0));
        assert!((found.chance.unwrap() - 0.4).abs() < 1e-12, "{found:?}");
        assert_eq!(found.p, Some(0.005));
        let change = found.change.unwrap();
        assert_eq!(change.n_pairs, 16 * (5 - lag));
        // Differences of two uniform jitters: triangular over 0.4 either way, mean 0.4 / 3.
        assert!((change.mean_absolute_rad - 0.4 / 3.0).abs() < 0.05, "{change:?}");
        assert!((change.sd_rad.unwrap() - 0.4 / 6f64.sqrt()).abs() < 0.05, "{change:?}");
        assert!(change.p <= 0.005 && change.rayleigh_p < 1e-6 && change.resultant > 0.97, "{change:?}");
        assert!((change.permuted_rad.unwrap() - FRAC_PI_2).abs() < 0.2, "{change:?}");
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
    assert!(change.p > 0.05 && (change.mean_absolute_rad - change.uniform_rad).abs() < 0.3, "{change:?}");
}

#[test]
fn a_direction_that_all_units_share_is_not_persistency_of_each() {
    // All prefer about the same: a change is small whichever units are compared.
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut draw = |_| unit(Some(1.0 + 0.5 * rng.random_range(-1.0..1.0)));
    let epochs: Vec<Vec<UnitTuning>> = (0..3).map(|_| (0..40).map(&mut draw).collect()).collect();
    let change = at_lag(&epochs, 1).change.unwrap();
    assert!(change.mean_absolute_rad < 0.5 && change.rayleigh_p < 1e-6, "{change:?}");
    assert!(change.p > 0.05 && (change.permuted_rad.unwrap() - change.mean_absolute_rad).abs() < 0.1, "{change:?}");
}

#[test]
fn silent_units_count_only_where_they_are_asked_for() -> Result<(), AnalysisError> {
    // Units that are silent throughout make tuning look persistent, though among the others it is at chance.
    let mut epochs = fleeting(4, 30, 0.8, 5);
    let silent = UnitTuning { class: TuningClass::Silent, n_spikes: 0, rate_hz: 0.0, direction_p: None, fit: None };
    epochs.iter_mut().for_each(|epoch| epoch.extend([silent; 30]));
    let all = persist(&epochs, 1, UnitChoice::All, 199, 1)?;
    let active = persist(&epochs, 1, UnitChoice::AlwaysActive, 199, 1)?;
    assert_eq!((all.n_units, active.n_units), (60, 30));
    assert_eq!(all.probability, active.probability);
    assert!(all.p.unwrap() <= 0.005 && active.p.unwrap() > 0.05, "{all:?} {active:?}");
    Ok(())
}

#[test]
fn without_tuning_there_is_no_persistency_to_speak_of() {
    let found = at_lag(&fleeting(3, 10, 0.0, 1), 1);
    assert_eq!((found.probability, found.chance, found.p, found.change), (None, None, None, None));
}

#[test]
fn bad_input_is_refused_with_its_name() {
    let epochs = fleeting(3, 4, 0.5, 1);
    assert_eq!(persist(&epochs, 3, UnitChoice::All, 9, 1).unwrap_err().input, "lag");
    assert_eq!(persist(&epochs, 0, UnitChoice::All, 9, 1).unwrap_err().input, "lag");
    assert_eq!(cultivate(&[]).unwrap_err().input, "epochs");
    let uneven = [epochs[0].clone(), epochs[1][..2].to_vec()];
    assert_eq!(cultivate(&uneven).unwrap_err().input, "units of two epochs");
    assert_eq!(persist(&uneven, 1, UnitChoice::All, 9, 1).unwrap_err().input, "units of two epochs");
}
