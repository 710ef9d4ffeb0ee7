//! liblsl, through pylsl, both ways.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use live::arrival::Event;
use live::lsl::{Config, Format, Query, StreamInfo, Values, time_answer};
use live::sink::lsl::{LslSink, Outlet, OutletOptions};
use live::sink::{Message, Sink};
use live::source::lsl::LslSource;
use tempfile::TempDir;
use tools::AcquisitionLibraries;

use super::peer::{Peer, libraries};
use crate::lsl_wire::values;
use crate::support::{TICK, events, n_events, poll_error, poll_until, settings};

const OUTLETS: &str = include_str!("lsl_outlets.py");
const INLETS: &str = include_str!("lsl_inlets.py");

/// A folder with the settings of a session of its own.
pub fn session() -> (TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings();
    fs::write(folder.path().join("lsl_api.cfg"), &settings).unwrap();
    (folder, Config::parse(settings.as_bytes()))
}

/// Outlets of pylsl: each line tells it to open, push or close one.
fn outlets(libraries: &AcquisitionLibraries, folder: &TempDir) -> Peer {
    Peer::start(libraries, OUTLETS, &[], folder.path())
}

fn tell(peer: &mut Peer, line: &str) {
    peer.tell(line);
    peer.expect("done");
}

/// Polls until the outlet of pylsl has a consumer.
fn connect(source: &mut LslSource, peer: &mut Peer, key: &str) {
    poll_until(source, |_| {
        peer.tell(&format!("consumers {key}"));
        peer.line() == "True"
    });
}

#[test]
fn outlets_of_every_format_are_read() {
    let Some(libraries) = libraries() else { return };
    let (folder, config) = session();
    let mut peer = outlets(&libraries, &folder);
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Text) {
        let name = format.name();
        tell(&mut peer, &format!("open rows rows_{name} {name} 3 1000 a"));
        let mut source = LslSource::open_with(&config, &format!("rows_{name}"), 3, TICK).unwrap();
        connect(&mut source, &mut peer, "rows");
        tell(&mut peer, "push rows 5 1,0,-1");
        // Two rows at once, of which the first has no stamp of its own.
        tell(&mut peer, "chunk rows 5.002 0,0,2 0,7,0");
        let arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 3);
        let row = |number, stamp, channel| Event::Row { number, stamp, channels: vec![channel] };
        let expected = [row(0, 5_000_000_000, 0), row(1, 5_001_000_000, 2), row(2, 5_002_000_000, 1)];
        assert_eq!(events(arrivals), expected, "{name}");
        tell(&mut peer, "close rows");

        tell(&mut peer, &format!("open spikes spikes_{name} {name} 2 0 b"));
        let mut source = LslSource::open_with(&config, &format!("spikes_{name}"), 200, TICK).unwrap();
        connect(&mut source, &mut peer, "spikes");
        tell(&mut peer, "push spikes 6 100,1");
        let arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 1);
        assert_eq!(events(arrivals), [Event::Spike { stamp: 6_000_000_000, channel: 100 }], "{name}");
        tell(&mut peer, "close spikes");
    }
    peer.end();
}

#[test]
fn columns_are_chosen_by_their_labels_also_after_a_restart() {
    let Some(libraries) = libraries() else { return };
    let (folder, config) = session();
    let mut peer = outlets(&libraries, &folder);
    let file = folder.path().join("channels.txt");
    fs::write(&file, "M1-7\nM1-2\n").unwrap();
    let what = format!("rows,channels={}", file.display());
    tell(&mut peer, "open rows rows int16 3 1000 a M1-2,PMd-1,M1-7");
    let mut source = LslSource::open_with(&config, &what, 2, TICK).unwrap();
    connect(&mut source, &mut peer, "rows");
    tell(&mut peer, "chunk rows 5.001 1,0,1 0,1,1");
    let arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 2);
    let row = |number, stamp, channels| Event::Row { number, stamp, channels };
    assert_eq!(events(arrivals), [row(0, 5_000_000_000, vec![0, 1]), row(1, 5_001_000_000, vec![0])]);
    tell(&mut peer, "close rows");
    tell(&mut peer, "open rows rows int16 3 1000 a M1-7,PMd-1,M1-2");
    assert!(poll_error(&mut source).contains("restarted with other labels"));
    peer.end();
}

