//! A minute of liblsl, and a receiver that stalls.

use std::thread;
use std::time::Duration;

use live::arrival::{Arrival, Event};
use live::lsl::Config;
use live::source::Source;
use live::source::lsl::LslSource;

use super::lsl::session;
use super::peer::{Peer, libraries};
use super::{MINUTE, N_CHANNELS};
use crate::support::{Grid, TICK, events, firing, poll_until};

const SENDER: &str = include_str!("lsl_sender.py");

/// A sender in Python, and a source that it waits for.
fn open(folder: &std::path::Path, config: &Config, kind: &str, n_ticks: u32) -> Option<(Peer, LslSource)> {
    let libraries = libraries()?;
    let mut peer = Peer::start(&libraries, SENDER, &[kind, &n_ticks.to_string(), &N_CHANNELS.to_string()], folder);
    peer.expect("ready");
    let source = LslSource::open_with(config, "spikes", N_CHANNELS.into(), TICK).unwrap();
    Some((peer, source))
}

fn tick(stamp: i64) -> i64 {
    (stamp - 1_000_000_000_000 + TICK / 2) / TICK
}

/// Polls until all spikes have come; every `stall` ms it does not poll for a second.
fn receive_spikes(source: &mut LslSource, n_ticks: u32, stalls_at: Option<u64>) {
    let mut grid = Grid::new(n_ticks, N_CHANNELS);
    let n_expected = grid.expected();
    let mut stalls_at = stalls_at;
    let mut arrivals: Vec<Arrival> = Vec::new();
    while grid.n_spikes < n_expected {
        source.poll(Duration::from_millis(100), &mut arrivals).unwrap();
        for event in events(std::mem::take(&mut arrivals)) {
            let Event::Spike { stamp, channel } = event else { panic!("{event:?}") };
            grid.add(tick(stamp), channel);
        }
        if stalls_at.is_some_and(|n_spikes| grid.n_spikes > n_spikes) {
            stalls_at = None;
            thread::sleep(Duration::from_secs(1));
        }
    }
    grid.check();
}

#[test]
fn a_minute_of_spikes_arrives_spike_for_spike() {
    let (folder, config) = session();
    let Some((peer, mut source)) = open(folder.path(), &config, "spikes", MINUTE) else { return };
    receive_spikes(&mut source, MINUTE, None);
    peer.end();
}

#[test]
fn a_second_without_polling_loses_nothing() {
    let (folder, config) = session();
    let Some((peer, mut source)) = open(folder.path(), &config, "spikes", 4000) else { return };
    receive_spikes(&mut source, 4000, Some(20_000));
    peer.end();
}

#[test]
fn a_minute_of_rows_arrives_row_for_row() {
    let (folder, config) = session();
    let Some((peer, mut source)) = open(folder.path(), &config, "rows", MINUTE) else { return };
    let mut next = 0;
    poll_until(&mut source, |arrivals| {
        let rows = arrivals.iter().filter(|arrival| matches!(arrival.event, Event::Row { .. }));
        for row in rows.skip(next as usize) {
            let Event::Row { number, stamp, channels } = &row.event else { continue };
            assert_eq!((*number, tick(*stamp)), (next.into(), next.into()));
            assert_eq!(*channels, firing(next, N_CHANNELS));
            next += 1;
        }
        next == MINUTE
    });
    peer.end();
}
