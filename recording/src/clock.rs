//! Whether spike times and trial times can be seconds of one clock.

use serde::Serialize;

use crate::{Error, Format, Recording, TrialTable};

/// Below this part of the trials in which a spike is expected, the spikes are not those of these trials.
const LEAST_PART_WITH_SPIKES: f64 = 0.1;
/// The fewest such trials that are evidence.
const FEWEST_EXPECTED: f64 = 10.0;
/// So many times as long as the trials, and below this rate, the spikes are stretched: thousandfold for milliseconds. A task in
/// the middle of a long recording is a hundredth of it at most with units of higher rates.
const STRETCHED: f64 = 100.0;
const STRETCHED_RATE_HZ: f64 = 0.1;
/// Trials shorter than this are none of a task; if the spikes also take so many times as long as the trials, these are shrunk:
/// sixtyfold if they are in minutes.
const SHRUNK_TRIAL_S: f64 = 0.02;
const SHRUNK: f64 = 30.0;
/// Trials longer than this and, in the median, rates lower than this are both stretched.
const LONG_TRIAL_S: f64 = 100.0;
const LONG_TRIAL_RATE_HZ: f64 = 0.1;
/// A unit whose spikes of all trials, on top of each other, have a lower rate for each of these is none of a task.
const RELATIVE_RATE_HZ: f64 = 0.5;
/// A unit whose spikes go so many times the typical range beyond it is of another clock, if so few units are, and by so many spikes.
const STRAY: f64 = 3.0;
const STRAY_SHARE: f64 = 0.25;
const FEWEST_OF_STRAY: usize = 20;
/// Fewer spikes do not tell when a recording began and ended.
const FEWEST_SPIKES: usize = 100;
/// No neuron fires faster: its refractory period is about a millisecond.
const FASTEST_HZ: f64 = 1000.0;
/// Times since 1970 are later, times in a session earlier.
const UNIX_S: f64 = 1e8;
/// Units of time, with how many of them a second has.
const UNITS: [(&str, f64, f64); 4] = [
    ("milliseconds", 400.0, 2_500.0),
    ("samples of the recording system", 8_000.0, 60_000.0),
    ("microseconds", 4e5, 2.5e6),
    ("nanoseconds", 4e8, 2.5e9),
];

/// First and last of some times, seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TimeRange {
    /// The first.
    pub first_s: f64,
    /// The last.
    pub last_s: f64,
}

impl TimeRange {
    /// The range of these times; none without a time.
    fn of(times_s: impl Iterator<Item = f64>) -> Option<TimeRange> {
        times_s.fold(None, |range, time_s| {
            let TimeRange { first_s, last_s } = range.unwrap_or(TimeRange { first_s: time_s, last_s: time_s });
            Some(TimeRange { first_s: first_s.min(time_s), last_s: last_s.max(time_s) })
        })
    }

    /// How long it is, seconds.
    pub fn span_s(&self) -> f64 {
        self.last_s - self.first_s
    }
}

impl TrialTable {
    /// From the first start to the last stop of the trials with usable times; none without such a trial.
    pub fn time_range(&self) -> Option<TimeRange> {
        let usable = (0..self.len()).filter(|&trial| self.has_usable_times(trial));
        TimeRange::of(usable.flat_map(|trial| [self.start_s[trial], self.stop_s[trial]]))
    }
}

impl TrialTable {
    /// Whether a trial lies wholly before or after this time.
    pub(crate) fn is_outside(&self, trial: usize, time: TimeRange) -> bool {
        self.stop_s[trial] < time.first_s || self.start_s[trial] > time.last_s
    }
}

impl Recording {
    /// From the first spike to the last, but for units of another clock ([`Recording::stray_units`]); none without a spike.
    pub fn spike_range(&self) -> Option<TimeRange> {
        let stray = self.stray_units();
        let units = self.units.iter().enumerate().filter(|(row, _)| !stray.contains(row)).map(|(_, unit)| unit);
        TimeRange::of(units.flat_map(|unit| unit.first().into_iter().chain(unit.last()).copied()))
    }