#[test]
fn markers_of_every_length_are_read_and_the_clock_is_ours() {
    let Some(libraries) = libraries() else { return };
    let (folder, config) = session();
    let mut peer = outlets(&libraries, &folder);
    tell(&mut peer, "open spikes spikes int16 1 0 a");
    tell(&mut peer, "open markers markers string 1 0 b");
    let mut source = LslSource::open_with(&config, "spikes,markers=markers", 8, TICK).unwrap();
    connect(&mut source, &mut peer, "spikes");
    connect(&mut source, &mut peer, "markers");
    for length in [1, 255, 256, 70_000] {
        tell(&mut peer, &format!("text markers 7 {length}"));
    }
    // An empty text is no marker; the one after it is read.
    tell(&mut peer, "text markers 7 0");
    tell(&mut peer, "text markers 7 2");
    let mut arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 5);
    arrivals.extend(poll_until(&mut source, |arrivals| {
        arrivals.iter().any(|arrival| matches!(arrival.event, Event::Clock { .. }))
    }));
    let clocks = arrivals.iter().filter_map(|arrival| match arrival.event {
        Event::Clock { offset, round_trip } => Some((offset, round_trip)),
        _ => None,
    });
    // Both have the same clock.
    assert!(clocks.clone().count() > 0 && clocks.clone().all(|(offset, round_trip)| offset.abs() <= round_trip));
    let lengths: Vec<usize> = events(arrivals)
        .into_iter()
        .map(|event| match event {
            Event::Marker { text, stamp } => {
                assert!((stamp - 7_000_000_000).abs() < 100 * TICK && text.bytes().all(|byte| byte == b'x'));
                text.len()
            }
            event => panic!("{event:?}"),
        })
        .collect();
    assert_eq!(lengths, [1, 255, 256, 70_000, 2]);
    peer.end();
}

#[test]
fn two_outlets_of_one_name_are_told_apart_and_a_restarted_one_is_found_again() {
    let Some(libraries) = libraries() else { return };
    let (folder, config) = session();
    let mut peer = outlets(&libraries, &folder);
    tell(&mut peer, "open a spikes int16 1 0 first");
    tell(&mut peer, "open b spikes int16 1 0 second");
    let error = LslSource::open_with(&config, "spikes", 8, TICK).unwrap_err().to_string();
    assert!(error.contains("2 streams match") && error.contains("source_id first"), "{error}");
    let mut source = LslSource::open_with(&config, "name=spikes,source_id=second", 8, TICK).unwrap();
    connect(&mut source, &mut peer, "b");
    tell(&mut peer, "push a 1 1");
    tell(&mut peer, "push b 2 2");
    let mut arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 1);
    tell(&mut peer, "close b");
    arrivals.extend(poll_until(&mut source, |arrivals| n_events(arrivals) >= 1));
    tell(&mut peer, "open b spikes int16 1 0 second");
    connect(&mut source, &mut peer, "b");
    tell(&mut peer, "push b 3 3");
    arrivals.extend(poll_until(&mut source, |arrivals| n_events(arrivals) >= 1));
    let spike = |channel: u16| Event::Spike { stamp: i64::from(channel) * 1_000_000_000, channel };
    assert_eq!(events(arrivals), [spike(2), Event::Disconnected { reconnecting: true }, spike(3)]);
    peer.end();
}

