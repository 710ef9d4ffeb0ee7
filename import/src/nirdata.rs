//! Events from NIRData, in which NIR's tools keep spikes and signals of the nodes of a graph.
//!
//! Source: the package `nir`, 1.0.8, `NIRGraphData`: a file has `nodes`, each with `observables`, which are events as index and time
//! (in seconds) of each sample, or values on a grid of samples, time steps and neurons.

use std::path::Path;

use recording::{Array, ReadError, Tree, Values};

/// The most memory that the arrays of a file may take.
const MOST_BYTES: u64 = 1 << 30;
/// The most ticks.
const TICKS_MAX: f64 = 1e7;
/// How far a time may lie before the tick that it belongs to, in ticks, because of rounding.
const TOLERANCE_TICKS: f64 = 1e-6;
/// How far the time step of a grid may be from a tick, relative to it.
const STEP_TOLERANCE: f64 = 1e-3;

/// The attribute of an input's spikes with the number of empty ticks that the program ran before the first event.
pub(crate) const LEAD_IN: &str = "@lead_in_ticks";

/// The number of events of channels, ascending.
pub type Counts = Vec<(u16, f64)>;

/// Why NIRData has no events for a network, as one clause.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum NirDataError {
    #[error("it cannot be read: {0}")]
    Read(ReadError),
    #[error(
        "no node in it has events for the {n_channels} channels of the network (it has {found}); write the spikes of its Input"
    )]
    NoNode { n_channels: usize, found: String },
    #[error(
        "the nodes {0} in it have as many neurons as the network has channels; keep that of the input, or name it `input`"
    )]
    SeveralNodes(String),
    #[error("{node}: {cause}")]
    Observable { node: String, cause: String },
}

/// Events of NIRData.
#[derive(Clone, Debug, PartialEq)]
pub struct NirEvents {
    /// The number of events of each channel in each tick, as channel and count, channels ascending.
    pub ticks: Vec<Counts>,
    /// Samples, which follow one another.
    pub n_samples: usize,
}

/// Whether a file is NIRData.
#[must_use]
pub fn is_nirdata(path: &Path) -> bool {
    Tree::root_text(path, "__type__").as_deref() == Some("NIRGraphData")
}

/// The events of the node that has this many neurons, in ticks of this length.
///
/// # Errors
/// A file that is damaged; none or several such nodes; events that make no sense.
pub fn read(path: &Path, n_channels: usize, tick_ms: f64) -> Result<NirEvents, NirDataError> {
    of_tree(&Tree::read_with_attributes(path, MOST_BYTES).map_err(NirDataError::Read)?, n_channels, tick_ms)
}

/// As [`read`], of the groups and arrays of a file with their attributes.
///
/// # Errors
/// As [`read`].
pub fn of_tree(file: &Tree, n_channels: usize, tick_ms: f64) -> Result<NirEvents, NirDataError> {
    let mut all = Vec::new();
    if let Some(nodes) = file.member("nodes") {
        collect(nodes, "", &mut all);
    }
    let size = |observable: &Tree| match number(observable, "@n_neurons") {
        Some(size) => Some(size),
        None => array(observable, "data").and_then(|data| data.shape.get(2)).map(|length| *length as f64),
    };
    let fits = |observable: &Tree| size(observable) == Some(n_channels as f64) && !has_values(observable);
    let mut fitting: Vec<&(String, &str, &Tree)> = all.iter().filter(|(_, _, observable)| fits(observable)).collect();
    if let Some(input) = fitting.iter().map(|it| it.0.clone()).find(|name| name == "input") {
        fitting.retain(|it| it.0 == input);
    }
    let mut nodes: Vec<&str> = fitting.iter().map(|it| it.0.as_str()).collect();
    nodes.dedup();
    let found = || all.iter().map(|(node, name, tree)| format!("{node}/{name}: {}", size(tree).unwrap_or(0.0)));
    let chosen = match &nodes[..] {
        [] => {
            let found = found().collect::<Vec<_>>().join(", ");
            let found = if found.is_empty() { "no observables".to_owned() } else { found };
            return Err(NirDataError::NoNode { n_channels, found });
        }
        [_] => fitting.iter().find(|it| it.1 == "spikes").unwrap_or(&fitting[0]),
        nodes => return Err(NirDataError::SeveralNodes(nodes.join(", "))),
    };
    let (node, name, observable) = chosen;
    let cause = |cause: String| NirDataError::Observable { node: format!("{node}/{name}"), cause };
    match array(observable, "data") {
        Some(data) => gridded(data, number(observable, "@dt"), n_channels, tick_ms).map_err(cause),
        None => events(observable, n_channels, tick_ms).map_err(cause),
    }
}

