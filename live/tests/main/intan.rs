//! A fake of Intan RHX: its spike port and its command port.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use live::arrival::Event;
use live::source::Source;
use live::source::intan::IntanSource;

use crate::support::{Grid, TICK, events, firing, listen, n_events, poll_error, poll_until};

/// Samples of a tick.
const SAMPLES: u32 = 30;

fn record(name: &str, sample: u32, id: u8) -> Vec<u8> {
    [&0x3ae2_710fu32.to_le_bytes()[..], name.as_bytes(), &sample.to_le_bytes(), &[id]].concat()
}

/// Opens a source and the other side of it.
fn open(what: &str) -> (IntanSource, TcpStream) {
    let (listener, port) = listen();
    let source = IntanSource::open(&format!("127.0.0.1:{port},{what}"), 4, TICK).unwrap();
    (source, listener.accept().unwrap().0)
}

fn spike(stamp: i64, channel: u16) -> Event {
    Event::Spike { stamp, channel }
}

#[test]
fn spikes_arrive_also_as_single_bytes_and_artefacts_do_not() {
    let (mut source, mut server) = open("rate=30000");
    server.set_nodelay(true).unwrap();
    let records =
        [record("A-003", 30, 1), record("A-000", 15, 0x40), record("A-001", 45, 0x80), record("A-002", 60, 8)];
    for byte in records.concat() {
        server.write_all(&[byte]).unwrap();
    }
    let arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 3);
    assert_eq!(events(arrivals), [spike(1_000_000, 3), spike(500_000, 0), spike(2_000_000, 2)]);
}

#[test]
fn a_list_of_channels_numbers_them_and_others_are_none_of_the_network() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("channels.txt");
    fs::write(&path, "B-001\nA-000\nC-127\nD-000\n").unwrap();
    let (mut source, mut server) = open(&format!("rate=20000,channels={}", path.display()));
    server.write_all(&[record("C-127", 0, 1), record("A-001", 0, 1), record("B-001", 0, 1)].concat()).unwrap();
    let arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 3);
    assert_eq!(events(arrivals), [spike(0, 2), spike(0, u16::MAX), spike(0, 0)]);
}

#[test]
fn a_lost_connection_is_made_again() {
    let (listener, port) = listen();
    let mut source = IntanSource::open(&format!("127.0.0.1:{port},rate=30000"), 4, TICK).unwrap();
    drop(listener.accept().unwrap());
    let mut arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 1);
    let sending = thread::spawn(move || {
        let mut server = listener.accept().unwrap().0;
        server.write_all(&record("A-001", 30, 1)).unwrap();
        server
    });
    arrivals.extend(poll_until(&mut source, |arrivals| n_events(arrivals) >= 1));
    assert_eq!(events(arrivals), [Event::Disconnected { reconnecting: true }, spike(1_000_000, 1)]);
    sending.join().unwrap();
}

#[test]
fn garbage_and_missing_settings_are_refused_with_what_helps() {
    let (mut source, mut server) = open("rate=30000");
    server.write_all(&[7; 20]).unwrap();
    assert!(poll_error(&mut source).contains("spike port"));
    let (mut source, mut server) = open("rate=30000");
    server.write_all(&record("B-001", 0, 1)).unwrap();
    assert!(poll_error(&mut source).contains("channels=FILE"));
    let (listener, port) = listen();
    let error = |what: &str| IntanSource::open(what, 4, TICK).unwrap_err().to_string();
    assert!(error(&format!("127.0.0.1:{port}")).contains("rate=30000"));
    drop(listener);
    assert!(error(&format!("127.0.0.1:{port},rate=30000")).contains("connect the spike port"));
    assert!(error(&format!("127.0.0.1:{port},commands={port}")).contains("connect the command port"));
}

