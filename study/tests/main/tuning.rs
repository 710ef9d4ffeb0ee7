//! Cosine tuning: known tuning is found, and none where there is none.

use std::f64::consts::{PI, TAU};

use crate::support::populations::{cosine, directions, is_selective, poisson_responses, tuned};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use study::analysis::statistics::{circular_difference, mean};
use study::analysis::tuning::*;
use study::analysis::{AnalysisError, Directions, Responses, evenly_spaced_angles};

/// Mean counts of untuned units.
fn flat(n_units: usize, n_classes: usize, mean: f64) -> Vec<Vec<f64>> {
    vec![vec![mean; n_classes]; n_units]
}

fn n_tuned(units: &[UnitTuning]) -> usize {
    units.iter().filter(|unit| unit.is_tuned()).count()
}

#[test]
fn the_true_tuned_fraction_is_found_at_any_number_of_directions() -> Result<(), AnalysisError> {
    for n_classes in [3, 4, 5, 8] {
        let mut means = flat(24, n_classes, 8.0);
        for (unit, means) in means.iter_mut().enumerate().take(16) {
            *means = cosine(n_classes, 8.0, 4.0, TAU * unit as f64 / 16.0);
        }
        let units = tuned(&poisson_responses(&means, directions(n_classes, 60, 2), 7));
        let (hits, false_ones) = (n_tuned(&units[..16]), n_tuned(&units[16..]));
        assert!(hits >= 15 && false_ones <= 2, "{n_classes} directions: {hits} of 16, {false_ones} of 8");
    }
    Ok(())
}

#[test]
fn preferred_direction_depth_and_baseline_are_recovered() -> Result<(), AnalysisError> {
    let truth: Vec<f64> = (0..12).map(|unit| TAU * unit as f64 / 12.0).collect();
    let means: Vec<Vec<f64>> = truth.iter().map(|&preferred| cosine(4, 10.0, 6.0, preferred)).collect();
    let units = tuned(&poisson_responses(&means, directions(4, 100, 2), 3));
    for (unit, truth) in units.iter().zip(truth) {
        let fit = unit.fit.unwrap();
        // Standard errors: 0.16 of the baseline, 0.22 of depth, 0.22 / 6 of direction.
        assert!((fit.baseline_hz - 10.0).abs() < 0.7, "{fit:?}");
        assert!((fit.depth_hz - 6.0).abs() < 0.95, "{fit:?}");
        assert!(circular_difference(unit.preferred_rad().unwrap(), truth).abs() < 0.16, "{fit:?}, {truth}");
        assert!(fit.r_squared.unwrap() > 0.9 && fit.cosine_share.unwrap() > 0.9, "{fit:?}");
    }
    Ok(())
}

#[test]
fn r_squared_alone_would_call_most_untuned_units_tuned() -> Result<(), AnalysisError> {
    let units = tuned(&poisson_responses(&flat(400, 4, 10.0), directions(4, 25, 1), 11));
    let r_squared: Vec<f64> = units.iter().filter_map(|unit| unit.fit?.r_squared).collect();
    let average = mean(&r_squared).unwrap();
    assert!((average - 2.0 / 3.0).abs() < 0.06, "{average}");
    let above = r_squared.iter().filter(|&&r| r > 0.7).count() as f64 / 400.0;
    assert!((above - 0.3f64.sqrt()).abs() < 0.1, "{above}");
    assert!(n_tuned(&units) <= 2, "{} tuned", n_tuned(&units));
    Ok(())
}

#[test]
fn a_population_without_tuning_rarely_shows_a_single_tuned_unit() -> Result<(), AnalysisError> {
    let mut with_one = 0;
    for seed in 0..120 {
        let units = tune(&poisson_responses(&flat(20, 4, 3.0), directions(4, 15, seed), 900 + seed), 1999, 1)?;
        with_one += usize::from(units.iter().any(is_selective));
    }
    // 5 % are allowed: 6 of 120, and four standard deviations.
    assert!(with_one <= 15, "{with_one} of 120");
    Ok(())
}

#[test]
fn single_p_values_keep_their_level() -> Result<(), AnalysisError> {
    // One unit at a time: nothing is corrected.
    let mut n_found = 0;
    for seed in 0..400 {
        let units = tune(&poisson_responses(&flat(1, 4, 2.0), directions(4, 10, seed), 40_000 + seed), 199, 1)?;
        n_found += usize::from(units[0].direction_p.unwrap() <= 0.05);
    }
    assert!((4..=38).contains(&n_found), "{n_found} of 400, 20 expected");
    Ok(())
}

