//! Statistics of the results that the sections of the report share.

use std::collections::BTreeMap;

use recording::Dataset;
use train::network::Network;

use crate::analysis::statistics::{Interval, bootstrap_band, mean, mean_interval, sample_variance};
use crate::outcome::Outcome;
use crate::plan::{Plan, TUNING_FOLDS};
use crate::run::{Condition, Method, Observation, Run};
use crate::store::Entry;

/// What a report says if the program was built without the simulator.
pub const NOT_MEASURED: &str = "not measured: built without the simulator";

const RESAMPLES: usize = 1000;
const CONFIDENCE: f64 = 0.95;

/// The results of a study, and what they belong to.
#[derive(Clone, Copy)]
pub struct Results<'a> {
    /// One entry per run.
    pub entries: &'a [Entry],
    /// The plan.
    pub plan: &'a Plan,
    /// The windows, in ticks of the plan's first length.
    pub dataset: &'a Dataset,
    /// Angle of each class, radians.
    pub angles_rad: &'a [f64],
    /// The network of the first topology, before training.
    pub network: &'a Network,
    /// Whether networks were also run on the simulated core.
    pub is_measured: bool,
}

/// A mean with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Mean.
    pub mean: f64,
    /// Standard deviation over folds and seeds.
    pub sd: f64,
    /// 95 % interval. Of accuracies: trials are resampled, with all seeds of a trial together. Of independent values, such as
    /// one per fold and seed: Student's, and NaN where there are too few.
    pub interval: Interval,
}

/// Share of the seeds that decide a trial correctly, by trial: `[tick]`.
type TrialShares = BTreeMap<usize, Vec<f64>>;

impl<'a> Results<'a> {
    /// The plan's first tick length, milliseconds: that of every experiment but the comparison of lengths.
    #[must_use]
    pub fn tick_ms(&self) -> u32 {
        self.plan.ticks_ms[0]
    }

    /// The network of the first topology.
    #[must_use]
    pub fn first(&self) -> Method {
        Method::Network(self.plan.topologies[0].name.clone())
    }

    /// Chance level: share of the largest class.
    #[must_use]
    pub fn chance(&self) -> f64 {
        let n_trials =
            |class| self.dataset.samples.iter().filter(|sample| sample.window == 0 && sample.class == class).count();
        let largest = (0..self.dataset.classes.len()).map(n_trials).max().unwrap_or(0);
        largest as f64 / self.dataset.n_trials.max(1) as f64
    }

    /// Entries whose run fulfils a condition.
    pub fn entries_of(&self, fulfils: impl Fn(&Run) -> bool) -> Vec<&'a Entry> {
        self.entries.iter().filter(|entry| fulfils(&entry.run)).collect()
    }

    /// Entries of a method under a condition, with the folds of the plan.
    #[must_use]
    pub fn decoders(&self, method: &Method, condition: Condition, tick_ms: u32) -> Vec<&'a Entry> {
        self.entries_of(|run| {
            run.method == *method
                && run.condition == condition
                && run.tick_ms == tick_ms
                && run.folds == self.plan.folds
                && run.observation != Observation::Tuning
        })
    }

    /// Entries of a method under a condition in which tuning was observed.
    #[must_use]
    pub fn tuned(&self, method: &Method, condition: Condition) -> Vec<&'a Entry> {
        self.entries_of(|run| run.method == *method && run.condition == condition && run.folds == TUNING_FOLDS)
            .into_iter()
            .filter(|entry| entry.outcome.tuning.is_some())
            .collect()
    }

    /// Methods that were trained plainly, in the order of the plan.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        let mut methods: Vec<Method> = Vec::new();
        for entry in self.entries_of(|run| run.condition == Condition::Plain && run.folds == self.plan.folds) {
            if !methods.contains(&entry.run.method) {
                methods.push(entry.run.method.clone());
            }
        }
        methods
    }
}

/// Accuracy after each tick.
#[must_use]
pub fn accuracy_over_time(entries: &[&Entry]) -> Option<(Vec<f64>, Vec<Interval>)> {
    let shares: Vec<Vec<f64>> = trial_shares(entries).into_values().collect();
    let bands = bootstrap_band(&shares, RESAMPLES, CONFIDENCE, 1, column_means)?;
    Some((column_means(&shares), bands))
}

