//! Spikes around an event: rates by class, and rasters of single trials.

use recording::{DEFAULT_ALIGN_COLUMN, Recording, Sanity, TrialClasses};

use super::sample;
use crate::report::Figure;
use crate::report::plot::{Line, LinePanel, SpikePanel, line_panels, spike_panels};

/// Time before and after the event, and the width of a bin, ms.
const BEFORE_MS: f64 = 500.0;
const AFTER_MS: f64 = 1000.0;
const BIN_MS: f64 = 25.0;
const N_BINS: usize = 60;
/// Time after the event in which units are compared between classes, ms.
const RESPONSE_MS: f64 = 500.0;
/// The most trials that rates are computed from.
const MOST_TRIALS: usize = 1000;
/// Units that are drawn one by one.
const MOST_UNITS: usize = 8;
/// Trials in the raster.
const RASTERS: usize = 9;
/// The most spikes in the raster.
const MOST_SPIKES: usize = 12_000;

/// A recording around an event.
pub(super) struct Around<'a> {
    /// Row and spike times of each unit that is chosen.
    units: Vec<(usize, &'a [f64])>,
    classes: &'a TrialClasses,
    /// The column of the event.
    pub(super) column: &'a str,
    /// Row, class and time (s) of each trial that has both and is looked at.
    trials: Vec<(usize, usize, f64)>,
    /// Trials that have both.
    n_all: usize,
}

impl<'a> Around<'a> {
    /// The starts of the trials, then each column of times.
    pub(super) fn events(
        recording: &'a Recording,
        units: &[usize],
        sanity: &'a Sanity,
        classes: &'a TrialClasses,
    ) -> Vec<Self> {
        let columns = sanity.events.iter().map(|event| (event.column.as_str(), event.is_relative));
        let around = |(column, is_relative): (&'a str, bool)| {
            let times_s = recording.trials.times_s(column).ok()?;
            let known = |(trial, &class): (usize, &Option<usize>)| {
                let from_s = if is_relative { recording.trials.start_s[trial] } else { 0.0 };
                Some((trial, class?, Some(from_s + times_s[trial]).filter(|time_s| time_s.is_finite())?))
            };
            let all: Vec<_> = classes.of_trial.iter().enumerate().filter_map(known).collect();
            let trials = sample(&all, MOST_TRIALS);
            let units = units.iter().map(|&unit| (unit, recording.units[unit].as_slice())).collect();
            Some(Self { units, classes, column, n_all: all.len(), trials })
        };
        [(DEFAULT_ALIGN_COLUMN, false)].into_iter().chain(columns).filter_map(around).collect()
    }

    /// Number of trials that it is computed from.
    pub(super) fn n_trials(&self) -> usize {
        self.trials.len()
    }

    /// Rates of all units together and of those that differ most between classes, with the caption.
    pub(super) fn rates(&self) -> (Figure, String) {
        let all: Vec<&[f64]> = self.units.iter().map(|unit| unit.1).collect();
        let title = match all.len() {
            1 => "the unit".to_owned(),
            n_units => format!("mean of {n_units} units"),
        };
        let mut panels = vec![LinePanel { title, lines: self.lines(&all) }];
        let chosen = self.most_different();
        for &(index, share) in &chosen {
            let (row, times) = self.units[index];
            let share = share.map_or(String::new(), |share| format!(", {:.0} %", 100.0 * share));
            panels.push(LinePanel { title: format!("unit {row}{share}"), lines: self.lines(&[times]) });
        }
        let figure = line_panels(&panels, &(-BEFORE_MS..AFTER_MS), "ms", "spikes/s");
        let by = match self.classes.column.as_str() {
            "" => String::new(),
            column => format!(" by {column}"),
        };
        let mut caption = format!(
            "Rate{by} in bins of {BIN_MS} ms around {}: mean over trials, with one standard error on either side.",
            self.column
        );
        if chosen.iter().any(|(_, share)| share.is_some()) {
            caption += &format!(
                " The single units are those whose counts in the {RESPONSE_MS} ms after it differ most between classes, with \
                 the share of the counts' variance that the class explains; in many units some is large by chance."
            );
        }
        if self.trials.len() < self.n_all {
            caption += &format!(" Computed from {} of {} trials, evenly spread.", self.trials.len(), self.n_all);
        }
        (figure, caption)
    }

