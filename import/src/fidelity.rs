//! How faithful an imported network is on given events: its spikes, its outputs, and what the float network itself is worth.
//!
//! Outputs of a recurrent network drift apart after any difference. So beside those of the integers stand those of the float network
//! with one tick of input left out: an import that is as near as that is limited by chaos, not by its integers.

use model::Core;
use serde::Serialize;

use crate::calibration::Events;
use crate::forced::agreement;
use crate::imported::Imported;
use crate::network::Network;
use crate::twin::Twin;

/// How faithful an imported network is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fidelity {
    /// Ticks of the events.
    pub n_ticks: usize,
    /// Populations that fire.
    pub populations: Vec<PopulationFidelity>,
    /// Outputs of the integer network against the reference: the trace if there is one, else the float network.
    pub outputs: OutputFidelity,
    /// The largest magnitude of a score over the most that it can be; at 1 outputs no longer say what the network does.
    pub scores_range_used: f64,
    /// Those of the float network without one tick of input against the float network.
    pub one_tick_dropped: OutputFidelity,
    /// Those of the float network against the trace, if there is one: how well the file is understood.
    pub twin_against_trace: Option<OutputFidelity>,
}

/// How far the spikes of a population agree.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PopulationFidelity {
    /// Its name.
    pub name: String,
    /// Spikes of the float network.
    pub n_spikes: u64,
    /// The harmonic mean of precision and recall, spikes of the same tick, of neurons that are given the spikes of the float network.
    pub f1: f64,
    /// Spikes of the integer network, running freely, for each of the float network; none if that has no spike.
    pub rate_ratio: Option<f64>,
    /// The largest magnitude of a potential over the most that it can be.
    pub range_used: f64,
}

/// How far outputs agree.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputFidelity {
    /// Of values: the coefficient of determination, the mean over outputs that are not constant; none if all are.
    pub r2: Option<f64>,
    /// Of spikes: how many outputs of all ticks differ.
    pub n_different: Option<usize>,
    /// The share of ticks in which the same output has the most, with spikes counted from the start.
    pub same_decision: f64,
}

/// Outputs, tick by tick.
pub type Outputs = Vec<Vec<f64>>;

impl Fidelity {
    /// Runs an imported network on events; `trace` has the outputs that the framework gave in each tick.
    #[must_use]
    pub fn of(imported: &Imported, events: &Events, trace: Option<&Outputs>) -> Self {
        let network = &imported.network;
        let is_spiking = network.outputs.iter().all(|output| network.is_spiking(output));
        let float = float_outputs(network, events);
        let dropped = float_outputs(network, &with_tick_dropped(events));
        let reference = trace.unwrap_or(&float);
        let run = IntegerRun::of(imported, events);
        let of_population = agreement(network, &imported.mapping, &imported.quantized, events);
        let populations = network.populations.iter().zip(of_population.iter().zip(&run.n_spikes));
        let populations = populations.filter(|(population, _)| population.firing.is_some());
        let populations = populations.map(|(population, (agreement, n_spikes))| PopulationFidelity {
            name: population.name.clone(),
            n_spikes: agreement.n_reference,
            f1: agreement.f1(),
            rate_ratio: (agreement.n_reference > 0).then(|| *n_spikes as f64 / agreement.n_reference as f64),
            range_used: agreement.range_used,
        });
        Self {
            n_ticks: events.len(),
            populations: populations.collect(),
            outputs: compare(&run.outputs, reference, is_spiking),
            scores_range_used: f64::from(run.largest_score) / f64::from(i16::MAX),
            one_tick_dropped: compare(&dropped, &float, is_spiking),
            twin_against_trace: trace.map(|trace| compare(&float, trace, is_spiking)),
        }
    }
}

/// The outputs of the float network: values, and 0 or 1 for spikes.
#[must_use]
pub fn float_outputs(network: &Network, events: &Events) -> Outputs {
    let mut twin = Twin::new(network);
    let mut outputs: Outputs = vec![vec![0.0; network.outputs.len()]; events.len()];
    for (tick, channels) in events.iter().enumerate() {
        twin.tick(channels);
        for (index, value) in twin.outputs().into_iter().enumerate() {
            if let Some(outputs) = outputs.get_mut(tick + network.outputs[index].delay_ticks as usize) {
                outputs[index] = value;
            }
        }
    }
    outputs
}

/// A run of the integer network.
#[derive(Clone, Debug, PartialEq)]
pub struct IntegerRun {
    /// The outputs in the ticks of the network: values, and the number of spikes in each tick.
    pub outputs: Outputs,
    /// Spikes by population.
    pub n_spikes: Vec<u64>,
    /// The largest magnitude of a score that an output shows, at most that of the largest number.
    pub largest_score: i16,
}

