//! What can be read, but is probably not meant: for a person to look at before anything is trained.

use std::collections::HashMap;

use crate::angles::{arc, directions, is_narrow};
use crate::clock::median;
use crate::identity::can_be_one_session;
use crate::sanity::{n_within, spans_apart};
use crate::table::ID;
use crate::{Column, Dataset, Recording, TimeRange, TrialTable};

/// The share of the trials outside the spikes, or of the windows without a spike, that is odd.
const ODD_SHARE: f64 = 0.1;
/// Spikes so many times as long as the trials are odd if few trials have the length or units the rate of a task.
const STRETCHED: f64 = 8.0;
const STRETCHED_RATE_HZ: f64 = 1.5;
const SHORT_TRIAL_S: f64 = 0.15;
/// Units are not so many times less active in trials than chance has it.
const SILENT_IN_TRIALS: f64 = 3.0;
/// The fewest spikes within trials that chance must let expect for them to be evidence.
const FEWEST_EXPECTED: f64 = 100.0;
/// Empty windows that so many times exceed those of a Poisson process of the mean count are odd.
const OFTEN_EMPTY: f64 = 4.0;
/// Units with fewer spikes can have the same times, or a part of the session without one, by chance.
const FEWEST_IN_COMMON: usize = 20;
const FEWEST_IN_TRIALS: usize = 50;
/// Trials so many times as long as the time from start to start overlap others, and not by the resolution of a clock.
const OVERLAPPING: f64 = 1.5;
/// So many places on a circle tell its centre, if distances from it differ by a smaller part, and those from (0, 0) by a larger one.
const FEWEST_ON_CIRCLE: usize = 4;
const MOST_SPREAD: f64 = 0.02;
const LEAST_SPREAD: f64 = 0.1;
/// Trials shorter than that, with units faster than that, are none of a task.
const SHORTEST_TRIAL_S: f64 = 0.05;
const FAST_UNITS_HZ: f64 = 100.0;

impl Recording {
    /// What is odd about its units, and about its spike times and trial times, though [`Recording::check_clock`] does not refuse
    /// them.
    pub fn doubts(&self) -> Vec<String> {
        let n_units = self.n_channels();
        let of_times = match self.n_spikes() {
            0 if n_units > 0 => vec![Some(format!("none of the {n_units} units has a spike"))],
            _ if self.check_clock().is_err() => Vec::new(),
            _ => vec![
                self.trials_outside(),
                self.stretched(),
                self.shrunk(),
                self.silent_in_trials(),
                self.overlapping_trials(),
                self.silent_in_half(),
            ],
        };
        let of_units = [self.repeated_ids(), self.repeated_units(), self.astray()];
        of_units.into_iter().flatten().chain(of_times.into_iter().flatten()).collect()
    }

    fn repeated_ids(&self) -> Option<String> {
        let ids = self.unit_columns.iter().find(|column| column.name == ID)?.values.labels_of_rows();
        let mut counts: HashMap<&String, usize> = HashMap::new();
        ids.iter().flatten().for_each(|id| *counts.entry(id).or_default() += 1);
        let first = ids.iter().flatten().find(|id| counts[id] > 1)?;
        let n_units = counts.values().filter(|&&count| count > 1).sum::<usize>();
        Some(format!(
            "{n_units} of {} units have the id of another, first `{first}`: ids do not tell them apart",
            ids.len()
        ))
    }

    fn repeated_units(&self) -> Option<String> {
        let mut rows_of: HashMap<(usize, u64), Vec<usize>> = HashMap::new();
        let mut pairs = Vec::new();
        for (row, unit) in self.units.iter().enumerate().filter(|(_, unit)| unit.len() >= FEWEST_IN_COMMON) {
            let rows = rows_of.entry((unit.len(), unit[0].to_bits())).or_default();
            match rows.iter().find(|&&earlier| self.units[earlier] == *unit) {
                Some(&earlier) => pairs.push((earlier, row)),
                None => rows.push(row),
            }
        }
        let (first, second) = *pairs.first()?;
        Some(format!(
            "{} of {} units have exactly the spike times of an earlier one, first those of rows {first} and {second} (from 0): one \
             unit is there twice",
            pairs.len(),
            self.units.len()
        ))
    }

    fn astray(&self) -> Option<String> {
        let (stray, others) = (self.stray_units(), self.spike_range()?);
        let unit = &self.units[*stray.first()?];
        Some(format!(
            "{} of {} units, first that of row {} (from 0), have spikes from {:.3} to {:.3} s, far from those of the others, {:.3} to \
             {:.3} s; they may be in another unit of time or of another clock: correct them or leave them out",
            stray.len(),
            self.units.len(),
            stray[0],
            unit[0],
            unit[unit.len() - 1],
            others.first_s,
            others.last_s
        ))
    }

