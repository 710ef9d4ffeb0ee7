//! The shared statistics, against SciPy (`fixtures/README.md`) and against what is known of them.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use study::analysis::statistics::*;
use study::analysis::tuning::tune;
use study::analysis::{AnalysisError, Directions, Responses, evenly_spaced_angles};

fn fixture() -> Value {
    serde_json::from_str(include_str!("fixtures/statistics.json")).unwrap()
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

#[track_caller]
fn assert_near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found}, not {expected}");
}

#[track_caller]
fn assert_all_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).for_each(|(&found, &expected)| assert_near(found, expected, 1e-12));
}

#[test]
fn the_correction_is_that_of_scipy() {
    let fixture = &fixture()["corrections"];
    let p_values = list(&fixture["p"]);
    assert_all_near(&benjamini_hochberg(&p_values), &list(&fixture["bh"]));
    let reversed: Vec<f64> = p_values.iter().rev().copied().collect();
    let again: Vec<f64> = benjamini_hochberg(&reversed).into_iter().rev().collect();
    assert_all_near(&again, &list(&fixture["bh"]));
}

#[test]
fn intervals_and_exact_tests_are_those_of_scipy() {
    let fixture = fixture();
    for case in fixture["proportions"].as_array().unwrap() {
        let interval = wilson_interval(count(&case["n_yes"]), count(&case["n"]), 0.95);
        assert_near(interval.low, number(&case["low"]), 1e-9);
        assert_near(interval.high, number(&case["high"]), 1e-9);
    }
    let side = |value: &Value| (count(&value[0]), count(&value[1]));
    for case in fixture["tables"].as_array().unwrap() {
        assert_near(fisher_exact(side(&case["a"]), side(&case["b"])), number(&case["p"]), 1e-9);
    }
}

#[test]
fn correlations_are_those_of_scipy() {
    for case in fixture()["pairs"].as_array().unwrap() {
        let (x, y) = (list(&case["x"]), list(&case["y"]));
        for (found, expected) in [(spearman(&x, &y), &case["spearman"]), (pearson(&x, &y), &case["pearson"])] {
            let found = found.unwrap();
            assert_near(found.coefficient, number(&expected[0]), 1e-12);
            assert_near(found.p, number(&expected[1]), 1e-7);
        }
    }
    assert_eq!(spearman(&[1.0, 2.0, 3.0], &[5.0, 5.0, 5.0]), None);
}

#[test]
fn distances_of_distributions_are_those_of_scipy() {
    for case in fixture()["samples"].as_array().unwrap() {
        let found = kolmogorov_smirnov(&list(&case["a"]), &list(&case["b"]), 20_000, 3).unwrap();
        assert_near(found.distance, number(&case["distance"]), 1e-12);
        // Three standard errors of the permutations.
        let p = number(&case["p"]);
        assert_near(found.p, p, 3.0 * (p * (1.0 - p) / 2e4).sqrt() + 1e-4);
    }
    assert_eq!(kolmogorov_smirnov(&[], &[1.0], 10, 1), None);
}

#[test]
fn tied_values_count_once_in_the_distance() {
    let found = kolmogorov_smirnov(&[1.0, 1.0, 2.0], &[1.0, 2.0, 2.0], 99, 1).unwrap();
    assert_near(found.distance, 1.0 / 3.0, 1e-12);
    let same = kolmogorov_smirnov(&[1.0; 8], &[1.0; 5], 99, 1).unwrap();
    assert_eq!((same.distance, same.p), (0.0, 1.0));
}

#[test]
fn angles_are_averaged_as_scipy_does_and_tested_as_simulated() {
    for case in fixture()["angles"].as_array().unwrap() {
        let angles = list(&case["angles"]);
        assert_near(circular_difference(circular_mean(&angles).unwrap(), number(&case["mean"])), 0.0, 1e-12);
        let test = rayleigh(&angles).unwrap();
        assert_near(test.resultant, number(&case["resultant"]), 1e-12);
        assert_near(test.p, number(&case["p"]), 0.005);
    }
}

#[test]
fn angles_keep_to_their_ranges() {
    use std::f64::consts::{PI, TAU};
    for angle in [-1e-20, 0.0, TAU, -TAU, 7.0, -7.0, 1e6] {
        let normal = normalize_angle(angle);
        assert!((0.0..TAU).contains(&normal), "{angle} became {normal}");
    }
    assert_near(circular_difference(0.1, TAU - 0.1), 0.2, 1e-12);
    assert_near(circular_difference(TAU - 0.1, 0.1), -0.2, 1e-12);
    assert_near(circular_difference(PI, 0.0), PI, 1e-12);
    assert_eq!(circular_mean(&[0.0, PI]), None);
    assert_eq!(mean_resultant(&[]), None);
}

