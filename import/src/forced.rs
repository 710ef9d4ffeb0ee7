//! Integer neurons fed the spikes of a reference, and how far their own spikes agree: rounding apart from chaos.
//!
//! A recurrent network multiplies every difference, so two runs of it drift apart whatever the cause. Here each neuron of the core
//! receives the spikes that the reference fired, and is reset when the reference fired (teacher forcing), so that only its own
//! rounding counts.

use spec::image::Neuron;
use spec::lif::{self, NeuronParameters, NeuronState, ResetMode};

use crate::calibration::Events;
use crate::mapping::{Mapping, Role};
use crate::network::Network;
use crate::quantize::Quantized;
use crate::twin::Twin;

/// How far the spikes of a population agree with those of the reference.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreement {
    /// Spikes that both fired in the same tick.
    pub n_both: u64,
    /// Spikes of the reference.
    pub n_reference: u64,
    /// Spikes of the integer neurons.
    pub n_integer: u64,
    /// The largest magnitude of a potential over the most that it can be.
    pub range_used: f64,
}

impl Agreement {
    /// The harmonic mean of precision and recall, 1 if there is no spike.
    #[must_use]
    pub fn f1(&self) -> f64 {
        match self.n_reference + self.n_integer {
            0 => 1.0,
            n_spikes => 2.0 * self.n_both as f64 / n_spikes as f64,
        }
    }
}

/// Runs the integer neurons on the spikes of the float twin; the agreement of each population.
#[must_use]
pub fn agreement(network: &Network, mapping: &Mapping, quantized: &Quantized, events: &Events) -> Vec<Agreement> {
    let mut found = vec![Agreement::default(); network.populations.len()];
    let n_neurons = quantized.network.neurons.len();
    let outgoing = outgoing(quantized);
    let mut twin = Twin::new(network);
    // What the reference fired, by population and tick.
    let fired: Vec<Vec<Vec<u16>>> = events
        .iter()
        .map(|channels| {
            twin.tick(channels);
            (0..network.populations.len()).map(|population| twin.spikes(population).to_vec()).collect()
        })
        .collect();
    let reference = |population: usize, tick: i64| {
        let tick = usize::try_from(tick - mapping.lag_ticks[population]).ok()?;
        fired.get(tick).map(|fired| fired[population].as_slice())
    };

    let mut states = vec![NeuronState::default(); n_neurons];
    let mut sums = vec![0_i32; n_neurons];
    let mut sent: Vec<usize> = Vec::new();
    let most_lag = mapping.lag_ticks.iter().copied().max().unwrap_or(0).max(0);
    let lead_in = i64::from(mapping.lead_in_ticks);
    let n_ticks = i64::try_from(events.len()).unwrap_or(i64::MAX - most_lag) + most_lag;
    for tick in 0..n_ticks {
        let channels = usize::try_from(tick - lead_in).ok().and_then(|tick| events.get(tick));
        let rows = channels.into_iter().flatten().map(|channel| usize::from(*channel));
        for row in rows.chain(sent.iter().map(|neuron| mapping.n_channels + neuron)) {
            for (post, weight) in outgoing.get(row).into_iter().flatten() {
                sums[*post] += weight;
            }
        }
        sent.clear();
        for (neuron, Neuron { parameters, .. }) in quantized.network.neurons.iter().enumerate() {
            let sum = spec::fixed::saturate(std::mem::take(&mut sums[neuron]));
            let Role::Neuron { population, neuron: index } = quantized.roles[neuron] else {
                let updated = lif::update(parameters, states[neuron], sum);
                states[neuron] = updated.state;
                if updated.spike {
                    sent.push(neuron);
                }
                continue;
            };
            let fired = reference(population, tick);
            let has_fired = fired.is_some_and(|fired| fired.iter().any(|&fired| usize::from(fired) == index));
            let is_refractory = states[neuron].refractory_left > 0;
            // Reset by the reference, not by itself.
            let updated = lif::update(&NeuronParameters { never_fires: true, ..*parameters }, states[neuron], sum);
            let fires = !parameters.never_fires && !is_refractory && updated.margin >= 0;
            states[neuron] = if has_fired { reset(parameters, updated.state) } else { updated.state };
            let agreement = &mut found[population];
            let used = f64::from(updated.state.potential).abs() / f64::from(i16::MAX);
            agreement.range_used = agreement.range_used.max(used);
            if fired.is_some() {
                agreement.n_reference += u64::from(has_fired);
                agreement.n_integer += u64::from(fires);
                agreement.n_both += u64::from(has_fired && fires);
            }
            if has_fired {
                sent.push(neuron);
            }
        }
    }
    found
}

/// The state after a spike.
fn reset(parameters: &NeuronParameters, state: NeuronState) -> NeuronState {
    let potential = match parameters.reset_mode {
        ResetMode::ToZero => 0,
        ResetMode::Subtract => state.potential.saturating_sub(parameters.threshold),
    };
    NeuronState { potential, refractory_left: parameters.refractory_ticks, ..state }
}

/// Postsynaptic neuron and weight of the synapses of each row.
fn outgoing(quantized: &Quantized) -> Vec<Vec<(usize, i32)>> {
    let network = &quantized.network;
    let mut outgoing = vec![Vec::new(); network.n_rows()];
    for synapse in &network.synapses {
        outgoing[synapse.pre].push((synapse.post, i32::from(synapse.weight)));
    }
    outgoing
}
