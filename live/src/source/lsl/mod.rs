//! The lab streaming layer: rows of counts, spikes, markers.
//!
//! A regular stream is rows: a value above 0 is a spike in its column. An irregular stream of numbers is spikes: its first channel
//! is the number of the channel that fired; the others, such as a unit, are ignored. An irregular stream of text or numbers can be
//! the markers. A file of names can choose the columns, or numbers, that are the channels of the network. Nothing is asked for before the first poll, so that no old samples wait.

mod columns;
mod inlet;
mod rows;
mod search;

use std::os::fd::BorrowedFd;
use std::time::Duration;

use crate::arrival::{Arrival, Event, Nanoseconds};
use crate::clock;
use crate::lsl::{Config, Estimate, Format, Query, Sample, StreamInfo, nanoseconds, quoted};
use crate::net;
use crate::source::names::Names;
use crate::source::polled::{self, Polled};
use crate::source::{JITTER, Source, SourceError};

use columns::Columns;
use inlet::{Inlet, Step};
use rows::RowCounter;
use search::{Found, Search};

/// How long a stream is looked for.
const SEARCH_PATIENCE: Nanoseconds = 3_000_000_000;
/// How long others of the same name may take to answer, too.
const OTHERS_PATIENCE: Nanoseconds = 300_000_000;
/// How long the first measurement of a clock may take.
const CLOCK_PATIENCE: Nanoseconds = 3_000_000_000;

/// Spikes of a stream of the lab streaming layer, and markers of another one.
#[derive(Debug)]
pub struct LslSource {
    spikes: Inlet,
    markers: Option<Inlet>,
    rows: RowCounter,
    /// None if columns, or numbers, are the channels.
    columns: Option<Columns>,
}

impl LslSource {
    /// Finds streams and measures their clocks. `what` is the name of a stream, or fields of its description like
    /// `name=Spikes,type=Events,source_id=x1,markers=Cues`, of which `markers` names another stream. `channels` is a file with the
    /// labels of the columns that are the channels of the network, in their order, or their numbers, from 0, where there are no
    /// labels; other columns are left out. The network has `n_channels` channels, and a tick has this length.
    ///
    /// # Errors
    /// No such stream or more than one, one that is no spikes or no markers, a wrong number of columns, rows that do not add up
    /// to ticks, or a clock that does not answer.
    pub fn open(what: &str, n_channels: usize, tick: Nanoseconds) -> Result<Self, SourceError> {
        Self::open_with(&Config::load(), what, n_channels, tick)
    }

    /// As [`LslSource::open`], with these settings of the lab streaming layer.
    ///
    /// # Errors
    /// As [`LslSource::open`].
    pub fn open_with(config: &Config, what: &str, n_channels: usize, tick: Nanoseconds) -> Result<Self, SourceError> {
        let Selection { spikes, markers, channels } = Selection::parse(what)?;
        let names = channels.as_ref().map(|path| Names::read(path, n_channels)).transpose()?;
        let spikes = find(config, &spikes)?;
        check_spikes(&spikes.info, names.is_none().then_some(n_channels), tick)?;
        let markers = markers.map(|markers| find(config, &markers)).transpose()?;
        markers.as_ref().map_or(Ok(()), |markers| check_markers(&markers.info))?;
        let rows = RowCounter::new(spikes.info.rate_hz);
        let now = clock::now();
        let inlet = |found, wants_labels| Inlet::new(config.clone(), found, wants_labels, now);
        let spikes = inlet(spikes, names.is_some())?;
        let markers = markers.map(|markers| inlet(markers, false)).transpose()?;
        let columns = names.map(|names| Columns::find(&names, &spikes.info)).transpose().map_err(|text| {
            let path = channels.unwrap_or_default();
            SourceError(format!("{path}, of the columns of LSL stream `{}`: {text}", spikes.info.name))
        })?;
        let mut source = Self { spikes, markers, rows, columns };
        source.measure_clocks()?;
        Ok(source)
    }

