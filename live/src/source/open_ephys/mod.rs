//! The Open Ephys GUI: spikes and digital lines of its Event Broadcaster or its ZMQ Interface.
//!
//! A spike's channel is the number at the end of its electrode's name, counted from 1, or the place of that name in a list. A line that
//! changes is a marker such as `line 3 on`. Spikes arrive in the order of electrodes within each buffer of the GUI.

mod message;
mod zmtp;

use std::collections::HashMap;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use crate::arrival::{Arrival, Event, Nanoseconds};
use crate::clock;
use crate::net::{Inbox, READS_MAX, RETRY};
use crate::source::names::{NO_CHANNEL, Names};
use crate::source::polled::{self, Polled};
use crate::source::target::{Target, rate_in_range};
use crate::source::{Source, SourceError};

pub use message::{Content, Message};
pub use zmtp::{Element, PART_MAX_BYTES, Parts, Subscriber, hello};
pub(crate) use zmtp::{publisher_hello, subscriber_hello, to_frames};

/// Port of the Event Broadcaster; that of the ZMQ Interface is 5556.
const PORT: u16 = 5557;
/// A buffer of the GUI.
const HOLD: Nanoseconds = 25_000_000;

/// Spikes and lines of the Open Ephys GUI.
#[derive(Debug)]
pub struct OpenEphysSource {
    target: Target,
    connection: Connection,
    reader: Reader,
}

#[derive(Debug)]
enum Connection {
    Open {
        inbox: Inbox,
        subscriber: Subscriber,
    },
    /// Not connected until this time.
    Lost(Nanoseconds),
}

/// Makes arrivals of messages.
#[derive(Debug)]
struct Reader {
    names: Option<Names>,
    /// Samples a second, as the command line says.
    rate_hz: Option<f64>,
    /// As each stream says.
    told_hz: HashMap<String, f64>,
    stream: Option<String>,
    /// Whether the stream was chosen; if not, the first one counts, and there may be no other.
    is_chosen: bool,
    last_number: Option<u64>,
}

impl OpenEphysSource {
    /// Connects. `what` is `HOST:PORT,rate=HZ,stream=NAME,channels=FILE`, each of which may be left out: this computer, port 5557,
    /// the rate that the Event Broadcaster tells (the ZMQ Interface, usually at 5556, does not), the only stream, electrodes by
    /// number. `channels` has the names of the electrodes in the order of the network's channels.
    ///
    /// # Errors
    /// Nobody listens, or the list of channels cannot be used.
    pub fn open(what: &str, n_channels: usize, _tick: Nanoseconds) -> Result<Self, SourceError> {
        let target = Target::parse("open-ephys", what, PORT, &["rate", "stream", "channels"])?;
        let names = target.option("channels").map(|path| Names::read(path, n_channels)).transpose()?;
        let reader = Reader::new(names, target.rate_hz()?, target.option("stream").map(str::to_owned));
        let connection = Connection::open(&target).map_err(|error| {
            SourceError(format!(
                "Open Ephys GUI at {}:{}: {error}; add an Event Broadcaster or a ZMQ Interface to the signal chain",
                target.host, target.port
            ))
        })?;
        Ok(Self { target, connection, reader })
    }
}

impl Polled for OpenEphysSource {
    fn read(&mut self, now: Nanoseconds, arrivals: &mut Vec<Arrival>) -> Result<(), SourceError> {
        if let Connection::Lost(next) = self.connection
            && now >= next
        {
            self.connection = Connection::open(&self.target).unwrap_or(Connection::Lost(now + RETRY));
        }
        for _ in 0..READS_MAX {
            let Connection::Open { inbox, subscriber } = &mut self.connection else { return Ok(()) };
            let read = inbox.fill();
            let failed = |text: String| SourceError(format!("Open Ephys GUI at port {}: {text}", self.target.port));
            while let Some((length, element)) = subscriber.take(inbox.bytes()).map_err(failed)? {
                inbox.consume(length);
                match element {
                    // If it cannot be sent, the connection is lost, as the next read will say.
                    Element::Reply(reply) => drop(inbox.send(&reply)),
                    Element::Message(parts) => {
                        let message = Message::parse(&parts).map_err(failed)?;
                        self.reader.take(message, clock::now(), arrivals).map_err(failed)?;
                    }
                    Element::Part => {}
                }
            }
            match read {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(_) => {
                    self.connection = Connection::Lost(now + RETRY);
                    self.reader.last_number = None;
                    arrivals.push(Arrival { received: now, event: Event::Disconnected { reconnecting: true } });
                }
            }
        }
        Ok(())
    }

