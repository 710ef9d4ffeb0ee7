//! The facts to look at before anything is trained: do spikes and trials meet, which units fire, what the columns hold.

mod columns;
mod events;
mod rates;

use serde::Serialize;

pub use columns::{ColumnSummary, Holds, ValueRange};
pub use events::Event;
pub use rates::{FAST_HZ, Rates, UnitRow};

use crate::{Chosen, Column, NamedColumn, Recording, TimeRange, TrialTable};

/// What a recording holds, in numbers: the ranges of the whole recording, and the rest of the units and trials that are chosen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sanity {
    /// From the first spike to the last; none without a spike.
    pub spike_range: Option<TimeRange>,
    /// From the first start of a trial to the last stop; none without a trial that has both.
    pub trial_range: Option<TimeRange>,
    /// Share of the spikes that lie within a trial, 0 to 1; none without a spike.
    pub share_within_trials: Option<f64>,
    /// Number of chosen units.
    pub n_units_chosen: usize,
    /// Number of chosen trials.
    pub n_trials_chosen: usize,
    /// Chosen trials whose start or stop is missing, or whose stop is before the start.
    pub n_trials_without_times: usize,
    /// Shortest, median and longest chosen trial, seconds; none without a trial that has both times.
    pub trial_lengths_s: Option<[f64; 3]>,
    /// Firing rates of the chosen units.
    pub rates: Rates,
    /// What the columns of the chosen units hold.
    pub unit_columns: Vec<ColumnSummary>,
    /// What the columns of the chosen trials hold, beyond start and stop.
    pub columns: Vec<ColumnSummary>,
    /// The columns of the trials that hold times.
    pub events: Vec<Event>,
}

impl Sanity {
    /// The facts about a recording.
    ///
    /// Columns list up to `most_values` distinct values, which is how many classes a label column can have. With
    /// `are_relative`, times that look relative to their trial are taken so.
    pub fn of(recording: &Recording, chosen: &Chosen, most_values: usize, are_relative: bool) -> Sanity {
        let Recording { unit_columns, trials, .. } = recording;
        let most_classes = most_values.min(chosen.trials.len() / MIN_TRIALS_OF_CLASS);
        let whole: Vec<usize> = chosen.trials.iter().copied().filter(|&trial| trials.has_usable_times(trial)).collect();
        Sanity {
            spike_range: recording.spike_range(),
            trial_range: trials.time_range(),
            share_within_trials: share_within(&recording.units, trials),
            n_units_chosen: chosen.units.len(),
            n_trials_chosen: chosen.trials.len(),
            n_trials_without_times: chosen.trials.len() - whole.len(),
            trial_lengths_s: low_median_high(
                whole.iter().map(|&trial| trials.stop_s[trial] - trials.start_s[trial]).collect(),
            ),
            rates: Rates::of(recording, &chosen.units),
            unit_columns: unit_columns.iter().map(|it| of_units(it, &chosen.units, most_values)).collect(),
            columns: trials.columns.iter().map(|it| of_trials(trials, it, &chosen.trials, most_classes)).collect(),
            events: events::of(trials, &whole, are_relative),
        }
    }
}

/// What a column of the units holds; two numbers are no direction there.
fn of_units(column: &NamedColumn, rows: &[usize], most_values: usize) -> ColumnSummary {
    match &column.values {
        Column::Vector(pairs) => ColumnSummary::of_pairs(&column.name, pairs, rows),
        _ => ColumnSummary::of(column, rows, most_values),
    }
}

/// What a column of the trials holds; two numbers that are times within their trials are no direction.
fn of_trials(trials: &TrialTable, column: &NamedColumn, rows: &[usize], most_values: usize) -> ColumnSummary {
    match &column.values {
        Column::Vector(pairs) if events::are_intervals(trials, pairs, rows) => {
            ColumnSummary::of_pairs(&column.name, pairs, rows)
        }
        _ => ColumnSummary::of(column, rows, most_values),
    }
}

/// The columns of the trials that hold times of events.
pub(crate) fn event_columns(trials: &TrialTable) -> Vec<String> {
    let whole: Vec<usize> = (0..trials.len()).filter(|&trial| trials.has_usable_times(trial)).collect();
    events::of(trials, &whole, false).into_iter().map(|event| event.column).collect()
}

/// Trials that a class needs: one to train with, one to test with.
const MIN_TRIALS_OF_CLASS: usize = 2;

/// The smallest, the median and the largest value.
fn low_median_high(mut values: Vec<f64>) -> Option<[f64; 3]> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = match values.len() % 2 {
        1 => values[middle],
        _ => f64::midpoint(*values.get(middle.checked_sub(1)?)?, values[middle]),
    };
    Some([values[0], median, values[values.len() - 1]])
}

/// The share of the spikes that lie within a trial.
fn share_within(units: &[Vec<f64>], trials: &TrialTable) -> Option<f64> {
    let apart = spans_apart(trials);
    let n_spikes: usize = units.iter().map(Vec::len).sum();
    let n_within: usize = units.iter().map(|unit| n_within(unit, &apart)).sum();
    (n_spikes > 0).then(|| n_within as f64 / n_spikes as f64)
}

/// Start and stop of the trials with usable times, ascending; those that meet are one.
pub(crate) fn spans_apart(trials: &TrialTable) -> Vec<[f64; 2]> {
    let usable = (0..trials.len()).filter(|&trial| trials.has_usable_times(trial));
    let mut spans: Vec<[f64; 2]> = usable.map(|trial| [trials.start_s[trial], trials.stop_s[trial]]).collect();
    spans.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]));
    let mut apart: Vec<[f64; 2]> = Vec::new();
    for [start, stop] in spans {
        match apart.last_mut() {
            Some([_, end]) if start <= *end => *end = end.max(stop),
            _ => apart.push([start, stop]),
        }
    }
    apart
}

/// How many ascending times lie within spans that ascend and lie apart; the fewer of both are gone through.
pub(crate) fn n_within(times: &[f64], spans: &[[f64; 2]]) -> usize {
    if times.len() < spans.len() {
        let is_within = |time: f64| {
            let begun = spans.partition_point(|span| span[0] <= time);
            begun > 0 && time <= spans[begun - 1][1]
        };
        return times.iter().filter(|&&time| is_within(time)).count();
    }
    let n_before = |end: &dyn Fn(f64) -> bool| times.partition_point(|&time| end(time));
    spans.iter().map(|&[start, stop]| n_before(&|time| time <= stop) - n_before(&|time| time < start)).sum()
}

#[cfg(test)]
mod tests;
