//! Our outlet and our inlet.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use live::arrival::{Arrival, Event};
use live::lsl::{Config, Format, Values, feed_request};
use live::sink::lsl::{LslSink, Outlet, OutletOptions};
use live::sink::{Message, Sink};
use live::source::Source;
use live::source::lsl::LslSource;

use crate::lsl_wire::values;
use crate::support::{Grid, TICK, config, events, firing, n_events, poll_until};

fn options(name: &str, format: Format, n_channels: usize, rate_hz: f64) -> OutletOptions {
    OutletOptions {
        name: name.to_owned(),
        kind: "Spikes".to_owned(),
        format,
        n_channels,
        rate_hz,
        source_id: format!("{name}-1"),
        labels: Vec::new(),
    }
}

fn outlet(config: &Config, name: &str, format: Format, n_channels: usize, rate_hz: f64) -> Outlet {
    Outlet::open(config, options(name, format, n_channels, rate_hz)).unwrap()
}

/// Polls until an outlet has its inlet.
fn connect(source: &mut LslSource, outlets: &[&Outlet]) {
    poll_until(source, |_| outlets.iter().all(|outlet| outlet.n_inlets() > 0));
}

#[test]
fn rows_of_every_numeric_format_arrive() {
    let config = config();
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Text) {
        let outlet = outlet(&config, format.name(), format, 3, 1000.0);
        let mut source = LslSource::open_with(&config, format.name(), 3, TICK).unwrap();
        assert_eq!((source.row_length(), source.hold()), (Some(TICK), 0));
        connect(&mut source, &[&outlet]);
        outlet.push(Some(5.0), values(format, &[0, 1, -1])).unwrap();
        outlet.push(None, values(format, &[3, 0, 2])).unwrap();
        let arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 2);
        let row = |number, stamp, channels: &[u16]| Event::Row { number, stamp, channels: channels.to_vec() };
        assert_eq!(events(arrivals), [row(0, 5_000_000_000, &[1]), row(1, 5_001_000_000, &[0, 2])], "{format:?}");
    }
}

#[test]
fn columns_that_are_no_channels_are_left_out() {
    let config = config();
    let labels = ["a", "b", "c"].map(str::to_owned).to_vec();
    let labelled = OutletOptions { labels, ..options("labelled", Format::Int16, 3, 1000.0) };
    let outlets = [
        Outlet::open(&config, labelled).unwrap(),
        outlet(&config, "numbered", Format::Int16, 3, 1000.0),
        outlet(&config, "spikes", Format::Int16, 1, 0.0),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("channels.txt");
    for (outlet, name, names) in
        [(&outlets[0], "labelled", "c\na\n"), (&outlets[1], "numbered", "2\n0\n"), (&outlets[2], "spikes", "2\n0\n")]
    {
        std::fs::write(&file, names).unwrap();
        let what = format!("{name},channels={}", file.display());
        let mut source = LslSource::open_with(&config, &what, 2, TICK).unwrap();
        connect(&mut source, &[outlet]);
        let samples = if name == "spikes" { [&[1][..], &[2], &[0]] } else { [&[1, 1, 1][..], &[0, 1, 0], &[0, 0, 1]] };
        for sample in samples {
            outlet.push(Some(5.0), values(Format::Int16, sample)).unwrap();
        }
        let row = |number, channels: &[u16]| Event::Row { number, stamp: 5_000_000_000, channels: channels.to_vec() };
        let spike = |channel| Event::Spike { stamp: 5_000_000_000, channel };
        let expected = if name == "spikes" {
            vec![spike(u16::MAX), spike(0), spike(1)]
        } else {
            vec![row(0, &[0, 1]), row(1, &[]), row(2, &[0])]
        };
        let arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= expected.len());
        assert_eq!(events(arrivals), expected, "{name}");
    }
    for (names, part) in
        [("d\na\n", "no column is `d`; there are `a`, `b`, `c`"), ("a\n", "1 names, and the network 2")]
    {
        std::fs::write(&file, names).unwrap();
        let what = format!("labelled,channels={}", file.display());
        let error = LslSource::open_with(&config, &what, 2, TICK).unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("channels.txt"), "{error}");
    }
}