    fn trials_outside(&self) -> Option<String> {
        let spikes = self.spike_range()?;
        let n_usable = self.usable_trials().count();
        let n_outside = self.usable_trials().filter(|&trial| self.trials.is_outside(trial, spikes)).count();
        (n_outside as f64 > ODD_SHARE * n_usable as f64).then(|| {
            format!(
                "{n_outside} of {n_usable} trials end before the first spike or start after the last, and are left out; \
                 spikes or trials may be cut off, or in another unit or clock"
            )
        })
    }

    fn stretched(&self) -> Option<String> {
        let stretch = self.spike_range()?.span_s() / self.trials.time_range()?.span_s();
        let (median_hz, duration_s) = (self.median_rate_hz(), self.median_duration_s());
        let is_odd = stretch >= STRETCHED && (median_hz < STRETCHED_RATE_HZ || duration_s < SHORT_TRIAL_S);
        is_odd.then(|| {
            format!(
                "the spikes take {stretch:.0} times as long as the trials, at a median of {median_hz:.2} spikes per second and \
                 of {duration_s:.3} s a trial; spike times or trial times may not be in seconds"
            )
        })
    }

    /// Both times in minutes, for example.
    fn shrunk(&self) -> Option<String> {
        let (median_hz, duration_s) = (self.median_rate_hz(), self.median_duration_s());
        (duration_s > 0.0 && duration_s < SHORTEST_TRIAL_S && median_hz > FAST_UNITS_HZ).then(|| {
            format!(
                "half of the trials last {duration_s:.4} s or less, at a median of {median_hz:.0} spikes per second; spike times and \
                 trial times may be in a unit longer than seconds, such as minutes"
            )
        })
    }

    fn overlapping_trials(&self) -> Option<String> {
        let mut starts_s: Vec<f64> = self.usable_trials().map(|trial| self.trials.start_s[trial]).collect();
        starts_s.sort_by(f64::total_cmp);
        let spacing_s = median(starts_s.windows(2).map(|pair| pair[1] - pair[0]).collect());
        let duration_s = self.median_duration_s();
        (starts_s.len() > 2 && duration_s > OVERLAPPING * spacing_s).then(|| {
            format!(
                "trials overlap: half of them last {duration_s:.3} s or more, and half start {spacing_s:.3} s or less after another; \
                 their stops may be those of something else"
            )
        })
    }

    /// Units that were lost or found in the middle of the trials.
    fn silent_in_half(&self) -> Option<String> {
        let TimeRange { first_s, last_s } = self.trials.time_range()?;
        let middle_s = first_s.midpoint(last_s);
        let n_between = |unit: &[f64], from_s: f64, to_s: f64| {
            unit.partition_point(|&time_s| time_s < to_s) - unit.partition_point(|&time_s| time_s < from_s)
        };
        let halves = |unit: &Vec<f64>| (n_between(unit, first_s, middle_s), n_between(unit, middle_s, last_s));
        let active = self.units.iter().map(halves).filter(|(one, two)| one + two >= FEWEST_IN_TRIALS);
        let (n_silent, n_active) =
            active.fold(
                (0, 0),
                |(n_silent, n_active), (one, two)| {
                    if one == 0 || two == 0 { (n_silent + 1, n_active) } else { (n_silent, n_active + 1) }
                },
            );
        (n_silent > 0 && n_active > 0).then(|| {
            format!(
                "{n_silent} of {} units have no spike in the first or in the last half of the trials, where others have; they may be \
                 lost or sorted in a part of the session only",
                self.units.len()
            )
        })
    }

    fn silent_in_trials(&self) -> Option<String> {
        let (spikes, trials) = (self.spike_range()?, self.trials.time_range()?);
        let session_s = spikes.last_s.max(trials.last_s) - spikes.first_s.min(trials.first_s);
        let spans = spans_apart(&self.trials);
        let of_time = spans.iter().map(|[start_s, stop_s]| stop_s - start_s).sum::<f64>() / session_s;
        let n_spikes = self.n_spikes() as f64;
        let of_spikes = self.units.iter().map(|unit| n_within(unit, &spans)).sum::<usize>() as f64 / n_spikes;
        let is_odd = of_time * n_spikes >= FEWEST_EXPECTED && of_spikes * SILENT_IN_TRIALS < of_time;
        is_odd.then(|| {
            let (of_spikes, of_time) = (100.0 * of_spikes, 100.0 * of_time);
            format!(
                "{of_spikes:.1} % of the spikes lie within trials, which take {of_time:.1} % of the time; spikes and trials may \
                 be of two clocks"
            )
        })
    }
}

