//! A node of BRAND, with a supervisor and an acquisition node in Python.

use std::time::Duration;

use live::arrival::{Event, Nanoseconds};
use live::sink::{Message, Sink};
use live::source::Source;
use live::source::brand::{Arguments, Node};

use super::peer::libraries;
use super::rig::Rig;
use super::{MINUTE, N_CHANNELS};
use crate::support::{TICK, events, firing, n_events, poll_until};

fn arguments(rig: &Rig) -> Arguments {
    Arguments::parse(rig.flags()).unwrap()
}

fn decision(stamp: Nanoseconds) -> Message {
    Message::Decision {
        window: 4,
        tick: 12,
        stamp,
        class: Some((1, "left".to_owned())),
        scores: vec![-3, 8],
        valid: true,
        age_ms: 1.0,
    }
}

#[test]
fn rows_come_in_and_decisions_go_out_with_their_labels() {
    let Some(libraries) = libraries() else { return };
    for layout in ["thresholds", "crossings"] {
        let mut rig = Rig::start(&libraries);
        rig.publish(
            r#"{"input_stream": "rows", "state_stream": "state", "n_features": 4, "output_stream": "decided"}"#,
        );
        // What was written before does not count.
        rig.supervisor.tell(&format!("row {layout} 1 5000000 0"));
        rig.supervisor.expect("done");
        let mut node = Node::start(arguments(&rig)).unwrap();
        let (mut source, mut sink) = node.open(4, TICK).unwrap();
        assert_eq!(source.describe(), "BRAND rows `rows`, states `state`");
        node.ready().unwrap();
        let mut arrivals = Vec::new();
        source.poll(Duration::from_millis(10), &mut arrivals).unwrap();
        assert_eq!(arrivals.len(), 1, "{arrivals:?}");
        assert_eq!(arrivals[0].event, Event::Clock { offset: 0, round_trip: 0 });
        for command in
            [format!("row {layout} 2 6000000 1,3"), "state go 6500000".to_owned(), format!("row {layout} 3 7000000 -")]
        {
            rig.supervisor.tell(&command);
            rig.supervisor.expect("done");
        }
        let mut events = events(poll_until(&mut source, |arrivals| n_events(arrivals) >= 3));
        events.sort_by_key(|event| matches!(event, Event::Marker { .. }));
        let row = |number, stamp, channels: &[u16]| Event::Row { number, stamp, channels: channels.to_vec() };
        let marker = Event::Marker { stamp: 6_500_000, text: "go".to_owned() };
        assert_eq!(events, [row(0, 6_000_000, &[1, 3]), row(1, 7_000_000, &[]), marker], "{layout}");
        sink.send(&decision(7_000_000)).unwrap();
        sink.send(&Message::Values { tick: 13, stamp: 8_000_000, values: vec![0.5, -1.0, 2.0], age_ms: 1.0 }).unwrap();
        rig.supervisor.tell("outputs decided");
        let i_in = if layout == "thresholds" { ["2", "3"] } else { ["", ""] };
        rig.supervisor.expect(&format!(
            r#"[-3.0, 8.0] 0 i_in={} sync={{"nsp": 2}} n_targets=2 class=left window=4 valid=1"#,
            i_in[0]
        ));
        rig.supervisor.expect(&format!(
            r#"[0.5, -1.0, 2.0] 1 i_in={} sync={{"nsp": 3}} n_targets=3 class=None window=None valid=None"#,
            i_in[1]
        ));
        node.shutdown().unwrap();
        let expected = "0/NODE_STARTED/Initialized 0/NODE_READY/Ready 0/NODE_SHUTDOWN/Shutdown";
        assert_eq!(rig.states(), expected);
        rig.supervisor.end();
    }
}