    /// What the stream of spikes says of itself.
    #[must_use]
    pub fn info(&self) -> &StreamInfo {
        &self.spikes.info
    }

    fn measure_clocks(&mut self) -> Result<(), SourceError> {
        let end = clock::now() + CLOCK_PATIENCE;
        while !self.inlets().iter().all(|inlet| inlet.is_timed()) {
            let now = clock::now();
            if now >= end {
                return Err(SourceError(format!(
                    "LSL stream `{}`: its outlet does not answer questions for the time (UDP port {}); open the firewall",
                    self.spikes.info.name, self.spikes.info.service_port
                )));
            }
            let Self { spikes, markers, .. } = self;
            for inlet in [spikes].into_iter().chain(markers) {
                inlet.step(now, false, &mut |_| ())?;
            }
            polled::wait(self, end)?;
        }
        Ok(())
    }

    fn inlets(&self) -> Vec<&Inlet> {
        [&self.spikes].into_iter().chain(&self.markers).collect()
    }
}

impl Polled for LslSource {
    fn read(&mut self, now: Nanoseconds, arrivals: &mut Vec<Arrival>) -> Result<(), SourceError> {
        let Self { spikes, markers, rows, columns } = self;
        let (name, rate_hz) = (spikes.info.name.clone(), spikes.info.rate_hz);
        let mut faulty = None;
        spikes.step(now, true, &mut |step| {
            let event = match step {
                Step::Clock(estimate) => Ok(Event::Clock { offset: estimate.offset, round_trip: estimate.round_trip }),
                Step::Lost => {
                    rows.restart(rate_hz);
                    Ok(Event::Disconnected { reconnecting: true })
                }
                Step::Sample { stamp_s, sample } if rate_hz > 0.0 => row(rows, stamp_s, &sample),
                Step::Sample { stamp_s, sample } => spike(stamp_s, &sample),
            };
            let chosen = |event| match columns {
                Some(columns) => columns.of(event),
                None => event,
            };
            match event.map(chosen) {
                Ok(event) => arrivals.push(Arrival { received: clock::now(), event }),
                Err(text) => faulty = Some(SourceError(format!("LSL stream `{name}`: {text}"))),
            }
        })?;
        if let Some(error) = faulty {
            return Err(error);
        }
        let Some(markers) = markers else { return Ok(()) };
        let mut samples = Vec::new();
        markers.step(now, true, &mut |step| {
            if let Step::Sample { stamp_s, sample } = step {
                samples.push((clock::now(), stamp_s, sample));
            }
        })?;
        // Markers are told in the clock of the spikes.
        let shift = between(markers.estimate(), spikes.estimate());
        arrivals.extend(samples.into_iter().filter_map(|(received, stamp_s, sample)| {
            let event = Event::Marker { stamp: nanoseconds(stamp_s)? + shift, text: marker(&sample)? };
            Some(Arrival { received, event })
        }));
        Ok(())
    }

    fn waits_for(&self) -> (Vec<BorrowedFd<'_>>, Option<Nanoseconds>) {
        let inlets = self.inlets();
        let descriptors = inlets.iter().flat_map(|inlet| inlet.descriptors()).collect();
        (descriptors, inlets.iter().map(|inlet| inlet.next()).min())
    }

    fn name(&self) -> &str {
        "LSL"
    }
}

impl Source for LslSource {
    fn poll(&mut self, patience: Duration, arrivals: &mut Vec<Arrival>) -> Result<(), SourceError> {
        polled::poll(self, patience, arrivals)
    }

    fn describe(&self) -> String {
        let words = |info: &StreamInfo| {
            let rate = if info.is_regular() { format!("at {} Hz", info.rate_hz) } else { "irregular".to_owned() };
            let (name, host, format) = (&info.name, &info.hostname, info.format.name());
            format!("`{name}` on {host} ({} x {format}, {rate})", info.n_channels)
        };
        let markers = self.markers.as_ref().map(|markers| format!(", markers {}", words(&markers.info)));
        format!("LSL stream {}{}", words(&self.spikes.info), markers.unwrap_or_default())
    }

