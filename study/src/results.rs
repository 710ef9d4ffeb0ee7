//! Statistics of the results that the sections of the report share.

use recording::Dataset;
use train::network::Network;

use crate::analysis::statistics::{Interval, mean, mean_interval, sample_variance};
use crate::outcome::Outcome;
use crate::plan::{Plan, TUNING_FOLDS};
use crate::run::{Condition, Matching, Method, Observation, Run};
use crate::store::Entry;
use crate::training::Training;
use crate::trials::Trials;

/// What a report says if the program was built without the simulator.
pub const NOT_MEASURED: &str = "not measured: built without the simulator";

/// Of every interval.
pub(crate) const CONFIDENCE: f64 = 0.95;

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
    /// How much is trained.
    pub training: Training,
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
    /// Number of values: of trials, or of folds and seeds.
    pub n: usize,
}

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

    /// Methods that were trained plainly, in the order of the plan, but for those that only the front has.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        let mut methods: Vec<Method> = Vec::new();
        for entry in self.entries_of(|run| run.condition == Condition::Plain && run.folds == self.plan.folds) {
            let is_of_front = matches!(entry.run.method.matching(), Some(Matching::Units(_)));
            if !is_of_front && !methods.contains(&entry.run.method) {
                methods.push(entry.run.method.clone());
            }
        }
        methods
    }
}

/// Accuracy at the end of the window.
#[must_use]
pub fn accuracy(entries: &[&Entry]) -> Option<Estimate> {
    let each: Vec<f64> = entries.iter().map(|entry| entry.outcome.accuracy()).collect();
    let sd = sample_variance(&each).unwrap_or(0.0).sqrt();
    Some(Estimate { sd, ..Trials::at_end(entries).estimate()? })
}

/// Accuracy of `a` minus that of `b` at the end of the window, on the same trials.
#[must_use]
pub fn difference(a: &[&Entry], b: &[&Entry]) -> Option<Estimate> {
    Trials::at_end(a).minus(&Trials::at_end(b)).estimate()
}

/// Mean of a figure over the entries that have it.
pub fn mean_of(entries: &[&Entry], figure: impl Fn(&Outcome) -> Option<f64>) -> Option<f64> {
    mean(&entries.iter().filter_map(|entry| figure(&entry.outcome)).collect::<Vec<f64>>())
}

/// Mean and 95 % interval of independent values, such as one per fold and seed.
#[must_use]
pub fn estimate(values: &[f64]) -> Option<Estimate> {
    let unknown = Interval { low: f64::NAN, high: f64::NAN };
    let interval = mean_interval(values, CONFIDENCE).unwrap_or(unknown);
    let sd = sample_variance(values).unwrap_or(0.0).sqrt();
    Some(Estimate { mean: mean(values)?, sd, interval, n: values.len() })
}

/// As [`estimate`], of shares: the interval stays within 0 to 1.
#[must_use]
pub fn estimate_of_shares(shares: &[f64]) -> Option<Estimate> {
    let estimate = estimate(shares)?;
    let Interval { low, high } = estimate.interval;
    Some(Estimate { interval: Interval { low: low.clamp(0.0, 1.0), high: high.clamp(0.0, 1.0) }, ..estimate })
}
