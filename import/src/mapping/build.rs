//! The neurons and synapses of a mapping.

use std::collections::BTreeMap;

use spec::core::MAX_READOUTS;
use spec::lif::ResetMode;

use super::retiming::n_relays;
use super::{MappedNeuron, MappedOutput, MappedSynapse, Mapping, Purpose, Role, Row};
use crate::GraphError;
use crate::conventions::Reset;
use crate::network::{Network, Population, Source};

pub(super) fn build(network: &Network, lags: Vec<i64>) -> Result<Mapping, GraphError> {
    let lead_in = lead_in(network, &lags);
    let mut first_of = Vec::new();
    let mut neurons = Vec::new();
    for (index, population) in network.populations.iter().enumerate() {
        first_of.push(neurons.len());
        neurons.extend((0..population.size()).map(|neuron| of_population(population, index, neuron)));
    }
    let lag_ticks = lags.iter().map(|lag| lag + i64::from(lead_in)).collect();
    let mapping = Mapping {
        n_channels: network.n_channels,
        neurons,
        synapses: Vec::new(),
        first_of,
        lag_ticks,
        lead_in_ticks: lead_in,
        readouts: Vec::new(),
        outputs: Vec::new(),
    };
    let mut builder = Builder { mapping, relays: BTreeMap::new(), always_on: None };
    for (index, population) in network.populations.iter().enumerate() {
        builder.connect(index, population, &lags);
        builder.constants(index, population);
        builder.late_subtraction(index, population);
    }
    builder.outputs(network)?;
    Ok(builder.mapping)
}

/// Empty ticks before the first event: the always-on neuron first fires in tick 0, so what it brings arrives in tick 1.
fn lead_in(network: &Network, lags: &[i64]) -> u32 {
    let mut lead_in = 0;
    for (population, lag) in network.populations.iter().zip(lags) {
        for constant in &population.constants {
            let passes_filter = constant
                .values
                .iter()
                .zip(&population.synaptic_decay)
                .any(|(value, decay)| *value != 0.0 && *decay > 0.0);
            let start = lag + i64::from(constant.from_tick);
            let earliest = if passes_filter { 1 } else { 0 };
            lead_in = lead_in.max(earliest - start);
        }
        if population.leak.iter().any(|leak| *leak != 0.0) {
            lead_in = lead_in.max(-lag);
        }
    }
    u32::try_from(lead_in).unwrap_or(0)
}

fn of_population(population: &Population, index: usize, neuron: usize) -> MappedNeuron {
    let role = Role::Neuron { population: index, neuron };
    let (synaptic_decay, membrane_decay) = (population.synaptic_decay[neuron], population.membrane_decay[neuron]);
    let Some(firing) = &population.firing else {
        return MappedNeuron { synaptic_decay, membrane_decay, ..MappedNeuron::integrator(role) };
    };
    let (reset_mode, refractory_ticks) = match firing.reset {
        Reset::Zero => (ResetMode::ToZero, 0),
        // The core sets the potential to zero in the tick of the spike, and holds it there in the next.
        Reset::ZeroLate => (ResetMode::ToZero, 1),
        Reset::Subtract | Reset::SubtractLate | Reset::SubtractTwice => (ResetMode::Subtract, 0),
    };
    MappedNeuron {
        role,
        synaptic_decay,
        membrane_decay,
        bias: 0.0,
        threshold: firing.threshold[neuron],
        is_strict: firing.is_strict,
        reset_mode,
        refractory_ticks,
        never_fires: false,
    }
}

impl MappedNeuron {
    /// Adds up what arrives.
    fn integrator(role: Role) -> Self {
        Self {
            role,
            synaptic_decay: 0.0,
            membrane_decay: 1.0,
            bias: 0.0,
            threshold: 0.0,
            is_strict: false,
            reset_mode: ResetMode::ToZero,
            refractory_ticks: 0,
            never_fires: true,
        }
    }

    /// Fires as soon as it receives a 1, and forgets it.
    fn relay(role: Role) -> Self {
        Self { membrane_decay: 0.0, threshold: 1.0, never_fires: false, ..Self::integrator(role) }
    }
}

struct Builder {
    mapping: Mapping,
    /// Relays by what they pass on and how many ticks later.
    relays: BTreeMap<(Row, u32), usize>,
    always_on: Option<usize>,
}

impl Builder {
    fn add(&mut self, neuron: MappedNeuron) -> usize {
        self.mapping.neurons.push(neuron);
        self.mapping.neurons.len() - 1
    }

    fn synapse(&mut self, pre: Row, post: usize, weight: f64, purpose: Purpose) {
        if weight != 0.0 {
            self.mapping.synapses.push(MappedSynapse { pre, post, weight, purpose });
        }
    }

    /// What fires `ticks` ticks after a row.
    fn later(&mut self, row: Row, ticks: u32) -> Row {
        let mut pre = row;
        for ticks in 1..=ticks {
            let relay = match self.relays.get(&(row, ticks)) {
                Some(relay) => *relay,
                None => {
                    let relay = self.add(MappedNeuron::relay(Role::Relay { of: row, ticks }));
                    self.relays.insert((row, ticks), relay);
                    self.synapse(pre, relay, 1.0, Purpose::Auxiliary);
                    relay
                }
            };
            pre = Row::Neuron(relay);
        }
        pre
    }

