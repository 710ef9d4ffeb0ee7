//! Which classes lie beside which.

use recording::ClassAngles;
use serde::{Deserialize, Serialize};

/// How classes are arranged, in the order of their numbers. Directions beside each other share what is learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Neighbours {
    /// No class is beside another.
    #[default]
    None,
    /// Each is beside the one before and the one after.
    Line,
    /// As in a line, and the first is beside the last.
    Ring,
}

/// Directions are on a ring if no gap between two that follow each other is wider than this, in degrees.
const WIDEST_GAP_DEG: f64 = 120.0;

impl Neighbours {
    /// A ring for directions all around in ascending order, a line for those of a part of the circle, else none.
    #[must_use]
    pub fn of(angles: Option<&ClassAngles>) -> Self {
        let Some(degrees) = angles.map(|angles| &angles.degrees) else { return Self::None };
        if degrees.len() < 3 || !degrees.is_sorted() {
            return Self::None;
        }
        let gaps = degrees.windows(2).map(|pair| pair[1] - pair[0]);
        let closing = degrees[0] + 360.0 - degrees[degrees.len() - 1];
        match gaps.fold(0.0, f64::max) {
            widest if widest > WIDEST_GAP_DEG => Self::None,
            _ if closing > WIDEST_GAP_DEG => Self::Line,
            _ => Self::Ring,
        }
    }

    /// The classes beside one of `n_classes`, ascending; two classes on a ring are beside each other once.
    #[must_use]
    pub fn beside(self, class: usize, n_classes: usize) -> Vec<usize> {
        let (before, after) = match self {
            Self::None => (None, None),
            Self::Line => (class.checked_sub(1), Some(class + 1).filter(|after| *after < n_classes)),
            Self::Ring => (Some((class + n_classes - 1) % n_classes), Some((class + 1) % n_classes)),
        };
        let mut classes: Vec<usize> = before.into_iter().chain(after).filter(|other| *other != class).collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }
}
