//! A recording sent in real time, in the protocol of an acquisition system, into the same program: live decoding without an
//! acquisition system.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use live::arrival::Nanoseconds;
use live::clock;
use live::histogram::Histogram;
use live::loopback::Sender;
use live::source::Source;
use live::window::Rule;
use recording::{Recording, Stream, StreamOptions, Tables};
use train::decoder::TrainedUnit;

use super::super::args;
use super::network::{Classes, LiveNetwork, Task};
use super::number::{MS, of_ms};
use super::reader::Shared;
use super::source::SourceName;
use crate::failure::Failure;

/// How long before the first tick the session begins.
const BEFORE: Nanoseconds = 100 * MS;
/// The longest sleep, after which the thread looks whether to end.
const LONGEST_SLEEP: Duration = Duration::from_millis(20);
const GLANCE: Duration = Duration::from_millis(1);

/// A recording in ticks, with its markers.
pub(super) struct Loopback {
    stream: Stream,
    tick: Nanoseconds,
    /// Ticks before its first spike, from the first window on, and one more, if there are any.
    n_before: usize,
    /// Ticks after its last spike, for the last window.
    n_after: usize,
    /// Time after the start of the first tick, and text; ascending.
    markers: Vec<(Nanoseconds, String)>,
    sender: Box<dyn Sender>,
    /// By how much ticks were sent late.
    late: Histogram,
}

impl Loopback {
    /// Opens a recording for a network, and the source that listens to it.
    pub(super) fn open(
        path: &Path,
        network: &LiveNetwork,
        through: &SourceName,
        rule: Option<&Rule>,
    ) -> Result<(Self, Box<dyn Source>), Failure> {
        let refuse = |error| Failure::recording(path, &error);
        let whole_ms = u32::try_from(network.tick / MS).ok().filter(|_| network.tick % MS == 0);
        let Some(whole_ms) = whole_ms.filter(|ms| (1..=50).contains(ms)) else {
            let cause = format_args!("a tick of {} ms cannot be sent in a loopback", network.tick_ms());
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
        let (units, matched) = TrainedUnit::find_in(&network.units, &recording, units);
        if matched.is_doubtful() && !network.units.is_empty() {
            super::super::warn(format_args!("{}: the units were {matched}", recording.name));
        }
        let options = StreamOptions { tick_ms: whole_ms, ..StreamOptions::default() };
        let stream = Stream::of_spikes(&recording, &units, &options).map_err(refuse)?;
        let (mut markers, mut n_before, mut n_after) = (Vec::new(), 0, 0);
        if let Task::Classes(classes) = &network.task {
            if !through.has_markers() && !matches!(rule, Some(Rule::Every(_))) {
                let cause = format_args!("no markers can be sent through `{through}`");
                return Err(Failure::input(cause).advise("give windows that need none, such as `--window every:100`"));
            }
            markers = self::markers(&recording, classes, stream.parts[0].start_s).map_err(refuse)?;
            let first = markers.first().map_or(0, |(time, _)| time + classes.offset.min(0));
            if first < 0 {
                // Ticks of single spikes begin with the first spike, so one goes before the first window.
                n_before = usize::try_from(-first.div_euclid(network.tick)).unwrap_or(0) + 1;
                let shift = i64::try_from(n_before).unwrap_or(0) * network.tick;
                markers.iter_mut().for_each(|(time, _)| *time += shift);
            }
            n_after = usize::try_from(classes.n_ticks).unwrap_or(0);
        }
        let (sender, source) = through.loopback(network).map_err(Failure::input)?;
        Ok((
            Self { stream, tick: network.tick, n_before, n_after, markers, sender, late: Histogram::default() },
            source,
        ))
    }

    /// Sends everything in real time, once the source listens, and keeps the connection until everything is decoded. Returns by how
    /// much ticks were sent late.
    pub(super) fn serve(mut self, shared: &Shared) -> io::Result<Histogram> {
        let sent = self.send(shared);
        shared.is_sent.store(true, Ordering::SeqCst);
        while !shared.is_decoded() && !shared.stops() {
            thread::sleep(LONGEST_SLEEP);
        }
        // A session that was interrupted does not listen any more, so sending fails.
        if shared.stops() { Ok(self.late) } else { sent.map(|()| self.late) }
    }

    fn send(&mut self, shared: &Shared) -> io::Result<()> {
        while !self.sender.is_heard()? {
            if shared.stops() {
                return Ok(());
            }
            thread::sleep(GLANCE);
        }
        let begin = clock::now() + BEFORE;
        self.sender.begin(begin);
        let mut markers = std::mem::take(&mut self.markers).into_iter().peekable();
        for number in 0..self.n_before + self.stream.n_ticks() + self.n_after {
            let end = i64::try_from(number + 1).unwrap_or(i64::MAX) * self.tick;
            // A tick is there once it is over.
            if !sleep_until(begin + end, shared) {
                return Ok(());
            }
            self.late.add(clock::now() - begin - end);
            while let Some((time, text)) = markers.next_if(|(time, _)| *time < end) {
                self.sender.marker(time, &text)?;
            }
            let tick = number.checked_sub(self.n_before).filter(|tick| *tick < self.stream.n_ticks());
            let first: &[u16] = if number == 0 { &[0] } else { &[] };
            let channels = tick.map_or(first, |tick| self.stream.tick(tick));
            self.sender.tick(number as u64, channels)?;
        }
        self.sender.end()
    }
}

fn sleep_until(time: Nanoseconds, shared: &Shared) -> bool {
    loop {
        let left = Duration::from_nanos(u64::try_from(time - clock::now()).unwrap_or(0));
        if left.is_zero() || shared.stops() {
            return !shared.stops();
        }
        thread::sleep(left.min(LONGEST_SLEEP));
    }
}

/// A marker at the event of each trial, with its label.
fn markers(
    recording: &Recording,
    classes: &Classes,
    start_s: f64,
) -> Result<Vec<(Nanoseconds, String)>, recording::Error> {
    let times_s = recording.trials.times_s(&classes.align_column)?;
    let labels = classes.label_column.as_deref().and_then(|column| recording.trials.column(column).ok());
    let labels = labels.map(|column| column.labels_of_rows()).unwrap_or_default();
    let label = |trial: usize| labels.get(trial).cloned().flatten().unwrap_or_default();
    let events = times_s.iter().enumerate().filter(|(_, time_s)| time_s.is_finite());
    let after = |time_s: f64| of_ms((time_s - start_s) * 1e3);
    let mut markers: Vec<(Nanoseconds, String)> =
        events.map(|(trial, &time_s)| (after(time_s), label(trial))).collect();
    markers.sort();
    Ok(markers)
}