    /// The few units (rows) whose spikes go far beyond the range of the others: in another unit of time, or of another clock.
    pub fn stray_units(&self) -> Vec<usize> {
        let active = || self.units.iter().enumerate().filter(|(_, unit)| unit.len() >= FEWEST_OF_STRAY);
        let first_s = median(active().map(|(_, unit)| unit[0]).collect());
        let last_s = median(active().map(|(_, unit)| unit[unit.len() - 1]).collect());
        let margin_s = STRAY * (last_s - first_s);
        let is_stray = |unit: &[f64]| unit[0] < first_s - margin_s || unit[unit.len() - 1] > last_s + margin_s;
        let stray: Vec<usize> = active().filter(|(_, unit)| is_stray(unit)).map(|(row, _)| row).collect();
        if stray.len() as f64 > STRAY_SHARE * active().count() as f64 { Vec::new() } else { stray }
    }

    /// The time that was recorded at least: that of the spikes, if there are enough of them to tell.
    pub(crate) fn recorded_range(&self) -> Option<TimeRange> {
        self.spike_range().filter(|_| self.n_spikes() >= FEWEST_SPIKES)
    }

    /// The mean rate of each unit between the first and the last spike of all, spikes per second; 0 for all if that is no time.
    pub fn mean_rates_hz(&self) -> Vec<f64> {
        let span_s = self.spike_range().map_or(0.0, |range| range.span_s());
        let rate = |unit: &Vec<f64>| if span_s > 0.0 { unit.len() as f64 / span_s } else { 0.0 };
        self.units.iter().map(rate).collect()
    }

    /// Whether spikes and trials can be in seconds of one clock: their ranges meet, about as many trials have a spike as the mean
    /// rates let expect, and the rates are those of neurons. Without spikes or usable trials there is nothing to compare.
    ///
    /// # Errors
    /// [`Error::Clock`], with both ranges and the likely cause.
    pub fn check_clock(&self) -> Result<(), Error> {
        let (Some(spikes), Some(trials)) = (self.spike_range(), self.trials.time_range()) else { return Ok(()) };
        let unit = self.unit_of_file();
        let refuse = |cause: String| Err(Error::Clock { spikes, trials, cause, unit });
        if spikes.last_s < trials.first_s || trials.last_s < spikes.first_s {
            return refuse(format!("the two do not meet; {}", self.why_apart(spikes, trials)));
        }
        let median_hz = self.median_rate_hz();
        let extent_s = spikes.last_s.max(trials.last_s) - spikes.first_s.min(trials.first_s);
        let extent_rate_hz = median_hz * spikes.span_s() / extent_s;
        if extent_rate_hz > FASTEST_HZ {
            return refuse(format!(
                "half of the units with spikes fire more than {extent_rate_hz:.0} times a second, and no neuron does; the \
                 times are probably in a unit longer than seconds"
            ));
        }
        let stretch = spikes.span_s() / trials.span_s();
        if stretch >= STRETCHED && median_hz < STRETCHED_RATE_HZ {
            return refuse(format!(
                "the spikes take {stretch:.0} times as long as the trials, at a median of {median_hz:.2} spikes per second; {}",
                self.units_apart(stretch).unwrap_or_else(|| "the spike times are probably in another unit".into())
            ));
        }
        let duration_s = self.median_duration_s();
        if stretch >= SHRUNK && duration_s < SHRUNK_TRIAL_S {
            let longer = if unit == "milliseconds" { "seconds" } else { "minutes" };
            return refuse(format!(
                "half of the trials last {duration_s:.4} s or less, and the spikes take {stretch:.0} times as long as all \
                 trials; the trial times are probably in a longer unit than {unit}, such as {longer}"
            ));
        }
        if duration_s > LONG_TRIAL_S && median_hz < LONG_TRIAL_RATE_HZ && median_hz > 0.0 {
            return refuse(format!(
                "half of the trials last {duration_s:.0} s or more, at a median of {median_hz:.4} spikes per second; both \
                 are probably in milliseconds or samples"
            ));
        }
        let (n_expected, n_found) = self.trials_with_spikes(spikes);
        if n_expected >= FEWEST_EXPECTED && (n_found as f64) < LEAST_PART_WITH_SPIKES * n_expected {
            return refuse(format!(
                "{n_found} trial(s) have a spike, where the rates let expect {n_expected:.0}; {}",
                self.why_apart(spikes, trials)
            ));
        }
        Ok(())
    }

