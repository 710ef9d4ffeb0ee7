//! Ticks of single spikes.

use std::collections::VecDeque;

use super::offset::Offset;
use super::{Closing, Counters, JUMP, LATE_TICKS, Open, Options};
use crate::arrival::Nanoseconds;

/// However long the host has waited, no more time than this passes in the source between two arrivals.
const LONGEST_SILENCE: Nanoseconds = 60_000_000_000;

/// Spikes from a start or a break on.
#[derive(Clone, Debug)]
pub(super) struct Spikes {
    /// Start of the next tick to close.
    open_from: Nanoseconds,
    /// That tick and those after it, as far as anything is in them.
    open: VecDeque<Open>,
    /// The newest stamp.
    newest: Nanoseconds,
    last_received: Nanoseconds,
}

impl Spikes {
    pub(super) fn new(received: Nanoseconds, stamp: Nanoseconds, options: &Options) -> Self {
        let open_from = stamp.div_euclid(options.tick) * options.tick;
        Self { open_from, open: VecDeque::new(), newest: stamp, last_received: received }
    }

    /// Whether a stamp does not continue those before.
    pub(super) fn jumps(&self, received: Nanoseconds, stamp: Nanoseconds, options: &Options) -> bool {
        let passed = (received - self.last_received).clamp(0, LONGEST_SILENCE - JUMP);
        let ahead = stamp - self.newest;
        let oldest = JUMP + options.hold + LATE_TICKS * options.tick;
        ahead > JUMP + passed || -ahead > oldest
    }

    /// Takes note of a stamp.
    pub(super) fn see(&mut self, received: Nanoseconds, stamp: Nanoseconds) {
        self.newest = self.newest.max(stamp);
        self.last_received = received;
    }

    pub(super) fn newest(&self) -> Nanoseconds {
        self.newest
    }

    /// End of the next tick to close.
    pub(super) fn next_end(&self, options: &Options) -> Nanoseconds {
        self.open_from + options.tick
    }

    pub(super) fn lose(&mut self, count: u64) {
        self.at(0).missing += count;
    }

    /// Adds a spike.
    pub(super) fn add(
        &mut self,
        received: Nanoseconds,
        stamp: Nanoseconds,
        channel: u16,
        offset: &Offset,
        options: &Options,
        counters: &mut Counters,
    ) {
        let tick = (stamp - self.open_from).div_euclid(options.tick);
        if tick < 0 {
            counters.latest = counters.latest.max(self.open_from - stamp);
        }
        if tick < -LATE_TICKS {
            counters.too_late += 1;
            self.at(0).missing += 1;
            return;
        }
        let open = self.at(usize::try_from(tick).unwrap_or(0));
        open.receive(received, stamp, offset);
        if tick < 0 {
            counters.late += 1;
            open.late += 1;
            open.add(channel, stamp);
        } else if open.spikes.contains(&(channel, stamp)) {
            counters.duplicate += 1;
        } else if !open.add(channel, stamp) {
            counters.merged += 1;
        }
    }

    /// Closes the ticks that end at this time of the source or before.
    pub(super) fn close_until(&mut self, time: Nanoseconds, options: &Options, closing: &mut Closing<'_>) {
        while self.next_end(options) <= time {
            let begin = self.open_from;
            self.open_from += options.tick;
            let open = self.open.pop_front().unwrap_or_default();
            Open { begin, ..open }.close(self.open_from, self.open_from, closing);
        }
    }

    /// Closes all ticks in which anything is.
    pub(super) fn close_all(&mut self, options: &Options, closing: &mut Closing<'_>) {
        let n_ticks = i64::try_from(self.open.len()).unwrap_or(0);
        self.close_until(self.open_from + n_ticks * options.tick, options, closing);
    }

    /// The tick so many after the next to close.
    fn at(&mut self, place: usize) -> &mut Open {
        if self.open.len() <= place {
            self.open.resize_with(place + 1, Open::default);
        }
        &mut self.open[place]
    }
}