impl IntegerRun {
    /// Runs an imported network on events.
    #[must_use]
    pub fn of(imported: &Imported, events: &Events) -> Self {
        let card = &imported.card;
        let mut core = Core::of(&imported.image);
        let mut population_of = vec![None; imported.image.neurons.len()];
        for (index, population) in card.populations.iter().enumerate() {
            population.neurons.iter().for_each(|&neuron| population_of[neuron] = Some(index));
        }
        let last_lag = card.outputs.iter().map(|output| output.lag_ticks).max().unwrap_or(0).max(0);
        let n_ticks = events.len() + usize::try_from(last_lag).unwrap_or(0);
        let mut outputs: Outputs = vec![vec![0.0; card.outputs.len()]; events.len()];
        let mut n_spikes = vec![0; card.populations.len()];
        let mut before = vec![0.0; card.outputs.len()];
        let mut largest_score = 0;
        for tick in 0..n_ticks {
            let channels = usize::try_from(card.lead_in_ticks).ok().and_then(|lead_in| tick.checked_sub(lead_in));
            let channels = channels.and_then(|tick| events.get(tick)).map_or(&[][..], Vec::as_slice);
            // A tick with channels that do not exist or do not ascend does not run.
            let Ok(outcome) = core.tick(channels) else { continue };
            for neuron in outcome.spikes {
                if let Some(population) = population_of[usize::from(*neuron)] {
                    n_spikes[population] += 1;
                }
            }
            for (index, (output, mapped)) in card.outputs.iter().zip(&imported.mapping.outputs).enumerate() {
                let score = outcome.scores[usize::from(output.readout)];
                largest_score = score.saturating_abs().max(largest_score);
                let value = output.scale * f64::from(score) + output.offset;
                let previous = std::mem::replace(&mut before[index], value);
                let value = if mapped.is_count { value - previous } else { value };
                let at = i64::try_from(tick).ok().and_then(|tick| usize::try_from(tick - output.lag_ticks).ok());
                if let Some(outputs) = at.and_then(|tick| outputs.get_mut(tick)) {
                    outputs[index] = value;
                }
            }
        }
        Self { outputs, n_spikes, largest_score }
    }
}

/// Spikes by population and tick of the network.
pub type Spikes = Vec<Vec<Vec<u16>>>;

/// The spikes of the float network and of the integer network, both running freely.
#[must_use]
pub fn spikes_of_both(imported: &Imported, events: &Events) -> (Spikes, Spikes) {
    let (network, card) = (&imported.network, &imported.card);
    let mut float: Spikes = vec![Vec::new(); network.populations.len()];
    let mut twin = Twin::new(network);
    for channels in events {
        twin.tick(channels);
        for (population, spikes) in float.iter_mut().enumerate() {
            spikes.push(twin.spikes(population).to_vec());
        }
    }
    let mut place_of = vec![None; imported.image.neurons.len()];
    for (population, of_card) in card.populations.iter().enumerate() {
        for (index, &neuron) in of_card.neurons.iter().enumerate() {
            place_of[neuron] = u16::try_from(index).ok().map(|index| (population, index));
        }
    }
    let mut integer: Spikes = vec![vec![Vec::new(); events.len()]; network.populations.len()];
    let mut core = Core::of(&imported.image);
    let last_lag = card.populations.iter().map(|population| population.lag_ticks).max().unwrap_or(0).max(0);
    for tick in 0..events.len() + usize::try_from(last_lag).unwrap_or(0) {
        let channels = usize::try_from(card.lead_in_ticks).ok().and_then(|lead_in| tick.checked_sub(lead_in));
        let channels = channels.and_then(|tick| events.get(tick)).map_or(&[][..], Vec::as_slice);
        let Ok(outcome) = core.tick(channels) else { continue };
        for (population, index) in outcome.spikes.iter().filter_map(|neuron| place_of[usize::from(*neuron)]) {
            let lag = card.populations[population].lag_ticks;
            let at = i64::try_from(tick).ok().and_then(|tick| usize::try_from(tick - lag).ok());
            if let Some(spikes) = at.and_then(|tick| integer[population].get_mut(tick)) {
                spikes.push(index);
            }
        }
    }
    (float, integer)
}

/// The events without those of a tick in the first quarter.
fn with_tick_dropped(events: &Events) -> Vec<Vec<u16>> {
    let mut dropped = events.to_vec();
    let start = events.len() / 8;
    if let Some(channels) = dropped.iter_mut().skip(start).find(|channels| !channels.is_empty()) {
        channels.clear();
    }
    dropped
}

fn compare(found: &Outputs, expected: &Outputs, is_spiking: bool) -> OutputFidelity {
    let n_outputs = expected.first().map_or(0, Vec::len);
    let pairs = || found.iter().zip(expected);
    let n_different = is_spiking.then(|| pairs().flat_map(|(a, b)| a.iter().zip(b)).filter(|(a, b)| a != b).count());
    let r2 = |index: usize| {
        let expected: Vec<f64> = expected.iter().map(|outputs| outputs[index]).collect();
        let mean = expected.iter().sum::<f64>() / expected.len() as f64;
        let total: f64 = expected.iter().map(|value| (value - mean).powi(2)).sum();
        let error: f64 = pairs().map(|(found, expected)| (found[index] - expected[index]).powi(2)).sum();
        (total > 0.0).then(|| 1.0 - error / total)
    };
    let of_outputs: Vec<f64> = if is_spiking { Vec::new() } else { (0..n_outputs).filter_map(r2).collect() };
    let r2 = (!of_outputs.is_empty()).then(|| of_outputs.iter().sum::<f64>() / of_outputs.len() as f64);
    let mut sums = [vec![0.0; n_outputs], vec![0.0; n_outputs]];
    let same = pairs().filter(|(found, expected)| {
        let decisions = [found, expected].into_iter().zip(&mut sums).map(|(outputs, sums)| {
            sums.iter_mut()
                .zip(*outputs)
                .for_each(|(sum, value)| *sum = if is_spiking { *sum + value } else { *value });
            largest(sums)
        });
        let decisions: Vec<usize> = decisions.collect();
        decisions[0] == decisions[1]
    });
    let same_decision = same.count() as f64 / expected.len().max(1) as f64;
    OutputFidelity { r2, n_different, same_decision }
}

/// Index of the largest value, the first of equals.
fn largest(values: &[f64]) -> usize {
    (1..values.len()).fold(0, |best, index| if values[index] > values[best] { index } else { best })
}