#[test]
fn lack_of_fit_keeps_its_level_for_true_cosines_and_finds_the_contrast() -> Result<(), AnalysisError> {
    let cosines: Vec<Vec<f64>> = (0..300).map(|unit| cosine(4, 10.0, 4.0, TAU * unit as f64 / 300.0)).collect();
    let rejected =
        |units: &[UnitTuning]| units.iter().filter(|unit| unit.fit.unwrap().lack_of_fit.unwrap().p < 0.05).count();
    let units = tuned(&poisson_responses(&cosines, directions(4, 30, 5), 5));
    assert!((2..=32).contains(&rejected(&units)), "{} of 300, 15 expected", rejected(&units));
    let contrasts = vec![vec![14.0, 6.0, 14.0, 6.0]; 50];
    let units = tuned(&poisson_responses(&contrasts, directions(4, 30, 5), 5));
    assert_eq!(rejected(&units), 50);
    Ok(())
}

#[test]
fn the_contrast_of_four_directions_is_selective_and_not_tuned() -> Result<(), AnalysisError> {
    let means = vec![vec![14.0, 6.0, 14.0, 6.0]; 40];
    let units = tuned(&poisson_responses(&means, directions(4, 30, 3), 4));
    assert!(units.iter().all(|unit| unit.class == TuningClass::Selective), "{units:?}");
    assert!(units.iter().all(|unit| unit.preferred_rad().is_none() && unit.fit.unwrap().cosine_share.unwrap() < 0.3));
    Ok(())
}

#[test]
fn two_peaks_at_eight_directions_are_selective_and_not_tuned() -> Result<(), AnalysisError> {
    let two_peaks: Vec<f64> = evenly_spaced_angles(8).iter().map(|angle| 10.0 + 5.0 * (2.0 * angle).cos()).collect();
    let units = tuned(&poisson_responses(&vec![two_peaks; 20], directions(8, 20, 3), 4));
    assert!(units.iter().all(|unit| unit.class == TuningClass::Selective));
    Ok(())
}

#[test]
fn arbitrary_class_means_pass_at_the_predicted_rate_and_cosines_more_often() -> Result<(), AnalysisError> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for n_classes in [4, 8] {
        let mut gaussian = || rand_distr::Distribution::<f64>::sample(&rand_distr::StandardNormal, &mut rng);
        let mut means = || (0..n_classes).map(|_| (60.0 + 12.0 * gaussian()).max(5.0)).collect();
        let arbitrary: Vec<Vec<f64>> = (0..300).map(|_| means()).collect();
        let responses = poisson_responses(&arbitrary, directions(n_classes, 20, 1), 2);
        let found = tuned_fraction(&tuned(&responses), n_classes);
        let passed = found.n_tuned as f64 / (found.n_tuned + found.n_selective) as f64;
        assert!(found.n_tuned + found.n_selective > 280, "{found:?}");
        assert!((passed - found.arbitrary_pass_rate).abs() < 0.09, "{passed}, {found:?}");
        assert!(found.arbitrary_p > 0.001, "{found:?}");

        let cosines: Vec<Vec<f64>> = (0..60).map(|unit| cosine(n_classes, 60.0, 15.0, unit as f64)).collect();
        let responses = poisson_responses(&cosines, directions(n_classes, 20, 1), 2);
        let found = tuned_fraction(&tuned(&responses), n_classes);
        assert!(found.n_tuned >= 57 && found.arbitrary_p < 1e-6, "{found:?}");
    }
    Ok(())
}

#[test]
fn noise_lowers_r_squared_and_not_the_cosine_share() -> Result<(), AnalysisError> {
    let cosines: Vec<Vec<f64>> = (0..200).map(|unit| cosine(8, 6.0, 1.4, TAU * f64::from(unit) / 200.0)).collect();
    let units = tuned(&poisson_responses(&cosines, directions(8, 20, 2), 8));
    let average = |value: fn(CosineFit) -> Option<f64>| {
        mean(&units.iter().filter_map(|unit| value(unit.fit?)).collect::<Vec<f64>>()).unwrap()
    };
    let (r_squared, share) = (average(|fit| fit.r_squared), average(|fit| fit.cosine_share));
    assert!(r_squared < 0.87 && share > 0.93, "{r_squared}, {share}");
    Ok(())
}