#[test]
fn spikes_and_markers_arrive_in_the_clock_of_the_spikes() {
    let config = config();
    let spikes = outlet(&config, "spikes", Format::Int16, 2, 0.0);
    let markers = outlet(&config, "markers", Format::Text, 1, 0.0);
    // The markers come from a computer that has been up for longer.
    markers.clock().set_offset(-100_000_000_000);
    let mut source = LslSource::open_with(&config, "spikes,markers=markers", 8, TICK).unwrap();
    assert_eq!((source.row_length(), source.hold()), (None, 2_000_000));
    connect(&mut source, &[&spikes, &markers]);
    let now_s = live::lsl::seconds(live::clock::now());
    spikes.push(Some(now_s), Values::Int16(vec![7, 2])).unwrap();
    markers.push(Some(now_s + 100.0), Values::Text(vec![b"go".to_vec()])).unwrap();
    let mut events = events(poll_until(&mut source, |arrivals| n_events(arrivals) >= 2));
    events.sort_by_key(|event| matches!(event, Event::Marker { .. }));
    let [Event::Spike { stamp, channel: 7 }, Event::Marker { stamp: marked, text }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(text, "go");
    assert!((stamp - marked).abs() < 100 * TICK, "{events:?}");
}

#[test]
fn markers_can_be_integers() {
    let config = config();
    let spikes = outlet(&config, "spikes", Format::Int32, 1, 0.0);
    let markers = outlet(&config, "markers", Format::Int32, 1, 0.0);
    let mut source = LslSource::open_with(&config, "name=spikes, type=Spikes, markers=markers", 8, TICK).unwrap();
    connect(&mut source, &[&spikes, &markers]);
    markers.push(Some(5.0), Values::Int32(vec![17])).unwrap();
    let arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 1);
    assert!(matches!(&events(arrivals)[..], [Event::Marker { text, .. }] if text == "17"));
}

#[test]
fn what_was_sent_before_the_first_poll_is_not_delivered() {
    let config = config();
    let outlet = outlet(&config, "spikes", Format::Int32, 1, 0.0);
    let mut source = LslSource::open_with(&config, "spikes", 8, TICK).unwrap();
    outlet.push(Some(5.0), Values::Int32(vec![1])).unwrap();
    connect(&mut source, &[&outlet]);
    outlet.push(Some(6.0), Values::Int32(vec![2])).unwrap();
    let arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 1);
    assert_eq!(events(arrivals), [Event::Spike { stamp: 6_000_000_000, channel: 2 }]);
}

#[test]
fn a_restarted_outlet_is_found_again_and_rows_go_on_counting() {
    let config = config();
    let first = outlet(&config, "rows", Format::Int8, 2, 1000.0);
    let mut source = LslSource::open_with(&config, "source_id=rows-1", 2, TICK).unwrap();
    connect(&mut source, &[&first]);
    first.push(Some(5.0), Values::Int8(vec![1, 0])).unwrap();
    let mut arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 1);
    drop(first);
    arrivals.extend(poll_until(&mut source, |arrivals| n_events(arrivals) >= 1));
    let second = outlet(&config, "rows", Format::Int8, 2, 1000.0);
    connect(&mut source, &[&second]);
    second.push(Some(1.0), Values::Int8(vec![0, 1])).unwrap();
    arrivals.extend(poll_until(&mut source, |arrivals| n_events(arrivals) >= 1));
    let expected = [
        Event::Row { number: 0, stamp: 5_000_000_000, channels: vec![0] },
        Event::Disconnected { reconnecting: true },
        Event::Row { number: 1, stamp: 1_000_000_000, channels: vec![1] },
    ];
    assert_eq!(events(arrivals), expected);
    drop(second);
    let _changed = outlet(&config, "rows", Format::Int8, 3, 1000.0);
    assert!(crate::support::poll_error(&mut source).contains("restarted as 3 x int8"));
}

