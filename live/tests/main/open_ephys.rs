//! A publisher of ZeroMQ that is written by hand, for what a real one does not do.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use live::arrival::Event;
use live::source::open_ephys::OpenEphysSource;

use crate::support::{TICK, events, listen, n_events, poll_error, poll_until};

const GREETING: &[u8; 64] = b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\x01NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
const READY: &[u8] = b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03PUB";

fn open(what: &str) -> (OpenEphysSource, TcpStream) {
    let (listener, port) = listen();
    let source = OpenEphysSource::open(&format!("127.0.0.1:{port},{what}"), 4, TICK).unwrap();
    let server = listener.accept().unwrap().0;
    server.set_nodelay(true).unwrap();
    (source, server)
}

fn spike(number: u32, electrode: u32, sample: u32) -> Vec<u8> {
    let json = format!(
        r#"{{"message_num":{number},"type":"spike","spike":{{"stream":"s","electrode":"Electrode {electrode}","sample_num":{sample}}}}}"#
    );
    let part = |flags: u8, part: &[u8]| [&[flags, u8::try_from(part.len()).unwrap()], part].concat();
    [part(1, b"EVENT\0"), part(1, json.as_bytes()), part(0, &[0; 160])].concat()
}

#[test]
fn messages_of_single_bytes_are_read_and_lost_ones_are_told() {
    let (mut source, mut server) = open("rate=30000");
    for byte in [&GREETING[..], READY, &spike(1, 2, 30), &spike(4, 1, 60)].concat() {
        server.write_all(&[byte]).unwrap();
    }
    let arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 3);
    let spike = |stamp, channel| Event::Spike { stamp, channel };
    assert_eq!(events(arrivals), [spike(1_000_000, 1), Event::Lost { count: 2 }, spike(2_000_000, 0)]);
    // The subscriber has said what it has to say.
    let mut hello = [0; 64 + 27 + 3];
    server.read_exact(&mut hello).unwrap();
    assert_eq!((hello[0], &hello[64..72], &hello[91..]), (0xff, &b"\x04\x19\x05READY"[..], &[0, 1, 1][..]));
}

#[test]
fn a_lost_connection_is_made_again() {
    let (listener, port) = listen();
    let mut source = OpenEphysSource::open(&format!("127.0.0.1:{port},rate=30000"), 4, TICK).unwrap();
    let mut first = listener.accept().unwrap().0;
    first.write_all(&[&GREETING[..], READY, &spike(9, 1, 30)].concat()).unwrap();
    let mut arrivals = poll_until(&mut source, |arrivals| n_events(arrivals) >= 1);
    drop(first);
    let sending = thread::spawn(move || {
        let mut second = listener.accept().unwrap().0;
        second.write_all(&[&GREETING[..], READY, &spike(1, 1, 60)].concat()).unwrap();
        second
    });
    arrivals.extend(poll_until(&mut source, |arrivals| n_events(arrivals) >= 2));
    let spike = |stamp| Event::Spike { stamp, channel: 0 };
    let expected = [spike(1_000_000), Event::Disconnected { reconnecting: true }, spike(2_000_000)];
    assert_eq!(events(arrivals), expected);
    sending.join().unwrap();
}

#[test]
fn what_is_no_gui_is_refused_with_what_helps() {
    for (bytes, part) in [
        (&b"HTTP/1.1 200 OK\r\n\r\n"[..], "nobody speaks ZeroMQ"),
        (&[&GREETING[..], b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03REP"].concat(), "no publisher"),
        (&[&GREETING[..], READY, b"\0\x03abc"].concat(), "one part"),
        (&[&GREETING[..], READY, b"\x01\x02\x01\0\0\x03\xff\xff\xff"].concat(), "format to JSON"),
        (&[&GREETING[..], READY, &[2], &u64::MAX.to_be_bytes()].concat(), "at most"),
        (&[&GREETING[..], READY, &spike(1, 0, 0)].concat(), "channels=FILE"),
    ] {
        let (mut source, mut server) = open("rate=30000");
        server.write_all(bytes).unwrap();
        let error = poll_error(&mut source);
        assert!(error.contains(part), "{error}");
    }
    let (listener, port) = listen();
    drop(listener);
    let error = OpenEphysSource::open(&format!("127.0.0.1:{port}"), 4, TICK).unwrap_err().to_string();
    assert!(error.contains("Event Broadcaster"), "{error}");
}