/// Stands in front of an outlet in another session: it answers for it, and passes its bytes on through `relay`, and requests one by one.
fn stand_in(config: &Config, info: &StreamInfo, relay: fn(TcpStream, TcpStream)) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let socket = config.ports().find_map(|port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).ok()).unwrap();
    let announced = StreamInfo {
        session_id: config.session_id.clone(),
        data_port: listener.local_addr().unwrap().port(),
        service_port: socket.local_addr().unwrap().port(),
        ..info.clone()
    };
    let data_port = info.data_port;
    thread::spawn(move || {
        let mut request = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut request) {
            let now = live::clock::now();
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            let mut lines = text.lines();
            let answer = match (lines.next(), time_answer(&request[..length], now, now)) {
                (_, Some(time)) => time,
                (Some("LSL:shortinfo"), _) => {
                    let query = Query::parse(lines.next().unwrap()).unwrap();
                    let (port, id) = lines.next().unwrap().split_once(' ').unwrap();
                    if query.matches(&announced) {
                        let to = (from.ip(), port.parse().unwrap());
                        socket.send_to(format!("{id}\r\n{}", announced.to_xml(false)).as_bytes(), to).unwrap();
                    }
                    continue;
                }
                _ => continue,
            };
            socket.send_to(answer.as_bytes(), from).unwrap();
        }
    });
    thread::spawn(move || {
        while let Ok((inlet, _)) = listener.accept() {
            let outlet = TcpStream::connect((Ipv4Addr::LOCALHOST, data_port)).unwrap();
            let (from, to) = (inlet.try_clone().unwrap(), outlet.try_clone().unwrap());
            thread::spawn(move || single_bytes(from, to));
            relay(outlet, inlet);
        }
    });
}

/// The description of a stream of pylsl.
fn described(peer: &mut Peer, key: &str) -> StreamInfo {
    peer.tell(&format!("describe {key}"));
    let mut xml = String::new();
    loop {
        let line = peer.line();
        if line == "done" {
            return StreamInfo::parse(xml.as_bytes()).unwrap();
        }
        xml.push_str(&line);
        xml.push('\n');
    }
}

fn single_bytes(mut from: TcpStream, mut to: TcpStream) {
    to.set_nodelay(true).unwrap();
    let mut byte = [0];
    while from.read_exact(&mut byte).is_ok() && to.write_all(&byte).is_ok() {}
}

fn spoilt(mut from: TcpStream, mut to: TcpStream) {
    let mut bytes = [0; 4096];
    let mut n_passed = 0;
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        n_passed += length;
        // The answer has some 120 bytes, then samples follow.
        if n_passed > 300 {
            bytes[..length].fill(0xee);
        }
        if to.write_all(&bytes[..length]).is_err() {
            return;
        }
    }
}

#[test]
fn single_bytes_are_put_together_and_garbage_is_refused() {
    let Some(libraries) = libraries() else { return };
    for (relay, is_whole) in [(single_bytes as fn(_, _), true), (spoilt, false)] {
        let (folder, _) = session();
        let mut peer = outlets(&libraries, &folder);
        tell(&mut peer, "open spikes spikes float32 2 0 a");
        let info = described(&mut peer, "spikes");
        let config = crate::support::config();
        stand_in(&config, &info, relay);
        let mut source = LslSource::open_with(&config, "spikes", 200, TICK).unwrap();
        connect(&mut source, &mut peer, "spikes");
        if is_whole {
            // A stamp of 0 would be the time now.
            (1..=100).for_each(|k| tell(&mut peer, &format!("push spikes {k} {k},0")));
            let arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 100);
            let expected = (1..=100u16).map(|k| Event::Spike { stamp: i64::from(k) * 1_000_000_000, channel: k });
            assert_eq!(events(arrivals), Vec::from_iter(expected));
        } else {
            (0..20).for_each(|k| tell(&mut peer, &format!("push spikes {k} {k},0")));
            assert!(poll_error(&mut source).contains("tag 238"));
        }
        peer.end();
    }
}