/// Whether an observable is a signal of a node, not its spikes.
fn has_values(observable: &Tree) -> bool {
    observable.member("value").is_some()
}

/// All observables with the names of their nodes, those of nested graphs too.
fn collect<'a>(nodes: &'a Tree, prefix: &str, all: &mut Vec<(String, &'a str, &'a Tree)>) {
    let Tree::Group(members) = nodes else { return };
    for (name, node) in members {
        let path = format!("{prefix}{name}");
        if let Some(Tree::Group(observables)) = node.member("observables") {
            let observables = observables.iter().filter(|(name, _)| !name.starts_with('@'));
            all.extend(observables.map(|(name, observable)| (path.clone(), name.as_str(), observable)));
        }
        if let Some(inner) = node.member("nodes") {
            collect(inner, &format!("{path}/"), all);
        }
    }
}

fn array<'a>(group: &'a Tree, name: &str) -> Option<&'a Array> {
    match group.member(name) {
        Some(Tree::Array(array)) => Some(array),
        _ => None,
    }
}

fn numbers(array: &Array) -> Option<Vec<f64>> {
    match &array.values {
        Values::Real(values) => Some(values.clone()),
        Values::Integer(values) => Some(values.iter().map(|value| *value as f64).collect()),
        _ => None,
    }
}

fn number(group: &Tree, name: &str) -> Option<f64> {
    numbers(array(group, name)?)?.first().copied()
}

