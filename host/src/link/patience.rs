//! Timeouts and retries of a link.
//!
//! As TCP does (RFC 6298): the wait follows the latencies of frames that were sent once; the answer to a frame that was sent
//! again tells nothing, because it may answer any of the copies (Karn's algorithm), so the wait that it took stays for the next
//! frame. Waits double from attempt to attempt. Unlike TCP, a link gives up within seconds.

use std::time::Duration;

/// How long a link waits for an answer, and how often it retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Shortest wait for an answer before the frames in flight are resent.
    pub answer: Duration,
    /// How often frames are sent without progress before the link gives up.
    pub attempts: u32,
    /// Whether waits grow with the latencies seen and from attempt to attempt. A simulated board may be slow, and every repeated
    /// frame makes it slower.
    pub follows_latency: bool,
}

impl Default for Patience {
    fn default() -> Self {
        Self { answer: Duration::from_millis(250), attempts: 8, follows_latency: true }
    }
}

/// The longest wait for an answer, if waits grow.
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// The longest time without an answer, however often frames were sent, if waits grow.
const LONGEST_SILENCE: Duration = Duration::from_secs(12);

/// The first wait, in latencies of the last answer.
const FIRST_WAIT: u32 = 4;

/// Answers that came at once, for each of which as much time is forgiven as one lost answer costs at least.
const ANSWERS_PER_LOSS: u32 = 10;

impl Patience {
    /// The longest time without an answer before the link gives up.
    #[must_use]
    pub fn longest_silence(&self) -> Duration {
        let most = self.answer.saturating_mul(self.attempts);
        if self.follows_latency { (LONGEST_WAIT * self.attempts).min(LONGEST_SILENCE).max(self.answer) } else { most }
    }

    /// The longest time that lost answers can cost before the link gives up, if hardly any answer comes at once.
    #[must_use]
    pub fn longest_loss(&self) -> Duration {
        // The loss that exceeds the limit is a wait itself.
        self.longest_silence() + if self.follows_latency { LONGEST_WAIT.max(self.answer) } else { self.answer }
    }

    /// The wait after frames were sent for the `attempt`th time, from 1.
    pub(super) fn wait(&self, attempt: u32, latencies: &Latencies) -> Duration {
        if !self.follows_latency {
            return self.answer;
        }
        let first = self.answer.max(FIRST_WAIT * latencies.last).max(latencies.kept_wait);
        // A hello is answered at once: longer waits for the first answer would only delay the report that there is no board.
        let growth = if latencies.has_answered { 2_u32.saturating_pow(attempt - 1) } else { 1 };
        first.saturating_mul(growth).min(LONGEST_WAIT.max(self.answer))
    }

    /// The time that is left to wait after so long without an answer.
    pub(super) fn left(&self, waited: Duration) -> Duration {
        if self.follows_latency { self.longest_silence().saturating_sub(waited) } else { self.answer }
    }

    /// Whether to give up after frames were sent so often, for so long, without an answer.
    pub(super) fn is_over(&self, attempts: u32, waited: Duration) -> bool {
        attempts >= self.attempts || (self.follows_latency && self.left(waited).is_zero())
    }
}

/// What the latencies of a link so far say about the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Latencies {
    /// That of the last frame that was sent once.
    last: Duration,
    /// The wait that the last answer took, if its frame was sent again.
    kept_wait: Duration,
    has_answered: bool,
}

impl Latencies {
    /// Adds the latency of a frame that was sent once.
    pub(super) fn add(&mut self, latency: Duration) {
        *self = Self { last: latency, kept_wait: Duration::ZERO, has_answered: true };
    }

    /// Keeps the wait during which the answer to a repeated frame came.
    pub(super) fn keep(&mut self, wait: Duration) {
        *self = Self { kept_wait: wait, has_answered: true, ..*self };
    }
}

/// The time that lost answers have cost lately: each answer that comes at once is worth some of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losses {
    time: Duration,
    n_lost: u32,
}

impl Losses {
    /// Adds a wait that ended without an answer.
    pub(super) fn add(&mut self, wait: Duration) {
        self.time += wait;
        self.n_lost += 1;
    }

