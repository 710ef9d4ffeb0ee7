//! Which ticks are a window. Nothing here knows a clock or a board: ticks and markers in, steps for a board out.

mod decide;
mod rule;

use std::collections::VecDeque;
use std::sync::Arc;

pub use decide::{Decide, Decider};
pub use rule::{MarkerRule, Rule};

use crate::arrival::Nanoseconds;
use crate::ticks::{Assembled, Break, Tick};

/// Ticks that are kept, so that a window may begin in the past.
pub const HISTORY_TICKS: usize = 1_000;
/// Rows, messages or spikes that may be missing in a window that is valid.
pub const MISSING_MOST: u64 = 5;

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Restart the network: a window begins.
    Begin(Begin),
    /// Run this tick of the window.
    Tick(Arc<Tick>),
    /// The window has all its ticks.
    End,
    /// The window ends early: its ticks do not go on.
    Broken(Break),
    /// A window cannot begin: its first tick is not kept, or lies on the other side of a break.
    Missed {
        /// Number of the window.
        window: u64,
        /// The text of its marker, if it has one.
        marker: Option<String>,
    },
}

/// The beginning of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begin {
    /// Number of the window, from 0.
    pub window: u64,
    /// The text of its marker, if it has one.
    pub marker: Option<String>,
    /// Number of its first tick.
    pub first_tick: u64,
}

/// Turns ticks and markers into windows, one after the other.
#[derive(Debug)]
pub struct Windows {
    rule: Rule,
    tick: Nanoseconds,
    /// Ticks of a window; a run that goes on as long as the ticks do has none.
    n_ticks: Option<u64>,
    history: VecDeque<Arc<Tick>>,
    /// Markers whose windows have not begun, by the time of the first tick.
    waiting: VecDeque<Start>,
    current: Option<Current>,
    n_windows: u64,
    /// First tick of the next window that no marker begins.
    next_first: Option<u64>,
    ready: VecDeque<Step>,
    /// The first marker that begins no window.
    unmatched: Option<String>,
}

#[derive(Debug)]
struct Start {
    stamp: Nanoseconds,
    marker: String,
}

#[derive(Debug)]
struct Current {
    next: u64,
    /// The tick after the last.
    end: Option<u64>,
}

impl Windows {
    /// Windows of `n_ticks` ticks of this length, each within the history; without a number, one run that does not end.
    #[must_use]
    pub fn new(rule: Rule, tick: Nanoseconds, n_ticks: Option<u64>) -> Self {
        Self {
            rule,
            tick,
            n_ticks,
            history: VecDeque::new(),
            waiting: VecDeque::new(),
            current: None,
            n_windows: 0,
            next_first: None,
            ready: VecDeque::new(),
            unmatched: None,
        }
    }

    /// Whether markers begin them.
    #[must_use]
    pub fn begin_at_markers(&self) -> bool {
        matches!(self.rule, Rule::Marker(_))
    }

    /// The first marker that the rule does not match.
    #[must_use]
    pub fn unmatched(&self) -> Option<&str> {
        self.unmatched.as_deref()
    }

    /// Takes what the assembler gives.
    pub fn take(&mut self, item: Assembled) {
        match item {
            Assembled::Tick(tick) => self.take_tick(Arc::new(tick)),
            Assembled::Marker { stamp, text } => {
                let Rule::Marker(rule) = &self.rule else { return };
                if !rule.matches(&text) {
                    self.unmatched.get_or_insert(text);
                } else {
                    let start = Start { stamp: stamp + rule.offset.unwrap_or(0), marker: text };
                    let place = self.waiting.partition_point(|other| other.stamp <= start.stamp);
                    self.waiting.insert(place, start);
                }
            }
            Assembled::Break(cause) => self.break_off(cause),
            Assembled::Ended => self.break_off(Break::Disconnected),
            Assembled::Stalled => {}
        }
    }

    /// Takes the next tick.
    pub fn take_tick(&mut self, tick: Arc<Tick>) {
        if self.next_first.is_none() {
            self.next_first = Some(tick.number);
        }
        self.history.push_back(tick);
        // Of a window that waits for the board no tick is dropped.
        let needed = self.current.as_ref().map(|current| current.next);
        while self.history.len() > HISTORY_TICKS
            && self.history.front().is_some_and(|oldest| needed.is_none_or(|needed| oldest.number < needed))
        {
            self.history.pop_front();
        }
    }

    /// What to do next with the ticks so far, if anything.
    pub fn step(&mut self) -> Option<Step> {
        if let Some(step) = self.ready.pop_front() {
            return Some(step);
        }
        let Some(current) = &mut self.current else { return self.begin() };
        if current.end == Some(current.next) {
            self.current = None;
            return Some(Step::End);
        }
        let oldest = self.history.front()?.number;
        let tick = self.history.get(usize::try_from(current.next.checked_sub(oldest)?).ok()?)?;
        current.next += 1;
        Some(Step::Tick(Arc::clone(tick)))
    }

    /// Gives the current window up: no more of its ticks are run. A run begins anew with the next tick to come.
    pub fn abandon(&mut self) {
        self.current = None;
        if matches!(self.rule, Rule::Run) {
            self.next_first = self.history.back().map(|newest| newest.number + 1);
        }
    }

    fn break_off(&mut self, cause: Break) {
        if self.current.take().is_some() {
            self.ready.push_back(Step::Broken(cause));
        }
        while let Some(start) = self.waiting.pop_front() {
            let missed = self.missed(Some(start.marker));
            self.ready.push_back(missed);
        }
        self.history.clear();
        self.next_first = None;
    }

    /// Begins the next window, if its first tick is known.
    fn begin(&mut self) -> Option<Step> {
        let (first_tick, marker) = match &self.rule {
            Rule::Marker(_) => {
                let earliest = self.waiting.front()?.stamp - self.tick / 2;
                let (oldest, newest) = (self.history.front()?, self.history.back()?);
                // The tick that begins nearest to it.
                if newest.begin < earliest {
                    return None;
                }
                let is_kept = oldest.begin < earliest + self.tick;
                let marker = self.waiting.pop_front().map(|start| start.marker);
                if !is_kept {
                    return Some(self.missed(marker));
                }
                let place = self.history.partition_point(|tick| tick.begin < earliest);
                (self.history.get(place)?.number, marker)
            }
            Rule::Every(_) | Rule::Run => {
                let (oldest, newest) = (self.history.front()?.number, self.history.back()?.number);
                let first = self.next_first.filter(|first| *first <= newest)?;
                if let Rule::Every(hop) = self.rule {
                    self.next_first = Some(first + u64::try_from(hop / self.tick).unwrap_or(0).max(1));
                    if oldest > first {
                        return Some(self.missed(None));
                    }
                }
                (first.max(oldest), None)
            }
        };
        let window = self.number();
        self.current = Some(Current { next: first_tick, end: self.n_ticks.map(|n_ticks| first_tick + n_ticks) });
        Some(Step::Begin(Begin { window, marker, first_tick }))
    }

    fn missed(&mut self, marker: Option<String>) -> Step {
        Step::Missed { window: self.number(), marker }
    }

    /// The number of the next window.
    fn number(&mut self) -> u64 {
        self.n_windows += 1;
        self.n_windows - 1
    }
}