/// Accuracy at the end of the window.
#[must_use]
pub fn accuracy(entries: &[&Entry]) -> Option<Estimate> {
    let (means, bands) = accuracy_over_time(entries)?;
    let each: Vec<f64> = entries.iter().map(|entry| entry.outcome.accuracy()).collect();
    let sd = sample_variance(&each).unwrap_or(0.0).sqrt();
    Some(Estimate { mean: *means.last()?, sd, interval: *bands.last()? })
}

/// Accuracy of `a` minus that of `b` after each tick, on the same trials.
#[must_use]
pub fn difference_over_time(a: &[&Entry], b: &[&Entry]) -> Option<(Vec<f64>, Vec<Interval>)> {
    difference_band(a, b, |_| (RESAMPLES, CONFIDENCE))
}

/// As [`difference_over_time`], with a band that holds for all ticks together (Bonferroni).
#[must_use]
pub fn difference_at_all_times(a: &[&Entry], b: &[&Entry]) -> Option<(Vec<f64>, Vec<Interval>)> {
    difference_band(a, b, |n_ticks| (10 * RESAMPLES, 1.0 - (1.0 - CONFIDENCE) / n_ticks.max(1) as f64))
}

/// `precision` gives the number of resamples and the confidence per tick for a number of ticks.
fn difference_band(
    a: &[&Entry],
    b: &[&Entry],
    precision: impl FnOnce(usize) -> (usize, f64),
) -> Option<(Vec<f64>, Vec<Interval>)> {
    let (of_a, of_b) = (trial_shares(a), trial_shares(b));
    let pairs: Vec<Vec<f64>> = of_a
        .iter()
        .filter_map(|(trial, a)| Some(a.iter().zip(of_b.get(trial)?).map(|(a, b)| a - b).collect()))
        .collect();
    let (n_resamples, confidence) = precision(pairs.first().map_or(0, Vec::len));
    let bands = bootstrap_band(&pairs, n_resamples, confidence, 1, column_means)?;
    Some((column_means(&pairs), bands))
}

/// Accuracy of `a` minus that of `b` at the end of the window, on the same trials.
#[must_use]
pub fn difference(a: &[&Entry], b: &[&Entry]) -> Option<Estimate> {
    let (means, bands) = difference_over_time(a, b)?;
    Some(Estimate { mean: *means.last()?, sd: 0.0, interval: *bands.last()? })
}

/// Mean of a figure over the entries that have it.
pub fn mean_of(entries: &[&Entry], figure: impl Fn(&Outcome) -> Option<f64>) -> Option<f64> {
    mean(&entries.iter().filter_map(|entry| figure(&entry.outcome)).collect::<Vec<f64>>())
}

/// Mean of a figure over the entries of each fold. The seeds of a fold share its trials, so a fold counts as one value.
pub fn mean_of_folds(entries: &[&Entry], figure: impl Fn(&Entry) -> Option<f64>) -> BTreeMap<usize, f64> {
    let mut folds: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for entry in entries {
        folds.entry(entry.run.fold).or_default().extend(figure(entry));
    }
    folds.into_iter().filter_map(|(fold, values)| Some((fold, mean(&values)?))).collect()
}

/// Mean and 95 % interval of independent values, such as one per fold and seed.
#[must_use]
pub fn estimate(values: &[f64]) -> Option<Estimate> {
    let unknown = Interval { low: f64::NAN, high: f64::NAN };
    let interval = mean_interval(values, CONFIDENCE).unwrap_or(unknown);
    Some(Estimate { mean: mean(values)?, sd: sample_variance(values).unwrap_or(0.0).sqrt(), interval })
}

fn trial_shares(entries: &[&Entry]) -> TrialShares {
    let mut sums: BTreeMap<usize, (usize, Vec<f64>)> = BTreeMap::new();
    for window in entries.iter().flat_map(|entry| &entry.outcome.windows) {
        let (n, sums) = sums.entry(window.trial).or_insert_with(|| (0, vec![0.0; window.decisions.len()]));
        *n += 1;
        for (sum, &decision) in sums.iter_mut().zip(&window.decisions) {
            *sum += f64::from(u8::from(usize::from(decision) == window.class));
        }
    }
    let share = |(n, sums): (usize, Vec<f64>)| sums.into_iter().map(|sum| sum / n as f64).collect();
    sums.into_iter().map(|(trial, sums)| (trial, share(sums))).collect()
}

/// Mean of each column.
fn column_means(rows: &[Vec<f64>]) -> Vec<f64> {
    let n_columns = rows.first().map_or(0, Vec::len);
    (0..n_columns).map(|column| rows.iter().map(|row| row[column]).sum::<f64>() / rows.len() as f64).collect()
}
