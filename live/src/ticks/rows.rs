//! Ticks of numbered rows.

use std::collections::VecDeque;

use super::{Break, CLOCK_STEP, Closing, Counters, JUMP, Open, Options};
use crate::arrival::Nanoseconds;

/// Rows from a start or a break on.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// Number of the first row of a tick.
    base: u64,
    last: Option<Last>,
    /// Rows that were replaced by empty ones lately, and may still come.
    replaced: VecDeque<u64>,
    open: Open,
    is_stalled: bool,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    number: u64,
    stamp: Nanoseconds,
    received: Nanoseconds,
}

impl Rows {
    pub(super) fn new(first: u64) -> Self {
        Self { base: first, last: None, replaced: VecDeque::new(), open: Open::default(), is_stalled: false }
    }

    /// Whether a row was here before, or something in its place: then it is counted and not used.
    pub(super) fn is_known(&mut self, number: u64, options: &Options, counters: &mut Counters) -> bool {
        let Some(last) = self.last else { return false };
        if number > last.number || last.number - number > jump_rows(options) {
            return false;
        }
        match self.replaced.iter().position(|replaced| *replaced == number) {
            Some(place) => {
                self.replaced.remove(place);
                counters.too_late += 1;
            }
            None => counters.duplicate += 1,
        }
        true
    }

    /// Why a row, which is new, does not continue those before.
    pub(super) fn breaks(
        &self,
        received: Nanoseconds,
        number: u64,
        stamp: Nanoseconds,
        options: &Options,
    ) -> Option<Break> {
        let last = self.last?;
        if number <= last.number || number - last.number - 1 > jump_rows(options) {
            return Some(Break::Jump);
        }
        let expected = last.stamp + row(options) * i64::try_from(number - last.number).unwrap_or(i64::MAX);
        if stamp < last.stamp - CLOCK_STEP || stamp - expected > JUMP {
            return Some(Break::Jump);
        }
        (self.is_stalled || received - last.received > options.stall).then_some(Break::Stall)
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.is_stalled
    }

    /// When rows will have stalled.
    pub(super) fn stall_at(&self, stall: Nanoseconds) -> Option<Nanoseconds> {
        self.last.filter(|_| !self.is_stalled).map(|last| last.received + stall + 1)
    }

    /// Whether rows have stalled now and had not before.
    pub(super) fn stalls_at(&mut self, now: Nanoseconds, stall: Nanoseconds) -> bool {
        let stalls = self.stall_at(stall).is_some_and(|at| now >= at);
        self.is_stalled |= stalls;
        stalls
    }

    pub(super) fn lose(&mut self, count: u64) {
        self.open.missing += count;
    }

    /// Adds a row that continues those before, and empty ones for those that are missing.
    pub(super) fn add(
        &mut self,
        number: u64,
        stamp: Nanoseconds,
        channels: &[u16],
        options: &Options,
        counters: &mut Counters,
        closing: &mut Closing<'_>,
    ) {
        if let Some(last) = self.last {
            for missing in last.number + 1..number {
                counters.missing += 1;
                self.replaced.push_back(missing);
                let rows_before = i64::try_from(number - missing).unwrap_or(0);
                self.open_at(missing, stamp - rows_before * row(options), options);
                self.open.missing += 1;
                self.close_at(missing, stamp - rows_before * row(options), options, closing);
            }
        }
        while self.replaced.front().is_some_and(|replaced| number - replaced > jump_rows(options)) {
            self.replaced.pop_front();
        }
        self.open_at(number, stamp, options);
        self.open.receive(closing.received, stamp, closing.offset);
        for &channel in channels {
            if channel >= options.n_channels {
                counters.unknown_channel += 1;
            } else if !self.open.add(channel, stamp) {
                counters.merged += 1;
            }
        }
        self.close_at(number, stamp, options, closing);
        self.last = Some(Last { number, stamp, received: closing.received });
    }

    fn open_at(&mut self, number: u64, stamp: Nanoseconds, options: &Options) {
        if (number - self.base).is_multiple_of(u64::from(options.rows_per_tick)) {
            self.open.begin = stamp;
        }
    }

    fn close_at(&mut self, number: u64, stamp: Nanoseconds, options: &Options, closing: &mut Closing<'_>) {
        if (number - self.base + 1).is_multiple_of(u64::from(options.rows_per_tick)) {
            std::mem::take(&mut self.open).close(stamp + row(options), stamp, closing);
        }
    }
}

/// Length of a row.
fn row(options: &Options) -> Nanoseconds {
    options.tick / i64::from(options.rows_per_tick)
}

/// Rows that may be missing without a jump.
fn jump_rows(options: &Options) -> u64 {
    u64::try_from(JUMP / row(options).max(1)).unwrap_or(0)
}
