//! Arrivals become ticks. Nothing here knows a clock: the same arrivals at the same times give the same ticks.
//!
//! The clock of the ticks is that of the source. Rows are numbered, so a tick closes with its last row. Spikes are not: a tick
//! closes once the newest stamp, or the time by the host's clock, has passed its end by the hold. What then still arrives is late.

mod counters;
mod offset;
mod rows;
mod spikes;

use serde::Serialize;

pub use counters::Counters;

use crate::arrival::{Arrival, Event, Nanoseconds};
use offset::Offset;
use rows::Rows;
use spikes::Spikes;

/// A spike may be put into a tick so much later than its own; an older one is dropped.
pub const LATE_TICKS: i64 = 5;
/// Time that may be missing between two arrivals, or that stamps may run ahead of the host's clock.
pub const JUMP: Nanoseconds = 50_000_000;
/// A step of the difference of the clocks.
pub const CLOCK_STEP: Nanoseconds = 1_000_000;

/// How ticks are assembled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Length of a tick.
    pub tick: Nanoseconds,
    /// Rows in a tick, at least 1.
    pub rows_per_tick: u32,
    /// How long a tick of spikes waits after its end.
    pub hold: Nanoseconds,
    /// Rows that do not come for longer have stalled.
    pub stall: Nanoseconds,
    /// Channels of the network.
    pub n_channels: u16,
}

/// A tick that is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    /// Counted from 0 at the start of the session. Without a break between them, ticks that follow each other also do so in time.
    pub number: u64,
    /// Channels with a spike, ascending, each below the number of channels.
    pub channels: Vec<u16>,
    /// Its start in the clock of the source; of rows, the stamp of its first.
    pub begin: Nanoseconds,
    /// Its end in the clock of the source.
    pub end: Nanoseconds,
    /// When all of it had happened, in the clock of the host, as far as the difference of the clocks is known.
    pub due: Nanoseconds,
    /// When the newest arrival in it was received; none of an empty tick of spikes.
    pub received: Option<Nanoseconds>,
    /// How long that arrival was under way.
    pub under_way: Option<Nanoseconds>,
    /// When it was closed, in the clock of the host.
    pub closed: Nanoseconds,
    /// Rows or messages that should be in it and were lost; spikes that were dropped because they came too late.
    pub missing: u64,
    /// Spikes in it that belong to an earlier tick.
    pub late: u64,
}

/// Why ticks do not follow each other in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Break {
    /// Row numbers or stamps went back, or ran ahead.
    Jump,
    /// The difference of the clocks changed at once.
    ClockStep,
    /// Rows came again after they had stalled.
    Stall,
    /// The connection was lost.
    Disconnected,
}

/// What the assembler gives, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Assembled {
    /// The next tick.
    Tick(Tick),
    /// A marker, at this time in the clock of the source.
    Marker {
        /// Its time, which may be that of a tick long closed or not yet begun.
        stamp: Nanoseconds,
        /// Its text.
        text: String,
    },
    /// The ticks after this do not follow those before.
    Break(Break),
    /// Rows have stopped coming. A break follows when they come again.
    Stalled,
    /// The source has ended; nothing follows.
    Ended,
}

/// Assembles ticks from arrivals.
#[derive(Clone, Debug)]
pub struct Assembler {
    options: Options,
    counters: Counters,
    offset: Offset,
    stream: Stream,
    next_tick: u64,
    /// Whether something came before, so that what comes next does not begin the session.
    was_broken: Option<Break>,
}

/// What the source sends, from a start or a break on.
#[derive(Clone, Debug)]
enum Stream {
    Nothing,
    Rows(Rows),
    Spikes(Spikes),
}

