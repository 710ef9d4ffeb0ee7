//! The float twin: runs a network in real numbers, tick by tick, as the framework that trained it does.
//!
//! Nothing is computed by it but what an import is compared with. The order of a tick, the tests and the resets are those of
//! the frameworks' code, see [`crate::conventions`].

use std::collections::VecDeque;

use ndarray::Array2;

use crate::conventions::Reset;
use crate::network::{Network, Population, Source};

/// A network that runs.
#[derive(Clone, Debug)]
pub struct Twin<'a> {
    network: &'a Network,
    /// Populations in the order of a tick: each after those whose spikes it takes in the same tick.
    order: Vec<usize>,
    /// For each population and connection the weights by source.
    columns: Vec<Vec<Array2<f64>>>,
    states: Vec<State>,
    /// Active channels of this tick and of those before it, the latest first.
    channels: VecDeque<Vec<u16>>,
    /// As long as the longest delay.
    history_ticks: usize,
    tick: u32,
}

/// The state of a population.
#[derive(Clone, Debug)]
struct State {
    current: Vec<f64>,
    potential: Vec<f64>,
    has_fired: Vec<bool>,
    /// Neurons that fired in this tick, once it has run, and in those before it, the latest first.
    spikes: VecDeque<Vec<u16>>,
    input: Vec<f64>,
}

impl<'a> Twin<'a> {
    /// The network at its start, everything 0.
    #[must_use]
    pub fn new(network: &'a Network) -> Self {
        let transposed = |population: &Population| {
            let by_source = population.connections.iter().map(|it| it.weights.t().as_standard_layout().into_owned());
            by_source.collect::<Vec<_>>()
        };
        let delays = network.populations.iter().flat_map(|population| &population.connections);
        let longest = delays.map(|connection| connection.delay_ticks as usize).max().unwrap_or(0);
        Self {
            network,
            order: order(&network.populations),
            columns: network.populations.iter().map(transposed).collect(),
            states: network.populations.iter().map(|population| State::new(population.size())).collect(),
            channels: VecDeque::new(),
            history_ticks: longest + 1,
            tick: 0,
        }
    }

    /// Starts again.
    pub fn restart(&mut self) {
        self.states = self.network.populations.iter().map(|population| State::new(population.size())).collect();
        self.channels.clear();
        self.tick = 0;
    }

    /// Runs a tick with events on these channels; channels that the network has not are ignored.
    pub fn tick(&mut self, channels: &[u16]) {
        push(&mut self.channels, channels.to_vec(), self.history_ticks);
        for state in &mut self.states {
            push(&mut state.spikes, Vec::new(), self.history_ticks);
        }
        for &index in &self.order {
            let population = &self.network.populations[index];
            let mut input = std::mem::take(&mut self.states[index].input);
            input.fill(0.0);
            for (connection, columns) in population.connections.iter().zip(&self.columns[index]) {
                let delay = connection.delay_ticks as usize;
                let (first, count, active) = match connection.source {
                    Source::Channels { first, count } => (first, count, self.channels.get(delay)),
                    Source::Population(source) => (0, columns.nrows(), self.states[source].spikes.get(delay)),
                };
                for &active in active.into_iter().flatten() {
                    let Some(row) = usize::from(active).checked_sub(first).filter(|row| *row < count) else { continue };
                    input.iter_mut().zip(columns.row(row)).for_each(|(sum, weight)| *sum += weight);
                }
            }
            for constant in population.constants.iter().filter(|constant| constant.from_tick <= self.tick) {
                input.iter_mut().zip(&constant.values).for_each(|(sum, value)| *sum += value);
            }
            let spikes = self.states[index].update(population, &input);
            self.states[index].input = input;
            if let Some(latest) = self.states[index].spikes.front_mut() {
                *latest = spikes;
            }
        }
        self.tick += 1;
    }

    /// Neurons of a population that fired in the last tick, ascending.
    #[must_use]
    pub fn spikes(&self, population: usize) -> &[u16] {
        self.states[population].spikes.front().map_or(&[], Vec::as_slice)
    }

