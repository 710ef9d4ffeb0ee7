//! An Event Broadcaster of the Open Ephys GUI.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::{Pair, SAMPLES_PER_MS, Sender, accept, listen, time_of, unservable};
use crate::arrival::Nanoseconds;
use crate::source::SourceError;
use crate::source::open_ephys::{OpenEphysSource, Parts, publisher_hello, subscriber_hello, to_frames};

/// A buffer of the GUI, after which it sends what is in it.
const BUFFER_MS: i64 = 20;
/// The types of a line's event and of a spike.
const LINE: u16 = 0;
const SPIKE: u16 = 1;
const GLANCE: Duration = Duration::from_millis(1);

/// Spikes of electrodes, buffer by buffer and in each electrode by electrode; a marker is a change of line 0.
///
/// # Errors
/// No connection can be made on this computer.
pub fn open_ephys(n_channels: usize, tick: Nanoseconds) -> Result<Pair, SourceError> {
    let (listener, address) = listen()?;
    let source = OpenEphysSource::open(&address, n_channels, tick)?;
    let mut connection = accept(&listener)?;
    let greet = connection.set_read_timeout(Some(GLANCE)).and_then(|()| connection.write_all(&publisher_hello()));
    greet.map_err(|error| unservable(&error))?;
    let (heard, lines, spikes) = (Vec::new(), Vec::new(), Vec::new());
    Ok((Box::new(Broadcaster { connection, heard, tick, lines, spikes, is_high: false }), Box::new(source)))
}

struct Broadcaster {
    connection: TcpStream,
    /// The bytes received from the source so far.
    heard: Vec<u8>,
    tick: Nanoseconds,
    /// Samples at which the line changes in this buffer.
    lines: Vec<i64>,
    /// Channels and samples of the spikes in this buffer.
    spikes: Vec<(u16, i64)>,
    is_high: bool,
}

impl Broadcaster {
    fn send_buffer(&mut self) -> io::Result<()> {
        let mut bytes = Vec::new();
        for sample in self.lines.drain(..) {
            self.is_high = !self.is_high;
            let state = u8::from(self.is_high);
            bytes.extend(to_frames(&event(
                LINE,
                &json!({
                    "event_type": "ttl", "stream": "loopback", "source_node": 100, "sample_rate": 1000 * SAMPLES_PER_MS,
                    "sample_number": sample, "line": 0, "state": state
                }),
            )));
        }
        self.spikes.sort_unstable();
        for (channel, sample) in self.spikes.drain(..) {
            bytes.extend(to_frames(&event(
                SPIKE,
                &json!({
                    "event_type": "spike", "stream": "loopback", "source_node": 100, "sample_rate": 1000 * SAMPLES_PER_MS,
                    "sample_number": sample, "electrode": format!("Electrode {}", channel + 1), "num_channels": 1,
                    "sorted_id": 0
                }),
            )));
        }
        self.connection.write_all(&bytes)
    }
}

fn event(kind: u16, json: &serde_json::Value) -> Parts {
    vec![kind.to_le_bytes().to_vec(), json.to_string().into_bytes()]
}

impl Sender for Broadcaster {
    fn is_heard(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 128];
        match self.connection.read(&mut bytes) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(n_bytes) => self.heard.extend(&bytes[..n_bytes]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
        Ok(self.heard == subscriber_hello())
    }

    fn begin(&mut self, _: Nanoseconds) {}

    fn marker(&mut self, time: Nanoseconds, _: &str) -> io::Result<()> {
        // The sample at which it has happened.
        self.lines
            .push((time * SAMPLES_PER_MS).div_euclid(1_000_000) + i64::from(time * SAMPLES_PER_MS % 1_000_000 != 0));
        Ok(())
    }

    fn tick(&mut self, number: u64, channels: &[u16]) -> io::Result<()> {
        let end_ms = time_of(number + 1, self.tick) / 1_000_000;
        let last_sample = end_ms * SAMPLES_PER_MS - 1;
        self.spikes.extend(channels.iter().map(|channel| (*channel, last_sample)));
        let begin_ms = time_of(number, self.tick) / 1_000_000;
        if begin_ms / BUFFER_MS == end_ms / BUFFER_MS { Ok(()) } else { self.send_buffer() }
    }

    fn end(&mut self) -> io::Result<()> {
        self.send_buffer()
    }
}
