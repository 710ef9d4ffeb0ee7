//! One stream: found, its clock measured, its samples read; found again if its outlet was restarted.

use std::io;
use std::net::UdpSocket;
use std::os::fd::{AsFd, BorrowedFd};

use crate::arrival::Nanoseconds;
use crate::lsl::{ClockProbe, Config, Estimate, Feed, PROTOCOL_VERSION, Sample, StreamInfo, feed_request, quoted};
use crate::net::{Inbox, READS_MAX, RETRY};
use crate::source::SourceError;
use crate::source::lsl::columns::full_info;
use crate::source::lsl::search::{Found, Search};

/// Answers to questions for the time are short.
const TIME_MAX_BYTES: usize = 256;

/// What a step of an inlet gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// A sample, with its time in the outlet's clock.
    Sample { stamp_s: f64, sample: Sample },
    /// A new estimate of the clock.
    Clock(Estimate),
    /// The outlet is gone, and looked for.
    Lost,
}

/// A stream, through all outlets that it has had.
#[derive(Debug)]
pub(crate) struct Inlet {
    config: Config,
    pub(crate) info: StreamInfo,
    /// Whether the labels of its columns are needed.
    wants_labels: bool,
    clock: ClockProbe,
    time: UdpSocket,
    state: State,
    /// Time stamp of the sample before.
    last_s: f64,
    offset: Option<Estimate>,
}

#[derive(Debug)]
enum State {
    Searching(Search),
    /// Found; its samples are asked for once the clock is known and this time has come.
    Known(Found, Nanoseconds),
    /// Connected; so many parts of the beginning are still to come: the answer, then two test samples.
    Open {
        inbox: Inbox,
        due: u8,
    },
}

impl Inlet {
    /// Of a stream that was found; with the labels of its columns, if they are needed.
    pub(crate) fn new(
        config: Config,
        mut found: Found,
        wants_labels: bool,
        now: Nanoseconds,
    ) -> Result<Self, SourceError> {
        readable(&found.info).map_err(|text| failed(&found.info, &text))?;
        let (time, clock) = clock_of(&found, now).map_err(|error| failed(&found.info, &error))?;
        if wants_labels {
            found.info.labels = labels(&found).map_err(|error| failed(&found.info, &error))?;
        }
        let info = found.info.clone();
        Ok(Self { config, info, wants_labels, clock, time, state: State::Known(found, now), last_s: 0.0, offset: None })
    }

    /// Whether samples can be asked for.
    pub(crate) fn is_timed(&self) -> bool {
        self.offset.is_some()
    }

    /// The difference of the clocks, as it was last measured.
    pub(crate) fn estimate(&self) -> Option<Estimate> {
        self.offset
    }

