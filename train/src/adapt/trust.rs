//! Whether to believe the trained readouts or the taught ones.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// The decoder whose decision counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trusted {
    /// The trained network, which never changes.
    #[default]
    Trained,
    /// The readouts that are taught.
    Adapted,
}

/// Compares both on the last windows with a label, by what they decided before the label taught anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    span: usize,
    /// Of each of the last labelled windows, whether the trained and the adapted decoder were right.
    recent: VecDeque<(bool, bool)>,
}

impl Trust {
    /// Compares over the last `span` windows with a label, at least one.
    #[must_use]
    pub fn new(span: usize) -> Self {
        Self { span: span.max(1), recent: VecDeque::new() }
    }

    /// Notes a labelled window: whether each decoder was right.
    pub fn note(&mut self, trained: bool, adapted: bool) {
        if self.recent.len() == self.span {
            self.recent.pop_front();
        }
        self.recent.push_back((trained, adapted));
    }

    /// The decoder that was right more often; the trained one if both were as often.
    #[must_use]
    pub fn trusted(&self) -> Trusted {
        let right = |of: fn(&(bool, bool)) -> bool| self.recent.iter().filter(|one| of(one)).count();
        if right(|(_, adapted)| *adapted) > right(|(trained, _)| *trained) {
            Trusted::Adapted
        } else {
            Trusted::Trained
        }
    }
}
