//! From float parameters to the integers of the device: each neuron's weight step, absorbed in its threshold.

use spec::fixed::{decay_from_real, decay_to_real};
use spec::lif::NeuronParameters;

use super::{Layout, Network, NeuronColumns, Parameters};

/// Thresholds that fit between 0 and the largest potential, so that a potential may exceed its threshold unsaturated.
const THRESHOLDS_OF_HEADROOM: f32 = 8.0;
/// Adding and subtracting this rounds a float of magnitude below 2^22 to the nearest integer, halves to even.
const ROUNDING_OFFSET: f32 = 12_582_912.0;

/// The network in the integers that the device runs: what is trained, scored and compiled to an image.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedNetwork {
    /// Sizes and numbering.
    pub layout: Layout,
    /// `[n_pre][n_post]`, in weight steps of the postsynaptic neuron; the magnitudes of a column sum to at most 32,767.
    pub weights: Vec<i16>,
    /// The neurons, then the readout neurons.
    pub neurons: NeuronColumns,
    /// Real units in one weight step, for each postsynaptic index; readout neurons share one, so scores compare.
    pub step: Vec<f32>,
}

/// The decay of a time constant in ticks; 0 keeps nothing.
pub(super) fn raw_decay(tau_ticks: f32) -> u16 {
    decay_from_real(if tau_ticks > 0.0 { f64::from((-1.0 / tau_ticks).exp()) } else { 0.0 })
}

impl Network {
    /// The integers nearest to this network, rounding halves to even. In training and after it, the weights from channels to
    /// readouts also carry what rounding takes from the biases of these.
    #[must_use]
    pub fn quantize(&self) -> QuantizedNetwork {
        let step = self.steps();
        let n_post = self.layout.n_post();
        let inverse: Vec<f32> = step.iter().map(|step| 1.0 / step).collect();
        let mut weights = vec![0i16; self.weights.len()];
        for (integers, reals) in weights.chunks_exact_mut(n_post).zip(self.weights.chunks_exact(n_post)) {
            for ((integer, &real), &inverse) in integers.iter_mut().zip(reals).zip(&inverse) {
                *integer = ((real * inverse + ROUNDING_OFFSET) - ROUNDING_OFFSET) as i32 as i16;
            }
        }
        self.carry(&step, &mut weights);
        let neurons = (0..n_post).map(|post| self.neuron_parameters(post, inverse[post])).collect();
        QuantizedNetwork { layout: self.layout, weights, neurons, step }
    }

    fn neuron_parameters(&self, post: usize, inverse: f32) -> NeuronParameters {
        let level =
            |real: f32, low: i16| (real * inverse).round_ties_even().clamp(f32::from(low), f32::from(i16::MAX)) as i16;
        let never_fires = post >= self.layout.n_neurons;
        NeuronParameters {
            synaptic_decay: raw_decay(self.synaptic_tau_ticks[post]),
            membrane_decay: raw_decay(self.membrane_tau_ticks[post]),
            adaptation_decay: raw_decay(self.adaptation_tau_ticks[post]),
            threshold: if never_fires { i16::MAX } else { level(self.threshold[post], 1) },
            adaptation_increment: level(self.adaptation_increment[post], 0),
            bias: level(self.bias[post], i16::MIN),
            refractory_ticks: self.refractory_ticks[post],
            reset_mode: self.reset_mode[post],
            never_fires,
        }
    }

    pub(super) fn highest_weight(&self) -> f32 {
        ((1u32 << (self.weight_bits - 1)) - 1) as f32
    }

    /// The smallest step that holds the largest weight, the threshold with its headroom, and the sum of the fan-in.
    pub(crate) fn steps(&self) -> Vec<f32> {
        let n_post = self.layout.n_post();
        let n_neurons = self.layout.n_neurons;
        let mut largest = vec![0f32; n_post];
        let mut sum = vec![0f32; n_post];
        for row in self.weights.chunks_exact(n_post) {
            for ((largest, sum), weight) in largest.iter_mut().zip(&mut sum).zip(row) {
                let magnitude = weight.abs();
                *largest = if magnitude > *largest { magnitude } else { *largest };
                *sum += magnitude;
            }
        }
        let highest_weight = self.highest_weight();
        let most = f32::from(i16::MAX);
        // A step for each synapse: half of it for the rounding, the rest for the error of the float sum. And what half a level
        // of bias makes the weights carry.
        let sum_limit = most - self.layout.n_pre() as f32 - 0.5 * self.bias_carriers.iter().sum::<f32>();
        let mut step: Vec<f32> = (0..n_post)
            .map(|post| {
                let threshold_step = self.threshold[post] * THRESHOLDS_OF_HEADROOM / most;
                let least_step = self.restored.as_ref().map_or(0.0, |restored| restored.least_step[post]);
                (largest[post] / highest_weight).max(sum[post] / sum_limit).max(threshold_step).max(least_step)
            })
            .collect();
        let shared = step[n_neurons..].iter().fold(0f32, |a, &b| a.max(b));
        step[n_neurons..].fill(shared);
        step
    }
}

impl QuantizedNetwork {
    /// The real values of the integers, at which the backward pass differentiates.
    #[must_use]
    pub fn effective(&self) -> Parameters<f32> {
        let n_post = self.layout.n_post();
        let mut weights = vec![0f32; self.weights.len()];
        for (reals, integers) in weights.chunks_exact_mut(n_post).zip(self.weights.chunks_exact(n_post)) {
            for ((real, &integer), &step) in reals.iter_mut().zip(integers).zip(&self.step) {
                *real = f32::from(integer) * step;
            }
        }
        let decay = |raw: &[u16]| raw.iter().map(|&raw| decay_to_real(raw) as f32).collect();
        let level = |raw: &[i16]| raw.iter().zip(&self.step).map(|(&raw, step)| f32::from(raw) * step).collect();
        Parameters {
            weights,
            synaptic_decay: decay(&self.neurons.synaptic_decay),
            membrane_decay: decay(&self.neurons.membrane_decay),
            adaptation_decay: decay(&self.neurons.adaptation_decay),
            adaptation_increment: level(&self.neurons.adaptation_increment),
            threshold: level(&self.neurons.threshold),
            bias: level(&self.neurons.bias),
        }
    }
}