    fn waits_for(&self) -> (Vec<BorrowedFd<'_>>, Option<Nanoseconds>) {
        polled::one(match &self.connection {
            Connection::Open { inbox, .. } => Ok(inbox.socket()),
            Connection::Lost(next) => Err(*next),
        })
    }

    fn name(&self) -> &str {
        "Open Ephys GUI"
    }
}

impl Connection {
    fn open(target: &Target) -> std::io::Result<Self> {
        let mut inbox = Inbox::connect((target.host.as_str(), target.port))?;
        inbox.send(&hello())?;
        Ok(Self::Open { inbox, subscriber: Subscriber::default() })
    }
}

impl Reader {
    fn new(names: Option<Names>, rate_hz: Option<f64>, stream: Option<String>) -> Self {
        Self { names, rate_hz, told_hz: HashMap::new(), is_chosen: stream.is_some(), stream, last_number: None }
    }

    fn take(&mut self, message: Message, received: Nanoseconds, arrivals: &mut Vec<Arrival>) -> Result<(), String> {
        let Message { number, stream, rate_hz, content } = message;
        if let Some(event) = number.and_then(|number| self.count(number)) {
            arrivals.push(Arrival { received, event });
        }
        let is_ours = self.stream.as_ref().is_none_or(|ours| *ours == stream);
        let agrees = rate_hz.is_none_or(|rate_hz| self.hear(&stream, rate_hz));
        let sample = match &content {
            Content::Other => return Ok(()),
            Content::Spike { sample, .. } | Content::Line { sample, .. } => *sample,
        };
        if !is_ours && self.is_chosen {
            return Ok(());
        }
        if !is_ours {
            let ours = self.stream.as_deref().unwrap_or_default();
            return Err(format!("there are streams `{ours}` and `{stream}`; choose one with `stream=NAME`"));
        }
        // Old versions do not name the stream of a spike.
        let only = self.told_hz.values().next().filter(|_| stream.is_empty() && self.told_hz.len() == 1);
        let told_hz = self.told_hz.get(&stream).or(only).copied();
        self.stream = Some(stream);
        let rate_hz = match (self.rate_hz, told_hz) {
            _ if !agrees => {
                let now_hz = rate_hz.unwrap_or_default();
                return Err(format!("its rate has changed to {now_hz:e} samples a second; restart the session"));
            }
            (Some(given_hz), Some(told_hz)) if given_hz != told_hz => {
                return Err(format!("it has {told_hz} samples a second, not {given_hz}; leave out `rate=`"));
            }
            (given_hz, told_hz) => {
                given_hz.or(told_hz).ok_or("it does not say the rate of its samples; add `rate=30000`")?
            }
        };
        let stamp = (sample as f64 * 1e9 / rate_hz).round() as Nanoseconds;
        let event = match content {
            Content::Spike { electrode, .. } => {
                let channel = self.channel(&electrode)?;
                Some(Event::Spike { stamp, channel })
            }
            Content::Line { line, is_high, .. } => {
                let text = format!("line {line} {}", if is_high { "on" } else { "off" });
                Some(Event::Marker { stamp, text })
            }
            Content::Other => None,
        };
        arrivals.extend(event.map(|event| Arrival { received, event }));
        Ok(())
    }

    /// What the number of a message says about those before it.
    fn count(&mut self, number: u64) -> Option<Event> {
        let last = self.last_number.replace(number)?;
        match number.checked_sub(last) {
            Some(1) => None,
            // Acquisition was started anew.
            None | Some(0) => Some(Event::Disconnected { reconnecting: true }),
            Some(step) => Some(Event::Lost { count: step - 1 }),
        }
    }

    /// Notes the rate that a stream tells; whether it is one, and the same as before.
    fn hear(&mut self, stream: &str, told_hz: f64) -> bool {
        rate_in_range(told_hz) && *self.told_hz.entry(stream.to_owned()).or_insert(told_hz) == told_hz
    }

