//! The weight step of each neuron.

use super::{QuantizeOptions, unit};
use crate::calibration::Calibration;
use crate::mapping::{Mapping, Purpose, Role};

/// The largest sum of magnitudes of weights, in steps: rounding may add to it.
const SUM_MAX: f64 = 32_000.0;
/// How many thresholds fit the range of a potential.
const HEADROOM: f64 = 4.0;
/// The least share of weights that are one synapse each where fine steps would take the range that a potential may need.
const BOUNDLESS_SHARE: f64 = 0.9;
/// How far beyond the calibration a potential may go.
const BEYOND_CALIBRATION: f64 = 1.1;

/// Keeps a quotient that rounding took just below a whole number.
const ROUNDING: f64 = 1.0 + 1e-9;

/// The step of each neuron: such that most weights are one synapse, all weights of a fan-in fit a tick, and the potential fits its
/// range.
pub(super) fn steps(
    mapping: &Mapping,
    incoming: &[Vec<usize>],
    calibration: Option<&Calibration>,
    options: &QuantizeOptions,
    largest: f64,
) -> Vec<f64> {
    let level_max = f64::from(i16::MAX);
    let step = |(post, neuron): (usize, &crate::mapping::MappedNeuron)| {
        let Role::Neuron { population, neuron: index } = neuron.role else { return 1.0 };
        let synapses = incoming[post].iter().map(|&index| &mapping.synapses[index]);
        let sum: f64 = synapses.clone().map(|synapse| synapse.weight.abs()).sum();
        let weights = synapses.filter(|synapse| synapse.purpose == Purpose::Weight);
        let mut weights: Vec<f64> = weights.map(|synapse| synapse.weight.abs()).collect();
        let range = calibration.map_or(0.0, |calibration| calibration.ranges[population][index]);
        // Nothing resets it, and how far it goes nobody knows.
        let is_boundless = neuron.never_fires && calibration.is_none();
        let share = if is_boundless { options.unsplit_share.max(BOUNDLESS_SHARE) } else { options.unsplit_share };
        let step = (quantile(&mut weights, share) / largest)
            .max(sum / SUM_MAX)
            .max(HEADROOM * neuron.threshold / level_max)
            .max(neuron.bias.abs() / SUM_MAX)
            .max(BEYOND_CALIBRATION * range / level_max);
        // Nothing ever reaches it.
        let step = if step > 0.0 { step } else { 1.0 };
        // Whole steps to a unit of which all levels are multiples: then no weight is rounded.
        let in_unit = unit::of(mapping, &incoming[post], post).map(|unit| (unit, (unit / step * ROUNDING).floor()));
        let in_unit = in_unit.filter(|(_, n_steps)| *n_steps >= 1.0);
        // Finer ones help only if there are products to round; without, they take range.
        in_unit.map_or(step, |(unit, n_steps)| if neuron.only_counts() { unit } else { unit / n_steps })
    };
    let mut steps: Vec<f64> = mapping.neurons.iter().enumerate().map(step).collect();
    if options.shares_readout_step {
        let shared = mapping.readouts.iter().map(|&readout| steps[readout]).fold(0.0, f64::max);
        mapping.readouts.iter().for_each(|&readout| steps[readout] = shared);
    }
    steps
}

/// The value below which this share lies, interpolated; 0 of nothing.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    let place = share * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    values[below] + (values[above] - values[below]) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn a_quantile_lies_between_its_neighbours() {
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 0.75), 2.5);
        assert_eq!(quantile(&mut [3.0, 1.0], 1.0), 3.0);
        assert_eq!(quantile(&mut [], 0.5), 0.0);
    }
}
