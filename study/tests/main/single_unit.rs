//! Single neurons: trains of known regularity, variability and selectivity.

use crate::support::populations::{bernoulli_trains, directions};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use study::analysis::AnalysisError;
use study::analysis::SpikeTrains;
use study::analysis::single_unit::{SingleUnits, lifetime_sparseness, single_units};

#[test]
fn rare_independent_spikes_are_a_poisson_train() {
    // Bernoulli spikes: cv sqrt(1 - p), Fano factor 1 - p.
    let trains = bernoulli_trains(8, 2000, directions(4, 25, 1), 1, |_, _, unit| if unit == 7 { 0.0 } else { 0.02 });
    let units = single_units(&trains);
    for unit in 0..7 {
        assert!((units.rate_hz[unit] - 20.0).abs() < 1.0, "{units:?}");
        assert!((units.isi_cv[unit].unwrap() - 0.99).abs() < 0.06, "{units:?}");
        assert!((units.fano[unit].unwrap() - 0.98).abs() < 0.5, "{units:?}");
        assert!(units.sparseness[unit].unwrap() < 0.01, "{units:?}");
    }
    let fano = units.summary().fano.unwrap();
    assert!((fano.mean - 0.98).abs() < 0.2 && fano.n == 7, "{fano:?}");
    assert_eq!((units.rate_hz[7], units.isi_cv[7], units.fano[7], units.sparseness[7]), (0.0, None, None, None));
}

#[test]
fn a_clock_is_regular() -> Result<(), AnalysisError> {
    let ticks: Vec<Vec<u16>> = (0..100).map(|tick| if tick % 5 == 2 { vec![0] } else { vec![] }).collect();
    let directions = directions(2, 4, 1);
    let trains = SpikeTrains::new(1, 2.0, vec![ticks; 8], directions)?;
    let units = single_units(&trains);
    assert_eq!((units.rate_hz[0], units.isi_cv[0], units.fano[0]), (100.0, Some(0.0), Some(0.0)));
    Ok(())
}

#[test]
fn bursts_are_more_irregular_than_poisson_and_gains_more_variable() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let directions = directions(2, 60, 1);
    // Unit 0 fires in bursts of three; unit 1 at a rate that doubles or vanishes from trial to trial.
    let trial = |_: &usize| {
        let gain = f64::from(rng.random_range(0..3u8));
        let bursts: Vec<bool> = (0..500).map(|_| rng.random::<f64>() < 0.01).collect();
        (0..500)
            .map(|tick: usize| {
                let in_burst = (tick.saturating_sub(2)..=tick).any(|start| bursts[start]);
                let by_gain = rng.random::<f64>() < 0.02 * gain;
                [(0u16, in_burst), (1, by_gain)].into_iter().filter(|(_, fires)| *fires).map(|(unit, _)| unit).collect()
            })
            .collect()
    };
    let trials = directions.class().iter().map(trial).collect();
    let units = single_units(&SpikeTrains::new(2, 1.0, trials, directions).unwrap());
    assert!(units.isi_cv[0].unwrap() > 1.3 && units.isi_cv[0].unwrap() > units.isi_cv[1].unwrap(), "{units:?}");
    assert!(units.fano[0].unwrap() > 2.0 && units.fano[1].unwrap() > 4.0, "{units:?}");
}

#[test]
fn variability_is_within_a_class_and_not_between_classes() {
    let trains = bernoulli_trains(1, 1000, directions(2, 200, 1), 3, |class, _, _| [0.01, 0.2][class]);
    let fano = single_units(&trains).fano[0].unwrap();
    assert!((fano - (0.99 + 0.8) / 2.0).abs() < 0.15, "{fano}");
}

#[test]
fn sparseness_reaches_from_all_alike_to_one_alone() {
    assert_eq!(lifetime_sparseness(&[3.0; 4]), Some(0.0));
    assert_eq!(lifetime_sparseness(&[0.0, 0.0, 5.0, 0.0]), Some(1.0));
    // (1 - (6/4)² / (14/4)) / (3/4)
    assert!((lifetime_sparseness(&[0.0, 1.0, 2.0, 3.0]).unwrap() - 10.0 / 21.0).abs() < 1e-12);
    assert_eq!((lifetime_sparseness(&[0.0, 0.0]), lifetime_sparseness(&[1.0])), (None, None));
}

#[test]
fn few_intervals_give_no_variation() {
    let trains = bernoulli_trains(1, 4, directions(2, 2, 1), 1, |_, _, _| 1.0);
    // Three intervals a trial, four trials.
    assert_eq!(single_units(&trains).isi_cv, [Some(0.0)]);
    let trains = bernoulli_trains(1, 3, directions(2, 2, 1), 1, |_, _, _| 1.0);
    assert_eq!(single_units(&trains).isi_cv, [None]);
}

#[test]
fn populations_of_other_rates_are_apart_and_alike_ones_are_not() {
    let population = |probability: f64, seed: u64| {
        single_units(&bernoulli_trains(25, 200, directions(4, 5, 1), seed, move |_, _, _| probability))
    };
    let far = population(0.02, 1).distance(&population(0.03, 2), 199, 1);
    assert!(far.rate_hz.unwrap().distance > 0.8 && far.rate_hz.unwrap().p == 0.005, "{far:?}");
    let n_apart = (0..100)
        .filter(|&seed| {
            let distance = population(0.02, 2 * seed).distance(&population(0.02, 2 * seed + 1), 99, seed);
            distance.rate_hz.unwrap().p <= 0.05
        })
        .count();
    assert!(n_apart <= 14, "{n_apart} of 100, 5 expected");
    let silent = SingleUnits { rate_hz: vec![0.0], isi_cv: vec![None], fano: vec![None], sparseness: vec![None] };
    assert_eq!(silent.distance(&silent, 9, 1).fano, None);
    assert_eq!(silent.summary().fano, None);
}
