//! The assembler: what was sent is what is in the ticks, and every exception is counted.

use std::collections::{BTreeMap, BTreeSet};

use live::arrival::{Arrival, Event, Nanoseconds};
use live::ticks::{Assembled, Assembler, Break, Counters, LATE_TICKS, Options, Tick};
use proptest::prelude::*;

const MS: Nanoseconds = 1_000_000;
const OPTIONS: Options = Options { tick: MS, rows_per_tick: 1, hold: 0, stall: 20 * MS, n_channels: 16 };
/// Delay of an arrival that nothing holds up.
const DELAY: Nanoseconds = 300_000;

fn row(number: u64, channels: &[u16]) -> Arrival {
    let stamp = number as i64 * MS;
    Arrival { received: stamp + DELAY, event: Event::Row { number, stamp, channels: channels.to_vec() } }
}

fn spike(received: Nanoseconds, stamp: Nanoseconds, channel: u16) -> Arrival {
    Arrival { received, event: Event::Spike { stamp, channel } }
}

/// All that arrivals give, with the host's clock told at its deadlines.
fn assemble(options: Options, arrivals: impl IntoIterator<Item = Arrival>) -> (Vec<Assembled>, Counters) {
    let (mut assembler, mut out) = (Assembler::new(options), Vec::new());
    for arrival in arrivals {
        while let Some(deadline) = assembler.deadline().filter(|deadline| *deadline < arrival.received) {
            assembler.at_deadline(deadline, &mut out);
        }
        assembler.take(arrival, &mut out);
    }
    (out, *assembler.counters())
}

fn ticks(assembled: &[Assembled]) -> Vec<&Tick> {
    assembled.iter().filter_map(|item| if let Assembled::Tick(tick) = item { Some(tick) } else { None }).collect()
}

fn breaks(assembled: &[Assembled]) -> Vec<Break> {
    assembled.iter().filter_map(|item| if let Assembled::Break(cause) = item { Some(*cause) } else { None }).collect()
}

/// Ticks are numbered through, and without a break follow each other in time.
fn check_order(assembled: &[Assembled]) {
    let (mut next, mut end) = (0, None);
    for item in assembled {
        match item {
            Assembled::Tick(tick) => {
                assert_eq!(tick.number, next);
                assert!(end.is_none_or(|end| end == tick.begin), "{tick:?}");
                assert!(tick.channels.is_sorted_by(|one, other| one < other));
                (next, end) = (next + 1, Some(tick.end));
            }
            Assembled::Break(_) => end = None,
            _ => {}
        }
    }
}

#[test]
fn rows_are_ticks() {
    let (assembled, counters) = assemble(OPTIONS, (7..27).map(|number| row(number, &[(number % 16) as u16])));
    check_order(&assembled);
    let ticks = ticks(&assembled);
    assert_eq!(ticks.len(), 20);
    assert!(ticks.iter().zip(7_u64..).all(|(tick, number)| tick.channels == [(number % 16) as u16]));
    assert!(ticks.iter().all(|tick| tick.under_way == Some(0) && tick.closed - tick.due == 0));
    assert_eq!(counters, Counters { rows: 20, ticks: 20, ..Counters::default() });
}

#[test]
fn rows_are_joined_to_longer_ticks() {
    let options = Options { tick: 4 * MS, rows_per_tick: 4, ..OPTIONS };
    let (assembled, counters) =
        assemble(options, (3..23).filter(|number| *number != 9).map(|number| row(number, &[1])));
    check_order(&assembled);
    let ticks = ticks(&assembled);
    assert_eq!(ticks.iter().map(|tick| tick.missing).collect::<Vec<_>>(), [0, 1, 0, 0, 0]);
    assert!(ticks.iter().all(|tick| tick.channels == [1] && tick.end - tick.begin == 4 * MS));
    assert_eq!((counters.missing, counters.merged, counters.ticks), (1, 3 * 4 + 2, 5));
}

