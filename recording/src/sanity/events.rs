//! Columns of the trials that hold times.

use serde::Serialize;

use super::{low_median_high, whole_trials};
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
    /// Whether the times count from the start of their trial: hardly one lies within its trial, and counted so, nearly all do.
    pub looks_relative: bool,
}

/// The events of the trials: columns of times by their name, and columns whose numbers lie within their trials.
pub(super) fn of(trials: &TrialTable) -> Vec<Event> {
    trials.column_names().filter_map(|name| event(trials, name)).collect()
}

fn event(trials: &TrialTable, name: &str) -> Option<Event> {
    let times_s = trials.times_s(name).ok()?;
    let known: Vec<(f64, [f64; 2])> = whole_trials(trials)
        .map(|(trial, span_s)| (times_s[trial], span_s))
        .filter(|(time, _)| time.is_finite())
        .collect();
    let n_whole = whole_trials(trials).count();
    let n_within = known.iter().filter(|(time, [start, stop])| start <= time && time <= stop).count();
    let n_within_relative =
        known.iter().filter(|(time, [start, stop])| 0.0 <= *time && *time <= stop - start).count();
    let is_most = |n: usize| !known.is_empty() && n as f64 >= MOSTLY * known.len() as f64;
    let is_real = matches!(trials.column(name), Ok(Column::Real(_)));
    if !(is_named_as_a_time(name) || is_real && is_most(n_within)) {
        return None;
    }
    Some(Event {
        column: name.to_owned(),
        after_start_s: low_median_high(known.iter().map(|(time, [start, _])| time - start).collect()),
        n_missing: n_whole - known.len(),
        n_outside: known.len() - n_within,
        looks_relative: !is_most(n_within) && n_within * 2 < known.len() && is_most(n_within_relative),
    })
}

/// Whether a column's name says that it holds times.
fn is_named_as_a_time(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| ["time", "times", "timestamp", "onset", "ms"].contains(&word))
}
