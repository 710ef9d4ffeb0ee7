//! Populations of known directions, trajectories, dimensions and shared subspaces.

use std::f64::consts::{PI, TAU};

use crate::support::populations::{bernoulli_trains, cosine, directions, poisson_responses, unit};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use study::analysis::population::*;
use study::analysis::tuning::UnitTuning;
use study::analysis::{AnalysisError, Responses};

fn preferring(angles: impl Iterator<Item = f64>) -> Vec<UnitTuning> {
    angles.map(|angle| unit(Some(angle))).chain([unit(None)]).collect()
}

#[test]
fn one_direction_an_axis_and_neither_are_distinguished() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut near = |angle: f64| angle + rng.random_range(-0.4..0.4);
    let one = preferred_directions(&preferring((0..30).map(|_| near(2.0))));
    assert_eq!(one.preferred_rad.len(), 30, "the untuned unit has none");
    assert!(one.unimodal.unwrap().p < 1e-6 && (one.mean_rad.unwrap() - 2.0).abs() < 0.2, "{one:?}");
    let axis = preferred_directions(&preferring((0..30).map(|index| near(PI * f64::from(index % 2)))));
    assert!(axis.unimodal.unwrap().p > 0.1 && axis.axial.unwrap().p < 1e-6, "{axis:?}");
    let even = preferred_directions(&preferring((0..30).map(|index| TAU * f64::from(index) / 30.0)));
    assert!(even.unimodal.unwrap().p > 0.9 && even.axial.unwrap().p > 0.9, "{even:?}");
    assert_eq!(preferred_directions(&[unit(None)]).unimodal, None);
}

#[test]
fn uniform_preferred_directions_are_rejected_at_the_level() {
    let n_rejected = (0..400)
        .filter(|&seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let found = preferred_directions(&preferring((0..15).map(|_| TAU * rng.random::<f64>())));
            found.unimodal.unwrap().p < 0.05
        })
        .count();
    assert!((4..=38).contains(&n_rejected), "{n_rejected} of 400, 20 expected");
}

#[test]
fn the_vector_of_a_tuned_population_points_at_the_target() -> Result<(), AnalysisError> {
    for n_classes in [4, 8] {
        let means: Vec<Vec<f64>> = (0..40).map(|u| cosine(n_classes, 10.0, 6.0, TAU * f64::from(u) / 40.0)).collect();
        let found = population_vector(&poisson_responses(&means, directions(n_classes, 12, 1), 2), 19, 1)?;
        assert!(found.errors_deg.iter().all(Option::is_some));
        assert!(found.mean_error_deg.unwrap() < 15.0 && found.median_error_deg.unwrap() < 15.0, "{found:?}");
        assert!((found.shuffled_error_deg.unwrap() - 90.0).abs() < 15.0, "{found:?}");
        assert_eq!(found.p, Some(0.05));
    }
    Ok(())
}

#[test]
fn the_vector_of_noiseless_cosines_is_exact() -> Result<(), AnalysisError> {
    let directions = directions(4, 3, 1);
    let count =
        |class: usize, preferred: f64| (1e6 + 5e5 * (TAU * class as f64 / 4.0 - preferred).cos()).round() as u32;
    let row = |&class: &usize| vec![count(class, 0.3), count(class, 0.3 + PI / 2.0)];
    let counts: Vec<Vec<u32>> = directions.class().iter().map(row).collect();
    let found = population_vector(&Responses::new(&counts, 1e3, directions)?, 0, 1)?;
    assert!(found.errors_deg.iter().all(|error| error.unwrap() < 1e-3), "{found:?}");
    assert_eq!((found.shuffled_error_deg, found.p), (None, None));
    Ok(())
}

#[test]
fn the_vector_of_an_untuned_population_points_anywhere() -> Result<(), AnalysisError> {
    let mut n_found = 0;
    for seed in 0..100 {
        let means = vec![vec![8.0; 4]; 10];
        let found = population_vector(&poisson_responses(&means, directions(4, 6, seed), seed), 39, seed)?;
        // The left-out trial lowers its own class in the fit, so that chance is a little above 90 degrees, and so is its control.
        assert!((found.mean_error_deg.unwrap() - 90.0).abs() < 60.0, "{found:?}");
        n_found += usize::from(found.p.unwrap() <= 0.05);
    }
    assert!(n_found <= 14, "{n_found} of 100, 5 expected");
    Ok(())
}

