//! Events and traces: the input that a network was run on, and what the framework gave.

use std::collections::BTreeMap;

use recording::Recording;

use crate::nirdata::NirEvents;
use crate::npz::NumPyArray;

/// The array of events in an archive: one row a tick, one column a channel.
pub const INPUT: &str = "x";
/// The array of outputs in an archive: one row a tick, one column an output.
pub const OUTPUT: &str = "y";
/// The most ticks of a recording.
const TICKS_MAX: f64 = 1e7;

/// Events that a network cannot be run on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum EventError {
    #[error(
        "it has no array `{0}`; write `x`, one row a tick and one column a channel, and for a comparison `y`, the outputs"
    )]
    NoArray(&'static str),
    #[error("array `{array}` has the shape {shape:?}, where {expected} is due; write one row a tick, of one run")]
    Shape { array: &'static str, shape: Vec<usize>, expected: String },
    #[error(
        "tick {tick} has the value {value} in channel {channel}, and the network takes {}; write numbers of events",
        counts(*.max_count)
    )]
    Count { value: f64, tick: usize, channel: usize, max_count: u32 },
    #[error(
        "tick {tick} has the value {value} in output {output}, which cannot be compared; write the finite numbers that the framework gave"
    )]
    Output { value: f64, tick: usize, output: usize },
    #[error("it has {found} units, and the network {expected} channels; choose the recording that it was trained on")]
    Channels { found: usize, expected: usize },
    #[error(
        "its spikes are at times, and nobody has said how long a tick of the network is: the time step of {tick_ms} ms, by which \
         the framework writes time constants, is not; import the network with the length of the bins that it was trained on"
    )]
    NominalTick { tick_ms: f64 },
    #[error("its spikes span {ticks} ticks, above {TICKS_MAX}; take longer ticks, or a shorter recording")]
    TooLong { ticks: f64 },
    #[error("it has no spike, so there is nothing to run; choose another recording")]
    NoSpikes,
}

fn counts(max_count: u32) -> String {
    if max_count == 1 { "0 or 1".to_owned() } else { format!("0 to {max_count}") }
}

/// How events become active channels of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Channels {
    /// Channels of the network.
    pub n_channels: usize,
    /// Channels of the image for each of them: the most events in a tick.
    pub max_count: u32,
    /// Length of a tick in ms.
    pub tick_ms: f64,
    /// Whether nobody has said how long a tick is: `tick_ms` is only the nominal time step of a framework.
    pub is_tick_nominal: bool,
}

impl Channels {
    /// Adds a number of events of a channel in a tick; channels come in ascending order.
    fn add(self, active: &mut Vec<u16>, tick: usize, channel: usize, value: f64) -> Result<(), EventError> {
        let max_count = self.max_count;
        if !(value >= 0.0 && value <= f64::from(max_count) && value.fract() == 0.0) {
            return Err(EventError::Count { value, tick, channel, max_count });
        }
        let first = channel * max_count as usize;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to the largest count")]
        let count = value as usize;
        active.extend((first..first + count).map(|channel| u16::try_from(channel).unwrap_or(u16::MAX)));
        Ok(())
    }
}

/// The active channels of each tick.
///
/// # Errors
/// An archive without events, or whose events do not suit the network.
pub fn events(arrays: &BTreeMap<String, NumPyArray>, of: Channels) -> Result<Vec<Vec<u16>>, EventError> {
    let mut events = Vec::new();
    for (tick, row) in rows(arrays, INPUT, of.n_channels)?.into_iter().enumerate() {
        let mut active = Vec::new();
        for (channel, value) in row.iter().enumerate() {
            of.add(&mut active, tick, channel, *value)?;
        }
        events.push(active);
    }
    Ok(events)
}

