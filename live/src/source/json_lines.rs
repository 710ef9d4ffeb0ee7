//! JSON Lines, from standard input or a TCP connection: the adapter for everything that has no source of its own.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use serde::Deserialize;

use super::{Source, SourceError};
use crate::arrival::{Arrival, Event, Nanoseconds};
use crate::clock;

/// The longest line.
const LINE_MAX_BYTES: usize = 1 << 20;
/// The most that is read at a time.
const CHUNK_BYTES: usize = 1 << 16;
/// Chunks that wait to be understood.
const CHUNKS: usize = 64;
/// Time between attempts to connect again.
const RETRY: Duration = Duration::from_millis(500);
/// Times in ms, and numbers of ticks, beyond which they are not meant.
const TIME_MOST_MS: f64 = 1e12;

/// A source of JSON Lines.
#[derive(Debug)]
pub struct JsonLines {
    name: String,
    chunks: Receiver<Chunk>,
    parser: Parser,
    has_ended: bool,
}

/// What a reader found.
#[derive(Debug)]
enum Chunk {
    Bytes(Nanoseconds, Vec<u8>),
    Lost(Nanoseconds),
    End(Nanoseconds),
    Failed(String),
}

impl JsonLines {
    /// Reads standard input, whose end is the end of the source.
    #[must_use]
    pub fn stdin(tick: Nanoseconds) -> Self {
        Self::reading("standard input".to_owned(), tick, |chunks| {
            let _ = copy(&mut std::io::stdin().lock(), &chunks).map(|()| chunks.send(Chunk::End(clock::now())));
        })
    }

    /// Connects to `HOST:PORT`, and again whenever that is lost.
    ///
    /// # Errors
    /// Nobody accepts the connection.
    pub fn connect(address: &str, tick: Nanoseconds) -> Result<Self, SourceError> {
        let connect =
            |address: &str| TcpStream::connect(address).and_then(|stream| stream.set_nodelay(true).map(|()| stream));
        let mut stream = connect(address).map_err(|error| {
            SourceError(format!(
                "cannot connect to tcp:{address}: {error}; start the program that sends the spikes first"
            ))
        })?;
        let address = address.to_owned();
        Ok(Self::reading(format!("tcp:{address}"), tick, move |chunks| {
            while copy(&mut stream, &chunks).is_some() && chunks.send(Chunk::Lost(clock::now())).is_ok() {
                stream = loop {
                    match connect(&address) {
                        Ok(stream) => break stream,
                        Err(_) => thread::sleep(RETRY),
                    }
                };
            }
        }))
    }

    fn reading(name: String, tick: Nanoseconds, read: impl FnOnce(SyncSender<Chunk>) + Send + 'static) -> Self {
        let (sender, chunks) = sync_channel(CHUNKS);
        // It ends with the process, or when nobody listens any more: a read cannot be interrupted.
        thread::spawn(move || read(sender));
        Self { name, chunks, parser: Parser::new(tick), has_ended: false }
    }

    fn take(&mut self, chunk: Chunk, arrivals: &mut Vec<Arrival>) -> Result<(), SourceError> {
        let about = |cause: String| SourceError(format!("{}: {cause}", self.name));
        match chunk {
            Chunk::Bytes(received, bytes) => {
                let n_before = arrivals.len();
                let pushed = self.parser.push(received, &bytes, |arrival| arrivals.push(arrival)).map_err(about);
                // What comes after the end is not looked at.
                let is_end = |arrival: &Arrival| arrival.event == Event::Disconnected { reconnecting: false };
                if let Some(end) = arrivals[n_before..].iter().position(is_end) {
                    arrivals.truncate(n_before + end + 1);
                    self.has_ended = true;
                    return Ok(());
                }
                pushed
            }
            Chunk::Lost(received) => {
                self.parser.forget();
                arrivals.push(Arrival { received, event: Event::Disconnected { reconnecting: true } });
                Ok(())
            }
            Chunk::End(received) => {
                self.has_ended = true;
                let rest = self.parser.end(received, |arrival| arrivals.push(arrival)).map_err(about);
                arrivals.push(Arrival { received, event: Event::Disconnected { reconnecting: false } });
                rest
            }
            Chunk::Failed(cause) => Err(about(cause)),
        }
    }
}