#[test]
fn missing_and_wrong_parameters_are_fatal_errors_in_the_states() {
    let Some(libraries) = libraries() else { return };
    let mut rig = Rig::start(&libraries);
    let error = Node::start(arguments(&rig)).err().unwrap().to_string();
    assert!(error.contains("no graph is published"), "{error}");
    for (parameters, part) in [
        (r#"{"n_features": 4}"#, "parameter `input_stream` is missing"),
        (r#"{"input_stream": "rows", "n_features": 5}"#, "the network has 4 channels"),
        (r#"{"input_stream": 7}"#, "parameter `input_stream` is no text"),
        (r#"{"input_stream": "rows", "input_dtype": "float16"}"#, "`float16` is not read"),
    ] {
        rig.publish(parameters);
        let mut node = Node::start(arguments(&rig)).unwrap();
        let error = node.open(4, TICK).err().unwrap().to_string();
        assert!(error.contains(part), "{error}");
        let states = rig.states();
        let last = states.rsplit(" 1/").next().unwrap();
        assert!(last.starts_with("NODE_FATAL_ERROR/Fatal Error: ") && last.contains(part), "{states}");
    }
    // A row of another length ends the source.
    rig.publish(r#"{"input_stream": "rows"}"#);
    let (mut source, _) = Node::start(arguments(&rig)).unwrap().open(7, TICK).unwrap();
    source.poll(Duration::ZERO, &mut Vec::new()).unwrap();
    rig.supervisor.tell("row crossings 1 5000000 0");
    rig.supervisor.expect("done");
    let error = crate::support::poll_error(&mut source);
    assert!(error.contains("`crossings` has 8 bytes, and 7 channels in Int16 have 14"), "{error}");
    rig.supervisor.end();
}

#[test]
fn rows_of_two_arrays_are_joined_and_lost_ones_leave_a_gap() {
    let Some(libraries) = libraries() else { return };
    let mut rig = Rig::start(&libraries);
    rig.publish(r#"{"input_stream": ["rows", "more"], "chan_per_stream": 4}"#);
    let (mut source, _) = Node::start(arguments(&rig)).unwrap().open(8, TICK).unwrap();
    source.poll(Duration::ZERO, &mut Vec::new()).unwrap();
    for command in ["1 1000000 0", "2 2000000 1", "4 4000000 2"] {
        for stream in ["row", "more"] {
            rig.supervisor.tell(&format!("{stream} crossings {command}"));
            rig.supervisor.expect("done");
        }
    }
    let arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 3);
    let row = |number, stamp, channels: [u16; 2]| Event::Row { number, stamp, channels: channels.to_vec() };
    assert_eq!(events(arrivals), [row(0, 1_000_000, [0, 4]), row(1, 2_000_000, [1, 5]), row(3, 4_000_000, [2, 6])]);
    rig.supervisor.end();
}

#[test]
fn a_minute_of_rows_arrives_row_for_row() {
    let Some(libraries) = libraries() else { return };
    let mut rig = Rig::start(&libraries);
    rig.publish(r#"{"input_stream": "rows"}"#);
    let mut node = Node::start(arguments(&rig)).unwrap();
    let (mut source, mut sink) = node.open(N_CHANNELS.into(), TICK).unwrap();
    source.poll(Duration::ZERO, &mut Vec::new()).unwrap();
    rig.supervisor.tell(&format!("run {MINUTE} {N_CHANNELS}"));
    let mut next = 0;
    while next < MINUTE {
        let mut arrivals = Vec::new();
        source.poll(Duration::from_millis(100), &mut arrivals).unwrap();
        for event in events(arrivals) {
            let Event::Row { number, stamp, channels } = event else { panic!("{event:?}") };
            assert_eq!((number, channels), (next.into(), firing(next, N_CHANNELS)));
            if next % 1000 == 999 {
                sink.send(&decision(stamp + TICK)).unwrap();
            }
            next += 1;
        }
    }
    // Every decision has the label of its row.
    rig.supervisor.tell("labels decoder");
    let expected: Vec<String> = (0..MINUTE / 1000).map(|k| (1000 * k + 999).to_string()).collect();
    rig.supervisor.expect(&expected.join(" "));
    rig.supervisor.end();
}