fn outlet(config: &Config, format: Format, n_channels: usize, rate_hz: f64, source_id: &str) -> Outlet {
    let options = OutletOptions {
        name: format!("ours_{}", format.name()),
        kind: "Test".to_owned(),
        format,
        n_channels,
        rate_hz,
        source_id: source_id.to_owned(),
        labels: (0..n_channels).map(|channel| format!("<{channel}>")).collect(),
    };
    Outlet::open(config, options).unwrap()
}

/// Waits until an outlet has an inlet.
fn wait_for_inlet(outlet: &Outlet) {
    while outlet.n_inlets() == 0 {
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn inlets_read_our_outlets_of_every_format() {
    let Some(libraries) = libraries() else { return };
    for format in Format::ALL {
        let (folder, config) = session();
        let outlet = outlet(&config, format, 3, 0.0, "a");
        let mut peer = Peer::start(&libraries, INLETS, &[&format!("ours_{}", format.name())], folder.path());
        peer.expect("found 3 <0> <1> <2>");
        wait_for_inlet(&outlet);
        outlet.push(Some(5.25), values(format, &[1, -2, 100])).unwrap();
        outlet.push(Some(5.5), values(format, &[0, 0, 7])).unwrap();
        let numbers = |text: &str| {
            if matches!(format, Format::Float32 | Format::Double64) {
                text.replace(",", ".0,") + ".0"
            } else {
                text.to_owned()
            }
        };
        peer.expect(&format!("5.25 {}", numbers("1,-2,100")));
        peer.expect(&format!("5.5 {}", numbers("0,0,7")));
        peer.tell("offset");
        let offset_s: f64 = peer.line().parse().unwrap();
        assert!(offset_s.abs() < 0.1, "{offset_s}");
        // The same stream again, from another outlet; liblsl finds it.
        drop(outlet);
        let again = self::outlet(&config, format, 3, 0.0, "a");
        wait_for_inlet(&again);
        again.push(Some(6.0), values(format, &[1, 2, 3])).unwrap();
        peer.expect(&format!("6.0 {}", numbers("1,2,3")));
        peer.end();
    }
}

#[test]
fn inlets_read_our_texts_of_every_length() {
    let Some(libraries) = libraries() else { return };
    let (folder, config) = session();
    let outlet = outlet(&config, Format::Text, 2, 0.0, "a");
    let mut peer = Peer::start(&libraries, INLETS, &["ours_string", "lengths"], folder.path());
    peer.expect("found 2 <0> <1>");
    wait_for_inlet(&outlet);
    for length in [0, 255, 256, 70_000] {
        outlet.push(Some(1.0), Values::Text(vec![vec![b'y'; length], b"z".to_vec()])).unwrap();
        peer.expect(&format!("1.0 {length},1"));
    }
    peer.end();
}

#[test]
fn decisions_are_stamped_in_the_clock_of_the_source() {
    let Some(libraries) = libraries() else { return };
    let (folder, config) = session();
    let classes = ["left", "right"].map(str::to_owned);
    let mut sink = LslSink::decisions(&config, "decisions", &classes).unwrap();
    // The source's clock is 1,000 s behind.
    sink.clock().set_offset(1_000_000_000_000);
    let mut peer = Peer::start(&libraries, INLETS, &["decisions"], folder.path());
    peer.expect("found 6 class tick latency_ms valid score_left score_right");
    peer.tell("offset");
    let offset_s: f64 = peer.line().parse().unwrap();
    assert!((offset_s - 1000.0).abs() < 0.1, "{offset_s}");
    peer.expect("waits");
    let decision = |class, scores, valid| Message::Decision {
        window: 0,
        tick: 700,
        stamp: 2_500_000_000,
        class,
        scores,
        valid,
        age_ms: 1.5,
    };
    sink.send(&decision(Some((1, "right".to_owned())), vec![-4, 9], true)).unwrap();
    sink.send(&decision(None, Vec::new(), false)).unwrap();
    peer.expect("2.5 1.0,700.0,1.5,1.0,-4.0,9.0");
    peer.expect("2.5 nan,700.0,nan,0.0,nan,nan");
    peer.end();
}
