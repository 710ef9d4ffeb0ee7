//! Trials without windows, counted by cause.

use std::fmt;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// How many trials were left out, by cause. A trial with several causes counts for the first, in this order. As text: the
/// causes that occurred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// They do not meet the conditions of the selection.
    pub not_chosen: usize,
    /// Start or stop is missing, infinite or too large, or the stop is before the start.
    pub unusable_times: usize,
    /// They end before the first spike of all units or start after the last, where there are enough spikes to tell.
    #[serde(default)]
    pub outside_spikes: usize,
    /// Their label is missing.
    pub no_label: usize,
    /// Their class is not among those to keep.
    pub other_class: usize,
    /// The event that windows count from is missing.
    pub no_event: usize,
    /// The window would start before the trial.
    pub before_trial: usize,
    /// The window would end after the trial.
    pub too_short: usize,
    /// An earlier row is the same trial: the same times and class.
    pub duplicated: usize,
}

impl LeftOut {
    /// How many in all.
    pub fn total(&self) -> usize {
        self.causes().iter().map(|(count, _)| count).sum()
    }

    /// The count of each cause, and the cause in words that follow the count.
    pub fn causes(&self) -> [(usize, &'static str); 9] {
        [
            (self.not_chosen, "not chosen"),
            (self.unusable_times, "without usable times"),
            (self.outside_spikes, "before the first spike or after the last"),
            (self.no_label, "without label"),
            (self.other_class, "of other classes"),
            (self.no_event, "without event"),
            (self.before_trial, "with a window before their start"),
            (self.too_short, "too short"),
            (self.duplicated, "duplicated"),
        ]
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let causes = self.causes().into_iter().filter(|(count, _)| *count > 0);
        let words: Vec<String> = causes.map(|(count, cause)| format!("{count} {cause}")).collect();
        f.write_str(if words.is_empty() { "none" } else { "" })?;
        f.write_str(&words.join(", "))
    }
}

impl AddAssign for LeftOut {
    fn add_assign(&mut self, other: LeftOut) {
        self.not_chosen += other.not_chosen;
        self.unusable_times += other.unusable_times;
        self.outside_spikes += other.outside_spikes;
        self.no_label += other.no_label;
        self.other_class += other.other_class;
        self.no_event += other.no_event;
        self.before_trial += other.before_trial;
        self.too_short += other.too_short;
        self.duplicated += other.duplicated;
    }
}