/// Answers the commands of a client until it leaves, and returns them.
fn command_port(n_blocks: u32) -> (u16, JoinHandle<String>) {
    let (listener, port) = listen();
    let serving = thread::spawn(move || {
        let mut socket = listener.accept().unwrap().0;
        let (mut commands, mut answered) = (String::new(), 0);
        let mut bytes = [0; 4096];
        loop {
            let length = socket.read(&mut bytes).unwrap();
            if length == 0 {
                return commands;
            }
            commands.push_str(std::str::from_utf8(&bytes[..length]).unwrap());
            while let Some(end) = commands[answered..].find(';') {
                match &commands[answered..answered + end] {
                    "get SampleRateHertz" => socket.write_all(b"Return: SampleRateHertz 25000").unwrap(),
                    "get TCPNumberDataBlocksPerWrite" => {
                        let answer = format!("Return: TCPNumberDataBlocksPerWrite {n_blocks}");
                        socket.write_all(answer.as_bytes()).unwrap();
                    }
                    _ => {}
                }
                answered += end + 1;
            }
        }
    });
    (port, serving)
}

#[test]
fn the_command_port_tells_the_rate_and_has_the_spikes_sent() {
    for (n_blocks, hold, n_warnings) in [(1, 7_120_000, 0), (10, 53_200_000, 1)] {
        let (port, serving) = command_port(n_blocks);
        let (mut source, mut server) = open(&format!("commands={port}"));
        let commands = serving.join().unwrap();
        for part in ["set A-000.TCPDataOutputEnabledSpike true;", "set A-003.", "execute ConnectTCPSpikeDataOutput;"] {
            assert!(commands.contains(part), "{commands}");
        }
        assert!(!commands.contains("A-004"));
        assert_eq!((source.hold(), source.warnings().len()), (hold, n_warnings));
        server.write_all(&record("A-001", 25, 1)).unwrap();
        let arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 1);
        assert_eq!(events(arrivals), [spike(1_000_000, 1)]);
    }
    let (source, _server) = open("rate=30000");
    assert!(source.warnings()[0].contains("42.7 ms"), "{:?}", source.warnings());
}

/// Sends the pattern in blocks of 128 samples, channel by channel, and checks that every spike arrives once.
pub fn every_spike_arrives_once(n_ticks: u32, pause: Duration) {
    let n_channels = 1024;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("channels.txt");
    let name = |channel: u16| format!("{}-{:03}", char::from(b'A' + (channel / 128) as u8), channel % 128);
    fs::write(&path, Vec::from_iter((0..n_channels).map(name)).join("\n")).unwrap();
    let (listener, port) = listen();
    let what = format!("127.0.0.1:{port},rate=30000,channels={}", path.display());
    let mut source = IntanSource::open(&what, n_channels.into(), TICK).unwrap();
    let sending = thread::spawn(move || {
        let mut server = listener.accept().unwrap().0;
        for block in (0..n_ticks).step_by(4) {
            let ticks = block..n_ticks.min(block + 4);
            let mut spikes: Vec<(u16, u32)> = ticks
                .flat_map(|tick| firing(tick, n_channels).into_iter().map(move |channel| (channel, tick)))
                .collect();
            spikes.sort_unstable();
            let records = spikes.iter().map(|(channel, tick)| record(&name(*channel), tick * SAMPLES, 1));
            server.write_all(&Vec::from_iter(records).concat()).unwrap();
            thread::sleep(pause);
        }
        server
    });
    let mut grid = Grid::new(n_ticks, n_channels);
    let n_expected = grid.expected();
    while grid.n_spikes < n_expected {
        let mut arrivals = Vec::new();
        source.poll(Duration::from_millis(100), &mut arrivals).unwrap();
        for event in events(arrivals) {
            let Event::Spike { stamp, channel } = event else { panic!("{event:?}") };
            grid.add(stamp / TICK, channel);
        }
    }
    grid.check();
    sending.join().unwrap();
}

#[test]
fn every_spike_of_1024_channels_arrives_once() {
    every_spike_arrives_once(2000, Duration::ZERO);
}