impl Assembler {
    /// An assembler to which nothing has come.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            counters: Counters::default(),
            offset: Offset::default(),
            stream: Stream::Nothing,
            next_tick: 0,
            was_broken: None,
        }
    }

    /// Takes an arrival, and adds what it completes to `out`. Times of reception never fall.
    pub fn take(&mut self, arrival: Arrival, out: &mut Vec<Assembled>) {
        let Arrival { received, event } = arrival;
        match event {
            Event::Row { number, stamp, channels } => self.take_row(received, number, stamp, &channels, out),
            Event::Spike { stamp, channel } => {
                self.counters.spikes += 1;
                self.take_spike(received, stamp, Some(channel), out);
            }
            Event::Progress { stamp } => {
                if !matches!(self.stream, Stream::Rows(_)) {
                    self.take_spike(received, stamp, None, out);
                }
            }
            Event::Marker { stamp, text } => {
                self.counters.markers += 1;
                out.push(Assembled::Marker { stamp, text });
            }
            Event::Clock { offset, round_trip } => {
                if self.offset.set_clock(received, offset, round_trip) {
                    self.counters.jumps += 1;
                    self.end_stream(Break::ClockStep);
                }
                self.counters.drift_ppm = self.offset.drift_ppm();
            }
            Event::Lost { count } => {
                self.counters.lost = self.counters.lost.saturating_add(count);
                match &mut self.stream {
                    Stream::Nothing => {}
                    Stream::Rows(rows) => rows.lose(count),
                    Stream::Spikes(spikes) => spikes.lose(count),
                }
            }
            Event::Disconnected { reconnecting } => {
                self.counters.disconnections += u64::from(reconnecting);
                if !reconnecting && let Stream::Spikes(spikes) = &mut self.stream {
                    let mut closing = Closing { received, offset: &self.offset, next: &mut self.next_tick, out };
                    spikes.close_all(&self.options, &mut closing);
                }
                self.counters.ticks = self.next_tick;
                self.end_stream(Break::Disconnected);
                self.offset = Offset::default();
                if reconnecting {
                    self.announce_break(out);
                } else {
                    out.push(Assembled::Ended);
                }
            }
        }
    }

    /// Tells the time of the host's clock: closes the ticks of spikes that are due, and notices that rows have stalled.
    pub fn at_deadline(&mut self, now: Nanoseconds, out: &mut Vec<Assembled>) {
        match &mut self.stream {
            Stream::Nothing => {}
            Stream::Rows(rows) => {
                if rows.stalls_at(now, self.options.stall) {
                    self.counters.stalls += 1;
                    out.push(Assembled::Stalled);
                }
            }
            Stream::Spikes(spikes) => {
                let watermark = now - self.offset.shortest() - self.options.hold;
                let mut closing = Closing { received: now, offset: &self.offset, next: &mut self.next_tick, out };
                spikes.close_until(watermark, &self.options, &mut closing);
                self.counters.ticks = self.next_tick;
            }
        }
    }

    /// When [`Assembler::at_deadline`] has something to do next, in the clock of the host, unless something arrives before.
    #[must_use]
    pub fn deadline(&self) -> Option<Nanoseconds> {
        match &self.stream {
            Stream::Nothing => None,
            Stream::Rows(rows) => rows.stall_at(self.options.stall),
            Stream::Spikes(spikes) => Some(spikes.next_end(&self.options) + self.options.hold + self.offset.shortest()),
        }
    }

    /// The clock of the host less that of the source, as the source says, else by the shortest delay.
    #[must_use]
    pub fn clock_offset(&self) -> Nanoseconds {
        self.offset.best()
    }

    /// Counts since the start.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn take_row(
        &mut self,
        received: Nanoseconds,
        number: u64,
        stamp: Nanoseconds,
        channels: &[u16],
        out: &mut Vec<Assembled>,
    ) {
        self.counters.rows += 1;
        match &mut self.stream {
            Stream::Spikes(_) => {
                self.counters.stray += 1;
                return;
            }
            Stream::Nothing => self.stream = Stream::Rows(Rows::new(number)),
            Stream::Rows(rows) => {
                if rows.is_known(number, &self.options, &mut self.counters) {
                    return;
                }
                if let Some(cause) = rows.breaks(received, number, stamp, &self.options) {
                    match cause {
                        // Counted when it was noticed, if it was.
                        Break::Stall => self.counters.stalls += u64::from(!rows.is_stalled()),
                        _ => self.counters.jumps += 1,
                    }
                    self.end_stream(cause);
                    self.stream = Stream::Rows(Rows::new(number));
                }
            }
        }
        self.announce_break(out);
        self.offset.add(received, stamp);
        let Stream::Rows(rows) = &mut self.stream else { return };
        let mut closing = Closing { received, offset: &self.offset, next: &mut self.next_tick, out };
        rows.add(number, stamp, channels, &self.options, &mut self.counters, &mut closing);
        self.counters.ticks = self.next_tick;
        self.counters.drift_ppm = self.offset.drift_ppm();
    }

    /// Takes a spike, or without a channel the promise that nothing older follows.
    fn take_spike(
        &mut self,
        received: Nanoseconds,
        stamp: Nanoseconds,
        channel: Option<u16>,
        out: &mut Vec<Assembled>,
    ) {
        match &mut self.stream {
            Stream::Rows(_) => {
                self.counters.stray += 1;
                return;
            }
            Stream::Nothing => self.stream = Stream::Spikes(Spikes::new(received, stamp, &self.options)),
            Stream::Spikes(spikes) => {
                if spikes.jumps(received, stamp, &self.options) {
                    self.counters.jumps += 1;
                    self.end_stream(Break::Jump);
                    self.stream = Stream::Spikes(Spikes::new(received, stamp, &self.options));
                }
            }
        }
        self.announce_break(out);
        // A promise may be older than what else is sent with it.
        if channel.is_some() {
            self.offset.add(received, stamp);
        } else {
            self.offset.begin(received, stamp);
        }
        let Stream::Spikes(spikes) = &mut self.stream else { return };
        spikes.see(received, stamp);
        let watermark = match channel {
            Some(channel) if channel < self.options.n_channels => {
                spikes.add(received, stamp, channel, &self.offset, &self.options, &mut self.counters);
                spikes.newest() - self.options.hold
            }
            Some(_) => {
                self.counters.unknown_channel += 1;
                spikes.newest() - self.options.hold
            }
            None => stamp,
        };
        let mut closing = Closing { received, offset: &self.offset, next: &mut self.next_tick, out };
        spikes.close_until(watermark, &self.options, &mut closing);
        self.counters.ticks = self.next_tick;
        self.counters.drift_ppm = self.offset.drift_ppm();
    }

    /// Ends the stream; the break is announced when another begins.
    fn end_stream(&mut self, cause: Break) {
        if !matches!(std::mem::replace(&mut self.stream, Stream::Nothing), Stream::Nothing) {
            self.was_broken = Some(cause);
            self.offset.forget_delays();
        }
    }

    fn announce_break(&mut self, out: &mut Vec<Assembled>) {
        out.extend(self.was_broken.take().map(Assembled::Break));
    }
}