impl TrialTable {
    /// What is odd about a column as labels: vectors of which a component is always the same, or that all point in about the same
    /// direction.
    pub fn doubt_of_labels(&self, column: &str) -> Option<String> {
        let Column::Vector(vectors) = self.column(column).ok()? else { return None };
        if let Some((component, value)) = constant_component(vectors) {
            return Some(format!(
                "component {component} of the vectors of column `{column}` is {value} in all trials; if they are an angle and a radius, \
                 or positions, they are no directions from (0, 0)"
            ));
        }
        let degrees: Vec<f64> = directions(vectors).into_iter().flatten().collect();
        let [first, last] = arc(&degrees)?;
        if is_narrow(first, last) {
            return Some(format!(
                "the vectors of column `{column}` all point from (0, 0) in directions from {first} to {last} degrees; if they are \
                 positions, subtract that of the centre"
            ));
        }
        let [x, y] = centre_of_circle(vectors)?;
        Some(format!(
            "the vectors of column `{column}` lie on a circle around ({x:.3}, {y:.3}), and are taken as directions from (0, 0); if they \
             are positions, subtract that of the centre"
        ))
    }
}

/// The mean of vectors that are equally far from it, but not from (0, 0).
fn centre_of_circle(vectors: &[[f64; 2]]) -> Option<[f64; 2]> {
    let mut places: Vec<[f64; 2]> = vectors.iter().copied().filter(|[x, y]| x.is_finite() && y.is_finite()).collect();
    places.sort_by(|one, other| one[0].total_cmp(&other[0]).then(one[1].total_cmp(&other[1])));
    places.dedup();
    let n = places.len() as f64;
    let centre = [0, 1].map(|axis| places.iter().map(|place| place[axis]).sum::<f64>() / n);
    // The largest distance, and by which part of it distances differ.
    let spread_from = |from: [f64; 2]| {
        let distances = places.iter().map(|place| (place[0] - from[0]).hypot(place[1] - from[1]));
        let (least, most) =
            distances.fold((f64::INFINITY, 0.0), |(least, most), far| (f64::min(least, far), f64::max(most, far)));
        (most - least) / most
    };
    let is_circle = spread_from(centre) < MOST_SPREAD && spread_from([0.0; 2]) > LEAST_SPREAD;
    (places.len() >= FEWEST_ON_CIRCLE && is_circle).then_some(centre)
}

/// The component (1 or 2) that is the same in all vectors, and not 0, where the other has several values.
fn constant_component(vectors: &[[f64; 2]]) -> Option<(usize, f64)> {
    let known = || vectors.iter().filter(|vector| vector.iter().all(|value| value.is_finite()));
    let is_constant = |component: usize, value: f64| known().all(|vector| vector[component] == value);
    let first = *known().next()?;
    let found = (0..2).find(|&component| {
        first[component] != 0.0
            && is_constant(component, first[component])
            && !is_constant(1 - component, first[1 - component])
    });
    found.map(|component| (component + 1, first[component]))
}

impl Dataset {
    /// What is odd about its windows: more of them are without a spike than their mean count lets expect.
    pub fn doubt(&self) -> Option<String> {
        let counts: Vec<usize> = self
            .primary_samples()
            .into_iter()
            .map(|index| self.samples[index].ticks.iter().map(Vec::len).sum())
            .collect();
        let n_windows = counts.len() as f64;
        let n_empty = counts.iter().filter(|&&count| count == 0).count();
        let mean = counts.iter().sum::<usize>() as f64 / n_windows;
        let share = n_empty as f64 / n_windows;
        let is_odd = share > 0.5 || share > ODD_SHARE.max(OFTEN_EMPTY * (-mean).exp());
        is_odd.then(|| {
            format!(
                "{n_empty} of {} windows have no spike; parts of the recording may be missing, or the windows too short",
                counts.len()
            )
        })
    }
}

/// What is odd about the recordings of a data set by their trials: two that have trials at the same times, with the same labels. At
/// irregular times they are refused, see [`check_distinct`](crate::check_distinct).
pub fn doubts_of_trials(recordings: &[&Recording], dataset: &Dataset) -> Vec<String> {
    let primary = dataset.primary_samples().into_iter().map(|index| &dataset.samples[index]);
    let classes: HashMap<usize, usize> = primary.map(|sample| (sample.trial, sample.class)).collect();
    let class = |recording: usize, row: usize| classes.get(&(dataset.first_trials[recording] + row)).copied();
    let mut doubts = Vec::new();
    for second in 0..recordings.len() {
        for first in 0..second {
            let [one, other] = [first, second].map(|index| recordings[index]);
            let pairs = other.trials.at_times_of(&one.trials);
            let of_both =
                pairs.iter().filter_map(|&(row, of_first)| Some((class(second, row)?, class(first, of_first)?)));
            let n_trials = of_both.clone().count();
            if 2 * n_trials >= one.trials.len().min(other.trials.len()) && can_be_one_session(of_both) == Some(true) {
                doubts.push(format!(
                    "{n_trials} trials of {} are at the times of trials of {}, and most have the same labels; if this is one session \
                     that was sorted twice, held-out trials are not held out",
                    other.name, one.name
                ));
            }
        }
    }
    doubts
}
