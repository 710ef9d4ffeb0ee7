//! The board's memories are checked while nothing else is to do: a bit that has flipped is found, and repaired.

use std::time::{Duration, Instant};

use live::histogram::Histogram;

use super::decoding::SessionFailure;
use super::lines::{CheckLine, Checks, Memory};
use super::report::Report;
use crate::port::Port;
use crate::session::Session;

/// When memories are checked, and what was found.
pub(super) struct Scrub {
    /// Least time between checks.
    every: Duration,
    last: Instant,
    /// Windows since the last good check.
    unchecked: Vec<u64>,
    durations: Histogram,
    checks: Checks,
}

/// Windows since the last good check that are kept by number.
const MOST_UNCHECKED: usize = 1 << 16;

impl Scrub {
    pub(super) fn new(every: Duration) -> Self {
        let (durations, checks) = (Histogram::default(), Checks::default());
        Self { every, last: Instant::now(), unchecked: Vec::new(), durations, checks }
    }

    /// A window or run has ended.
    pub(super) fn ran(&mut self, window: u64) {
        if self.unchecked.len() < MOST_UNCHECKED && self.unchecked.last() != Some(&window) {
            self.unchecked.push(window);
        }
    }

    /// Whether to check now. Between windows there is nothing to check if none has run since.
    pub(super) fn is_due(&self, is_run: bool) -> bool {
        (is_run || self.has_unchecked()) && self.last.elapsed() >= self.every
    }

    pub(super) fn has_unchecked(&self) -> bool {
        !self.unchecked.is_empty()
    }

    /// Checks all memories, and loads the network again if one does not hold it. Returns whether that was so.
    pub(super) fn check(
        &mut self,
        session: &mut Session<Box<dyn Port>>,
        report: &mut Report,
        running: Option<u64>,
    ) -> Result<bool, SessionFailure> {
        let begin = Instant::now();
        let damaged = session.check_memories()?;
        let duration = begin.elapsed();
        self.durations.add(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX));
        self.checks.n_checks += 1;
        self.last = Instant::now();
        if damaged.is_empty() {
            self.unchecked.clear();
            return Ok(false);
        }
        self.checks.n_damaged += 1;
        let mut doubtful = std::mem::take(&mut self.unchecked);
        doubtful.extend(running.filter(|running| !doubtful.contains(running)));
        let memory = |section| format!("{section:?}").to_lowercase();
        let damaged = damaged.into_iter().map(|(section, lane)| Memory { memory: memory(section), lane }).collect();
        report.check(&CheckLine { damaged, doubtful_windows: &doubtful, duration_us: duration.as_secs_f64() * 1e6 });
        self.checks.doubtful_windows.extend(doubtful);
        session.load_again()?;
        Ok(true)
    }

    /// What was found so far.
    pub(super) fn checks(&self) -> Checks {
        Checks { duration_us: self.durations.spread(), ..self.checks.clone() }
    }
}