    fn connect(&mut self, index: usize, population: &Population, lags: &[i64]) {
        let first = self.mapping.first_of[index];
        for connection in &population.connections {
            for (column, weights) in connection.weights.columns().into_iter().enumerate() {
                if weights.iter().all(|weight| *weight == 0.0) {
                    continue;
                }
                let row = match connection.source {
                    Source::Channels { first, .. } => Row::Channel(first + column),
                    Source::Population(pre) => Row::Neuron(self.mapping.first_of[pre] + column),
                };
                let ticks = n_relays(connection.source, i64::from(connection.delay_ticks), index, lags);
                let pre = self.later(row, u32::try_from(ticks).unwrap_or(0));
                for (neuron, weight) in weights.iter().enumerate() {
                    self.synapse(pre, first + neuron, weight * population.gain[neuron], Purpose::Weight);
                }
            }
        }
    }

    fn constants(&mut self, index: usize, population: &Population) {
        let (first, lag) = (self.mapping.first_of[index], self.mapping.lag_ticks[index]);
        for neuron in 0..population.size() {
            let decay = population.synaptic_decay[neuron];
            for constant in &population.constants {
                let value = constant.values[neuron] * population.gain[neuron];
                let start = lag + i64::from(constant.from_tick);
                if decay == 0.0 && start == 0 {
                    self.mapping.neurons[first + neuron].bias += value;
                } else {
                    self.constant_from(start, first + neuron, value);
                }
            }
            let leak = population.leak[neuron];
            if lag == 0 {
                self.mapping.neurons[first + neuron].bias += leak;
            } else {
                // Past the filter: what the first synapse leaves in the current, the second takes away.
                self.constant_from(lag, first + neuron, leak);
                self.constant_from(lag + 1, first + neuron, -decay * leak);
            }
        }
    }

    /// A constant that arrives from a tick of the core on, 1 or later.
    fn constant_from(&mut self, tick: i64, post: usize, value: f64) {
        if value == 0.0 {
            return;
        }
        let always_on = match self.always_on {
            Some(neuron) => neuron,
            None => {
                let neuron = self.add(MappedNeuron { bias: 1.0, ..MappedNeuron::relay(Role::AlwaysOn) });
                *self.always_on.insert(neuron)
            }
        };
        let pre = self.later(Row::Neuron(always_on), u32::try_from(tick - 1).unwrap_or(0));
        self.synapse(pre, post, value, Purpose::Constant);
    }

    /// The core subtracts in the tick of the spike, so the subtracted threshold decays once; the network subtracts it undecayed.
    fn late_subtraction(&mut self, index: usize, population: &Population) {
        let Some(firing) = population.firing.as_ref().filter(|firing| firing.reset == Reset::SubtractLate) else {
            return;
        };
        for (neuron, threshold) in firing.threshold.iter().enumerate() {
            let itself = self.mapping.first_of[index] + neuron;
            let weight = -(1.0 - population.membrane_decay[neuron]) * threshold;
            self.synapse(Row::Neuron(itself), itself, weight, Purpose::Reset);
            let decay = population.synaptic_decay[neuron];
            if decay > 0.0 && weight != 0.0 {
                let relay = self.later(Row::Neuron(itself), 1);
                self.synapse(relay, itself, -decay * weight, Purpose::Reset);
            }
        }
    }

    fn outputs(&mut self, network: &Network) -> Result<(), GraphError> {
        let mut readout_of = BTreeMap::new();
        for output in &network.outputs {
            let neuron = self.mapping.first_of[output.population] + output.neuron;
            let is_count = network.is_spiking(output);
            let readout = match readout_of.get(&neuron) {
                Some(readout) => *readout,
                None => {
                    let readout = self.mapping.readouts.len();
                    let shown = match is_count {
                        false => neuron,
                        true => {
                            let counter = self.add(MappedNeuron::integrator(Role::Counter { of: neuron }));
                            self.synapse(Row::Neuron(neuron), counter, 1.0, Purpose::Auxiliary);
                            counter
                        }
                    };
                    self.mapping.readouts.push(shown);
                    readout_of.insert(neuron, readout);
                    readout
                }
            };
            let lag = self.mapping.lag_ticks[output.population];
            self.mapping.outputs.push(MappedOutput {
                name: output.name.clone(),
                readout,
                is_count,
                factor: output.factor,
                lag_ticks: lag + i64::from(is_count) - i64::from(output.delay_ticks),
            });
        }
        let n_readouts = self.mapping.readouts.len();
        if n_readouts > usize::from(MAX_READOUTS) {
            let cause = format!("the network has {n_readouts} outputs, and no core has more than {MAX_READOUTS}");
            return Err(GraphError::new(cause, "train it with fewer outputs"));
        }
        Ok(())
    }
}
