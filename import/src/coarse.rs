//! Neurons whose weights do not fit the range of a step: what rounding takes from them matters.

use std::collections::BTreeMap;

use crate::mapping::{Mapping, Purpose, Role};
use crate::network::Network;
use crate::quantize::Quantized;

/// The share of the threshold that weights which round to 0 may have together.
const VANISHED_SHARE: f64 = 0.25;
/// Thresholds of fewer steps than this say little about when a neuron fires.
const THRESHOLD_MIN_STEPS: f64 = 8.0;
/// The largest distance from a whole number of steps, above which a weight is rounded.
const WHOLE: f64 = 1e-3;

/// Names the neurons of which weights round to 0 though they matter, or whose threshold has only a few steps; a warning for each population
/// and kind.
pub(crate) fn warnings(network: &Network, mapping: &Mapping, quantized: &Quantized) -> Vec<String> {
    let mut weights_of: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for synapse in mapping.synapses.iter().filter(|synapse| synapse.purpose == Purpose::Weight) {
        weights_of.entry(synapse.post).or_default().push(synapse.weight / quantized.steps[synapse.post]);
    }
    let mut found: BTreeMap<(usize, bool), Vec<(usize, String)>> = BTreeMap::new();
    for (post, weights) in weights_of {
        let neuron = &mapping.neurons[post];
        let Role::Neuron { population, neuron: index } = neuron.role else { continue };
        let threshold = neuron.threshold / quantized.steps[post];
        let vanished = weights.iter().filter(|weight| weight.abs() < 0.5);
        let (n_vanished, sum) = (vanished.clone().count(), vanished.map(|weight| weight.abs()).sum::<f64>());
        let matters =
            if neuron.never_fires { 2 * n_vanished > weights.len() } else { sum > VANISHED_SHARE * threshold };
        let is_rounded = weights.iter().any(|weight| (weight - weight.round()).abs() > WHOLE);
        if matters {
            let largest = weights.iter().map(|weight| weight.abs()).fold(0.0, f64::max) * quantized.steps[post];
            let cause =
                format!("{n_vanished} of its {} weights round to 0 beside the largest, {largest:.3}", weights.len());
            found.entry((population, true)).or_default().push((index, cause));
        } else if is_rounded && !neuron.never_fires && threshold < THRESHOLD_MIN_STEPS {
            let cause = format!("its threshold is only {threshold:.1} weight steps");
            found.entry((population, false)).or_default().push((index, cause));
        }
    }
    let warning = |((population, _), neurons): ((usize, bool), Vec<(usize, String)>)| {
        let (index, cause) = neurons.first()?;
        let name = &network.populations[population].name;
        let others = match neurons.len() - 1 {
            0 => String::new(),
            n_others => format!(" (and {n_others} more of its neurons)"),
        };
        let remedy = "train with weights in a narrower range";
        Some(format!("{name}[{index}]{others}: {cause}; {remedy}"))
    };
    found.into_iter().filter_map(warning).collect()
}
