//! Networks that are whole numbers already: the unit of which all levels of a neuron are multiples.

use spec::lif::ResetMode;

use crate::mapping::{Mapping, Purpose};

/// The largest multiple of the unit that the least level may be.
const MULTIPLE_MAX: u32 = 128;
/// How far, relative to it, a level may be from a multiple of the unit: files have single precision.
const TOLERANCE: f64 = 1e-6;

/// The largest number of which all weights into a neuron are multiples, and its bias, and its threshold if that is subtracted; none if
/// there is no such number.
pub(super) fn of(mapping: &Mapping, incoming: &[usize], post: usize) -> Option<f64> {
    let neuron = &mapping.neurons[post];
    let synapses = incoming.iter().map(|&index| &mapping.synapses[index]);
    let weights = synapses.filter(|synapse| matches!(synapse.purpose, Purpose::Weight | Purpose::Constant));
    let subtracted = !neuron.never_fires && neuron.reset_mode == ResetMode::Subtract;
    let threshold = if subtracted { neuron.threshold } else { 0.0 };
    let levels: Vec<f64> = weights
        .map(|synapse| synapse.weight.abs())
        .chain([neuron.bias.abs(), threshold])
        .filter(|level| *level > 0.0)
        .collect();
    let least = levels.iter().copied().reduce(f64::min)?;
    let units = (1..=MULTIPLE_MAX).map(|multiple| least / f64::from(multiple));
    units.into_iter().find(|unit| levels.iter().all(|level| is_multiple(*level, *unit)))
}

/// Whether a level is a multiple of a unit, but for rounding.
pub(super) fn is_multiple(level: f64, unit: f64) -> bool {
    let times = level / unit;
    (times - times.round()).abs() <= TOLERANCE * times && times.round() >= 1.0
}