/// What a tick needs to be closed.
struct Closing<'a> {
    /// The time of the host.
    received: Nanoseconds,
    offset: &'a Offset,
    next: &'a mut u64,
    out: &'a mut Vec<Assembled>,
}

/// A tick that is not closed.
#[derive(Clone, Debug, Default)]
struct Open {
    /// Channels with the stamps of their spikes, in the order of arrival.
    spikes: Vec<(u16, Nanoseconds)>,
    begin: Nanoseconds,
    received: Option<Nanoseconds>,
    under_way: Option<Nanoseconds>,
    missing: u64,
    late: u64,
}

impl Open {
    fn receive(&mut self, received: Nanoseconds, stamp: Nanoseconds, offset: &Offset) {
        self.received = Some(received);
        self.under_way = Some((received - stamp - offset.best()).max(0));
    }

    /// Adds a spike; false if the channel has one.
    fn add(&mut self, channel: u16, stamp: Nanoseconds) -> bool {
        let is_first = !self.spikes.iter().any(|(other, _)| *other == channel);
        self.spikes.push((channel, stamp));
        is_first
    }

    /// Closes it; `end` is in the clock of the source, `due` too.
    fn close(self, end: Nanoseconds, due: Nanoseconds, closing: &mut Closing<'_>) {
        let mut channels: Vec<u16> = self.spikes.into_iter().map(|(channel, _)| channel).collect();
        channels.sort_unstable();
        channels.dedup();
        closing.out.push(Assembled::Tick(Tick {
            number: *closing.next,
            channels,
            begin: self.begin,
            end,
            due: due + closing.offset.best(),
            received: self.received,
            under_way: self.under_way,
            closed: closing.received,
            missing: self.missing,
            late: self.late,
        }));
        *closing.next += 1;
    }
}