#[test]
fn numbers_that_run_ahead_or_back_are_a_jump_and_a_repetition_is_none() {
    let numbers = [0, 1, 2, 2, 1, 53, 105, 106, 20, 21];
    let arrivals = numbers.iter().zip(0..).map(|(number, at)| Arrival { received: at * MS, ..row(*number, &[0]) });
    let (assembled, counters) = assemble(OPTIONS, arrivals);
    check_order(&assembled);
    assert_eq!(breaks(&assembled), [Break::Jump, Break::Jump]);
    assert_eq!((counters.jumps, counters.duplicate, counters.missing), (2, 2, 50));
    assert_eq!(counters.ticks, 3 + 51 + 2 + 2);
}

#[test]
fn a_row_that_an_empty_one_has_replaced_is_too_late() {
    let (assembled, counters) = assemble(
        OPTIONS,
        [0, 1, 3, 2, 2, 4].map(|number| row(number, &[5])).map(|arrival| Arrival { received: 0, ..arrival }),
    );
    assert_eq!(ticks(&assembled).iter().map(|tick| tick.channels.len()).collect::<Vec<_>>(), [1, 1, 0, 1, 1]);
    assert_eq!((counters.missing, counters.too_late, counters.duplicate), (1, 1, 1));
}

#[test]
fn rows_that_stall_break_off_and_are_counted_once() {
    for is_told in [false, true] {
        let (mut assembler, mut out) = (Assembler::new(OPTIONS), Vec::new());
        assembler.take(row(0, &[]), &mut out);
        assembler.take(row(1, &[]), &mut out);
        assert_eq!(assembler.deadline(), Some(MS + DELAY + 20 * MS + 1));
        if is_told {
            assembler.at_deadline(21 * MS + DELAY, &mut out);
            assert_eq!(assembler.counters().stalls, 0);
            (22..25).for_each(|at| assembler.at_deadline(at * MS + DELAY, &mut out));
            assert_eq!(out.iter().filter(|item| matches!(item, Assembled::Stalled)).count(), 1);
            assert_eq!(assembler.deadline(), None);
        }
        assembler.take(Arrival { received: 30 * MS, ..row(2, &[]) }, &mut out);
        assert_eq!(breaks(&out), [Break::Stall]);
        assert_eq!((assembler.counters().stalls, assembler.counters().jumps, ticks(&out).len()), (1, 0, 3));
    }
}

#[test]
fn late_spikes_go_into_the_next_tick_and_later_ones_are_dropped() {
    let at = |tick: i64| tick * MS + MS / 2;
    let mut arrivals: Vec<Arrival> = (0..20).map(|tick| spike(at(tick) + DELAY, at(tick), 0)).collect();
    let now = at(19) + DELAY;
    arrivals.extend([spike(now, at(18), 1), spike(now, at(14), 2), spike(now, at(13), 3), spike(now, at(19) - 1, 4)]);
    arrivals.push(Arrival { received: now, event: Event::Disconnected { reconnecting: false } });
    let (assembled, counters) = assemble(OPTIONS, arrivals);
    check_order(&assembled);
    assert_eq!((counters.late, counters.too_late, counters.ticks), (2, 1, 20));
    let last = ticks(&assembled)[19];
    assert_eq!((&last.channels[..], last.late, last.missing), (&[0, 1, 2, 4][..], 2, 1));
    assert_eq!(counters.latest, 5 * MS + MS / 2);
    assert_eq!(assembled.last(), Some(&Assembled::Ended));
    assert_eq!(LATE_TICKS, 5);
}

#[test]
fn silence_of_spikes_is_ticks_and_stamps_that_run_ahead_are_a_jump() {
    let (assembled, counters) = assemble(OPTIONS, [spike(0, 0, 1), spike(500 * MS, 500 * MS, 2)]);
    assert_eq!((ticks(&assembled).len(), counters.jumps), (500, 0));
    let (assembled, counters) = assemble(OPTIONS, [spike(0, 0, 1), spike(MS, 52 * MS, 2), spike(MS, 0, 2)]);
    assert_eq!((breaks(&assembled).len(), counters.jumps), (1, 1));
    let (assembled, counters) = assemble(OPTIONS, [spike(0, 100 * MS, 1), spike(MS, 0, 2)]);
    assert_eq!((breaks(&assembled).len(), counters.jumps), (1, 1));
}