    /// Of the units that have spikes.
    pub(crate) fn median_rate_hz(&self) -> f64 {
        median(self.mean_rates_hz().into_iter().filter(|&rate_hz| rate_hz > 0.0).collect())
    }

    /// Of the trials with usable times.
    pub(crate) fn median_duration_s(&self) -> f64 {
        median(self.usable_trials().map(|trial| self.trials.stop_s[trial] - self.trials.start_s[trial]).collect())
    }

    pub(crate) fn usable_trials(&self) -> impl Iterator<Item = usize> {
        (0..self.trials.len()).filter(|&trial| self.trials.has_usable_times(trial))
    }

    /// In how many trials a spike is expected, by the rate of all units together, and how many have one.
    fn trials_with_spikes(&self, spikes: TimeRange) -> (f64, usize) {
        let rate_hz = self.n_spikes() as f64 / spikes.span_s().max(f64::MIN_POSITIVE);
        let (mut n_expected, mut n_found) = (0.0, 0);
        for trial in self.usable_trials() {
            let (start_s, stop_s) = (self.trials.start_s[trial], self.trials.stop_s[trial]);
            n_expected += 1.0 - (-rate_hz * (stop_s - start_s)).exp();
            let has_spike = |unit: &Vec<f64>| {
                unit.get(unit.partition_point(|&time_s| time_s < start_s)).is_some_and(|&time_s| time_s < stop_s)
            };
            n_found += usize::from(self.units.iter().any(has_spike));
        }
        (n_expected, n_found)
    }

    /// The likely reason why spikes and trials are apart.
    fn why_apart(&self, spikes: TimeRange, trials: TimeRange) -> String {
        if spikes.first_s > UNIX_S && trials.last_s < UNIX_S {
            return "the spike times are probably UNIX time".into();
        }
        if trials.first_s > UNIX_S && spikes.last_s < UNIX_S {
            return "the trial times are probably UNIX time".into();
        }
        let ratio = |a: f64, b: f64| if a > 0.0 && b > 0.0 { a / b } else { 1.0 };
        let ratios = [ratio(spikes.span_s(), trials.span_s()), ratio(spikes.last_s, trials.last_s)];
        let unit = ratios.iter().find_map(|&ratio| self.units_apart(ratio));
        let longest_s = self.usable_trials().map(|trial| self.trials.stop_s[trial] - self.trials.start_s[trial]);
        let longest_s = longest_s.fold(0.0, f64::max);
        let is_within_one = spikes.first_s >= -longest_s && spikes.last_s <= 2.0 * longest_s;
        let n_trials = self.usable_trials().count() as f64;
        unit.unwrap_or_else(|| match is_within_one && self.median_rate_hz() >= RELATIVE_RATE_HZ * n_trials {
            true => "the spike times are probably relative to their trials".into(),
            false => "they are probably in two units, or of two clocks".into(),
        })
    }
}

impl Recording {
    /// The unit of time of its file.
    fn unit_of_file(&self) -> &'static str {
        if self.format == Format::EventList { "milliseconds" } else { "seconds" }
    }

    /// The units of spike times that are so many times as large as trial times; none if no units are.
    fn units_apart(&self, ratio: f64) -> Option<String> {
        let (larger, smaller, factor) =
            if ratio < 1.0 { ("trial", "spike", 1.0 / ratio) } else { ("spike", "trial", ratio) };
        let (unit, ..) = UNITS.into_iter().find(|(_, least, most)| (*least..=*most).contains(&factor))?;
        match self.format {
            // Other units than seconds are unlikely beside milliseconds.
            Format::EventList if unit == UNITS[0].0 => {
                Some(format!("the {smaller} times are probably in seconds, the {larger} times in milliseconds"))
            }
            Format::EventList => None,
            _ => Some(format!("the {larger} times are probably in {unit}")),
        }
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
