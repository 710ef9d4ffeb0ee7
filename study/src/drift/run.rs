//! The unit of work: one way to deal with drift, over all days.

use std::fmt;

use serde::{Deserialize, Serialize};
use train::adapt::Trusted;

/// What follows the drift, with how many labels. Equal runs of equal studies have equal results, bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftRun {
    /// The way.
    pub method: DriftMethod,
    /// Trials with a label at the start of each day; of a method that learns from its own decisions as many trials without.
    pub labels: usize,
    /// Seed of the division of the trials, of the training, and of drift that is made by rule.
    pub seed: u64,
}

/// A way to deal with drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftMethod {
    /// The network of day 0 stays as it is.
    Frozen,
    /// Taught readouts learn from the labels.
    Labels,
    /// Taught readouts learn from their own decisions.
    Own,
    /// Taught readouts learn from the labels, then from their own decisions.
    LabelsThenOwn,
    /// Training continues from the network of the day before.
    Recalibrated,
    /// Shrinkage LDA is fitted again.
    Lda,
    /// A network is trained from the start.
    Retrained,
}

/// The result of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftOutcome {
    /// From day 0, that of the training.
    pub days: Vec<DayOutcome>,
}

/// A day of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayOutcome {
    /// Labels that were given.
    pub n_labels: usize,
    /// The tested trials.
    pub tested: Vec<TestedTrial>,
    /// Which decoder the switch trusts on this day, of readouts that are taught by labels.
    pub trusted: Option<Trusted>,
}

/// A tested trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedTrial {
    /// Its number; those of several sessions are numbered through.
    pub trial: usize,
    /// Its class.
    pub class: usize,
    /// The class that was decided for at the end of the window.
    pub decision: usize,
}

impl DayOutcome {
    /// Share of the tested trials that were decided correctly.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let n_right = self.tested.iter().filter(|trial| trial.decision == trial.class).count();
        n_right as f64 / self.tested.len().max(1) as f64
    }
}

impl DriftMethod {
    /// All, in the order of the report.
    pub const ALL: [Self; 7] =
        [Self::Frozen, Self::Labels, Self::Own, Self::LabelsThenOwn, Self::Recalibrated, Self::Lda, Self::Retrained];

    /// Whether a network is trained for it.
    #[must_use]
    pub fn is_trained(self) -> bool {
        !matches!(self, Self::Own | Self::LabelsThenOwn | Self::Lda)
    }
}

impl fmt::Display for DriftMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Frozen => "frozen",
            Self::Labels => "adapted by labels",
            Self::Own => "adapted by own decisions",
            Self::LabelsThenOwn => "adapted by labels, then own decisions",
            Self::Recalibrated => "recalibrated",
            Self::Lda => "LDA refitted",
            Self::Retrained => "retrained",
        })
    }
}

impl fmt::Display for DriftRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, labels, seed } = self;
        match method {
            DriftMethod::Frozen => write!(f, "drift, {method}, seed {seed}"),
            DriftMethod::Own => write!(f, "drift, {method}, {labels} trials a day, seed {seed}"),
            _ => write!(f, "drift, {method}, {labels} labels a day, seed {seed}"),
        }
    }
}