    fn row_length(&self) -> Option<Nanoseconds> {
        let rate_hz = self.spikes.info.rate_hz;
        (rate_hz > 0.0).then(|| (1e9 / rate_hz).round() as Nanoseconds)
    }

    fn hold(&self) -> Nanoseconds {
        if self.spikes.info.is_regular() { 0 } else { JITTER }
    }
}

/// The offset from one clock to another; none if it is within the error of the measurements, since clocks of two machines never agree
/// so well, and a shift by that error would move markers between ticks.
fn between(from: Option<Estimate>, to: Option<Estimate>) -> Nanoseconds {
    let (Some(from), Some(to)) = (from, to) else { return 0 };
    let shift = from.offset - to.offset;
    if 2 * shift.abs() <= from.round_trip + to.round_trip { 0 } else { shift }
}

fn row(rows: &mut RowCounter, stamp_s: f64, sample: &Sample) -> Result<Event, String> {
    let stamp = nanoseconds(stamp_s).ok_or_else(|| not_a_time(stamp_s))?;
    Ok(Event::Row { number: rows.number(stamp_s), stamp, channels: sample.values.positive() })
}

fn spike(stamp_s: f64, sample: &Sample) -> Result<Event, String> {
    let stamp = nanoseconds(stamp_s).ok_or_else(|| not_a_time(stamp_s))?;
    let channel = sample.values.integer(0).and_then(|channel| u16::try_from(channel).ok());
    let channel = channel.ok_or("the first value of a spike is not the number of a channel, 0 to 65535")?;
    Ok(Event::Spike { stamp, channel })
}

fn not_a_time(stamp_s: f64) -> String {
    format!("a sample has time stamp {stamp_s}, which no clock shows")
}