#[test]
fn unequal_numbers_of_trials_bias_nothing_and_hide_nothing() -> Result<(), AnalysisError> {
    let class: Vec<usize> = [vec![0; 90], vec![1; 40], vec![2; 15], vec![3; 60]].concat();
    let directions = Directions::new(class, evenly_spaced_angles(4))?;
    let means = [vec![cosine(4, 9.0, 3.0, 2.6); 20], flat(30, 4, 9.0)].concat();
    let units = tuned(&poisson_responses(&means, directions, 6));
    assert!(n_tuned(&units[..20]) >= 19, "{} of 20", n_tuned(&units[..20]));
    assert!(units[20..].iter().filter(|unit| is_selective(unit)).count() <= 3);
    let off = units[..20].iter().filter_map(|unit| Some(circular_difference(unit.preferred_rad()?, 2.6)));
    let off = mean(&off.collect::<Vec<f64>>()).unwrap();
    assert!(off.abs() < 0.1, "{off}");
    Ok(())
}

#[test]
fn unevenly_spaced_angles_are_fitted() -> Result<(), AnalysisError> {
    let angles = vec![0.3, 1.1, 2.9, 3.6, 5.5];
    let class: Vec<usize> = (0..250).map(|trial| trial % 5).collect();
    let means: Vec<f64> = angles.iter().map(|angle| 10.0 + 6.0 * (angle - 2.0f64).cos()).collect();
    let units = tuned(&poisson_responses(&[means], Directions::new(class, angles)?, 6));
    assert!(circular_difference(units[0].preferred_rad().unwrap(), 2.0).abs() < 0.2, "{units:?}");
    Ok(())
}

#[test]
fn silent_units_are_a_class_of_their_own() -> Result<(), AnalysisError> {
    let means = [flat(5, 4, 0.0), flat(5, 4, 5.0), vec![cosine(4, 8.0, 6.0, PI); 10]].concat();
    let units = tuned(&poisson_responses(&means, directions(4, 20, 1), 1));
    for unit in &units[..5] {
        assert_eq!((unit.class, unit.n_spikes, unit.direction_p, unit.fit), (TuningClass::Silent, 0, None, None));
    }
    let found = tuned_fraction(&units, 4);
    assert_eq!((found.n_units, found.n_silent), (20, 5));
    assert_eq!(found.fraction, found.n_tuned as f64 / 20.0);
    assert!(found.interval.low < found.fraction && found.fraction < found.interval.high);
    Ok(())
}

#[test]
fn a_unit_that_never_varies_is_untuned() -> Result<(), AnalysisError> {
    let directions = directions(4, 10, 1);
    let constant = vec![vec![3u32]; 40];
    let by_class: Vec<Vec<u32>> = directions.class().iter().map(|&class| vec![[4, 2, 0, 2][class]]).collect();
    let units = tuned(&Responses::new(&constant, 500.0, directions.clone())?);
    assert_eq!((units[0].class, units[0].rate_hz), (TuningClass::Untuned, 6.0));
    assert_eq!(units[0].fit.unwrap().r_squared, None);
    let units = tuned(&Responses::new(&by_class, 500.0, directions)?);
    assert_eq!(units[0].class, TuningClass::CosineTuned, "no noise at all");
    assert!((units[0].fit.unwrap().depth_hz - 4.0).abs() < 1e-9);
    Ok(())
}

#[test]
fn a_seed_fixes_the_result_and_json_keeps_it() -> Result<(), AnalysisError> {
    let means = [flat(4, 4, 0.0), vec![cosine(4, 6.0, 2.0, 1.0); 6]].concat();
    let responses = poisson_responses(&means, directions(4, 20, 1), 1);
    let units = tuned(&responses);
    assert_eq!(units, tuned(&responses));
    let text = serde_json::to_string(&units).unwrap();
    assert_eq!(serde_json::from_str::<Vec<UnitTuning>>(&text).unwrap(), units);
    Ok(())
}

#[test]
fn bad_input_is_named_in_the_error() {
    let two = poisson_responses(&flat(2, 2, 4.0), directions(2, 10, 1), 1);
    let four = poisson_responses(&flat(2, 4, 4.0), directions(4, 10, 1), 1);
    let lone = poisson_responses(&flat(2, 4, 4.0), directions(4, 1, 1), 1);
    let refused = |responses: &Responses, n_permutations| tune(responses, n_permutations, 1).unwrap_err().input;
    assert_eq!(refused(&two, 999), "directions");
    assert_eq!(refused(&lone, 999), "trials");
    assert_eq!(refused(&four, 19), "n_permutations");
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let class = (0..9).map(|_| rng.random_range(0..3)).collect();
    assert_eq!(Directions::new(class, vec![0.0, TAU, 1.0]).unwrap_err().input, "directions");
    assert!(Directions::new(vec![0, 1, 2], vec![0.0, 1.0]).is_err());
    assert!(Directions::new(vec![0, 0], vec![0.0, 1.0]).is_err());
}
