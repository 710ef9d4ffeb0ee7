//! A node of BRAND that writes threshold crossings, and one that writes states.

use std::io;

use redis::{Connection, RedisResult};

use super::{Pair, SAMPLES_PER_MS, Sender, row, time_of};
use crate::arrival::Nanoseconds;
use crate::source::SourceError;
use crate::source::brand::{Arguments, BrandSource, Parameters};

/// Entries that a stream keeps, about.
const KEPT: usize = 10_000;

/// Streams of a Redis server at `HOST:PORT` or at the path of its socket: rows of int16 of one tick of this length as
/// `thresholdExtraction` writes them, and states. They are named after this process, and deleted at the end.
///
/// # Errors
/// Redis does not answer.
pub fn brand(address: &str, n_channels: usize, tick: Nanoseconds) -> Result<Pair, SourceError> {
    let arguments = Arguments::of_server("loopback", address)?;
    let streams = ["rows", "states"].map(|what| format!("motorsrnn_loopback_{}_{what}", std::process::id()));
    let [rows, states] = streams.clone();
    let parameters = Parameters::of([("input_stream", rows), ("state_stream", states)]);
    let connection = arguments.connect()?;
    let source = BrandSource::open(&arguments, &parameters, n_channels, tick)?;
    Ok((Box::new(BrandSender { connection, streams, n_channels, tick, start: 0 }), Box::new(source)))
}

struct BrandSender {
    connection: Connection,
    /// That of the rows, and that of the states.
    streams: [String; 2],
    n_channels: usize,
    tick: Nanoseconds,
    /// When the first row is written.
    start: Nanoseconds,
}

impl BrandSender {
    fn add(&mut self, stream: usize, time: Nanoseconds, fields: &[(&str, &[u8])]) -> io::Result<()> {
        let mut command = redis::cmd("XADD");
        command.arg(&self.streams[stream]).arg("MAXLEN").arg("~").arg(KEPT).arg("*");
        command.arg("ts").arg(&(self.start + time).to_le_bytes());
        for (name, value) in fields {
            command.arg(name).arg(value);
        }
        let added: RedisResult<String> = command.query(&mut self.connection);
        added.map(drop).map_err(io::Error::other)
    }
}

impl Sender for BrandSender {
    fn is_heard(&mut self) -> io::Result<bool> {
        Ok(true)
    }

    fn begin(&mut self, start: Nanoseconds) {
        // A row is written when it is whole, and states count from there.
        self.start = start + self.tick;
    }

    fn marker(&mut self, time: Nanoseconds, text: &str) -> io::Result<()> {
        self.add(1, time, &[("state", text.as_bytes()), ("sync", b"{}")])
    }

    fn tick(&mut self, number: u64, channels: &[u16]) -> io::Result<()> {
        let crossings: Vec<u8> = row(channels, self.n_channels).into_iter().flat_map(i16::to_le_bytes).collect();
        let time = time_of(number, self.tick);
        let sample = time / 1_000_000 * SAMPLES_PER_MS;
        let sync = format!("{{\"loopback\": {number}}}");
        let fields: [(&str, &[u8]); 3] =
            [("crossings", &crossings), ("timestamps", &sample.to_le_bytes()), ("sync", sync.as_bytes())];
        self.add(0, time, &fields)
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for BrandSender {
    fn drop(&mut self) {
        // If Redis is gone, so are they.
        let _: RedisResult<u64> = redis::cmd("DEL").arg(&self.streams).query(&mut self.connection);
    }
}
