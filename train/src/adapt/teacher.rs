//! What a label teaches.

use serde::{Deserialize, Serialize};
use spec::learn::Means;

use super::Neighbours;

/// A class moves by a `2^-shift` of the difference; so do the classes beside it, by half of that.
const FIRST_SHIFT: u32 = 3;
/// After the first labels of a day.
const LATER_SHIFT: u32 = 4;
/// How many labels of a day are its first ones: they have to catch up with the night.
const FIRST_LABELS: u32 = 20;

/// Teaches readouts by labels, more strongly at the start of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Teacher {
    neighbours: Neighbours,
    labels_today: u32,
}

/// One class that is taught, and how strongly: its means move by a `2^-shift` of the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    /// The class, of the plastic ones.
    pub class: usize,
    /// 1 to 7.
    pub shift: u32,
}

impl Teacher {
    /// A teacher on the first day.
    #[must_use]
    pub fn new(neighbours: Neighbours) -> Self {
        Self { neighbours, labels_today: 0 }
    }

    /// Begins another day.
    pub fn next_day(&mut self) {
        self.labels_today = 0;
    }

    /// Teaches the class of the window whose counts are in `means`, and those beside it; returns what was taught, in ascending
    /// order of class.
    pub fn teach(&mut self, means: &mut Means, class: usize) -> Vec<Lesson> {
        let shift = if self.labels_today < FIRST_LABELS { FIRST_SHIFT } else { LATER_SHIFT };
        self.labels_today += 1;
        let beside = self.neighbours.beside(class, means.n_classes());
        let mut lessons: Vec<Lesson> = beside.into_iter().map(|class| Lesson { class, shift: shift + 1 }).collect();
        lessons.push(Lesson { class, shift });
        lessons.sort_by_key(|lesson| lesson.class);
        for lesson in &lessons {
            means.teach(lesson.class, lesson.shift);
        }
        lessons
    }
}
