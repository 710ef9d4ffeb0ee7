//! Splits into training and test, by trial: all windows of a trial are on the same side.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{Column, Dataset, Error, TrialTable};

const TRAIN: &str = "train";
const TEST: &str = "test";

/// A division of the trials into training and test, once or several times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The divisions; never empty.
    pub folds: Vec<Fold>,
    /// Trials on neither side, by the value of the split column; empty for [`Split::k_fold`].
    pub ignored: Vec<IgnoredTrials>,
}

/// One division of the trials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// Trials to train with (rows of the trial table), ascending.
    pub train_trials: Vec<usize>,
    /// Trials to test with, ascending; none of them is in `train_trials`.
    pub test_trials: Vec<usize>,
}

/// Trials that a split column puts on neither side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgnoredTrials {
    /// The value in the split column, such as `val`.
    pub value: String,
    /// The trials (rows of the trial table), ascending.
    pub trials: Vec<usize>,
}

impl Split {
    /// Stratified cross-validation: every trial is tested in exactly one fold, and the folds' trials of a class differ
    /// in number by at most one, as do the folds' sizes. The same seed gives the same folds.
    ///
    /// # Errors
    /// [`Error::BadSplit`] with fewer than two folds or more folds than trials; [`Error::ClassTooSmall`] for a class with
    /// fewer trials than folds, which some fold could not test.
    pub fn k_fold(dataset: &Dataset, folds: usize, seed: u64) -> Result<Split, Error> {
        let bad = |cause: String| Err(Error::BadSplit { cause });
        if folds < 2 {
            return bad(format!("{folds} fold(s) leave nothing to train or to test with; use 2 or more"));
        }
        if folds > dataset.n_trials {
            return bad(format!("{folds} folds need as many trials, and there are {}; use fewer", dataset.n_trials));
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut tests: Vec<Vec<usize>> = vec![Vec::new(); folds];
        let mut next_fold = 0;
        for (class, name) in dataset.classes.iter().enumerate() {
            let mut trials: Vec<usize> = primary_trials(dataset, Some(class)).collect();
            if trials.len() < folds {
                return Err(Error::ClassTooSmall { class: name.clone(), n_trials: trials.len(), folds });
            }
            trials.shuffle(&mut rng);
            // Dealing continues after the last fold of the class before, which keeps the folds' sizes equal as well.
            for trial in trials {
                tests[next_fold].push(trial);
                next_fold = (next_fold + 1) % folds;
            }
        }
        let folds = tests.into_iter().map(|mut test_trials| {
            test_trials.sort_unstable();
            let is_test = |trial: &usize| test_trials.binary_search(trial).is_ok();
            let train_trials = primary_trials(dataset, None).filter(|trial| !is_test(trial)).collect();
            Fold { train_trials, test_trials }
        });
        Ok(Split { folds: folds.collect(), ignored: Vec::new() })
    }

    /// The division in a text column: `train` and `test`, in upper or lower case. Trials with another value, such as
    /// `val`, are on neither side and are listed in [`Split::ignored`].
    ///
    /// # Errors
    /// [`Error::UnknownColumn`]; [`Error::UnsuitableColumn`] unless the column holds text; [`Error::BadSplit`] if a
    /// side has no trial or a class has no training trial.
    pub fn by_column(dataset: &Dataset, trials: &TrialTable, column: &str) -> Result<Split, Error> {
        let Column::Text(values) = trials.column(column)? else {
            let cause = format!("it holds numbers, not `{TRAIN}` and `{TEST}`");
            return Err(Error::UnsuitableColumn { column: column.into(), cause });
        };
        let mut fold = Fold { train_trials: Vec::new(), test_trials: Vec::new() };
        let mut ignored: Vec<IgnoredTrials> = Vec::new();
        for trial in primary_trials(dataset, None) {
            let value = values.get(trial).map_or("", |value| value.trim());
            if value.eq_ignore_ascii_case(TRAIN) {
                fold.train_trials.push(trial);
            } else if value.eq_ignore_ascii_case(TEST) {
                fold.test_trials.push(trial);
            } else if let Some(group) = ignored.iter_mut().find(|group| group.value == value) {
                group.trials.push(trial);
            } else {
                ignored.push(IgnoredTrials { value: value.into(), trials: vec![trial] });
            }
        }
        for (side, trials) in [(TRAIN, &fold.train_trials), (TEST, &fold.test_trials)] {
            if trials.is_empty() {
                let cause = format!(
                    "column `{column}` puts no trial on the side `{side}`; correct it, or split by folds instead"
                );
                return Err(Error::BadSplit { cause });
            }
        }
        for (class, name) in dataset.classes.iter().enumerate() {
            if !primary_trials(dataset, Some(class)).any(|trial| fold.train_trials.binary_search(&trial).is_ok()) {
                let cause = format!("column `{column}` leaves class `{name}` no training trial; leave the class out");
                return Err(Error::BadSplit { cause });
            }
        }
        Ok(Split { folds: vec![fold], ignored })
    }

    /// Indices of all samples of the training trials of a fold; none for a fold that does not exist.
    pub fn train_samples(&self, fold: usize, dataset: &Dataset) -> Vec<usize> {
        let trials = self.folds.get(fold).map_or(&[][..], |fold| &fold.train_trials);
        samples_of(dataset, trials).collect()
    }

    /// Indices of the primary samples of the test trials of a fold; none for a fold that does not exist.
    pub fn test_samples(&self, fold: usize, dataset: &Dataset) -> Vec<usize> {
        let trials = self.folds.get(fold).map_or(&[][..], |fold| &fold.test_trials);
        samples_of(dataset, trials).filter(|&index| dataset.samples[index].window == 0).collect()
    }
}

/// The trials that have windows, ascending; of one class or of all.
fn primary_trials(dataset: &Dataset, class: Option<usize>) -> impl Iterator<Item = usize> {
    let primary = dataset.samples.iter().filter(|sample| sample.window == 0);
    primary.filter(move |sample| class.is_none_or(|class| sample.class == class)).map(|sample| sample.trial)
}

fn samples_of(dataset: &Dataset, trials: &[usize]) -> impl Iterator<Item = usize> {
    (0..dataset.samples.len()).filter(|&index| trials.binary_search(&dataset.samples[index].trial).is_ok())
}
