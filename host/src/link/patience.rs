//! Timeouts and retries of a link.

use std::time::Duration;

/// How long a link waits for an answer, and how often it retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Shortest wait for an answer before the frames in flight are resent.
    pub answer: Duration,
    /// How often frames are sent without progress before the link gives up.
    pub attempts: u32,
    /// Whether waits grow with the latencies seen. A simulated board may be slow, and every repeated frame makes it slower.
    pub follows_latency: bool,
}

impl Default for Patience {
    fn default() -> Self {
        Self { answer: Duration::from_millis(250), attempts: 8, follows_latency: true }
    }
}

/// The latencies of a link so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Latencies {
    last: Duration,
    longest: Duration,
}

impl Latencies {
    /// Adds a latency.
    pub fn add(&mut self, latency: Duration) {
        self.last = latency;
        self.longest = self.longest.max(latency);
    }
}

impl Patience {
    /// The wait after frames were sent for the `attempt`th time, from 1.
    pub(super) fn wait(&self, attempt: u32, latencies: &Latencies) -> Duration {
        if !self.follows_latency {
            return self.answer;
        }
        let first = self.answer.max(FIRST_WAIT * latencies.last);
        // Commands differ, and memory checksums are by far the slowest: a board that has been slow gets more time.
        let most = first.max(LONGEST_WAIT * latencies.longest);
        first.saturating_mul(2_u32.saturating_pow(attempt - 1)).min(most)
    }
}

/// The first wait, in latencies of the last answer.
const FIRST_WAIT: u32 = 4;

/// The longest wait, in longest latencies.
const LONGEST_WAIT: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(latencies: &[u64]) -> Vec<u128> {
        let patience = Patience { answer: Duration::from_millis(100), attempts: 5, follows_latency: true };
        let mut seen = Latencies::default();
        latencies.iter().for_each(|latency| seen.add(Duration::from_millis(*latency)));
        (1..=patience.attempts).map(|attempt| patience.wait(attempt, &seen).as_millis()).collect()
    }

    #[test]
    fn a_fast_board_gets_the_shortest_wait() {
        assert_eq!(waits(&[]), [100; 5]);
        assert_eq!(waits(&[1, 6, 2]), [100; 5]);
    }

    #[test]
    fn a_slow_board_gets_a_longer_wait_from_the_first_attempt() {
        assert_eq!(waits(&[80]), [320, 640, 1280, 1280, 1280]);
    }

    #[test]
    fn a_board_that_was_slow_once_gets_more_time_with_every_attempt() {
        assert_eq!(waits(&[80, 1]), [100, 200, 400, 800, 1280]);
    }
}
