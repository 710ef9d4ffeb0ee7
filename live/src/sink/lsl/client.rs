//! A program that is connected to an outlet.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use crate::arrival::Nanoseconds;
use crate::lsl::{PROTOCOL_VERSION, Query, Request, Sample, StreamInfo, feed_answer};
use crate::net::is_temporary;

/// Bytes that wait for a slow receiver; what does not fit is dropped for it.
const WAITING_MAX_BYTES: usize = 1 << 24;
/// How long a request may take to arrive, and an answer to be taken.
const PATIENCE: Nanoseconds = 5_000_000_000;
const READ_BYTES: usize = 4096;

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Its request has not come yet.
    Asking,
    /// It gets every sample.
    Fed,
    /// It is closed once what waits was sent.
    Ending,
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) socket: Arc<TcpStream>,
    phase: Phase,
    received: Vec<u8>,
    waiting: VecDeque<u8>,
    end: Nanoseconds,
}

impl Client {
    pub(super) fn new(socket: TcpStream, now: Nanoseconds) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        let (received, waiting) = (Vec::new(), VecDeque::new());
        Ok(Self { socket: Arc::new(socket), phase: Phase::Asking, received, waiting, end: now + PATIENCE })
    }

    pub(super) fn is_fed(&self) -> bool {
        self.phase == Phase::Fed
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Queues a sample and sends what the socket takes; false if there was no room.
    pub(super) fn push(&mut self, sample: &[u8]) -> bool {
        if self.waiting.len() + sample.len() > WAITING_MAX_BYTES {
            return false;
        }
        self.waiting.extend(sample);
        // A failure shows in the next step.
        let _ = self.send();
        true
    }

    /// Sends what the socket takes now.
    fn send(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            match (&*self.socket).write(self.waiting.as_slices().0) {
                Ok(n_bytes) => self.waiting.drain(..n_bytes),
                Err(error) if is_temporary(&error) => return Ok(()),
                Err(error) => return Err(error),
            };
        }
        Ok(())
    }

    /// Reads, answers and sends; false if the connection is over.
    pub(super) fn step(&mut self, info: &StreamInfo, now: Nanoseconds) -> bool {
        let mut bytes = [0; READ_BYTES];
        match (&*self.socket).read(&mut bytes) {
            Ok(0) => return false,
            // A client that is fed has nothing more to say.
            Ok(_) if self.phase != Phase::Asking => {}
            Ok(n_bytes) => {
                self.received.extend(&bytes[..n_bytes]);
                match Request::parse(&self.received) {
                    Ok(None) => {}
                    Ok(Some((request, _))) => self.answer(&request, info),
                    Err(_) => return false,
                }
            }
            Err(error) if is_temporary(&error) => {}
            Err(_) => return false,
        }
        let is_late = self.phase != Phase::Fed && now > self.end;
        self.send().is_ok() && !is_late && (self.phase != Phase::Ending || self.has_waiting())
    }

    fn answer(&mut self, request: &Request, info: &StreamInfo) {
        self.phase = Phase::Ending;
        match request {
            Request::FullInfo => self.waiting.extend(info.to_xml(true).as_bytes()),
            Request::ShortInfo { query } => {
                if Query::parse(query).is_some_and(|query| query.matches(info)) {
                    self.waiting.extend(info.to_xml(false).as_bytes());
                }
            }
            Request::Feed { version, uid, value_bytes, buffer_samples } => {
                let is_wanted = uid.is_empty() || *uid == info.uid;
                // In memory, a text has any number of bytes.
                let value = info.format.value_bytes();
                let is_readable = value == 0 || value_bytes.is_none_or(|bytes| bytes == value);
                if !is_wanted {
                    self.refuse("404 Not found");
                } else if *version < PROTOCOL_VERSION {
                    self.refuse("505 Version not supported");
                } else if !is_readable {
                    self.refuse("400 Values of another size are not sent");
                } else {
                    self.waiting.extend(feed_answer(&info.uid).as_bytes());
                    let mut tests = Vec::new();
                    for offset in [4, 2] {
                        Sample::test_pattern(info.format, info.n_channels, offset).encode(&mut tests);
                    }
                    self.waiting.extend(&tests);
                    // One who keeps nothing only wants to see whether it would be served.
                    if *buffer_samples != Some(0) {
                        self.phase = Phase::Fed;
                    }
                }
            }
        }
    }

    fn refuse(&mut self, status: &str) {
        self.waiting.extend(format!("LSL/{PROTOCOL_VERSION} {status}\r\n").as_bytes());
    }
}