/// The text of a marker; none for an empty one.
fn marker(sample: &Sample) -> Option<String> {
    let text = match &sample.values {
        crate::lsl::Values::Text(texts) => String::from_utf8_lossy(texts.first()?).into_owned(),
        numbers => numbers.integer(0)?.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

/// What the command line says of a source.
struct Selection {
    /// The query for the spikes.
    spikes: String,
    /// That for the markers, if they are named.
    markers: Option<String>,
    /// The file of the columns that are channels, if they are chosen.
    channels: Option<String>,
}

impl Selection {
    fn parse(what: &str) -> Result<Self, SourceError> {
        let wrong = |text: String| SourceError(format!("lsl:{what}: {text}"));
        let (mut terms, mut markers, mut channels) = (Vec::new(), None, None);
        for part in what.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or(("name", part));
            let literal = || quoted(value).ok_or_else(|| wrong(format!("`{value}` has both kinds of quotes")));
            match key.trim() {
                "channels" => channels = Some(value.to_owned()),
                "markers" => markers = Some(format!("name={}", literal()?)),
                key @ ("name" | "type" | "source_id" | "hostname" | "uid") => {
                    terms.push(format!("{key}={}", literal()?));
                }
                key => {
                    let keys = "name, type, source_id, hostname, uid, markers, channels";
                    return Err(wrong(format!("`{key}` is none of {keys}")));
                }
            }
        }
        if terms.is_empty() {
            return Err(wrong("say which stream, for example by its name".to_owned()));
        }
        Ok(Self { spikes: terms.join(" and "), markers, channels })
    }
}

/// The only stream of the session that a query matches.
fn find(config: &Config, query: &str) -> Result<Found, SourceError> {
    let failed = |text: String| SourceError(format!("LSL: {text}"));
    let session = quoted(&config.session_id).map(|id| format!("session_id={id}"));
    let session =
        session.ok_or_else(|| failed("the session's name in lsl_api.cfg has both kinds of quotes".to_owned()))?;
    let wanted = Query::parse(query).ok_or_else(|| failed(format!("cannot look for {query}")))?;
    let start = clock::now();
    let mut search = Search::new(config, &session, start).map_err(|error| failed(format!("cannot search: {error}")))?;
    let (mut end, mut is_found) = (start + SEARCH_PATIENCE, false);
    loop {
        let now = clock::now();
        search.step(now);
        if !is_found && search.found.iter().any(|found| wanted.matches(&found.info)) {
            (is_found, end) = (true, now + OTHERS_PATIENCE);
        }
        if now >= end {
            break;
        }
        let patience = u64::try_from(end.min(search.next()) - now).unwrap_or_default();
        net::wait_readable(&[search.descriptor()], Duration::from_nanos(patience))
            .map_err(|error| failed(format!("cannot search: {error}")))?;
    }
    let (mut matching, others): (Vec<Found>, Vec<Found>) =
        search.found.into_iter().partition(|found| wanted.matches(&found.info));
    match (matching.pop(), matching.is_empty()) {
        (Some(found), true) => Ok(found),
        (Some(found), false) => {
            matching.push(found);
            let list = listed(&matching);
            Err(failed(format!("{} streams match {query}: {list}; name one by its source_id or uid", matching.len())))
        }
        (None, _) => {
            let list = listed(&others);
            let unread = search.refused.map(|error| format!("; one answer cannot be read: {error}"));
            let list = if list.is_empty() { "there are none".to_owned() } else { format!("there are {list}") };
            let unread = unread.unwrap_or_default();
            Err(failed(format!("no stream matches {query} in session `{}`: {list}{unread}", config.session_id)))
        }
    }
}

fn listed(found: &[Found]) -> String {
    let words = found.iter().map(|Found { info, address }| {
        let StreamInfo { name, kind, source_id, uid, .. } = info;
        format!("`{name}` (type {kind}, source_id {source_id}, uid {uid}) at {address}")
    });
    Vec::from_iter(words).join(", ")
}

/// Whether a stream can be the spikes of a network with so many channels; of any number, if its columns are chosen.
fn check_spikes(info: &StreamInfo, n_channels: Option<usize>, tick: Nanoseconds) -> Result<(), SourceError> {
    let wrong = |text: String| Err(SourceError(format!("LSL stream `{}`: {text}", info.name)));
    if info.format == Format::Text {
        return wrong(
            "it is text; spikes are numbers. Name it as `markers=`, and a stream of numbers as the spikes".to_owned(),
        );
    }
    if !info.is_regular() {
        return Ok(());
    }
    if let Some(n_channels) = n_channels.filter(|n_channels| *n_channels != info.n_channels) {
        return wrong(format!(
            "it has {} columns, and the network {n_channels} channels; `channels=FILE` says which columns these are",
            info.n_channels
        ));
    }
    let rows = tick as f64 * info.rate_hz / 1e9;
    if rows.round() < 1.0 || (rows - rows.round()).abs() > 1e-6 * rows {
        return wrong(format!("{} rows a second do not add up to ticks of {} ms", info.rate_hz, tick as f64 / 1e6));
    }
    Ok(())
}

fn check_markers(info: &StreamInfo) -> Result<(), SourceError> {
    if info.is_regular() || matches!(info.format, Format::Float32 | Format::Double64) {
        let text = "markers are an irregular stream of text or integers";
        return Err(SourceError(format!("LSL stream `{}`: {text}; this one is not", info.name)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_agree_within_their_errors_are_one() {
        let clock = |offset, round_trip| Some(Estimate { offset, round_trip });
        assert_eq!(between(clock(1_500, 2_000), clock(200, 1_000)), 0);
        assert_eq!(between(clock(1_800, 2_000), clock(200, 1_000)), 1_600);
        assert_eq!(between(clock(-100_000_000_000, 2_000), clock(200, 1_000)), -100_000_000_200);
        assert_eq!(between(clock(5, 0), None), 0);
    }
}