#[test]
fn streams_that_cannot_be_used_are_refused_with_what_helps() {
    let config = config();
    let _outlets = [
        outlet(&config, "text", Format::Text, 1, 0.0),
        outlet(&config, "rows", Format::Int8, 3, 1000.0),
        outlet(&config, "odd", Format::Int8, 3, 300.0),
        outlet(&config, "spikes", Format::Int8, 1, 0.0),
        outlet(&config, "twice", Format::Int8, 1, 0.0),
        outlet(&config, "twice", Format::Int8, 1, 0.0),
    ];
    for (what, parts) in [
        ("text", &["`text`: it is text", "markers="][..]),
        ("rows", &["`rows`: it has 3 columns, and the network 4 channels"]),
        ("spikes,markers=rows", &["`rows`: markers are an irregular stream of text or integers"]),
        ("twice", &["2 streams match name='twice'", "source_id twice-1", "uid"]),
        ("absent", &["no stream matches name='absent'", "`rows` (type Spikes, source_id rows-1"]),
        ("colour=red", &["`colour` is none of name, type"]),
        ("markers=text", &["say which stream"]),
        ("it's \"x\"", &["both kinds of quotes"]),
    ] {
        let error = LslSource::open_with(&config, what, 4, TICK).unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{what}: {error}");
    }
    let error = LslSource::open_with(&config, "odd", 3, TICK).unwrap_err().to_string();
    assert!(error.contains("300 rows a second do not add up to ticks of 1 ms"), "{error}");
}

#[test]
fn an_event_that_is_no_channel_ends_the_source() {
    let config = config();
    let outlet = outlet(&config, "spikes", Format::Float32, 1, 0.0);
    for value in [-1.0, 0.5, 65_536.0, f32::NAN] {
        let mut source = LslSource::open_with(&config, "spikes", 4, TICK).unwrap();
        connect(&mut source, &[&outlet]);
        outlet.push(Some(1.0), Values::Float32(vec![value])).unwrap();
        assert!(crate::support::poll_error(&mut source).contains("number of a channel"), "{value}");
        drop(source);
        while outlet.n_inlets() > 0 {
            thread::yield_now();
        }
    }
}

#[test]
fn a_request_of_single_bytes_is_served_and_garbage_is_not() {
    let config = config();
    let outlet = outlet(&config, "bytes", Format::Int8, 1, 0.0);
    let connect = || TcpStream::connect(("127.0.0.1", outlet.info().data_port)).unwrap();
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 100_000], b"LSL:streamfeed/x y\r\n"] {
        let mut socket = connect();
        // The outlet may close while this is sent.
        let _ = socket.write_all(garbage);
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        assert_eq!(answer, b"");
    }
    let mut stale = connect();
    stale.write_all(b"LSL:streamfeed/110 another\r\n\r\n").unwrap();
    let mut answer = String::new();
    stale.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("LSL/110 404"), "{answer}");
    let mut socket = connect();
    socket.set_nodelay(true).unwrap();
    for byte in feed_request(outlet.info()).bytes() {
        socket.write_all(&[byte]).unwrap();
    }
    while outlet.n_inlets() == 0 {
        thread::yield_now();
    }
    outlet.push(Some(2.0), Values::Int8(vec![5])).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(&[0, 0, 0, 0x40, 5]) {
        let mut byte = [0];
        socket.read_exact(&mut byte).unwrap();
        answer.extend(byte);
    }
    assert!(answer.starts_with(b"LSL/110 200 OK\r\n"));
    let mut full = connect();
    full.write_all(b"LSL:fullinfo\r\n").unwrap();
    let mut xml = String::new();
    full.read_to_string(&mut xml).unwrap();
    assert_eq!(xml, outlet.info().to_xml(true));
}

#[test]
fn a_slow_inlet_loses_samples_that_are_counted_and_a_wrong_sample_is_refused() {
    let config = config();
    let outlet = outlet(&config, "slow", Format::Text, 1, 0.0);
    let mut source = TcpStream::connect(("127.0.0.1", outlet.info().data_port)).unwrap();
    source.write_all(feed_request(outlet.info()).as_bytes()).unwrap();
    while outlet.n_inlets() == 0 {
        thread::yield_now();
    }
    let text = Values::Text(vec![vec![b'x'; 1 << 20]]);
    (0..64).for_each(|_| outlet.push(None, text.clone()).unwrap());
    assert!(outlet.lost() > 0);
    assert!(outlet.push(None, Values::Text(vec![vec![b'x'; (1 << 20) + 1]])).is_err());
    assert!(outlet.push(None, Values::Text(Vec::new())).is_err());
    assert!(outlet.push(None, Values::Int8(vec![1])).is_err());
}