/// Sends what is read until the end of it; none if nobody listens any more.
fn copy(stream: &mut impl Read, chunks: &SyncSender<Chunk>) -> Option<()> {
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Some(()),
            Ok(n_bytes) => chunks.send(Chunk::Bytes(clock::now(), buffer[..n_bytes].to_vec())).ok()?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Some(()),
            Err(error) => {
                let _ = chunks.send(Chunk::Failed(format!("cannot be read: {error}")));
                return None;
            }
        }
    }
}

impl Source for JsonLines {
    fn poll(&mut self, patience: Duration, arrivals: &mut Vec<Arrival>) -> Result<(), SourceError> {
        if self.has_ended {
            thread::sleep(patience);
            return Ok(());
        }
        match self.chunks.recv_timeout(patience) {
            Ok(chunk) => self.take(chunk, arrivals),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(SourceError(format!("{}: its reader has ended", self.name))),
        }
    }

    fn describe(&self) -> String {
        format!("JSON Lines from {}", self.name)
    }
}

/// A line; which fields it has says what it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    t_ms: Option<f64>,
    tick: Option<u64>,
    channel: Option<u16>,
    channels: Option<Vec<u16>>,
    marker: Option<String>,
    lost: Option<u64>,
    end: Option<bool>,
}

/// Understands lines as they come, in pieces of any length.
#[derive(Debug)]
pub struct Parser {
    tick: Nanoseconds,
    /// The line that has not ended.
    begun: VecDeque<u8>,
    n_lines: u64,
    /// The time of a marker without one.
    latest: Nanoseconds,
}

impl Parser {
    /// A parser for a network with ticks of this length.
    #[must_use]
    pub fn new(tick: Nanoseconds) -> Self {
        Self { tick, begun: VecDeque::new(), n_lines: 0, latest: 0 }
    }

