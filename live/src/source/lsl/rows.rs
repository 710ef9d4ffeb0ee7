//! Numbers of the rows of a regular stream, which the lab streaming layer does not send.

/// A stamp is where the sample clock puts it if it is off by at most this part of a period.
const TOLERANCE: f64 = 0.005;
/// So many rows in a row must be where the sample clock puts them before a gap is believed.
const REGULAR_ROWS: u32 = 256;
/// Over so many rows the sample clock may be off its nominal rate without being noticed; then the count begins anew.
const ANCHOR_ROWS: f64 = 16.0;
/// A longer gap is a jump, not rows that were lost.
const LOST_MAX: f64 = 1000.0;

/// Counts rows, and finds those that were lost.
///
/// Rows are numbered as they come, for a stamp taken when a row is pushed says little about its number. Where stamps come from a
/// sample clock, they step by the period: there a gap of a whole number of periods is rows that were lost.
#[derive(Clone, Debug)]
pub(crate) struct RowCounter {
    rate_hz: f64,
    next: u64,
    /// The stamp that others are compared with, in seconds, and rows since then.
    anchor: Option<(f64, f64)>,
    regular: u32,
}

impl RowCounter {
    pub(crate) fn new(rate_hz: f64) -> Self {
        Self { rate_hz, next: 0, anchor: None, regular: 0 }
    }

    /// The connection was lost: nothing is known about the next stamp.
    pub(crate) fn restart(&mut self, rate_hz: f64) {
        *self = Self { next: self.next, ..Self::new(rate_hz) };
    }

    /// The number of a row with this stamp.
    pub(crate) fn number(&mut self, stamp_s: f64) -> u64 {
        let Some((anchor_s, rows)) = self.anchor else { return self.anchored(stamp_s) };
        let periods = (stamp_s - anchor_s) * self.rate_hz;
        let lost = (periods - (rows + 1.0)).round();
        let is_on_grid = (periods - periods.round()).abs() <= TOLERANCE;
        if is_on_grid && lost == 0.0 {
            self.regular = self.regular.saturating_add(1);
        } else if is_on_grid && (1.0..=LOST_MAX).contains(&lost) && self.regular >= REGULAR_ROWS {
            self.next += lost as u64;
        } else {
            self.regular = 0;
            return self.anchored(stamp_s);
        }
        if periods >= ANCHOR_ROWS {
            return self.anchored(stamp_s);
        }
        self.anchor = Some((anchor_s, periods.round()));
        self.count()
    }

    fn anchored(&mut self, stamp_s: f64) -> u64 {
        self.anchor = Some((stamp_s, 0.0));
        self.count()
    }

    fn count(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE_HZ: f64 = 1000.0;

    fn numbers(stamps_s: impl IntoIterator<Item = f64>) -> Vec<u64> {
        let mut counter = RowCounter::new(RATE_HZ);
        stamps_s.into_iter().map(|stamp_s| counter.number(stamp_s)).collect()
    }

    proptest! {
        #[test]
        fn lost_rows_of_a_sample_clock_leave_a_gap(
            start_s in 0.0..1e6f64, ppm in -50.0..50.0f64, first in 300..2000u64, lost in 1..50u64, more in 1..500u64
        ) {
            let rows = (0..first).chain(first + lost..first + lost + more);
            let stamps_s = rows.clone().map(|row| start_s + row as f64 * (1.0 + ppm * 1e-6) / RATE_HZ);
            prop_assert_eq!(numbers(stamps_s), Vec::from_iter(rows));
        }

        #[test]
        fn rows_stamped_when_pushed_are_counted(delays in proptest::collection::vec(0.0..20e-3f64, 1..600)) {
            // A push waits for the one before.
            let mut last_s = 0.0f64;
            let stamps_s = delays.iter().enumerate().map(|(row, delay_s)| {
                last_s = last_s.max(row as f64 / RATE_HZ + delay_s);
                last_s
            });
            prop_assert_eq!(numbers(stamps_s), Vec::from_iter(0..delays.len() as u64));
        }
    }

    #[test]
    fn a_jump_is_no_loss_and_a_new_connection_goes_on_counting() {
        let mut counter = RowCounter::new(RATE_HZ);
        let regular = |counter: &mut RowCounter, start_s: f64| {
            (0..400).map(|row| counter.number(start_s + f64::from(row) / RATE_HZ)).last().unwrap()
        };
        assert_eq!(regular(&mut counter, 5.0), 399);
        assert_eq!(regular(&mut counter, 1.0), 799);
        assert_eq!(regular(&mut counter, 90.0), 1199);
        counter.restart(RATE_HZ);
        assert_eq!(regular(&mut counter, 90.5), 1599);
    }
}