    /// An answer came at once.
    pub(super) fn forgive(&mut self, patience: &Patience) {
        self.time = self.time.saturating_sub(patience.answer / ANSWERS_PER_LOSS);
        if self.time.is_zero() {
            self.n_lost = 0;
        }
    }

    /// An answer that seemed lost came late, after the frame was sent again: the line stalls, but loses nothing.
    pub(super) fn came_late(&mut self) {
        if self.n_lost > 0 {
            self.time -= self.time / self.n_lost;
            self.n_lost -= 1;
        }
    }

    /// Answers that were lost, if they cost more time than the link would wait for one.
    pub(super) fn too_many(&self, patience: &Patience) -> Option<u32> {
        (self.time > patience.longest_silence()).then_some(self.n_lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience { answer: Duration::from_millis(100), attempts: 8, follows_latency: true };

    fn seen(latencies: &[u64]) -> Latencies {
        let mut seen = Latencies::default();
        latencies.iter().for_each(|latency| seen.add(Duration::from_millis(*latency)));
        seen
    }

    fn waits(seen: &Latencies) -> Vec<u128> {
        (1..=PATIENCE.attempts).map(|attempt| PATIENCE.wait(attempt, seen).as_millis()).collect()
    }

    #[test]
    fn waits_do_not_grow_before_the_first_answer() {
        assert_eq!(waits(&seen(&[])), [100; 8]);
    }

    #[test]
    fn waits_for_a_fast_board_double_from_the_shortest_to_the_longest() {
        assert_eq!(waits(&seen(&[1, 6, 2])), [100, 200, 400, 800, 1600, 3200, 4000, 4000]);
    }

    #[test]
    fn a_slow_board_gets_a_longer_wait_from_the_first_attempt() {
        assert_eq!(waits(&seen(&[1, 80]))[..3], [320, 640, 1280]);
        assert_eq!(waits(&seen(&[5000])), [4000; 8]);
    }

    #[test]
    fn the_wait_for_a_repeated_frame_is_kept_until_a_frame_is_answered_at_once() {
        let mut latencies = seen(&[2]);
        latencies.keep(Duration::from_millis(400));
        assert_eq!(waits(&latencies)[..2], [400, 800]);
        latencies.add(Duration::from_millis(3));
        assert_eq!(waits(&latencies)[..2], [100, 200]);
    }

    #[test]
    fn however_many_answers_are_lost_waits_stay_bounded() {
        let mut latencies = seen(&[1]);
        for _ in 0..100 {
            latencies.keep(PATIENCE.wait(2, &latencies));
        }
        assert_eq!(PATIENCE.wait(u32::MAX, &latencies), LONGEST_WAIT);
    }

    #[test]
    fn a_link_gives_up_after_its_attempts_or_its_longest_silence() {
        assert!(!PATIENCE.is_over(7, LONGEST_SILENCE - Duration::from_millis(1)));
        assert!(PATIENCE.is_over(8, Duration::ZERO) && PATIENCE.is_over(2, LONGEST_SILENCE));
        let simulated = Patience { follows_latency: false, ..PATIENCE };
        assert!(!simulated.is_over(7, LONGEST_SILENCE));
    }

    #[test]
    fn a_line_that_stalls_again_and_again_loses_nothing() {
        let mut losses = Losses::default();
        for _ in 0..10 {
            (1..=6).for_each(|attempt| losses.add(PATIENCE.wait(attempt, &seen(&[1]))));
            assert_eq!(losses.too_many(&PATIENCE), None);
            (1..=6).for_each(|_| losses.came_late());
        }
        assert_eq!((losses.n_lost, losses.time), (0, Duration::ZERO));
    }

    #[test]
    fn one_lost_answer_in_two_is_too_many_and_one_in_twenty_is_not() {
        let rounds_until_too_many = |answers_per_loss: u32| {
            let mut losses = Losses::default();
            (0..10_000).find(|_| {
                losses.add(PATIENCE.answer);
                (0..answers_per_loss).for_each(|_| losses.forgive(&PATIENCE));
                losses.too_many(&PATIENCE).is_some()
            })
        };
        let n_losses = LONGEST_SILENCE.div_duration_f64(PATIENCE.answer);
        assert!(rounds_until_too_many(1).is_some_and(|rounds| f64::from(rounds) < 1.2 * n_losses));
        assert_eq!(rounds_until_too_many(20), None);
    }
}