#[test]
fn a_silent_population_has_no_vector() -> Result<(), AnalysisError> {
    let found = population_vector(&poisson_responses(&[vec![0.0; 4]], directions(4, 4, 1), 1), 9, 1)?;
    assert_eq!((found.mean_error_deg, found.p), (None, None));
    assert!(found.errors_deg.iter().all(Option::is_none));
    let lone = poisson_responses(&[vec![1.0; 4]], directions(4, 1, 1), 1);
    assert_eq!(population_vector(&lone, 0, 1).unwrap_err().input, "directions");
    Ok(())
}

#[test]
fn trajectories_of_a_cosine_population_are_a_plane() -> Result<(), AnalysisError> {
    let chance = |class: usize, tick: usize, unit: usize| {
        let angle = TAU * class as f64 / 8.0 - TAU * unit as f64 / 30.0;
        0.2 + 0.18 * angle.cos() * f64::from(u8::from(tick >= 20))
    };
    let trains = bernoulli_trains(30, 60, directions(8, 120, 1), 2, chance);
    let found = trajectories(&trains, 5.0, 3)?;
    let plane = found.explained[0] + found.explained[1];
    assert!(plane > 0.9 && found.explained[2] < 0.05, "{:?}", found.explained);
    assert!((found.participation_ratio.unwrap() - 2.0).abs() < 0.4, "{:?}", found.participation_ratio);
    let radius = |class: usize, tick: usize| {
        let path = &found.paths_hz[class];
        path[0][tick].hypot(path[1][tick])
    };
    for class in 0..8 {
        // Before the onset all directions are in one place; afterwards 180 Hz / sqrt(2) a unit, times the square root of 30.
        assert!(radius(class, 5) < 100.0, "{}", radius(class, 5));
        assert!((radius(class, 45) / (180.0 * 15f64.sqrt()) - 1.0).abs() < 0.15, "{}", radius(class, 45));
    }
    let length: f64 = found.components[0].iter().map(|entry| entry * entry).sum();
    assert!((length - 1.0).abs() < 1e-9);
    Ok(())
}

#[test]
fn smoothing_keeps_a_constant_rate_to_the_ends() -> Result<(), AnalysisError> {
    // Each class has a unit that fires in every tick: rates are 1000 Hz and 0, and stay so.
    let trains = bernoulli_trains(2, 30, directions(2, 3, 1), 1, |class, _, unit| f64::from(u8::from(class == unit)));
    let found = trajectories(&trains, 8.0, 2)?;
    for tick in 0..30 {
        assert!((found.paths_hz[0][0][tick].abs() - 500.0 * 2f64.sqrt()).abs() < 1e-6);
    }
    assert!((found.explained[0] - 1.0).abs() < 1e-9 && (found.participation_ratio.unwrap() - 1.0).abs() < 1e-9);
    assert!(trajectories(&trains, -1.0, 2).is_err() && trajectories(&trains, 1.0, 0).is_err());
    Ok(())
}

#[test]
fn the_participation_ratio_counts_dimensions() {
    assert_eq!(participation_ratio(&[2.0, 2.0, 2.0, 0.0]), Some(3.0));
    assert_eq!(participation_ratio(&[0.0, 0.0]), None);
    let means: Vec<Vec<f64>> = (0..40).map(|u| cosine(8, 200.0, 150.0, TAU * f64::from(u) / 40.0)).collect();
    let tuned = dimensionality(&poisson_responses(&means, directions(8, 40, 1), 2));
    assert!((tuned.of_class_means.unwrap() - 2.0).abs() < 0.05, "{tuned:?}");
    let independent = dimensionality(&poisson_responses(&vec![vec![30.0; 8]; 10], directions(8, 100, 1), 2));
    assert!(independent.of_trials.unwrap() > 9.5, "{independent:?}");
    let silent = dimensionality(&poisson_responses(&[vec![0.0; 4]], directions(4, 3, 1), 2));
    assert_eq!((silent.of_trials, silent.of_class_means), (None, None));
}

