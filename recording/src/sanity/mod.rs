//! The facts to look at before anything is trained: do spikes and trials meet, which units fire, what the columns hold.

mod columns;
mod events;
mod rates;

use serde::Serialize;

pub use columns::{ColumnSummary, Holds, ValueRange};
pub use events::Event;
pub use rates::{FAST_HZ, Rates, UnitRow};

use crate::{Recording, TrialTable};

/// Stub.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unreadable {
    /// .
    pub name: String,
    /// .
    pub reason: String,
}

/// What a recording holds, in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sanity {
    /// Times of the first and the last spike of all units, seconds; none without a spike.
    pub spikes_s: Option<[f64; 2]>,
    /// The earliest start and the latest stop of a trial, seconds; none without a trial that has both.
    pub trials_s: Option<[f64; 2]>,
    /// Shortest, median and longest trial, seconds; none as for `trials_s`.
    pub trial_lengths_s: Option<[f64; 3]>,
    /// Trials whose start or stop is missing, or whose stop is before the start.
    pub n_trials_without_times: usize,
    /// Share of the spikes that lie within a trial, 0 to 1; none without a spike.
    pub share_within_trials: Option<f64>,
    /// Firing rates.
    pub rates: Rates,
    /// What the columns of the units hold.
    pub unit_columns: Vec<ColumnSummary>,
    /// What the columns of the trials hold, beyond start and stop.
    pub columns: Vec<ColumnSummary>,
    /// The columns of the trials that hold times.
    pub events: Vec<Event>,
}

impl Sanity {
    /// The facts about a recording. Columns list up to `most_values` distinct values, which is how many classes a label
    /// column can have.
    pub fn of(recording: &Recording, most_values: usize) -> Sanity {
        let Recording { units, unit_columns, trials, .. } = recording;
        let of_units = |column| ColumnSummary::of(column, most_values);
        let of_trials = |column| ColumnSummary::of(column, most_values.min(trials.len() / MIN_TRIALS_OF_CLASS));
        let spikes_s = span(units.iter().flat_map(|unit| [unit.first(), unit.last()]).flatten().copied());
        let whole: Vec<[f64; 2]> = whole_trials(trials).map(|(_, span_s)| span_s).collect();
        Sanity {
            spikes_s,
            trials_s: span(whole.iter().flatten().copied()),
            trial_lengths_s: low_median_high(whole.iter().map(|[start, stop]| stop - start).collect()),
            n_trials_without_times: trials.len() - whole.len(),
            share_within_trials: share_within(units, whole),
            rates: Rates::of(recording, spikes_s),
            unit_columns: unit_columns.iter().map(of_units).collect(),
            columns: trials.columns.iter().map(of_trials).collect(),
            events: events::of(trials),
        }
    }

    /// Whether spikes and trials have any time in common; true if one of them is missing.
    pub fn spikes_meet_trials(&self) -> bool {
        let (Some(spikes), Some(trials)) = (self.spikes_s, self.trials_s) else { return true };
        spikes[0] <= trials[1] && trials[0] <= spikes[1]
    }
}

/// Trials that a class needs: one to train with, one to test with.
const MIN_TRIALS_OF_CLASS: usize = 2;

/// The trials with a start and a stop that is not before it: row, and both in seconds.
fn whole_trials(trials: &TrialTable) -> impl Iterator<Item = (usize, [f64; 2])> {
    let times = trials.start_s.iter().zip(&trials.stop_s).map(|(&start, &stop)| [start, stop]);
    times.enumerate().filter(|(_, [start, stop])| start.is_finite() && stop.is_finite() && start <= stop)
}

/// The smallest and the largest of the finite values.
fn span(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    values.filter(|value| value.is_finite()).fold(None, |span, value| match span {
        None => Some([value, value]),
        Some([low, high]) => Some([value.min(low), value.max(high)]),
    })
}

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

/// The share of the spikes that lie within one of the spans.
fn share_within(units: &[Vec<f64>], mut spans: Vec<[f64; 2]>) -> Option<f64> {
    let n_spikes: usize = units.iter().map(Vec::len).sum();
    spans.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]));
    let mut apart: Vec<[f64; 2]> = Vec::new();
    for [start, stop] in spans {
        match apart.last_mut() {
            Some([_, end]) if start <= *end => *end = end.max(stop),
            _ => apart.push([start, stop]),
        }
    }
    let n_within: usize = units.iter().map(|unit| n_within(unit, &apart)).sum();
    (n_spikes > 0).then(|| n_within as f64 / n_spikes as f64)
}

/// How many ascending times lie within spans that ascend and lie apart; the fewer of both are gone through.
fn n_within(times: &[f64], spans: &[[f64; 2]]) -> usize {
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
