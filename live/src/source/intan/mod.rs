//! The spike port of Intan RHX: the program is the server, and sends a record of 14 bytes for each spike.

mod commands;
mod record;

use std::os::fd::BorrowedFd;
use std::time::Duration;

use crate::arrival::{Arrival, Event, Nanoseconds};
use crate::clock;
use crate::net::{Inbox, READS_MAX, RETRY};
use crate::source::names::{NO_CHANNEL, Names};
use crate::source::polled::{self, Polled};
use crate::source::target::{Target, rate_in_range};
use crate::source::{JITTER, Source, SourceError};

pub use record::{RECORD_BYTES, Record};

const SPIKE_PORT: u16 = 5002;
const COMMAND_PORT: u16 = 5000;
/// Samples of a data block.
pub(crate) const BLOCK_SAMPLES: i64 = 128;
/// Data blocks that RHX collects before it writes, unless it is set otherwise.
const USUAL_BLOCKS: u32 = 10;

/// Spikes of Intan RHX.
#[derive(Debug)]
pub struct IntanSource {
    target: Target,
    names: Option<Names>,
    rate_hz: f64,
    /// Data blocks of a write; none if they are not known.
    n_blocks: Option<u32>,
    /// None while it is not connected, until this time.
    inbox: Result<Inbox, Nanoseconds>,
    samples: SampleCounter,
}

impl IntanSource {
    /// Connects. `what` is `HOST:PORT,rate=HZ,channels=FILE,commands=PORT`, each of which may be left out: this computer, port 5002,
    /// the rate that RHX tells, channels A-000 and on. `channels` has the native names in the order of the network's channels.
    /// With `commands`, RHX is asked for its settings at this port (5000 if it is empty), and told to send the spikes.
    ///
    /// # Errors
    /// Nobody listens, the rate is not known, or the list of channels cannot be used.
    pub fn open(what: &str, n_channels: usize, _tick: Nanoseconds) -> Result<Self, SourceError> {
        let target = Target::parse("intan", what, SPIKE_PORT, &["rate", "channels", "commands"])?;
        let names = target.option("channels").map(|path| Names::read(path, n_channels)).transpose()?;
        let mut rate_hz = target.rate_hz()?;
        let mut n_blocks = None;
        if let Some(port) = target.option("commands") {
            let port = if port.is_empty() { Ok(COMMAND_PORT) } else { port.parse() };
            let port = port.map_err(|_| SourceError(format!("intan:{what}: `commands` is no port")))?;
            let numbered = || (0..n_channels).map(|channel| format!("A-{channel:03}")).collect();
            let names: Vec<String> =
                names.as_ref().map_or_else(numbered, |names| names.iter().map(str::to_owned).collect());
            let settings = commands::prepare(&target.host, port, &names)?;
            rate_hz = rate_hz.or(Some(settings.rate_hz).filter(|rate_hz| rate_in_range(*rate_hz)));
            n_blocks = Some(settings.n_blocks);
        }
        let rate_hz = rate_hz.ok_or_else(|| {
            SourceError(format!("intan:{what}: the spikes do not say their rate; add `rate=30000` or `commands=5000`"))
        })?;
        Self::connect(target, names, rate_hz, n_blocks)
    }

    /// Connects to one that writes after every data block, and sends these channels by their native names, port after port.
    pub(crate) fn listening_to(address: &str, n_channels: usize, rate_hz: f64) -> Result<Self, SourceError> {
        let target = Target::parse("intan", address, SPIKE_PORT, &[])?;
        Self::connect(target, Some(Names::native(n_channels)), rate_hz, Some(1))
    }

    fn connect(target: Target, names: Option<Names>, rate_hz: f64, n_blocks: Option<u32>) -> Result<Self, SourceError> {
        let inbox = Inbox::connect((target.host.as_str(), target.port)).map_err(|error| {
            SourceError(format!(
                "Intan RHX at {}:{}: {error}; in its network settings, connect the spike port, or add `commands=5000`",
                target.host, target.port
            ))
        })?;
        Ok(Self { target, names, rate_hz, n_blocks, inbox: Ok(inbox), samples: SampleCounter::default() })
    }

    /// Time between two writes of RHX.
    fn write_interval_s(&self) -> f64 {
        f64::from(self.n_blocks.unwrap_or(USUAL_BLOCKS)) * BLOCK_SAMPLES as f64 / self.rate_hz
    }