#[test]
fn a_promise_closes_ticks_at_once() {
    let options = Options { hold: 3 * MS, ..OPTIONS };
    let promise = |stamp| Arrival { received: 0, event: Event::Progress { stamp } };
    let (assembled, _) = assemble(options, [promise(0), spike(0, MS / 2, 1), promise(2 * MS)]);
    assert_eq!(ticks(&assembled).iter().map(|tick| tick.channels.len()).collect::<Vec<_>>(), [1, 0]);
    // Spikes do not promise that none before them follows.
    let (assembled, _) = assemble(options, [promise(0), spike(0, MS / 2, 1), spike(0, 4 * MS, 1)]);
    assert_eq!(ticks(&assembled).len(), 1);
}

#[test]
fn a_step_of_the_clock_and_a_lost_connection_break_off() {
    let clock = |received, offset| Arrival { received, event: Event::Clock { offset, round_trip: 20_000 } };
    let lost = Arrival { received: 3 * MS, event: Event::Disconnected { reconnecting: true } };
    let arrivals = [
        clock(0, 0),
        row(0, &[]),
        clock(MS, 900_000),
        row(1, &[]),
        clock(2 * MS, 5 * MS),
        row(2, &[]),
        lost,
        row(0, &[]),
    ];
    let (assembled, counters) = assemble(OPTIONS, arrivals);
    assert_eq!(breaks(&assembled), [Break::ClockStep, Break::Disconnected]);
    assert_eq!((counters.jumps, counters.disconnections, counters.ticks), (1, 1, 4));
    assert_eq!(ticks(&assembled)[0].under_way, Some(DELAY));
}

#[test]
fn what_does_not_belong_is_counted() {
    let lost = Arrival { received: MS, event: Event::Lost { count: 4 } };
    let (assembled, counters) = assemble(OPTIONS, [row(0, &[16, 3]), spike(MS, MS, 1), lost.clone(), row(1, &[])]);
    assert_eq!((counters.unknown_channel, counters.stray, counters.lost), (1, 1, 4));
    assert_eq!(ticks(&assembled)[1].missing, 4);
    let (_, counters) = assemble(OPTIONS, [spike(0, 0, 99), row(0, &[1])]);
    assert_eq!((counters.unknown_channel, counters.stray, counters.spikes, counters.rows), (1, 1, 1, 1));
}

/// What happens to a row.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Sent,
    Lost,
    Twice,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![8 => Just(Fate::Sent), 1 => Just(Fate::Lost), 1 => Just(Fate::Twice)]
}