/// The active channels of each tick of NIRData.
///
/// # Errors
/// Counts that the network does not take.
pub fn of_nirdata(found: &NirEvents, of: Channels) -> Result<Vec<Vec<u16>>, EventError> {
    let mut events = Vec::with_capacity(found.ticks.len());
    for (tick, counts) in found.ticks.iter().enumerate() {
        let mut active = Vec::new();
        for (channel, count) in counts {
            // Several spikes of one tick are one event, unless the network counts them: as in a recording.
            let count = if *count > 0.0 && count.fract() == 0.0 { count.min(f64::from(of.max_count)) } else { *count };
            of.add(&mut active, tick, usize::from(*channel), count)?;
        }
        events.push(active);
    }
    Ok(events)
}

/// The outputs of each tick.
///
/// # Errors
/// An archive without outputs, or whose outputs are not those of the network for `n_ticks` ticks.
pub fn outputs(
    arrays: &BTreeMap<String, NumPyArray>,
    n_outputs: usize,
    n_ticks: usize,
) -> Result<Vec<Vec<f64>>, EventError> {
    let rows = rows(arrays, OUTPUT, n_outputs)?;
    if rows.len() != n_ticks {
        let expected = format!("[{n_ticks}, {n_outputs}]");
        return Err(EventError::Shape { array: OUTPUT, shape: vec![rows.len(), n_outputs], expected });
    }
    for (tick, row) in rows.iter().enumerate() {
        if let Some(output) = row.iter().position(|value| !value.is_finite()) {
            return Err(EventError::Output { value: row[output], tick, output });
        }
    }
    Ok(rows.into_iter().map(<[f64]>::to_vec).collect())
}

/// The rows of an array of this width; axes of length 1, such as that of a batch, do not count.
fn rows<'a>(
    arrays: &'a BTreeMap<String, NumPyArray>,
    name: &'static str,
    width: usize,
) -> Result<Vec<&'a [f64]>, EventError> {
    let array = arrays.get(name).ok_or(EventError::NoArray(name))?;
    let n_ticks = array.shape.first().copied().unwrap_or(0);
    let rest: usize = array.shape.iter().skip(1).product();
    if n_ticks == 0 || rest != width || width == 0 {
        let expected = format!("[ticks, {width}]");
        return Err(EventError::Shape { array: name, shape: array.shape.clone(), expected });
    }
    Ok(array.values.chunks_exact(width).collect())
}

/// The events of a whole recording in ticks of this length, from the first spike to the last: a channel for each unit, active if the
/// unit has a spike in the tick, or as many channels as it has spikes, up to the largest count.
///
/// # Errors
/// A recording without spikes, with another number of units, or of too many ticks; ticks of unknown length.
pub fn of_recording(recording: &Recording, of: Channels) -> Result<Vec<Vec<u16>>, EventError> {
    let Channels { n_channels, max_count, tick_ms, is_tick_nominal } = of;
    if is_tick_nominal {
        return Err(EventError::NominalTick { tick_ms });
    }
    let units = &recording.units;
    if units.len() != n_channels {
        return Err(EventError::Channels { found: units.len(), expected: n_channels });
    }
    let spikes = || units.iter().flatten().copied();
    let (first_s, last_s) = (spikes().fold(f64::INFINITY, f64::min), spikes().fold(f64::NEG_INFINITY, f64::max));
    if first_s > last_s {
        return Err(EventError::NoSpikes);
    }
    let tick_of = |time_s: f64| ((time_s - first_s) * 1e3 / tick_ms).floor();
    let ticks = tick_of(last_s) + 1.0;
    if ticks > TICKS_MAX {
        return Err(EventError::TooLong { ticks });
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to the most ticks")]
    let index = |time_s: f64| tick_of(time_s) as usize;
    let mut events = vec![Vec::new(); index(last_s) + 1];
    for (channel, times) in units.iter().enumerate() {
        let copies = channel * max_count as usize..(channel + 1) * max_count as usize;
        let mut copies = copies.map(|copy| u16::try_from(copy).unwrap_or(u16::MAX));
        let (first, last) = (copies.next().unwrap_or(u16::MAX), copies.next_back());
        for &time_s in times {
            let channels: &mut Vec<u16> = &mut events[index(time_s)];
            match channels.last() {
                Some(&latest) if latest >= first => channels.extend((Some(latest) < last).then_some(latest + 1)),
                _ => channels.push(first),
            }
        }
    }
    Ok(events)
}