    /// One line per class: the mean rate of these units.
    fn lines(&self, units: &[&[f64]]) -> Vec<Line> {
        let n_classes = self.classes.names.len();
        let mut sums = vec![[[0.0; 2]; N_BINS]; n_classes];
        let mut n_trials = vec![0.0; n_classes];
        for &(_, class, time_s) in &self.trials {
            let mut counts = [0.0; N_BINS];
            for spike_ms in units.iter().flat_map(|unit| spikes_ms(unit, time_s)) {
                // A spike at the very end may be rounded into a bin that does not exist.
                if let Some(count) = counts.get_mut(((spike_ms + BEFORE_MS) / BIN_MS) as usize) {
                    *count += 1.0;
                }
            }
            n_trials[class] += 1.0;
            for ([sum, squares], count) in sums[class].iter_mut().zip(counts) {
                let rate = count / units.len() as f64 * 1e3 / BIN_MS;
                *sum += rate;
                *squares += rate * rate;
            }
        }
        let line = |class: usize| {
            let n: f64 = n_trials[class];
            let bins = sums[class].iter().enumerate().filter(|_| n > 0.0).map(|(bin, [sum, squares])| {
                let mean = sum / n;
                let error = ((squares / n - mean * mean).max(0.0) / (n - 1.0)).sqrt();
                (((bin as f64 + 0.5) * BIN_MS - BEFORE_MS, mean), (mean - error, mean + error))
            });
            let (points, band) = bins.unzip();
            Line { name: self.classes.names[class].clone(), points, band }
        };
        (0..n_classes).map(line).collect()
    }

    /// Indices of the units whose counts after the event differ most between classes, with the share of variance that the class
    /// explains; with one class, those that fire most.
    fn most_different(&self) -> Vec<(usize, Option<f64>)> {
        let response_s = RESPONSE_MS / 1e3;
        let n_classes = self.classes.names.len();
        let mut shares: Vec<(usize, f64, f64)> = Vec::new();
        for (index, (_, unit)) in self.units.iter().enumerate() {
            let mut of_class = vec![(0.0, 0.0); n_classes];
            let (mut sum, mut squares) = (0.0, 0.0);
            for &(_, class, time_s) in &self.trials {
                let n_before = |end_s: f64| unit.partition_point(|&spike| spike < end_s);
                let count = (n_before(time_s + response_s) - n_before(time_s)) as f64;
                of_class[class].0 += 1.0;
                of_class[class].1 += count;
                sum += count;
                squares += count * count;
            }
            let of_mean = sum * sum / (self.trials.len() as f64).max(1.0);
            let explained: f64 = of_class.iter().filter(|(n, _)| *n > 0.0).map(|(n, sum)| sum * sum / n).sum();
            let variance = squares - of_mean;
            if sum > 0.0 {
                shares.push((index, if variance > 0.0 { (explained - of_mean) / variance } else { 0.0 }, sum));
            }
        }
        if n_classes > 1 {
            shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        } else {
            shares.sort_by(|a, b| b.2.total_cmp(&a.2));
        }
        shares.truncate(MOST_UNITS);
        shares.into_iter().map(|(unit, share, _)| (unit, (n_classes > 1).then_some(share))).collect()
    }

    /// Rasters of all units in single trials, with the caption.
    pub(super) fn spikes(&self) -> (Figure, String) {
        let mut panels = Vec::new();
        for (trial, class, time_s) in self.examples() {
            let units = self.units.iter().enumerate();
            let spikes =
                units.flat_map(|(index, (_, times))| spikes_ms(times, time_s).map(move |spike_ms| (spike_ms, index)));
            let title = match self.classes.column.as_str() {
                "" => format!("trial {trial}"),
                _ => format!("trial {trial}: {}", self.classes.names[class]),
            };
            panels.push(SpikePanel { title, spikes: spikes.collect(), colour: class });
        }
        let n_spikes: usize = panels.iter().map(|panel| panel.spikes.len()).sum();
        let one_of = n_spikes.div_ceil(MOST_SPIKES).max(1);
        for panel in &mut panels {
            panel.spikes = panel.spikes.iter().copied().step_by(one_of).collect();
        }
        let mut caption = format!(
            "Spikes of all {} units, in the order of the file, around {} in {} of {} trials.",
            self.units.len(),
            self.column,
            panels.len(),
            self.n_all
        );
        if one_of > 1 {
            caption += &format!(" One of {one_of} spikes is drawn.");
        }
        let figure = spike_panels(&panels, self.units.len(), &(-BEFORE_MS..AFTER_MS), "ms");
        (figure, caption)
    }

    /// Trials to draw: as many of each class, evenly spread over the session.
    fn examples(&self) -> Vec<(usize, usize, f64)> {
        let n_each = (RASTERS / self.classes.names.len().max(1)).max(1);
        let of_class = |class: usize| {
            let trials: Vec<_> = self.trials.iter().copied().filter(|trial| trial.1 == class).collect();
            let at = |index: usize| trials[(2 * index + 1) * trials.len() / (2 * n_each.min(trials.len()))];
            (0..n_each.min(trials.len())).map(at).collect::<Vec<_>>()
        };
        (0..self.classes.names.len()).flat_map(of_class).take(RASTERS).collect()
    }
}

/// The spikes around a time, in ms after it.
fn spikes_ms(unit: &[f64], time_s: f64) -> impl Iterator<Item = f64> {
    let first = unit.partition_point(|&spike| spike < time_s - BEFORE_MS / 1e3);
    unit[first..].iter().map(move |&spike| (spike - time_s) * 1e3).take_while(|&spike_ms| spike_ms < AFTER_MS)
}
