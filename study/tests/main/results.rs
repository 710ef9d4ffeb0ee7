//! Statistics of results made by hand.

use study::analysis::statistics::Interval;
use study::outcome::{DecidedWindow, NoiseAccuracy, Outcome};
use study::results::{accuracy, difference, estimate_of_shares};
use study::run::{Condition, Method, Noise, NoisePlace, Observation, Run};
use study::store::Entry;
use study::trials::Trials;

const N_TICKS: usize = 49;

/// A run that decided these windows, all of class 0.
fn entry(fold: usize, seed: u64, windows: Vec<DecidedWindow>) -> Entry {
    let (method, condition, observation) = (Method::Lda, Condition::Plain, Observation::Decisions);
    let outcome = Outcome { windows, ..Outcome::default() };
    Entry {
        run: Run { method, condition, tick_ms: 1, folds: 2, fold, seed, observation },
        outcome,
        seconds: 0.0,
        instructions: String::new(),
    }
}

/// A run that is wrong at one tick in `n_wrong` of 60 trials.
fn wrong_in(n_wrong: usize) -> Entry {
    let window = |trial| {
        let mut decisions = vec![0; N_TICKS];
        decisions[20] = u16::from(trial < n_wrong);
        DecidedWindow { trial, class: 0, decisions }
    };
    entry(0, 1, (0..60).map(window).collect())
}

/// Number of ticks at which a run is below one without errors: by the band of each tick, and by that of all together.
fn surely_below(n_wrong: usize) -> (usize, usize) {
    let (below, right) = (wrong_in(n_wrong), wrong_in(0));
    let by = Trials::over_time(&[&below]).minus(&Trials::over_time(&[&right]));
    let count = |bands: Vec<Interval>| bands.iter().filter(|band| band.high < 0.0).count();
    let (each, together) = (by.band().unwrap().1, by.joint_band().unwrap().1);
    assert_eq!((each.len(), together.len()), (N_TICKS, N_TICKS));
    (count(each), count(together))
}

#[test]
fn one_tick_of_many_is_below_only_if_it_is_below_the_band_for_all_ticks() {
    assert_eq!(surely_below(0), (0, 0));
    assert_eq!(surely_below(5), (1, 0));
    assert_eq!(surely_below(30), (1, 1));
}

/// A run that decides the first `n_right` of 40 trials correctly, without noise, and half as many in noise.
fn tested_in_noise(n_right: usize, seed: u64) -> Entry {
    let window = |trial| DecidedWindow { trial, class: 0, decisions: vec![1, u16::from(trial >= n_right)] };
    let mut entry = entry(0, seed, (0..40).map(window).collect());
    entry.outcome.noisy = [(0.0, n_right), (50.0, n_right / 2)]
        .map(|(rate_hz, n_right)| NoiseAccuracy {
            noise: Noise { place: NoisePlace::Input, rate_hz },
            accuracy: n_right as f64 / 40.0,
            decisions: (0..40).map(|trial| u16::from(trial >= n_right)).collect(),
        })
        .to_vec();
    entry
}

#[test]
fn accuracy_without_noise_has_the_same_interval_everywhere() {
    let runs = [tested_in_noise(30, 1), tested_in_noise(34, 2)];
    let entries: Vec<&Entry> = runs.iter().collect();
    let of_accuracy = accuracy(&entries).unwrap();
    assert!((of_accuracy.mean - 0.8).abs() < 1e-9 && of_accuracy.n == 40, "{of_accuracy:?}");
    let over_time = Trials::over_time(&entries).band().unwrap().1;
    let in_noise = Trials::in_noise(&entries, NoisePlace::Input, &[0.0, 50.0]).band().unwrap();
    assert_eq!(over_time.last(), Some(&of_accuracy.interval));
    assert_eq!(in_noise.1[0], of_accuracy.interval);
    assert!((in_noise.0[1] - 0.4).abs() < 1e-9, "{in_noise:?}");
}

#[test]
fn intervals_of_shares_stay_within_0_and_1() {
    for n_right in [0, 1, 39, 40] {
        let run = tested_in_noise(n_right, 1);
        let Interval { low, high } = accuracy(&[&run]).unwrap().interval;
        assert!((0.0..=1.0).contains(&low) && (low..=1.0).contains(&high), "{low} to {high}");
    }
    let Interval { low, high } = estimate_of_shares(&[0.0, 0.9, 1.0]).unwrap().interval;
    assert_eq!((low, high), (0.0, 1.0));
}

#[test]
fn a_difference_is_that_of_the_trials_that_both_have() {
    let (few, many) = (entry(0, 1, Vec::new()), wrong_in(3));
    assert_eq!(difference(&[&few], &[&many]), None);
    let by = difference(&[&tested_in_noise(20, 1)], &[&tested_in_noise(30, 1)]).unwrap();
    assert!((by.mean + 0.25).abs() < 1e-9 && by.interval.high < 0.0 && by.interval.low > -0.5, "{by:?}");
}