    fn understand(&mut self, arrivals: &mut Vec<Arrival>) -> Result<(), SourceError> {
        let Ok(inbox) = &mut self.inbox else { return Ok(()) };
        let failed = |text: String| SourceError(format!("Intan RHX: {text}"));
        let received = clock::now();
        while let Some(record) = Record::decode(inbox.bytes()).map_err(failed)? {
            inbox.consume(RECORD_BYTES);
            let stamp = (self.samples.count(record.sample) as f64 * 1e9 / self.rate_hz).round() as Nanoseconds;
            let channel = match &self.names {
                Some(names) => names.channel(&record.name).unwrap_or(NO_CHANNEL),
                None => numbered(&record.name).map_err(failed)?,
            };
            if !record.is_artefact() {
                arrivals.push(Arrival { received, event: Event::Spike { stamp, channel } });
            }
        }
        Ok(())
    }
}

impl Polled for IntanSource {
    fn read(&mut self, now: Nanoseconds, arrivals: &mut Vec<Arrival>) -> Result<(), SourceError> {
        if let Err(next) = self.inbox {
            if now < next {
                return Ok(());
            }
            let connected = Inbox::connect((self.target.host.as_str(), self.target.port));
            self.inbox = connected.map_err(|_| clock::now() + RETRY);
        }
        for _ in 0..READS_MAX {
            let Ok(inbox) = &mut self.inbox else { return Ok(()) };
            let read = inbox.fill();
            self.understand(arrivals)?;
            match read {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(_) => {
                    self.inbox = Err(now + RETRY);
                    self.samples = SampleCounter::default();
                    arrivals.push(Arrival { received: now, event: Event::Disconnected { reconnecting: true } });
                }
            }
        }
        Ok(())
    }

    fn waits_for(&self) -> (Vec<BorrowedFd<'_>>, Option<Nanoseconds>) {
        polled::one(self.inbox.as_ref().map(Inbox::socket).map_err(|next| *next))
    }

    fn name(&self) -> &str {
        "Intan RHX"
    }
}

impl Source for IntanSource {
    fn poll(&mut self, patience: Duration, arrivals: &mut Vec<Arrival>) -> Result<(), SourceError> {
        polled::poll(self, patience, arrivals)
    }

    fn describe(&self) -> String {
        format!("Intan RHX at {}:{} ({} Hz)", self.target.host, self.target.port, self.rate_hz)
    }

    fn hold(&self) -> Nanoseconds {
        (self.write_interval_s() * 1e9).ceil() as Nanoseconds + JITTER
    }

    fn warnings(&self) -> Vec<String> {
        let milliseconds = 1e3 * self.write_interval_s();
        match self.n_blocks {
            Some(1) => Vec::new(),
            Some(n_blocks) => vec![format!(
                "Intan RHX writes every {milliseconds:.1} ms (TCPNumberDataBlocksPerWrite {n_blocks}); set it to 1 for {:.1} ms",
                milliseconds / f64::from(n_blocks)
            )],
            None => vec![format!(
                "Intan RHX writes every {milliseconds:.1} ms unless TCPNumberDataBlocksPerWrite is set to 1; `commands=5000` \
                 asks for it"
            )],
        }
    }
}

/// The channel of a native name of port A.
fn numbered(name: &str) -> Result<u16, String> {
    let channel = name.strip_prefix("A-").and_then(|number| number.parse().ok());
    channel
        .ok_or_else(|| format!("a spike of `{name}`: list the channels in a file, one name a line, as `channels=FILE`"))
}

/// Samples since the beginning, from a count of 32 bits.
#[derive(Clone, Copy, Debug, Default)]
struct SampleCounter(Option<i64>);

impl SampleCounter {
    fn count(&mut self, sample: u32) -> i64 {
        let count = match self.0 {
            // Spikes of one write may be out of order.
            Some(last) => last + i64::from(sample.wrapping_sub(last as u32).cast_signed()),
            None => sample.into(),
        };
        self.0 = Some(count);
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_counted_beyond_32_bits() {
        let mut counter = SampleCounter::default();
        let counts = [5, u32::MAX, 3, 2, 1 << 31].map(|sample| counter.count(sample));
        assert_eq!(counts, [5, -1, 3, 2, 1 << 31]);
        let mut counter = SampleCounter::default();
        let counts = [u32::MAX - 1, 4, u32::MAX].map(|sample| counter.count(sample));
        assert_eq!(counts, [(1 << 32) - 2, (1 << 32) + 4, (1 << 32) - 1]);
    }

    #[test]
    fn channels_without_a_list_are_those_of_port_a() {
        assert_eq!(numbered("A-017"), Ok(17));
        assert!(numbered("B-017").unwrap_err().contains("channels=FILE"));
        assert!(numbered("A-x17").is_err());
    }
}
