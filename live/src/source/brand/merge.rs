//! Rows of several arrays, joined by their numbers, and counted in steps of one.

use std::collections::VecDeque;

use crate::source::brand::entry::Row;

/// Rows of an array that wait for those of the others.
const WAITING_MAX: usize = 1024;

/// Joins the rows of arrays that have the same number, and makes their numbers step by one.
#[derive(Clone, Debug)]
pub(super) struct Merger {
    waiting: Vec<VecDeque<Row>>,
    channels_per_array: usize,
    numbers: Stepper,
}

impl Merger {
    pub(super) fn new(n_arrays: usize, channels_per_array: usize) -> Self {
        let waiting = vec![VecDeque::new(); n_arrays];
        Self { waiting, channels_per_array, numbers: Stepper::default() }
    }

    /// Takes a row of an array.
    pub(super) fn push(&mut self, array: usize, row: Row) {
        let waiting = &mut self.waiting[array];
        if waiting.len() == WAITING_MAX {
            // An array that has stopped must not fill the memory; the rows are missing in the numbers.
            waiting.pop_front();
        }
        waiting.push_back(row);
    }

    /// The next row of which every array has its part. Those that an array lacks are left out, so that their numbers are missing.
    pub(super) fn next(&mut self) -> Option<Row> {
        loop {
            let newest =
                self.waiting.iter().map(|rows| rows.front().map(|row| row.number)).collect::<Option<Vec<_>>>()?;
            let newest = newest.into_iter().max()?;
            for rows in &mut self.waiting {
                while rows.front().is_some_and(|row| row.number < newest) {
                    rows.pop_front();
                }
            }
            if self.waiting.iter().all(|rows| rows.front().is_some_and(|row| row.number == newest)) {
                break;
            }
        }
        let mut parts = self.waiting.iter_mut().filter_map(VecDeque::pop_front);
        let mut joined = parts.next()?;
        for (part, array) in parts.zip(1..) {
            let first = u16::try_from(array * self.channels_per_array).unwrap_or(u16::MAX);
            joined.channels.extend(part.channels.into_iter().map(|channel| first.saturating_add(channel)));
            joined.stamp = joined.stamp.max(part.stamp);
        }
        joined.number = self.numbers.count(joined.number);
        Some(joined)
    }
}

/// Makes numbers that step by one of those that step by 30, such as time stamps of an amplifier.
#[derive(Clone, Copy, Debug, Default)]
struct Stepper {
    last: Option<(u64, u64)>,
    /// The smallest step so far.
    step: u64,
}

impl Stepper {
    fn count(&mut self, number: u64) -> u64 {
        let count = match self.last {
            None => 0,
            Some((last, count)) => match number.checked_sub(last) {
                Some(0) => count,
                Some(step) => {
                    if self.step == 0 || step < self.step {
                        self.step = step;
                    }
                    count + (step + self.step / 2) / self.step
                }
                // Back: a jump, which the stamp shows, too.
                None => count.saturating_sub((last - number).checked_div(self.step).unwrap_or(1).max(1)),
            },
        };
        self.last = Some((number, count));
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u64, channels: &[u16]) -> Row {
        Row { number, stamp: number.cast_signed(), channels: channels.to_vec(), ..Row::default() }
    }

    fn drain(merger: &mut Merger) -> Vec<(u64, Vec<u16>)> {
        std::iter::from_fn(|| merger.next()).map(|row| (row.number, row.channels)).collect()
    }

    #[test]
    fn rows_of_two_arrays_are_joined_by_their_numbers() {
        let mut merger = Merger::new(2, 4);
        [0, 30, 60, 120].iter().for_each(|number| merger.push(0, row(*number, &[1])));
        assert_eq!(drain(&mut merger), []);
        [30, 60, 90].iter().for_each(|number| merger.push(1, row(*number, &[0, 3])));
        assert_eq!(drain(&mut merger), [(0, vec![1, 4, 7]), (1, vec![1, 4, 7])]);
        merger.push(1, row(120, &[]));
        assert_eq!(drain(&mut merger), [(3, vec![1])]);
    }

    #[test]
    fn numbers_step_by_one_and_lost_rows_leave_a_gap() {
        for step in [1, 30] {
            let mut merger = Merger::new(1, 4);
            [0, 1, 2, 5, 6, 6, 7].iter().for_each(|number| merger.push(0, row(900 + step * number, &[])));
            let numbers: Vec<u64> = drain(&mut merger).into_iter().map(|(number, _)| number).collect();
            assert_eq!(numbers, [0, 1, 2, 5, 6, 6, 7]);
        }
    }

    #[test]
    fn an_array_that_has_stopped_fills_no_memory() {
        let mut merger = Merger::new(2, 4);
        (0..5000).for_each(|number| merger.push(0, row(number, &[])));
        assert_eq!(merger.waiting[0].len(), WAITING_MAX);
    }
}