#[test]
fn quantiles_and_ranks_are_those_of_numpy() {
    let fixture = fixture();
    let values = list(&fixture["values"]);
    for case in fixture["quantiles"].as_array().unwrap() {
        assert_near(quantile(&values, number(&case["part"])).unwrap(), number(&case["value"]), 1e-12);
    }
    assert_all_near(&ranks(&list(&fixture["tuning"]["counts"])), &list(&fixture["ranks"]));
    assert_eq!(quantile(&[], 0.5), None);
}

#[test]
fn the_cosine_fit_and_its_lack_of_fit_are_those_of_scipy() -> Result<(), AnalysisError> {
    let fixture = &fixture()["tuning"];
    let counts: Vec<Vec<u32>> = list(&fixture["counts"]).into_iter().map(|count| vec![count as u32]).collect();
    let class = (0..counts.len()).map(|trial| trial % 4).collect();
    let responses = Responses::new(&counts, 1e3, Directions::new(class, evenly_spaced_angles(4))?)?;
    let fit = tune(&responses, 4999, 1)?[0].fit.unwrap();
    let beta = list(&fixture["beta"]);
    assert_near(fit.baseline_hz, beta[0], 1e-9);
    assert_near(fit.depth_hz * fit.preferred_rad.sin(), beta[1], 1e-9);
    assert_near(fit.depth_hz * fit.preferred_rad.cos(), beta[2], 1e-9);
    assert_near(fit.r_squared.unwrap(), number(&fixture["r_squared"]), 1e-9);
    assert_near(fit.cosine_share.unwrap(), number(&fixture["cosine_share"]), 1e-9);
    let lack_of_fit = fit.lack_of_fit.unwrap();
    assert_near(lack_of_fit.f, number(&fixture["lack_of_fit"]), 1e-9);
    assert_near(lack_of_fit.p, number(&fixture["p"]), 1e-9);
    Ok(())
}

#[test]
fn a_bootstrap_interval_covers_the_mean_as_often_as_it_says() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let covers = |seed: &u64| {
        let values: Vec<f64> = (0..40).map(|_| rng.random::<f64>()).collect();
        let interval = bootstrap_band(&values, 400, 0.9, *seed, |values| vec![mean(values).unwrap()]).unwrap()[0];
        interval.low <= 0.5 && 0.5 <= interval.high
    };
    let n_covered = (0..300).filter(covers).count();
    // 270 expected; the percentile bootstrap of 40 values is a little short.
    assert!((246..=288).contains(&n_covered), "{n_covered} of 300");
    assert_eq!(bootstrap_band(&[] as &[f64], 10, 0.9, 1, |_| vec![0.0]), None);
}

#[test]
fn a_bootstrap_band_has_an_interval_for_each_point() {
    let curves = vec![vec![0.0, 10.0], vec![1.0, 10.0], vec![2.0, 10.0]];
    let mean_curve = |curves: &[Vec<f64>]| {
        (0..2).map(|point| curves.iter().map(|curve| curve[point]).sum::<f64>() / curves.len() as f64).collect()
    };
    let band = bootstrap_band(&curves, 500, 0.95, 1, mean_curve).unwrap();
    assert_eq!(band.len(), 2);
    assert!(band[0].low < 1.0 && band[0].high > 1.0);
    assert_eq!(band[1], Interval { low: 10.0, high: 10.0 });
}

#[test]
fn a_permutation_p_is_never_zero() {
    assert_near(permutation_p(5.0, &[1.0, 2.0, 3.0]), 0.25, 1e-12);
    assert_near(permutation_p(2.0, &[1.0, 2.0, 3.0]), 0.75, 1e-12);
}

#[test]
fn the_interval_of_a_mean_is_students() {
    // R: t.test(1:5)$conf.int
    let interval = mean_interval(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95).unwrap();
    assert_near(interval.low, 1.036_756_838_522_439, 1e-9);
    assert_near(interval.high, 4.963_243_161_477_561, 1e-9);
}

#[test]
fn too_few_values_have_no_interval() {
    assert_eq!(mean_interval(&[], 0.95), None);
    assert_eq!(mean_interval(&[0.3], 0.95), None);
    assert_eq!(mean_interval(&[0.3, 0.3], 0.95), None);
    assert!(mean_interval(&[0.3, 0.4], 0.95).unwrap().high > 0.9);
    assert_eq!(mean_interval(&[0.5, 0.5, 0.5], 0.95), Some(Interval { low: 0.5, high: 0.5 }));
}