    /// What to wait for.
    pub(crate) fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        match &self.state {
            State::Searching(search) => vec![search.descriptor()],
            State::Known(..) => vec![self.time.as_fd()],
            State::Open { inbox, .. } => vec![self.time.as_fd(), inbox.socket().as_fd()],
        }
    }

    /// When something is due.
    pub(crate) fn next(&self) -> Nanoseconds {
        match &self.state {
            State::Searching(search) => search.next(),
            State::Known(_, start) if self.is_timed() => self.clock.next().min(*start),
            State::Known(..) | State::Open { .. } => self.clock.next(),
        }
    }

    /// Does what is due and takes what was received; samples only where they are wanted.
    pub(crate) fn step(
        &mut self,
        now: Nanoseconds,
        wants_samples: bool,
        take: &mut dyn FnMut(Step),
    ) -> Result<(), SourceError> {
        match self.work(now, wants_samples, take) {
            Ok(()) if self.is_silent(now) => self.lose(now, take),
            Ok(()) => Ok(()),
            Err(Failure::Io) => self.lose(now, take),
            Err(Failure::Refused(text)) => Err(failed(&self.info, &text)),
        }
    }

    fn is_silent(&self, now: Nanoseconds) -> bool {
        !matches!(self.state, State::Searching(_)) && self.clock.is_silent(now)
    }

    fn work(&mut self, now: Nanoseconds, wants_samples: bool, take: &mut dyn FnMut(Step)) -> Result<(), Failure> {
        if let State::Searching(search) = &mut self.state {
            search.step(now);
            if let Some(mut found) = newest(&self.info, &search.found) {
                if self.wants_labels {
                    found.info.labels = labels(&found)?;
                }
                unchanged(&self.info, &found.info)?;
                (self.time, self.clock) = clock_of(&found, now)?;
                (self.info, self.offset) = (found.info.clone(), None);
                self.state = State::Known(found, now);
            }
            return Ok(());
        }
        if let Some(estimate) = self.measure(now) {
            self.offset = Some(estimate);
            take(Step::Clock(estimate));
        }
        if let State::Known(found, start) = &mut self.state
            && wants_samples
            && self.offset.is_some()
            && now >= *start
        {
            match connected(found) {
                Ok(inbox) => self.state = State::Open { inbox, due: 3 },
                // The computer may know only later that the outlet is gone: look again.
                Err(_) => return Err(Failure::Io),
            }
        }
        self.read(take)
    }

    fn read(&mut self, take: &mut dyn FnMut(Step)) -> Result<(), Failure> {
        for _ in 0..READS_MAX {
            let State::Open { inbox, .. } = &mut self.state else { return Ok(()) };
            let read = inbox.fill();
            // What came before the end counts.
            self.understand(take)?;
            if read? == 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Takes all whole parts of what was received.
    fn understand(&mut self, take: &mut dyn FnMut(Step)) -> Result<(), Failure> {
        let State::Open { inbox, due } = &mut self.state else { return Ok(()) };
        let (format, n_channels) = (self.info.format, self.info.n_channels);
        loop {
            if *due == 3 {
                let Some((answer, length)) = Feed::parse(inbox.bytes(), &self.info.uid)? else { return Ok(()) };
                if answer == Feed::Stale {
                    return Err(Failure::Io);
                }
                inbox.consume(length);
                *due = 2;
                continue;
            }
            let Some((sample, length)) = Sample::decode(inbox.bytes(), format, n_channels)? else { return Ok(()) };
            inbox.consume(length);
            if *due > 0 {
                if sample != Sample::test_pattern(format, n_channels, 2 * i64::from(*due)) {
                    return Err(Failure::Refused(
                        "its test samples are not those of the protocol; check the version of the sender's library"
                            .to_owned(),
                    ));
                }
                *due -= 1;
                continue;
            }
            let deduced_s = if self.info.is_regular() { self.last_s + 1.0 / self.info.rate_hz } else { self.last_s };
            self.last_s = sample.stamp_s.unwrap_or(deduced_s);
            take(Step::Sample { stamp_s: self.last_s, sample });
        }
    }

    fn measure(&mut self, now: Nanoseconds) -> Option<Estimate> {
        let mut datagram = [0; TIME_MAX_BYTES];
        while let Ok(length) = self.time.recv(&mut datagram) {
            self.clock.answer(crate::clock::now(), &datagram[..length]);
        }
        let (question, estimate) = self.clock.step(now);
        if let Some(question) = question {
            // A question that is lost has no answer; that is all.
            let _ = self.time.send(question.as_bytes());
        }
        estimate
    }

    /// Looks for the stream again.
    fn lose(&mut self, now: Nanoseconds, take: &mut dyn FnMut(Step)) -> Result<(), SourceError> {
        let query = again(&self.config, &self.info);
        let mut search = Search::new(&self.config, &query, now).map_err(|error| failed(&self.info, &error))?;
        search.delay(now + RETRY);
        if matches!(self.state, State::Open { .. }) {
            take(Step::Lost);
        }
        self.state = State::Searching(search);
        Ok(())
    }
}

enum Failure {
    /// The connection is lost.
    Io,
    /// It makes no sense to try again.
    Refused(String),
}

impl From<io::Error> for Failure {
    fn from(_: io::Error) -> Self {
        Self::Io
    }
}

impl From<crate::lsl::ProtocolError> for Failure {
    fn from(error: crate::lsl::ProtocolError) -> Self {
        Self::Refused(error.0)
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Refused(text)
    }
}

fn failed(info: &StreamInfo, error: &dyn std::fmt::Display) -> SourceError {
    SourceError(format!("LSL stream `{}`: {error}", info.name))
}

fn connected(found: &Found) -> io::Result<Inbox> {
    let mut inbox = Inbox::connect((found.address, found.info.data_port))?;
    inbox.send(feed_request(&found.info).as_bytes())?;
    Ok(inbox)
}

/// Labels of the columns, of which only rows have any.
fn labels(found: &Found) -> io::Result<Vec<String>> {
    if found.info.is_regular() { Ok(full_info(found)?.labels) } else { Ok(Vec::new()) }
}

/// A socket that asks the outlet for the time, and what it asks.
fn clock_of(found: &Found, now: Nanoseconds) -> io::Result<(UdpSocket, ClockProbe)> {
    let socket = UdpSocket::bind((std::net::Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect((found.address, found.info.service_port))?;
    socket.set_nonblocking(true)?;
    let wave = u32::from(socket.local_addr()?.port()) << 14;
    Ok((socket, ClockProbe::new(now, wave)))
}

/// The outlet of the stream that was opened last, where an old one still answers; others may answer a query that is not theirs.
fn newest(old: &StreamInfo, found: &[Found]) -> Option<Found> {
    let source = |info: &StreamInfo| {
        let source = if old.source_id.is_empty() { &info.hostname } else { &info.source_id };
        (info.name.clone(), info.kind.clone(), info.session_id.clone(), source.clone())
    };
    let ours = found.iter().filter(|found| source(&found.info) == source(old));
    ours.max_by(|a, b| a.info.created_at_s.total_cmp(&b.info.created_at_s)).cloned()
}

/// The query for a stream whose outlet was restarted.
fn again(config: &Config, info: &StreamInfo) -> String {
    let identity = if info.source_id.is_empty() {
        vec![("hostname", &info.hostname)]
    } else {
        vec![("source_id", &info.source_id)]
    };
    let fields = identity.into_iter().chain([("name", &info.name), ("type", &info.kind)]);
    let fields = fields.chain([("session_id", &config.session_id)]);
    // A name that cannot be quoted is not asked for; it would not have been found in the first place.
    let terms = fields.filter_map(|(name, value)| Some(format!("{name}={}", quoted(value)?)));
    Vec::from_iter(terms).join(" and ")
}

fn readable(info: &StreamInfo) -> Result<(), String> {
    if info.version >= PROTOCOL_VERSION {
        return Ok(());
    }
    let version = |version: u32| f64::from(version) / 100.0;
    Err(format!(
        "its outlet speaks protocol {:.2}, and only {:.2} is read; update the sender's liblsl",
        version(info.version),
        version(PROTOCOL_VERSION)
    ))
}

fn unchanged(old: &StreamInfo, new: &StreamInfo) -> Result<(), String> {
    readable(new)?;
    let facts = |info: &StreamInfo| (info.n_channels, info.format, info.rate_hz.to_bits());
    if facts(old) == facts(new) && old.labels == new.labels {
        return Ok(());
    }
    if facts(old) == facts(new) {
        return Err("its outlet was restarted with other labels of its columns; restart the session".to_owned());
    }
    let words = |info: &StreamInfo| format!("{} x {} at {} Hz", info.n_channels, info.format.name(), info.rate_hz);
    Err(format!("its outlet was restarted as {}, and was {}; start anew", words(new), words(old)))
}