    fn channel(&self, electrode: &str) -> Result<u16, String> {
        if let Some(names) = &self.names {
            return Ok(names.channel(electrode).unwrap_or(NO_CHANNEL));
        }
        let digits = electrode.len() - electrode.trim_end_matches(|it: char| it.is_ascii_digit()).len();
        let number = electrode[electrode.len() - digits..].parse::<u16>().ok().and_then(|number| number.checked_sub(1));
        let wrong = || format!("electrode `{electrode}` has no number; list the names in a file, as `channels=FILE`");
        number.ok_or_else(wrong)
    }
}

impl Source for OpenEphysSource {
    fn poll(&mut self, patience: Duration, arrivals: &mut Vec<Arrival>) -> Result<(), SourceError> {
        polled::poll(self, patience, arrivals)
    }

    fn describe(&self) -> String {
        format!("Open Ephys GUI at {}:{}", self.target.host, self.target.port)
    }

    fn hold(&self) -> Nanoseconds {
        HOLD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(stream: Option<&str>, rate_hz: Option<f64>) -> Reader {
        Reader::new(None, rate_hz, stream.map(str::to_owned))
    }

    fn spike(number: Option<u64>, stream: &str, electrode: &str, sample: i64) -> Message {
        let content = Content::Spike { electrode: electrode.to_owned(), sample };
        Message { number, stream: stream.to_owned(), rate_hz: None, content }
    }

    fn events(reader: &mut Reader, messages: impl IntoIterator<Item = Message>) -> Result<Vec<Event>, String> {
        let mut arrivals = Vec::new();
        messages.into_iter().try_for_each(|message| reader.take(message, 0, &mut arrivals))?;
        Ok(arrivals.into_iter().map(|arrival| arrival.event).collect())
    }

    #[test]
    fn lost_messages_are_counted_and_a_new_acquisition_begins_anew() {
        let messages = [3, 4, 7, 1, 2].map(|number| spike(Some(number), "a", "Electrode 1", 30));
        let events = events(&mut reader(None, Some(30_000.0)), messages).unwrap();
        let spike = Event::Spike { stamp: 1_000_000, channel: 0 };
        let lost = Event::Lost { count: 2 };
        let anew = Event::Disconnected { reconnecting: true };
        assert_eq!(events, [&spike, &spike, &lost, &spike, &anew, &spike, &spike].map(Clone::clone));
    }

    #[test]
    fn a_second_stream_is_refused_unless_one_was_chosen() {
        let messages = || [spike(None, "a", "Electrode 2", 0), spike(None, "b", "Electrode 3", 0)];
        assert!(events(&mut reader(None, Some(1.0)), messages()).unwrap_err().contains("stream=NAME"));
        let chosen = events(&mut reader(Some("b"), Some(1.0)), messages()).unwrap();
        assert_eq!(chosen, [Event::Spike { stamp: 0, channel: 2 }]);
    }

    #[test]
    fn a_rate_that_changes_or_contradicts_is_refused() {
        let told = |stream: &str, rate_hz| Message { rate_hz: Some(rate_hz), ..spike(None, stream, "Electrode 1", 30) };
        let spikes = events(&mut reader(Some("a"), None), [told("b", 2500.0), told("a", 30_000.0)]).unwrap();
        assert_eq!(spikes, [Event::Spike { stamp: 1_000_000, channel: 0 }]);
        for (given_hz, told_hz, part) in [
            (Some(20_000.0), vec![30_000.0], "30000 samples a second, not 20000; leave out `rate=`"),
            (None, vec![30_000.0, 20_000.0], "changed to 2e4"),
            (None, vec![30_000.0, 0.0], "changed to 0e0"),
        ] {
            let messages = told_hz.into_iter().map(|rate_hz| told("a", rate_hz));
            let error = events(&mut reader(None, given_hz), messages).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_rate_that_nobody_tells_and_an_electrode_without_a_number_are_errors() {
        let error =
            |rate_hz, electrode| events(&mut reader(None, rate_hz), [spike(None, "a", electrode, 0)]).unwrap_err();
        assert!(error(None, "Electrode 1").contains("rate=30000"));
        assert!(error(Some(1.0), "Electrode").contains("channels=FILE"));
        assert!(error(Some(1.0), "Electrode 0").contains("channels=FILE"));
    }
}
