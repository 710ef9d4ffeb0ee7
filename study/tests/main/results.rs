//! Statistics of results made by hand.

use std::collections::BTreeMap;

use study::outcome::{DecidedWindow, Outcome};
use study::results::{difference_at_all_times, difference_over_time, mean_of_folds};
use study::run::{Condition, Method, Observation, Run};
use study::store::Entry;

const N_TICKS: usize = 49;

/// A run that decided these windows, all of class 0.
fn entry(fold: usize, seed: u64, windows: Vec<DecidedWindow>) -> Entry {
    let (method, condition, observation) = (Method::Lda, Condition::Plain, Observation::Decisions);
    let outcome = Outcome { windows, ..Outcome::default() };
    Entry { run: Run { method, condition, tick_ms: 1, folds: 2, fold, seed, observation }, outcome, seconds: 0.0 }
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
    let count = |bands: Vec<study::analysis::statistics::Interval>| bands.iter().filter(|band| band.high < 0.0).count();
    let each = difference_over_time(&[&below], &[&right]).unwrap().1;
    let together = difference_at_all_times(&[&below], &[&right]).unwrap().1;
    assert_eq!((each.len(), together.len()), (N_TICKS, N_TICKS));
    (count(each), count(together))
}

#[test]
fn one_tick_of_many_is_below_only_if_it_is_below_the_band_for_all_ticks() {
    assert_eq!(surely_below(0), (0, 0));
    assert_eq!(surely_below(5), (1, 0));
    assert_eq!(surely_below(30), (1, 1));
}

#[test]
fn the_seeds_of_a_fold_count_as_one_value() {
    let entries = [entry(0, 1, vec![]), entry(0, 3, vec![]), entry(1, 5, vec![]), entry(2, 8, vec![])];
    let entries: Vec<&Entry> = entries.iter().collect();
    let odd = |entry: &Entry| (entry.run.seed % 2 == 1).then_some(entry.run.seed as f64);
    assert_eq!(mean_of_folds(&entries, odd), BTreeMap::from([(0, 2.0), (1, 5.0)]));
}
