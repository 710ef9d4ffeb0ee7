//! Balance of excitation and inhibition.

use serde::{Deserialize, Serialize};

use super::Wiring;
use crate::analysis::statistics::{Summary, pearson, summarize};
use crate::analysis::{AnalysisError, SpikeTrains};

/// Excitation and inhibition that neurons receive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// Each neuron, then each readout neuron.
    pub neurons: Vec<NeuronBalance>,
    /// Name and quartiles of [`NeuronBalance::balance`] of each area; `None` if none of its neurons receives any.
    pub areas: Vec<(String, Option<Summary>)>,
}

/// What one neuron receives: the weights of the synapses at which spikes arrive, summed by sign, before any filter of the
/// neuron, in units of the initial threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeuronBalance {
    /// Mean sum of positive weights per tick, at least 0.
    pub excitation: f64,
    /// Mean sum of negative weights per tick, as a magnitude, at least 0.
    pub inhibition: f64,
    /// (excitation - inhibition) / (excitation + inhibition), -1 to 1, 0 if balanced; `None` if it receives nothing.
    pub balance: Option<f64>,
    /// Correlation of excitation and inhibition over ticks, -1 to 1: high if inhibition follows excitation (tight
    /// balance, as in Okun & Lampl 2008, Nat Neurosci 11:535). `None` if one of them never changes.
    pub tightness: Option<f64>,
}

/// `spikes` are those of the channels and then of the neurons ([`SpikeTrains::join`]).
///
/// # Errors
/// Spikes of a different number of units, synapses between unknown neurons.
pub fn balance(wiring: &Wiring, spikes: &SpikeTrains) -> Result<Balance, AnalysisError> {
    wiring.check(spikes)?;
    let n_post = wiring.n_neurons + wiring.n_readouts;
    let n_rows = spikes.trials().len() * spikes.n_ticks();
    let outgoing = wiring.outgoing();
    let mut excitation = vec![vec![0.0; n_rows]; n_post];
    let mut inhibition = excitation.clone();
    for (row, units) in spikes.trials().iter().flatten().enumerate() {
        for synapse in units.iter().flat_map(|&unit| &outgoing[usize::from(unit)]) {
            let side = if synapse.weight > 0.0 { &mut excitation } else { &mut inhibition };
            side[synapse.post_neuron][row] += synapse.weight.abs();
        }
    }
    let neurons: Vec<NeuronBalance> =
        excitation.iter().zip(&inhibition).map(|(e, i)| NeuronBalance::of(e, i)).collect();
    let areas = wiring.areas.iter().map(|area| {
        let of_area = neurons.get(area.neurons.clone()).unwrap_or_default();
        let balances: Vec<f64> = of_area.iter().filter_map(|neuron| neuron.balance).collect();
        (area.name.clone(), summarize(&balances))
    });
    Ok(Balance { areas: areas.collect(), neurons })
}

impl NeuronBalance {
    fn of(excitation: &[f64], inhibition: &[f64]) -> Self {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let (e, i) = (mean(excitation), mean(inhibition));
        Self {
            excitation: e,
            inhibition: i,
            balance: (e + i > 0.0).then(|| (e - i) / (e + i)),
            tightness: pearson(excitation, inhibition).map(|correlation| correlation.coefficient),
        }
    }
}