/// Counts of two populations of 12 units that follow `n_shared` common signals, whatever the direction.
fn two_populations(n_shared: usize, seed: u64) -> (Responses, Responses) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let directions = directions(4, 30, seed);
    let loadings: Vec<f64> = (0..24 * n_shared).map(|_| StandardNormal.sample(&mut rng)).collect();
    let mut population = [Vec::new(), Vec::new()];
    for _ in directions.class() {
        let signals: Vec<f64> = (0..n_shared).map(|_| StandardNormal.sample(&mut rng)).collect();
        for (side, rows) in population.iter_mut().enumerate() {
            let count = |unit: usize| {
                let shared = signals.iter().enumerate().map(|(k, s)| s * loadings[(k * 2 + side) * 12 + unit]);
                let noise: f64 = StandardNormal.sample(&mut rng);
                (100.0 + 10.0 * shared.sum::<f64>() + 5.0 * noise).max(0.0) as u32
            };
            rows.push((0..12).map(count).collect::<Vec<u32>>());
        }
    }
    let [a, b] = population.map(|rows| Responses::new(&rows, 1e3, directions.clone()).unwrap());
    (a, b)
}

#[test]
fn a_shared_subspace_has_as_many_dimensions_as_there_are_common_signals() -> Result<(), AnalysisError> {
    let (a, b) = two_populations(2, 3);
    let found = shared_subspace(&a, &b, 49, 1)?;
    let beyond = |k: usize| found.held_out[k] > found.shuffled_upper_95[k];
    assert!(found.held_out[0] > 0.9 && found.held_out[1] > 0.9 && beyond(0) && beyond(1), "{found:?}");
    assert!(found.held_out[2] < 0.4, "{found:?}");
    assert_eq!(found.p, Some(0.02));
    Ok(())
}

#[test]
fn independent_populations_do_not_correlate_on_held_out_trials_though_the_fit_does() -> Result<(), AnalysisError> {
    let (mut n_found, mut held_out) = (0, 0.0);
    for seed in 0..100 {
        let (a, b) = two_populations(0, seed);
        let found = shared_subspace(&a, &b, 39, 1)?;
        assert!(found.fitted[0] > 0.25, "{found:?}");
        held_out += found.held_out[0] / 100.0;
        n_found += usize::from(found.p.unwrap() <= 0.05);
    }
    assert!(held_out.abs() < 0.05, "{held_out}");
    assert!(n_found <= 13, "{n_found} of 100, 5 expected");
    Ok(())
}

#[test]
fn a_common_direction_is_shared() -> Result<(), AnalysisError> {
    let directions = directions(4, 30, 1);
    let means =
        |phase: f64| -> Vec<Vec<f64>> { (0..12).map(|u| cosine(4, 50.0, 25.0, f64::from(u) + phase)).collect() };
    let a = poisson_responses(&means(0.0), directions.clone(), 1);
    let b = poisson_responses(&means(0.3), directions, 2);
    let found = shared_subspace(&a, &b, 49, 1)?;
    assert!(found.held_out[0] > 0.8 && found.p == Some(0.02), "{found:?}");
    Ok(())
}

#[test]
fn populations_of_different_or_few_trials_are_refused() {
    let (a, b) = two_populations(1, 1);
    let (other, _) = two_populations(1, 2);
    assert_eq!(shared_subspace(&a, &other, 9, 1).unwrap_err().input, "populations");
    let few = poisson_responses(&[vec![5.0; 4]], directions(4, 3, 1), 1);
    assert_eq!(shared_subspace(&few, &few, 9, 1).unwrap_err().input, "trials");
    let silent = Responses::new(&vec![vec![0; 3]; 120], 1e3, a.directions().clone()).unwrap();
    let found = shared_subspace(&a, &silent, 9, 1).unwrap();
    assert!(found.held_out.iter().all(|&correlation| correlation == 0.0), "{found:?}");
    assert!(shared_subspace(&a, &b, 0, 1).unwrap().p.is_none());
}