    /// Potentials of a population after the last tick, counted from v_reset.
    #[must_use]
    pub fn potentials(&self, population: usize) -> &[f64] {
        &self.states[population].potential
    }

    /// Currents of a population after the last tick.
    #[must_use]
    pub fn currents(&self, population: usize) -> &[f64] {
        &self.states[population].current
    }

    /// The value of every output after the last tick: a potential, or 1 for a spike. Delays before an output do not count.
    #[must_use]
    pub fn outputs(&self) -> Vec<f64> {
        let value = |output: &crate::network::Output| {
            let state = &self.states[output.population];
            match self.network.is_spiking(output) {
                true => f64::from(u8::from(state.has_fired[output.neuron])),
                false => output.factor * state.potential[output.neuron],
            }
        };
        self.network.outputs.iter().map(value).collect()
    }
}

impl State {
    fn new(size: usize) -> Self {
        Self {
            current: vec![0.0; size],
            potential: vec![0.0; size],
            has_fired: vec![false; size],
            spikes: VecDeque::new(),
            input: vec![0.0; size],
        }
    }

    fn update(&mut self, population: &Population, input: &[f64]) -> Vec<u16> {
        let mut spikes = Vec::new();
        for (index, input) in input.iter().enumerate() {
            let current = population.synaptic_decay[index] * self.current[index] + population.gain[index] * input;
            self.current[index] = current;
            let before = self.potential[index];
            let integrated = population.membrane_decay[index] * before + current + population.leak[index];
            let Some(firing) = &population.firing else {
                self.potential[index] = integrated;
                continue;
            };
            let threshold = firing.threshold[index];
            let is_above =
                |potential: f64| if firing.is_strict { potential > threshold } else { potential >= threshold };
            let has_fired = self.has_fired[index];
            let (potential, fires) = match firing.reset {
                Reset::Zero => {
                    let fires = is_above(integrated);
                    (if fires { 0.0 } else { integrated }, fires)
                }
                Reset::ZeroLate => {
                    let potential = if has_fired { 0.0 } else { integrated };
                    (potential, is_above(potential))
                }
                Reset::Subtract => {
                    let fires = is_above(integrated);
                    (if fires { integrated - threshold } else { integrated }, fires)
                }
                Reset::SubtractLate => {
                    let potential = if has_fired { integrated - threshold } else { integrated };
                    (potential, is_above(potential))
                }
                Reset::SubtractTwice => {
                    let was_above = is_above(before);
                    let potential = if was_above { integrated - threshold } else { integrated };
                    let fires = is_above(potential);
                    let subtracted = f64::from(u8::from(fires)) - f64::from(u8::from(was_above));
                    (potential - subtracted * threshold, fires)
                }
            };
            self.potential[index] = potential;
            self.has_fired[index] = fires;
            if fires {
                spikes.push(u16::try_from(index).unwrap_or(u16::MAX));
            }
        }
        spikes
    }
}

fn push(history: &mut VecDeque<Vec<u16>>, latest: Vec<u16>, most: usize) {
    history.push_front(latest);
    history.truncate(most);
}

/// Populations, each after those whose spikes it takes in the same tick. Every loop has a delay, so there is such an order.
fn order(populations: &[Population]) -> Vec<usize> {
    let waits_for = |population: &Population| {
        let same_tick = population.connections.iter().filter(|connection| connection.delay_ticks == 0);
        same_tick
            .filter_map(|connection| match connection.source {
                Source::Population(source) => Some(source),
                Source::Channels { .. } => None,
            })
            .collect::<Vec<_>>()
    };
    let waits_for: Vec<Vec<usize>> = populations.iter().map(waits_for).collect();
    let mut is_done = vec![false; populations.len()];
    let mut order = Vec::with_capacity(populations.len());
    while order.len() < populations.len() {
        let ready = |index: &usize| !is_done[*index] && waits_for[*index].iter().all(|&source| is_done[source]);
        let Some(next) = (0..populations.len()).find(ready) else { break };
        is_done[next] = true;
        order.push(next);
    }
    order
}
