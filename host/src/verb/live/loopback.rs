//! A recording sent in real time through a TCP connection into the same program: live decoding without an acquisition system.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use recording::{Recording, Stream, StreamOptions, Tables};

use super::super::args;
use super::network::{LiveNetwork, Task};
use super::number::{MS, count};
use super::reader::Shared;
use super::source::SourceName;
use crate::failure::Failure;

/// How long before the first tick the session begins.
const BEFORE: Duration = Duration::from_millis(100);
/// The longest sleep, after which the thread looks whether to end.
const LONGEST_SLEEP: Duration = Duration::from_millis(20);

/// A recording in ticks, with its markers.
pub(super) struct Loopback {
    stream: Stream,
    /// Ticks before its first spike, from the first marker on.
    n_before: usize,
    /// Ticks after its last spike, for the last window.
    n_after: usize,
    /// Time after the start of the first tick in ms, and text; ascending.
    markers: Vec<(f64, String)>,
    server: TcpListener,
}

impl Loopback {
    /// Opens a recording for a network, and a server to send it from.
    pub(super) fn open(path: &Path, network: &LiveNetwork) -> Result<Self, Failure> {
        let refuse = |error| Failure::recording(path, &error);
        let tick_ms = network.tick_ms();
        let whole_ms = u32::try_from(network.tick / MS).ok().filter(|_| network.tick % MS == 0);
        let Some(whole_ms) = whole_ms.filter(|ms| (1..=50).contains(ms)) else {
            let cause = format_args!("a tick of {tick_ms} ms cannot be sent in a loopback");
            return Err(Failure::input(cause).advise("use a network with ticks of whole milliseconds"));
        };
        let recording = args::open_unwarned(path, &Tables::default())?;
        let units = network.selection.choose(&recording).map_err(refuse)?.units;
        if units.len() != usize::from(network.n_channels) {
            let cause = format_args!(
                "{}: {} units, and the network has {} channels",
                path.display(),
                units.len(),
                network.n_channels
            );
            return Err(Failure::input(cause).advise("give a recording like that of the training"));
        }
        let options = StreamOptions { tick_ms: whole_ms, ..StreamOptions::default() };
        let stream = Stream::of_spikes(&recording, &units, &options).map_err(refuse)?;
        let mut markers = markers(&recording, network, stream.start_s).map_err(refuse)?;
        let first_ms = markers.first().map_or(0.0, |(time_ms, _)| *time_ms);
        let n_before = count(-first_ms / tick_ms);
        markers.iter_mut().for_each(|(time_ms, _)| *time_ms += n_before as f64 * tick_ms);
        let n_after =
            if let Task::Classes(classes) = &network.task { usize::try_from(classes.n_ticks).unwrap_or(0) } else { 0 };
        let server = TcpListener::bind("127.0.0.1:0").map_err(|error| unservable(&error))?;
        Ok(Self { stream, n_before, n_after, markers, server })
    }

    /// The source that listens to it.
    pub(super) fn source(&self) -> Result<SourceName, Failure> {
        let address = self.server.local_addr().map_err(|error| unservable(&error))?;
        Ok(SourceName::Tcp(address.to_string()))
    }

    /// Sends everything in real time, once somebody has connected.
    pub(super) fn serve(self, shared: &Arc<Shared>) -> io::Result<()> {
        let (connection, _) = self.server.accept()?;
        connection.set_nodelay(true)?;
        let (begin, tick) = (Instant::now() + BEFORE, Duration::from_millis(u64::from(self.stream.tick_ms)));
        let mut markers = self.markers.iter().peekable();
        for number in 0..self.n_before + self.stream.n_ticks() + self.n_after {
            let n_ended = u32::try_from(number + 1).unwrap_or(u32::MAX);
            let mut lines = String::new();
            while let Some((time_ms, text)) =
                markers.next_if(|(time_ms, _)| *time_ms < f64::from(n_ended * self.stream.tick_ms))
            {
                let _ = writeln!(lines, "{}", serde_json::json!({ "t_ms": time_ms, "marker": text }));
            }
            let _ = writeln!(lines, "{{\"tick\":{number},\"channels\":{:?}}}", self.channels(number));
            // A row is there once its tick is over.
            if !sleep_until(begin + tick * n_ended, shared) {
                return Ok(());
            }
            (&connection).write_all(lines.as_bytes())?;
        }
        end(&connection)
    }
}

impl Loopback {
    /// The channels of a tick that is sent.
    fn channels(&self, number: usize) -> &[u16] {
        let tick = number.checked_sub(self.n_before).filter(|tick| *tick < self.stream.n_ticks());
        tick.map_or(&[], |tick| self.stream.tick(tick))
    }
}

/// Ends the session, without waiting whether anybody still listens.
fn end(mut connection: &TcpStream) -> io::Result<()> {
    connection.write_all(b"{\"end\":true}\n")
}

fn sleep_until(time: Instant, shared: &Shared) -> bool {
    loop {
        let left = time.saturating_duration_since(Instant::now());
        if left.is_zero() || shared.stops() {
            return !shared.stops();
        }
        thread::sleep(left.min(LONGEST_SLEEP));
    }
}

/// A marker at the event of each trial, with its label.
fn markers(recording: &Recording, network: &LiveNetwork, start_s: f64) -> Result<Vec<(f64, String)>, recording::Error> {
    let Task::Classes(classes) = &network.task else { return Ok(Vec::new()) };
    let times_s = recording.trials.times_s(&classes.align_column)?;
    let labels = classes.label_column.as_deref().and_then(|column| recording.trials.column(column).ok());
    let labels = labels.map(|column| column.labels_of_rows()).unwrap_or_default();
    let label = |trial: usize| labels.get(trial).cloned().flatten().unwrap_or_default();
    let after_ms = |time_s: f64| ((time_s - start_s) * 1e9).round() / 1e6;
    let events = times_s.iter().enumerate().filter(|(_, time_s)| time_s.is_finite());
    let mut markers: Vec<(f64, String)> = events.map(|(trial, &time_s)| (after_ms(time_s), label(trial))).collect();
    markers.sort_by(|one, other| one.0.total_cmp(&other.0));
    Ok(markers)
}

fn unservable(error: &io::Error) -> Failure {
    Failure::input(format_args!("cannot serve a loopback: {error}")).advise("use another source")
}
