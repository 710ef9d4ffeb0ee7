//! Columns of the trials that hold times.

use serde::Serialize;

use super::low_median_high;
use crate::spans::{Clocks, ROUNDING_S};
use crate::{Column, TrialTable};

/// The share of the times that must lie within their trials for a column of any name to be an event.
const MOSTLY: f64 = 0.9;

/// A column of the trials with the time of an event in each.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// The column.
    pub column: String,
    /// Earliest, median and latest time after the start of its trial, seconds; none if every time is missing.
    pub after_start_s: Option<[f64; 3]>,
    /// Trials without this time.
    pub n_missing: usize,
    /// Trials in which the time is before the start or after the stop.
    pub n_outside: usize,
    /// Trials in which the time is before the trial but within its length, as if it counted from the start, where in others it does
    /// not.
    pub n_as_if_relative: usize,
    /// Whether the times seem to count from the start of their trial.
    pub looks_relative: bool,
    /// Whether they are taken so here.
    pub is_relative: bool,
}

/// The events of the trials: columns of times by their name, and columns whose numbers lie within their trials. Only trials
/// that are `whole`, with start and stop, count.
pub(super) fn of(trials: &TrialTable, whole: &[usize], are_relative: bool) -> Vec<Event> {
    trials.column_names().filter_map(|name| event(trials, name, whole, are_relative)).collect()
}

fn event(trials: &TrialTable, name: &str, whole: &[usize], are_relative: bool) -> Option<Event> {
    let times_s = trials.times_s(name).ok()?;
    let known: Vec<usize> = whole.iter().copied().filter(|&trial| times_s[trial].is_finite()).collect();
    let mut of_known_s = vec![f64::NAN; times_s.len()];
    known.iter().for_each(|&trial| of_known_s[trial] = times_s[trial]);
    let looks_relative = trials.relative_range(&of_known_s).is_some();
    let clocks = Clocks::of(trials, &of_known_s);
    let is_relative = looks_relative && are_relative;
    let after_start_s: Vec<(f64, f64)> = known
        .iter()
        .map(|&trial| {
            let start_s = trials.start_s[trial];
            let after_s = if is_relative { times_s[trial] } else { times_s[trial] - start_s };
            (after_s, trials.stop_s[trial] - start_s)
        })
        .collect();
    let is_within = |&&(after_s, length_s): &&(f64, f64)| (-ROUNDING_S..=length_s + ROUNDING_S).contains(&after_s);
    let n_within = after_start_s.iter().filter(is_within).count();
    let is_mostly_within = !known.is_empty() && n_within as f64 >= MOSTLY * known.len() as f64;
    let is_real = matches!(trials.column(name), Ok(Column::Real(_)));
    if !(is_named_as_a_time(name) || is_real && is_mostly_within) {
        return None;
    }
    Some(Event {
        column: name.to_owned(),
        after_start_s: low_median_high(after_start_s.iter().map(|(after_s, _)| *after_s).collect()),
        n_missing: whole.len() - known.len(),
        n_outside: known.len() - n_within,
        n_as_if_relative: if clocks.of_recording > 0 { clocks.of_trial } else { 0 },
        looks_relative,
        is_relative,
    })
}

/// Whether most of these pairs are a start and a stop within their trial.
pub(super) fn are_intervals(trials: &TrialTable, pairs: &[[f64; 2]], rows: &[usize]) -> bool {
    let is_known =
        |trial: usize| trials.has_usable_times(trial) && pairs[trial].iter().all(|time_s| time_s.is_finite());
    let known = rows.iter().filter(|&&trial| is_known(trial));
    let is_within = |&trial: &usize| {
        let [from_s, to_s] = pairs[trial];
        trials.start_s[trial] <= from_s && from_s <= to_s && to_s <= trials.stop_s[trial]
    };
    let (n_known, n_within) =
        known.fold((0_u32, 0_u32), |(n_known, n_within), trial| (n_known + 1, n_within + u32::from(is_within(trial))));
    n_known > 0 && f64::from(n_within) >= MOSTLY * f64::from(n_known)
}

/// Whether a column's name says that it holds times.
fn is_named_as_a_time(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| ["time", "times", "timestamp", "onset", "ms"].contains(&word))
}
