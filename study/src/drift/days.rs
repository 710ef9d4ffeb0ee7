//! The days of a study of drift: what is trained on, and of each day what has labels and what is tested.

use recording::{Dataset, Sample, Split};
use train::drift::{Drift, Night, Pool};

use crate::error::StudyError;

/// Folds of day 0 where later days are sessions of their own: one of them is tested.
const FOLDS_OF_FIRST_DAY: usize = 5;

/// The days.
pub(super) struct Days {
    /// The windows of day 0 that are trained on.
    pub(super) training: Vec<Sample>,
    /// From day 0, which has no labelled trials.
    pub(super) days: Vec<Day>,
}

/// A day.
pub(super) struct Day {
    /// Trials at its start, in their order; as many as any method needs, if there are.
    pub(super) labelled: Vec<Sample>,
    /// Trials that are tested.
    pub(super) tested: Vec<Sample>,
}

impl Days {
    /// Of several sessions, whose trials are numbered through: on each but the first, the first half of the trials may have labels, at
    /// most `most` of them, and those after them are tested.
    ///
    /// # Errors
    /// A first day of fewer trials of a class than folds.
    pub(super) fn of_sessions(sessions: &[Dataset], most: usize, seed: u64) -> Result<Self, StudyError> {
        let Some((first, later)) = sessions.split_first() else {
            return Ok(Self { training: Vec::new(), days: Vec::new() });
        };
        let split = Split::k_fold(first, FOLDS_OF_FIRST_DAY, seed)?;
        let of = |indices: Vec<usize>| indices.into_iter().map(|index| first.samples[index].clone()).collect();
        let mut days = vec![Day { labelled: Vec::new(), tested: of(split.test_samples(0, first)) }];
        for session in later {
            let mut trials = session.samples.iter().filter(|sample| sample.window == 0).cloned();
            let labelled = trials.by_ref().take(most.min(session.n_trials / 2)).collect();
            days.push(Day { labelled, tested: trials.collect() });
        }
        Ok(Self { training: of(split.train_samples(0, first)), days })
    }

    /// Of one session, with nights made by rule: one half of its trials is trained on and taught, as they would be on each day, and
    /// the other half is tested on every day.
    ///
    /// # Errors
    /// A class of one trial.
    pub(super) fn by_rule(
        session: &Dataset,
        night: Night,
        n_days: usize,
        most: usize,
        seed: u64,
    ) -> Result<Self, StudyError> {
        let split = Split::k_fold(session, 2, seed)?;
        let [train, test] =
            [&split.folds[0].train_trials, &split.folds[0].test_trials].map(|trials| Pool::of(session, trials));
        let mut drift = Drift::new(session, seed);
        let mut days = Vec::with_capacity(n_days + 1);
        for day in 0..=n_days as u64 {
            let seed_of = |what: u64| seed ^ (2 * day + what + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut labelled = Vec::new();
            if day > 0 {
                drift.sleep(night);
                labelled = drift.windows(&train, &train.drawn(most, seed_of(0)), seed_of(0));
            }
            days.push(Day { labelled, tested: drift.windows(&test, &test.all(), seed_of(1)) });
        }
        let training =
            split.train_samples(0, session).into_iter().map(|index| session.samples[index].clone()).collect();
        Ok(Self { training, days })
    }
}
