//! Whether a line is fast enough for the ticks, measured and calculated before a session begins.

use std::fs;
use std::path::Path;
use std::time::Duration;

use live::arrival::Nanoseconds;
use live::histogram::{Histogram, Spread};
use spec::wire::{Command, LINE_BITS_PER_BYTE, tick_wire_bytes};

use super::number::{count, to_ms};
use crate::board::Board;
use crate::failure::Failure;
use crate::port::Port;
use crate::serial_latency::{self, LatencyTimer};
use crate::session::{Session, SessionError};

/// Round trips that are measured.
const N_PINGS: usize = 200;
/// Standard deviations of the events of a tick above their mean that a line must carry.
const DEVIATIONS: f64 = 3.0;

/// What a line must carry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    /// Length of a tick.
    pub(super) tick: Nanoseconds,
    /// Mean events of a tick.
    pub(super) events: f64,
    pub(super) n_readouts: usize,
    /// Ticks to run in the time of one: more than 1 if windows overlap.
    pub(super) repetition: f64,
}

/// The round trips of status commands, one at a time.
pub(super) fn round_trips(session: &mut Session<Box<dyn Port>>) -> Result<Spread, SessionError> {
    let mut histogram = Histogram::default();
    for _ in 0..N_PINGS {
        let latency = session.link_mut().call(Command::Status)?.latency;
        histogram.add(i64::try_from(latency.as_nanos()).unwrap_or(i64::MAX));
    }
    Ok(histogram.spread())
}

/// Refuses a line on which answers come too late, or that is too slow for the bytes.
pub(super) fn check(
    board: &Board,
    baud: Option<u32>,
    round_trip: &Spread,
    in_flight: usize,
    load: &Load,
) -> Result<(), Failure> {
    let Board::Device(path) = board else { return Ok(()) };
    let refuse = |cause: String, advice: &str| {
        let accept = "or accept that decisions come late, with `--max-age-ms`";
        Err(Failure::slow_line(board, cause).advise(format_args!("{advice}, {accept}")))
    };
    if let Some(cause) = why_late(round_trip, in_flight, load.tick) {
        let timer = LatencyTimer::of(Path::new(path));
        return refuse(
            cause,
            &timer.map_or_else(|| "check the USB hub and the load of this machine".to_owned(), |timer| timer.advice()),
        );
    }
    // A pseudo-terminal has no speed.
    let baud = baud.filter(|_| !board.is_pseudo_terminal());
    if let Some(cause) = baud.and_then(|baud| why_slow(baud, load)) {
        return refuse(cause, "use a board with a faster line (`motorsrnn boards`), longer ticks, fewer channels");
    }
    Ok(())
}

/// Sets the latency timer of a device to the least if it is larger and may be set.
pub(super) fn set_latency_timer(board: &Board) {
    if let Board::Device(path) = board
        && let Some(timer) = LatencyTimer::of(Path::new(path))
    {
        let _ = fs::write(timer.file(), serial_latency::LEAST_MS.to_string());
    }
}

/// Why answers come too late: more ticks pass meanwhile than may be under way.
fn why_late(round_trip: &Spread, in_flight: usize, tick: Nanoseconds) -> Option<String> {
    let most_us = in_flight as f64 * tick as f64 / 1e3;
    (round_trip.p99 > most_us).then(|| {
        format!(
            "one answer in a hundred takes {:.1} ms or more, and {in_flight} ticks of {} ms may be under way",
            round_trip.p99 / 1e3,
            to_ms(tick)
        )
    })
}

/// Why a line is too slow for the bytes.
fn why_slow(baud: u32, load: &Load) -> Option<String> {
    let events = (load.events + DEVIATIONS * load.events.sqrt()).ceil();
    let (there, back) = tick_wire_bytes(count(events), load.n_readouts);
    let bytes = there.max(back) as f64 * load.repetition;
    let time = Duration::from_secs_f64(bytes * f64::from(LINE_BITS_PER_BYTE) / f64::from(baud));
    (time.as_secs_f64() * 1e9 > load.tick as f64).then(|| {
        format!(
            "a tick of {events} events{} takes {:.2} ms at {baud} baud, and a tick has {} ms",
            if load.repetition > 1.0 {
                format!(", in {:.1} windows at a time,", load.repetition)
            } else {
                String::new()
            },
            time.as_secs_f64() * 1e3,
            to_ms(load.tick)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOAD: Load = Load { tick: 1_000_000, events: 20.0, n_readouts: 4, repetition: 1.0 };

    #[test]
    fn a_line_must_carry_the_events_of_a_tick() {
        assert_eq!(why_slow(3_000_000, &LOAD), None);
        assert_eq!(why_slow(1_000_000, &LOAD), None);
        let crowded = Load { events: 60.0, ..LOAD };
        assert!(why_slow(1_000_000, &crowded).unwrap().contains("1.76 ms at 1000000 baud, and a tick has 1 ms"));
        assert_eq!(why_slow(3_000_000, &crowded), None);
        assert_eq!(why_slow(1_000_000, &Load { tick: 4_000_000, ..crowded }), None);
        assert!(why_slow(3_000_000, &Load { repetition: 10.0, ..LOAD }).unwrap().contains("in 10.0 windows"));
    }

    #[test]
    fn answers_must_come_within_the_ticks_in_flight() {
        // The default timer of the most common adapter.
        let round_trip = Spread { n: 200, p50: 15_900.0, p99: 16_100.0, max: 16_200.0 };
        assert!(why_late(&round_trip, 4, 1_000_000).unwrap().contains("16.1 ms"));
        assert_eq!(why_late(&round_trip, 4, 5_000_000), None);
        assert_eq!(why_late(&Spread { p99: 900.0, ..round_trip }, 4, 1_000_000), None);
    }
}