    /// Takes bytes that were received at this time.
    ///
    /// # Errors
    /// The line that cannot be understood, and why.
    pub fn push(
        &mut self,
        received: Nanoseconds,
        bytes: &[u8],
        mut on_arrival: impl FnMut(Arrival),
    ) -> Result<(), String> {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            if self.begun.is_empty() {
                self.take_line(received, line, &mut on_arrival)?;
            } else {
                self.begun.extend(line);
                let line: Vec<u8> = self.begun.drain(..).collect();
                self.take_line(received, &line, &mut on_arrival)?;
            }
            rest = after;
        }
        if self.begun.len() + rest.len() > LINE_MAX_BYTES {
            return Err(format!("line {} is longer than {LINE_MAX_BYTES} bytes; end every line", self.n_lines + 1));
        }
        self.begun.extend(rest);
        Ok(())
    }

    /// Takes the last line, which may lack its end.
    ///
    /// # Errors
    /// As [`Parser::push`].
    pub fn end(&mut self, received: Nanoseconds, mut on_arrival: impl FnMut(Arrival)) -> Result<(), String> {
        let line: Vec<u8> = self.begun.drain(..).collect();
        self.take_line(received, &line, &mut on_arrival)
    }

    /// Forgets a line that was begun.
    fn forget(&mut self) {
        self.begun.clear();
    }

    fn take_line(
        &mut self,
        received: Nanoseconds,
        line: &[u8],
        on_arrival: &mut impl FnMut(Arrival),
    ) -> Result<(), String> {
        self.n_lines += 1;
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let n_lines = self.n_lines;
        let wrong = |cause: String| {
            let shown: String = String::from_utf8_lossy(line).chars().take(60).collect();
            format!("line {n_lines} is not understood, {cause}: `{shown}`; see docs/live.md for the lines")
        };
        let fields: Line = serde_json::from_slice(line).map_err(|error| wrong(error.to_string()))?;
        let stamp = self.stamp(&fields).map_err(wrong)?;
        let mut put = |event: Event| on_arrival(Arrival { received, event });
        match fields {
            Line {
                end: Some(true),
                t_ms: None,
                tick: None,
                channel: None,
                channels: None,
                marker: None,
                lost: None,
            } => {
                put(Event::Disconnected { reconnecting: false });
            }
            Line {
                lost: Some(count),
                t_ms: None,
                tick: None,
                channel: None,
                channels: None,
                marker: None,
                end: None,
            } => {
                put(Event::Lost { count });
            }
            Line { marker: Some(text), channel: None, channels: None, lost: None, end: None, .. } => {
                put(Event::Marker { stamp: stamp.unwrap_or(self.latest), text });
            }
            Line {
                tick: Some(number),
                channels: Some(mut channels),
                channel: None,
                marker: None,
                lost: None,
                end: None,
                ..
            } => {
                let stamp = stamp.unwrap_or_default();
                self.latest = stamp + self.tick;
                channels.sort_unstable();
                channels.dedup();
                put(Event::Row { number, stamp, channels });
            }
            Line { t_ms: Some(_), tick: None, channel, channels, marker: None, lost: None, end: None } => {
                let stamp = stamp.unwrap_or_default();
                self.latest = self.latest.max(stamp);
                if channel.is_none() && channels.is_none() {
                    put(Event::Progress { stamp });
                }
                for channel in channel.into_iter().chain(channels.unwrap_or_default()) {
                    put(Event::Spike { stamp, channel });
                }
            }
            _ => return Err(wrong("its fields do not belong together".to_owned())),
        }
        Ok(())
    }

    /// The time of a line.
    fn stamp(&self, line: &Line) -> Result<Option<Nanoseconds>, String> {
        match (line.t_ms, line.tick) {
            (Some(t_ms), _) if t_ms.abs() <= TIME_MOST_MS => Ok(Some((t_ms * 1e6).round() as Nanoseconds)),
            (Some(t_ms), _) => Err(format!("{t_ms:e} ms is no time")),
            (None, Some(tick)) => {
                let stamp = i64::try_from(tick).ok().and_then(|tick| tick.checked_mul(self.tick));
                stamp.filter(|stamp| *stamp as f64 <= TIME_MOST_MS * 1e6).map(Some).ok_or(format!("{tick} is no tick"))
            }
            (None, None) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, piece: usize) -> Result<Vec<Event>, String> {
        let (mut parser, mut events) = (Parser::new(1_000_000), Vec::new());
        for piece in text.as_bytes().chunks(piece) {
            parser.push(7, piece, |arrival| events.push(arrival.event))?;
        }
        parser.end(7, |arrival| events.push(arrival.event))?;
        Ok(events)
    }

    #[test]
    fn every_line_is_understood_in_pieces_of_any_length() {
        let text = "{\"t_ms\":1.5,\"channel\":3}\n\n{\"tick\":7,\"channels\":[4,2,4]}\r\n{\"marker\":\"go\"}\n\
                    {\"t_ms\":9,\"channels\":[1,0]}\n{\"t_ms\":10}\n{\"lost\":2}\n{\"end\":true}\n{\"tick\":3,\"marker\":\"é\"}\n\
                    {\"tick\":8,\"t_ms\":8.25,\"channels\":[]}";
        let expected = [
            Event::Spike { stamp: 1_500_000, channel: 3 },
            Event::Row { number: 7, stamp: 7_000_000, channels: vec![2, 4] },
            Event::Marker { stamp: 8_000_000, text: "go".into() },
            Event::Spike { stamp: 9_000_000, channel: 1 },
            Event::Spike { stamp: 9_000_000, channel: 0 },
            Event::Progress { stamp: 10_000_000 },
            Event::Lost { count: 2 },
            Event::Disconnected { reconnecting: false },
            Event::Marker { stamp: 3_000_000, text: "é".into() },
            Event::Row { number: 8, stamp: 8_250_000, channels: vec![] },
        ];
        for piece in [1, 2, 3, 7, 1000] {
            assert_eq!(parse(text, piece).unwrap(), expected, "{piece}");
        }
    }

    #[test]
    fn what_is_no_line_is_named_with_its_number() {
        for wrong in [
            "garbage",
            "{\"t_ms\":1e300}",
            "{\"tick\":18446744073709551615,\"channels\":[]}",
            "{\"channel\":1}",
            "{}",
            "{\"t_ms\":1,\"channel\":70000}",
            "{\"t_ms\":1,\"channnel\":1}",
            "{\"tick\":1,\"channels\":[1],\"marker\":\"go\"}",
            "{\"t_ms\":1,\"channel\":1,\"marker\":\"go\"}",
            "[1]",
        ] {
            let message = parse(&format!("{{\"t_ms\":1}}\n{wrong}\n"), 5).unwrap_err();
            assert!(message.contains("line 2") && message.contains("docs/live.md"), "{message}");
        }
        let message = parse(&"x".repeat(LINE_MAX_BYTES + 1), 4096).unwrap_err();
        assert!(message.contains("line 1 is longer"), "{message}");
    }
}
