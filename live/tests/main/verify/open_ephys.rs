//! libzmq, through pyzmq, in both formats of the Open Ephys GUI.

use std::path::Path;
use std::thread;
use std::time::Duration;

use live::arrival::Event;
use live::source::Source;
use live::source::open_ephys::OpenEphysSource;

use super::peer::{Peer, libraries};
use super::{MINUTE, N_CHANNELS};
use crate::support::{Grid, TICK, events, n_events, poll_until};

const GUI: &str = include_str!("open_ephys.py");

/// A GUI of this format, and a source that has subscribed.
fn open(folder: &Path, format: &str, n_ticks: u32, what: &str) -> Option<(Peer, OpenEphysSource)> {
    let libraries = libraries()?;
    let arguments = [format, &n_ticks.to_string(), &N_CHANNELS.to_string()];
    let mut peer = Peer::start(&libraries, GUI, &arguments, folder);
    let port = peer.line();
    let mut source = OpenEphysSource::open(&format!("127.0.0.1:{port}{what}"), N_CHANNELS.into(), TICK).unwrap();
    // The subscription reaches the GUI while the source is polled.
    let subscribed = thread::spawn(move || {
        peer.expect("subscribed");
        peer
    });
    while !subscribed.is_finished() {
        source.poll(Duration::from_millis(10), &mut Vec::new()).unwrap();
    }
    let peer = subscribed.join().unwrap();
    Some((peer, source))
}

fn a_minute(format: &str, what: &str) {
    let folder = tempfile::tempdir().unwrap();
    let Some((mut peer, mut source)) = open(folder.path(), format, MINUTE, what) else { return };
    peer.tell("go");
    let mut grid = Grid::new(MINUTE, N_CHANNELS);
    let n_expected = grid.expected();
    let mut n_lines = 0;
    let mut last = Event::Lost { count: 0 };
    while grid.n_spikes < n_expected || n_lines < 2 {
        let mut arrivals = Vec::new();
        source.poll(Duration::from_millis(100), &mut arrivals).unwrap();
        for event in events(arrivals) {
            match event {
                Event::Spike { stamp, channel } => grid.add((stamp + TICK / 2) / TICK, channel),
                Event::Marker { .. } => {
                    n_lines += 1;
                    last = event;
                }
                event => panic!("{event:?}"),
            }
        }
    }
    grid.check();
    assert_eq!((n_lines, last), (2, Event::Marker { stamp: i64::from(MINUTE) * TICK, text: "line 3 off".to_owned() }));
    peer.end();
}

#[test]
fn a_minute_of_the_event_broadcaster_arrives_spike_for_spike() {
    a_minute("broadcaster", "");
}

#[test]
fn a_minute_of_the_zmq_interface_arrives_spike_for_spike() {
    a_minute("interface", ",rate=30000");
}

#[test]
fn messages_that_libzmq_drops_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let Some((mut peer, mut source)) = open(folder.path(), "interface", 4000, ",rate=30000,stream=Probe") else {
        return;
    };
    // All at once, to a subscriber that does not read: libzmq keeps a thousand, and the sockets some more.
    peer.tell("rush");
    peer.expect("sent");
    let n_sent: u64 = peer.line().parse().unwrap();
    peer.tell("last");
    let mut n_received = 0;
    let mut n_lost = 0;
    let arrivals = poll_until(&mut source, |arrivals| {
        arrivals.iter().any(|arrival| matches!(&arrival.event, Event::Marker { text, .. } if text == "line 7 on"))
    });
    assert!(n_events(&arrivals) > 0);
    for event in events(arrivals) {
        match event {
            Event::Spike { .. } => n_received += 1,
            Event::Lost { count } => n_lost += count,
            _ => {}
        }
    }
    assert!(n_lost > 0);
    assert_eq!(n_received + n_lost, n_sent);
}