#[test]
fn decisions_and_values_are_rows_of_an_outlet() {
    let config = config();
    let classes = ["left", "right"].map(str::to_owned);
    let mut sink = LslSink::decisions(&config, "decisions", &classes).unwrap();
    let mut values = LslSink::values(&config, "values", &["x".to_owned()]).unwrap();
    assert_eq!(sink.describe(), "LSL outlet `decisions`");
    let decision =
        |class, scores| Message::Decision { window: 3, tick: 700, stamp: 0, class, scores, valid: true, age_ms: 2.5 };
    let mut source = LslSource::open_with(&config, "decisions", 1, TICK).unwrap();
    assert_eq!((source.info().n_channels, source.info().kind.as_str()), (6, "Decision"));
    let mut first = LslSource::open_with(&config, "values", 1, TICK).unwrap();
    // An inlet reads the first value as a channel.
    let arrivals = poll_until(&mut source, |arrivals| {
        sink.send(&decision(Some((1, "right".to_owned())), vec![-4, 9])).unwrap();
        n_events(arrivals) > 0
    });
    assert_eq!(events(arrivals)[0], Event::Spike { stamp: 0, channel: 1 });
    let value = Message::Values { tick: 9, stamp: 2_000_000_000, values: vec![0.5], age_ms: 1.0 };
    let arrivals = poll_until(&mut first, |arrivals| {
        values.send(&value).unwrap();
        n_events(arrivals) > 0
    });
    assert_eq!(events(arrivals)[0], Event::Spike { stamp: 2_000_000_000, channel: 9 });
}

#[test]
fn every_spike_of_1024_channels_arrives_once() {
    const N_TICKS: u32 = 2000;
    const N_CHANNELS: u16 = 1024;
    let config = config();
    let spikes = outlet(&config, "spikes", Format::Int32, 2, 0.0);
    let rows = outlet(&config, "rows", Format::Int16, N_CHANNELS.into(), 1000.0);
    let open = |name| LslSource::open_with(&config, name, N_CHANNELS.into(), TICK).unwrap();
    let (mut of_spikes, mut of_rows) = (open("spikes"), open("rows"));
    connect(&mut of_spikes, &[&spikes]);
    connect(&mut of_rows, &[&rows]);
    let sending = thread::spawn(move || {
        for tick in 0..N_TICKS {
            let firing = firing(tick, N_CHANNELS);
            let stamp_s = Some(1000.0 + f64::from(tick) * 1e-3);
            for channel in &firing {
                spikes.push(stamp_s, Values::Int32(vec![i32::from(*channel), 1])).unwrap();
            }
            let counts = (0..N_CHANNELS).map(|channel| i16::from(firing.binary_search(&channel).is_ok()));
            rows.push(stamp_s, Values::Int16(counts.collect())).unwrap();
            thread::sleep(Duration::from_micros(200));
        }
        (spikes, rows)
    });
    let mut grid = Grid::new(N_TICKS, N_CHANNELS);
    let tick = |stamp| (stamp - 1_000_000_000_000 + TICK / 2) / TICK;
    let n_expected = grid.expected();
    assert!(n_expected > 40_000);
    receive(&mut of_spikes, |event| {
        if let Event::Spike { stamp, channel } = event {
            grid.add(tick(stamp), channel);
        }
        grid.n_spikes >= n_expected
    });
    grid.check();
    let mut next = 0;
    receive(&mut of_rows, |event| {
        if let Event::Row { number, stamp, channels } = event {
            assert_eq!((number, tick(stamp)), (next.into(), next.into()));
            assert_eq!(channels, firing(next, N_CHANNELS));
            next += 1;
        }
        next == N_TICKS
    });
    let (spikes, rows) = sending.join().unwrap();
    assert_eq!((spikes.lost(), rows.lost()), (0, 0));
}

/// Polls until the events are enough.
fn receive(source: &mut LslSource, mut take: impl FnMut(Event) -> bool) {
    let mut arrivals: Vec<Arrival> = Vec::new();
    loop {
        source.poll(Duration::from_millis(100), &mut arrivals).unwrap();
        for arrival in arrivals.drain(..) {
            if take(arrival.event) {
                return;
            }
        }
    }
}
