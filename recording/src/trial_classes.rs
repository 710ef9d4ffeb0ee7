//! The class of each trial, without windows: to look at a recording by class before anything is trained.

use crate::classes::{Classes, Labels};
use crate::{Chosen, Error, Recording};

/// The class of each trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialClasses {
    /// The column that they come from; empty if all trials are of one class.
    pub column: String,
    /// Their names: numbers in numeric order, text in alphabetical order.
    pub names: Vec<String>,
    /// The class of each trial (row), an index into `names`; none for trials that are not chosen or have no label.
    pub of_trial: Vec<Option<usize>>,
}

impl TrialClasses {
    /// The classes by a column, by default the first with a usual name; angles in `n_bins`, if it is given.
    ///
    /// # Errors
    /// An unknown column, one that cannot be binned, fewer than two classes.
    pub fn read(
        recording: &Recording,
        chosen: &Chosen,
        column: Option<&str>,
        n_bins: Option<u32>,
    ) -> Result<TrialClasses, Error> {
        let labels = [Labels::read(&recording.trials, column, n_bins)?];
        let is_chosen = |trial: usize| chosen.trials.binary_search(&trial).is_ok();
        let classes = Classes::of(&labels, |_, trial| is_chosen(trial), None)?;
        let [labels] = labels;
        let class = |(trial, label): (usize, &Option<String>)| {
            label.as_ref().filter(|_| is_chosen(trial)).and_then(|label| classes.index(label))
        };
        let of_trial = labels.of_trial.iter().enumerate().map(class).collect();
        Ok(TrialClasses { column: labels.column, of_trial, names: classes.names })
    }

    /// All chosen trials in one class.
    pub fn one(recording: &Recording, chosen: &Chosen) -> TrialClasses {
        let mut of_trial = vec![None; recording.trials.len()];
        chosen.trials.iter().for_each(|&trial| of_trial[trial] = Some(0));
        TrialClasses { column: String::new(), names: vec!["all trials".into()], of_trial }
    }

    /// How many trials each class has.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.names.len()];
        self.of_trial.iter().flatten().for_each(|&class| counts[class] += 1);
        counts
    }
}
