//! The difference of the clocks of host and source.

use std::collections::VecDeque;

use crate::arrival::Nanoseconds;

const SECOND: Nanoseconds = 1_000_000_000;
/// Time over which the shortest delay is taken.
const MEMORY_SECONDS: usize = 8;
/// The difference may grow by a ten-thousandth of the time: more than clocks differ, and too little to be felt.
const SLOWEST_RISE: Nanoseconds = 10_000;
/// Time before a drift is given.
const DRIFT_AFTER: Nanoseconds = 10 * SECOND;

/// What is to be added to a stamp to get a time of the host: the shortest delay seen lately, and what the source says.
#[derive(Clone, Debug, Default)]
pub(super) struct Offset {
    /// The shortest delay of each second with arrivals, the newest last.
    shortest: VecDeque<(Nanoseconds, Nanoseconds)>,
    used: Nanoseconds,
    used_at: Nanoseconds,
    /// Of the first seconds.
    first: Option<(Nanoseconds, Nanoseconds)>,
    clock: Option<Clock>,
}

#[derive(Clone, Copy, Debug)]
struct Clock {
    offset: Nanoseconds,
    first: (Nanoseconds, Nanoseconds),
    last_at: Nanoseconds,
}

impl Offset {
    /// Takes the delay of an arrival into account.
    pub(super) fn add(&mut self, received: Nanoseconds, stamp: Nanoseconds) {
        let (second, delay) = (received.div_euclid(SECOND), received - stamp);
        if self.shortest.is_empty() {
            (self.used, self.used_at) = (delay, received);
        }
        match self.shortest.back_mut() {
            Some((last, shortest)) if *last == second => *shortest = delay.min(*shortest),
            _ => self.shortest.push_back((second, delay)),
        }
        if self.shortest.len() > MEMORY_SECONDS {
            let left = self.shortest.pop_front();
            self.first = self.first.or(left);
        }
        let target = self.shortest.iter().map(|(_, shortest)| *shortest).min().unwrap_or(delay);
        let rise = (received - self.used_at).max(0) / SLOWEST_RISE;
        self.used = target.min(self.used + rise);
        // Time that is too short for a rise counts on.
        if rise > 0 || target <= self.used {
            self.used_at = received;
        }
    }

    /// The first arrival gives an offset, whatever it is.
    pub(super) fn begin(&mut self, received: Nanoseconds, stamp: Nanoseconds) {
        if self.shortest.is_empty() {
            (self.used, self.used_at) = (received - stamp, received);
        }
    }

    /// Takes what the source says of the clocks. Returns whether it is a step.
    pub(super) fn set_clock(&mut self, received: Nanoseconds, offset: Nanoseconds, round_trip: Nanoseconds) -> bool {
        let is_step = |clock: &Clock| (offset - clock.offset).abs() > super::CLOCK_STEP + round_trip / 2;
        let stepped = self.clock.as_ref().is_some_and(is_step);
        let first = self.clock.filter(|_| !stepped).map_or((received, offset), |clock| clock.first);
        self.clock = Some(Clock { offset, first, last_at: received });
        stepped
    }

    /// The shortest delay: by then at the latest, what happened at a stamp is here if nothing holds it up.
    pub(super) fn shortest(&self) -> Nanoseconds {
        self.used
    }

    /// The difference of the clocks as the source says, else the shortest delay.
    pub(super) fn best(&self) -> Nanoseconds {
        self.clock.map_or(self.used, |clock| clock.offset)
    }

    pub(super) fn forget_delays(&mut self) {
        self.shortest.clear();
        self.first = None;
    }

    pub(super) fn drift_ppm(&self) -> Option<f64> {
        let (first, last) = match self.clock {
            Some(clock) => (clock.first, (clock.last_at, clock.offset)),
            None => {
                let seconds = |&(second, delay): &(Nanoseconds, Nanoseconds)| (second * SECOND, delay);
                let last = self.shortest.iter().min_by_key(|(_, delay)| *delay)?;
                (seconds(self.first.as_ref()?), seconds(last))
            }
        };
        let elapsed = last.0 - first.0;
        (elapsed >= DRIFT_AFTER).then(|| (last.1 - first.1) as f64 / elapsed as f64 * 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_delay_counts_and_rises_slowly() {
        let mut offset = Offset::default();
        offset.add(5_000_000, 0);
        assert_eq!(offset.shortest(), 5_000_000);
        offset.add(10_000_000, 9_000_000);
        assert_eq!(offset.shortest(), 1_000_000);
        // Delays of 3 ms from here on: the short one is forgotten, and the offset rises by 0.1 ms a second.
        for second in 1..40 {
            offset.add(second * SECOND + 3_000_000, second * SECOND);
        }
        let risen = offset.shortest() - 1_000_000;
        assert!((1_900_000..=2_000_000).contains(&risen) || risen <= 39 * 100_000, "{risen}");
        assert!(risen > 1_500_000, "{risen}");
    }

    #[test]
    fn a_clock_that_runs_fast_shows_as_drift() {
        let mut offset = Offset::default();
        for millisecond in 0..30_000_i64 {
            let stamp = millisecond * 1_000_000;
            offset.add(stamp + stamp / 20_000 + 100_000, stamp);
        }
        let drift = offset.drift_ppm().unwrap();
        assert!((drift - 50.0).abs() < 2.0, "{drift}");
    }

    #[test]
    fn a_clock_that_steps_is_noticed_and_one_that_drifts_is_not() {
        let mut offset = Offset::default();
        assert!(!offset.set_clock(0, 1_000, 20_000));
        assert!(!offset.set_clock(5 * SECOND, 251_000, 20_000));
        assert!(offset.set_clock(10 * SECOND, 3_000_000, 20_000));
        assert!(!offset.set_clock(15 * SECOND, 3_100_000, 20_000));
    }
}
