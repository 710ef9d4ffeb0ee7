//! The difference between two clocks, measured by asking for the time.

use crate::arrival::Nanoseconds;

/// Questions of one measurement.
const PROBES: u32 = 8;
/// Time between two questions.
const INTERVAL: Nanoseconds = 10_000_000;
/// Time between two measurements.
const PAUSE: Nanoseconds = 2_000_000_000;
/// An answer that takes longer than this says nothing.
const ROUND_TRIP_MAX: Nanoseconds = 500_000_000;
/// A clock that does not answer for this long is gone.
const SILENCE_MAX: Nanoseconds = 10_000_000_000;

/// What to add to a time stamp of the other side, and how uncertain that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Our clock less theirs.
    pub offset: Nanoseconds,
    /// Time of the answer that it rests on.
    pub round_trip: Nanoseconds,
}

/// Measures the difference of the clocks every two seconds, from the quickest of eight answers.
///
/// It knows no clock and no socket: it is told the time, and says what to send.
#[derive(Clone, Debug)]
pub struct ClockProbe {
    wave: u32,
    asked: u32,
    next: Nanoseconds,
    best: Option<Estimate>,
    /// When it was last answered, or began.
    heard: Nanoseconds,
}

impl ClockProbe {
    /// Begins now. Answers to another wave than this one, and those that follow it, are not believed.
    #[must_use]
    pub fn new(now: Nanoseconds, wave: u32) -> Self {
        Self { wave, asked: 0, next: now, best: None, heard: now }
    }

    /// When something is due.
    #[must_use]
    pub fn next(&self) -> Nanoseconds {
        self.next
    }

    /// Whether the other side has not answered for a long time.
    #[must_use]
    pub fn is_silent(&self, now: Nanoseconds) -> bool {
        now - self.heard > SILENCE_MAX
    }

    /// What is due now: a question to send, or a result, or nothing.
    pub fn step(&mut self, now: Nanoseconds) -> (Option<String>, Option<Estimate>) {
        if now < self.next {
            return (None, None);
        }
        if self.asked == PROBES {
            let result = self.best.take();
            self.wave = self.wave.wrapping_add(1);
            self.asked = 0;
            // Without any answer, again at once.
            self.next = now + if result.is_some() { PAUSE } else { INTERVAL };
            return (None, result);
        }
        self.asked += 1;
        self.next = now + INTERVAL;
        (Some(format!("LSL:timedata\r\n{} {}\r\n", self.wave, seconds(now))), None)
    }

    /// An answer that was received now; anything else is ignored.
    pub fn answer(&mut self, now: Nanoseconds, datagram: &[u8]) {
        let Some(estimate) = estimate(datagram, self.wave, now) else { return };
        self.heard = now;
        if self.best.is_none_or(|best| estimate.round_trip < best.round_trip) {
            self.best = Some(estimate);
        }
    }
}

fn estimate(datagram: &[u8], wave: u32, received: Nanoseconds) -> Option<Estimate> {
    let text = std::str::from_utf8(datagram).ok()?;
    let mut words = text.split_ascii_whitespace();
    if words.next()?.parse::<u32>().ok()? != wave {
        return None;
    }
    let mut time = || nanoseconds(words.next()?.parse().ok()?);
    let (sent, arrived, answered) = (time()?, time()?, time()?);
    let round_trip = (received - sent) - (answered - arrived);
    if !(0..=ROUND_TRIP_MAX).contains(&round_trip) || !(0..=ROUND_TRIP_MAX).contains(&(received - sent)) {
        return None;
    }
    Some(Estimate { offset: -((arrived - sent) + (answered - received)) / 2, round_trip })
}

/// The answer to a question for the time that arrived then, in the clock of the answer; none if it is no such question.
#[must_use]
pub fn time_answer(request: &[u8], arrived: Nanoseconds, now: Nanoseconds) -> Option<String> {
    let text = std::str::from_utf8(request).ok()?.strip_prefix("LSL:timedata")?;
    let mut words = text.split_ascii_whitespace();
    let (wave, sent) = (words.next()?.parse::<i64>().ok()?, words.next()?.parse::<f64>().ok()?);
    Some(format!(" {wave} {sent} {} {}", seconds(arrived), seconds(now)))
}

/// A time as the protocol has it.
#[must_use]
pub fn seconds(time: Nanoseconds) -> f64 {
    time as f64 / 1e9
}

/// A time of the protocol; none if no clock shows it.
#[must_use]
pub fn nanoseconds(seconds: f64) -> Option<Nanoseconds> {
    // Some 30 years of uptime, or the time since 1970: both are times that programs send.
    (seconds.is_finite() && seconds.abs() < 8e9).then(|| (seconds * 1e9).round() as Nanoseconds)
}