/// Events of each sample as index and time; without an event the index is -1.
fn events(observable: &Tree, n_channels: usize, tick_ms: f64) -> Result<NirEvents, String> {
    let of = |name: &str| {
        let array = array(observable, name).ok_or_else(|| format!("it has no array {name}"))?;
        let values = numbers(array).ok_or_else(|| format!("its {name} holds no numbers"))?;
        Ok::<_, String>((array.shape.clone(), values))
    };
    let ((shape, indices), (shape_of_times, times)) = (of("idx")?, of("time")?);
    let [n_samples, n_events] = shape[..] else {
        return Err(format!("its idx has the shape {shape:?}, not samples, events"));
    };
    if shape != shape_of_times {
        return Err(format!("its idx has the shape {shape:?}, its time {shape_of_times:?}"));
    }
    let n_events = usize::try_from(n_events).unwrap_or(usize::MAX).max(1);
    let tick_of = |time_s: f64| (time_s * 1e3 / tick_ms + TOLERANCE_TICKS).floor();
    let events = || indices.iter().zip(&times).enumerate().filter(|(_, (index, _))| **index >= 0.0);
    let last = events().map(|(_, (_, time_s))| tick_of(*time_s) + 1.0).fold(0.0, f64::max);
    let t_max = number(observable, "@t_max").map_or(0.0, |t_max_s| (t_max_s * 1e3 / tick_ms - TOLERANCE_TICKS).ceil());
    let ticks = last.max(t_max);
    let n_samples = usize::try_from(n_samples).unwrap_or(usize::MAX);
    if !(ticks >= 1.0 && ticks * (n_samples as f64) <= TICKS_MAX) {
        return Err(format!("it has {n_samples} samples of {ticks} ticks, which is not 1 to {TICKS_MAX}"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to the most ticks")]
    let n_ticks = ticks as usize;
    let mut counts = vec![Vec::new(); n_samples * n_ticks];
    for (place, (index, time_s)) in events() {
        if *index >= n_channels as f64 || index.fract() != 0.0 {
            return Err(format!("it has an event of index {index}, and the network {n_channels} channels"));
        }
        if !(*time_s >= 0.0 && time_s.is_finite()) {
            return Err(format!("it has an event at {time_s} s"));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to the ticks and channels there are"
        )]
        let (tick, channel) = (tick_of(*time_s) as usize, *index as u16);
        add(&mut counts[place / n_events * n_ticks + tick], channel, 1.0);
    }
    // Those that this program wrote before the first event; a run of them writes them again.
    let lead_in = number(observable, LEAD_IN).unwrap_or(0.0);
    let is_lead_in = |tick: usize| (tick as f64) < lead_in && tick + 1 < n_ticks;
    let of_sample = |sample: &[Counts]| {
        sample.iter().enumerate().filter(|(tick, _)| !is_lead_in(*tick)).map(|it| it.1.clone()).collect::<Vec<_>>()
    };
    let ticks = counts.chunks_exact(n_ticks).flat_map(of_sample).collect();
    Ok(NirEvents { ticks, n_samples })
}

/// Values of each sample, time step and neuron.
fn gridded(data: &Array, dt_s: Option<f64>, n_channels: usize, tick_ms: f64) -> Result<NirEvents, String> {
    let dt_ms = dt_s.ok_or("it has no attribute dt")? * 1e3;
    if (dt_ms / tick_ms - 1.0).abs() > STEP_TOLERANCE {
        return Err(format!("its time steps take {dt_ms} ms, the ticks of the network {tick_ms} ms"));
    }
    let values = numbers(data).ok_or("its data holds no numbers")?;
    let n_samples = data.shape.first().map_or(0, |length| usize::try_from(*length).unwrap_or(usize::MAX));
    let row = |row: &[f64]| {
        let mut counts = Vec::new();
        for (channel, value) in row.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            add(&mut counts, u16::try_from(channel).unwrap_or(u16::MAX), *value);
        }
        counts
    };
    let ticks: Vec<_> = values.chunks_exact(n_channels.max(1)).map(row).collect();
    if ticks.is_empty() { Err("it has no time steps".to_owned()) } else { Ok(NirEvents { ticks, n_samples }) }
}

/// Adds to the count of a channel, which stay in order.
fn add(counts: &mut Vec<(u16, f64)>, channel: u16, count: f64) {
    match counts.binary_search_by_key(&channel, |it| it.0) {
        Ok(place) => counts[place].1 += count,
        Err(place) => counts.insert(place, (channel, count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(shape: &[u64], values: Values) -> Tree {
        Tree::Array(Array { shape: shape.to_vec(), values })
    }

    fn group(members: &[(&str, &Tree)]) -> Tree {
        Tree::Group(members.iter().map(|(name, member)| ((*name).to_owned(), (*member).clone())).collect())
    }

    fn file(observable: &Tree) -> Tree {
        group(&[("nodes", &group(&[("in", &group(&[("observables", &group(&[("spikes", observable)]))]))]))])
    }

    fn of_events(indices: &[i64], times: &[f64]) -> Tree {
        let shape = [1, indices.len() as u64];
        file(&group(&[
            ("@n_neurons", &array(&[], Values::Integer(vec![3]))),
            ("@t_max", &array(&[], Values::Real(vec![0.004]))),
            ("idx", &array(&shape, Values::Integer(indices.to_vec()))),
            ("time", &array(&shape, Values::Real(times.to_vec()))),
        ]))
    }

    #[test]
    fn events_fall_into_the_ticks_of_their_times_and_none_is_marked_by_minus_one() {
        let found = of_tree(&of_events(&[2, 0, 0, -1], &[0.003, 0.001, 0.0012, f64::INFINITY]), 3, 1.0).unwrap();
        assert_eq!(found.ticks, [vec![], vec![(0, 2.0)], vec![], vec![(2, 1.0)]]);
        assert_eq!(found.n_samples, 1);
    }

    #[test]
    fn events_that_make_no_sense_are_refused() {
        let refusal =
            |indices: &[i64], times: &[f64]| of_tree(&of_events(indices, times), 3, 1.0).unwrap_err().to_string();
        assert!(refusal(&[3], &[0.0]).contains("index 3"));
        assert!(refusal(&[0], &[-1.0]).contains("at -1 s"));
        assert!(refusal(&[0], &[f64::NAN]).contains("NaN"));
        assert!(refusal(&[0], &[1e9]).contains("not 1 to"));
        let none = of_tree(&of_events(&[0], &[0.0]), 4, 1.0).unwrap_err().to_string();
        assert!(none.contains("4 channels") && none.contains("in/spikes: 3"), "{none}");
    }

    #[test]
    fn a_grid_needs_the_time_step_of_the_ticks() {
        let grid = |dt_s: f64| {
            file(&group(&[
                ("@dt", &array(&[], Values::Real(vec![dt_s]))),
                ("data", &array(&[1, 2, 2], Values::Integer(vec![1, 0, 0, 2]))),
            ]))
        };
        assert_eq!(of_tree(&grid(0.001), 2, 1.0).unwrap().ticks, [vec![(0, 1.0)], vec![(1, 2.0)]]);
        assert!(of_tree(&grid(0.002), 2, 1.0).unwrap_err().to_string().contains("take 2 ms"));
    }
}