proptest! {
    #[test]
    fn rows_lost_and_doubled_are_counted_exactly(
        rows in prop::collection::vec((fate(), prop::collection::btree_set(0_u16..20, 0..4)), 1..200),
        first in 0_u64..1000,
    ) {
        let mut arrivals = Vec::new();
        let (mut expected, mut n_lost, mut n_twice, mut n_unknown) = (Vec::new(), 0, 0, 0);
        // The first and the last row come, so that losses show.
        let n_rows = rows.len();
        for (index, (fate, channels)) in rows.into_iter().enumerate() {
            let fate = if index == 0 || index + 1 == n_rows { Fate::Sent } else { fate };
            let channels: Vec<u16> = channels.into_iter().collect();
            let arrival = row(first + index as u64, &channels);
            let known: Vec<u16> = channels.iter().copied().filter(|channel| *channel < 16).collect();
            match fate {
                Fate::Lost => { n_lost += 1; expected.push(Vec::new()); continue; }
                Fate::Twice => { n_twice += 1; arrivals.push(arrival.clone()); }
                Fate::Sent => {}
            }
            n_unknown += (channels.len() - known.len()) as u64;
            expected.push(known);
            arrivals.push(arrival);
        }
        let options = Options { stall: 1000 * MS, ..OPTIONS };
        let (assembled, counters) = assemble(options, arrivals);
        check_order(&assembled);
        let found: Vec<Vec<u16>> = ticks(&assembled).iter().map(|tick| tick.channels.clone()).collect();
        // More than the time of a jump may be lost in a row, if rarely.
        if counters.jumps == 0 {
            prop_assert_eq!(found, expected);
            prop_assert_eq!((counters.missing, counters.duplicate, counters.unknown_channel), (n_lost, n_twice, n_unknown));
        }
    }

    #[test]
    fn spikes_that_are_no_later_than_the_hold_are_in_their_ticks_whenever_the_clock_is_told(
        spikes in prop::collection::vec((0_i64..300_000, 0_u16..16, 0_i64..2_000), 1..400),
        told in prop::collection::vec(0_i64..304_000, 0..50),
    ) {
        let hold = 2 * MS;
        let to_ns = |microseconds: i64| microseconds * 1000;
        // The first arrival tells where time begins, and the shortest delay.
        let mut arrivals = vec![spike(0, 0, 0)];
        arrivals.extend(spikes.iter().map(|&(stamp, channel, delay)| spike(to_ns(stamp + delay), to_ns(stamp), channel)));
        arrivals.push(Arrival { received: 400 * MS, event: Event::Progress { stamp: 302 * MS } });
        arrivals.sort_by_key(|arrival| arrival.received);
        let (mut assembler, mut out) = (Assembler::new(Options { hold, ..OPTIONS }), Vec::new());
        let mut told: Vec<i64> = told.into_iter().map(to_ns).collect();
        told.sort_unstable();
        let mut told = told.into_iter().peekable();
        for arrival in arrivals {
            while let Some(now) = told.next_if(|now| *now < arrival.received) {
                assembler.at_deadline(now, &mut out);
            }
            assembler.take(arrival, &mut out);
        }
        check_order(&out);
        let counters = assembler.counters();
        prop_assert_eq!((counters.late, counters.too_late, counters.jumps), (0, 0, 0));
        let mut expected: BTreeMap<i64, BTreeSet<u16>> = BTreeMap::new();
        let all = std::iter::once((0, 0)).chain(spikes.iter().map(|&(stamp, channel, _)| (stamp, channel)));
        all.for_each(|(stamp, channel)| { expected.entry(stamp / 1000).or_default().insert(channel); });
        let ticks = ticks(&out);
        prop_assert_eq!(ticks.len(), 302);
        for tick in &ticks {
            let expected: Vec<u16> = expected.get(&(tick.begin / MS)).into_iter().flatten().copied().collect();
            prop_assert_eq!(&tick.channels, &expected);
        }
        let delivered: usize = ticks.iter().map(|tick| tick.channels.len()).sum();
        let n_spikes = delivered as u64 + counters.merged + counters.duplicate;
        prop_assert_eq!(n_spikes, spikes.len() as u64 + 1);
    }

    #[test]
    fn whatever_arrives_no_spike_is_lost_without_being_counted(
        events in prop::collection::vec((0_i64..3, -80_i64..120, 0_u16..20, 0_i64..30), 1..300),
    ) {
        let (mut received, mut stamp, mut arrivals) = (0, 0, Vec::new());
        for (kind, step, channel, wait) in events {
            received += wait * MS;
            stamp += step * MS / 2;
            let event = match kind {
                0 | 1 => Event::Spike { stamp, channel },
                _ => Event::Progress { stamp },
            };
            arrivals.push(Arrival { received, event });
        }
        arrivals.push(Arrival { received, event: Event::Disconnected { reconnecting: false } });
        let (assembled, counters) = assemble(Options { hold: MS, ..OPTIONS }, arrivals);
        check_order(&assembled);
        prop_assert_eq!(breaks(&assembled).len() as u64, counters.jumps);
        prop_assert_eq!(ticks(&assembled).len() as u64, counters.ticks);
        // Spikes of a tick that was open at a jump, and late ones beside another of their channel, are in none.
        let delivered: u64 = ticks(&assembled).iter().map(|tick| tick.channels.len() as u64).sum();
        let accounted = delivered + counters.merged + counters.duplicate + counters.too_late + counters.unknown_channel;
        prop_assert!(accounted <= counters.spikes);
        if counters.jumps == 0 && counters.late == 0 {
            prop_assert_eq!(accounted, counters.spikes);
        }
    }
}
