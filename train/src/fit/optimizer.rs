//! Adam with decoupled weight decay on the network's parameters, its schedule, and clipping by the global norm.
//!
//! Source: Kingma and Ba, arXiv 1412.6980; Loshchilov and Hutter, arXiv 1711.05101.

use serde::{Deserialize, Serialize};

use crate::network::{Network, Parameters, Plasticity};

/// How the learning rate falls over the training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Half a cosine from 1 down to `end`.
    Cosine {
        /// What is left at the end.
        end: f64,
    },
}

impl Schedule {
    /// The factor on the learning rate at `epoch` (fractions count) of `epochs`.
    #[must_use]
    pub fn factor(self, epoch: f64, epochs: usize) -> f64 {
        match self {
            Self::Cosine { end } => {
                let part = (epoch / epochs.max(1) as f64).min(1.0);
                end + (1.0 - end) * 0.5 * (1.0 + (std::f64::consts::PI * part).cos())
            }
        }
    }
}

/// Adam's memory of a network.
#[derive(Clone, Debug)]
pub(super) struct Adam {
    weight_decay: f32,
    largest_norm: f64,
    mean: Parameters<f32>,
    square: Parameters<f32>,
    n_steps: i32,
    /// 1 where a synapse exists and is trained, else 0.
    synapse_mask: Vec<f32>,
}

const MEAN_DECAY: f32 = 0.9;
const SQUARE_DECAY: f32 = 0.999;
const EPSILON: f32 = 1e-8;
/// Time constants stay between these, in ticks.
const TAU_RANGE_TICKS: (f32, f32) = (0.2, 5_000.0);

impl Adam {
    pub(crate) fn new(network: &Network, weight_decay: f64, largest_norm: f64) -> Self {
        let mut adam = Self {
            weight_decay: weight_decay as f32,
            largest_norm,
            mean: Parameters::zeros(network.layout),
            square: Parameters::zeros(network.layout),
            n_steps: 0,
            synapse_mask: vec![0.0; network.weights.len()],
        };
        adam.select_synapses(network);
        adam
    }

    /// Notes which synapses exist and are trained; to be called again when that has changed.
    pub(crate) fn select_synapses(&mut self, network: &Network) {
        for (position, mask) in self.synapse_mask.iter_mut().enumerate() {
            let projection = network.projection_at(position);
            let trained = projection.is_some_and(|index| network.plasticity[index] == Plasticity::Trained);
            *mask = if trained { 1.0 } else { 0.0 };
        }
    }

    /// One step along `gradient`, which is used up. Returns the gradient's norm before clipping.
    ///
    /// The gradient by a decay becomes that by the logarithm of its time constant, in which the step is taken.
    pub(crate) fn step(&mut self, network: &mut Network, gradient: &mut Parameters<f32>, learning_rate: f64) -> f64 {
        for (entry, &mask) in gradient.weights.iter_mut().zip(&self.synapse_mask) {
            *entry *= mask;
        }
        by_log_tau(&mut gradient.synaptic_decay, &network.synaptic_tau_ticks);
        by_log_tau(&mut gradient.membrane_decay, &network.membrane_tau_ticks);
        by_log_tau(&mut gradient.adaptation_decay, &network.adaptation_tau_ticks);
        for (entry, &increment) in gradient.adaptation_increment.iter_mut().zip(&network.adaptation_increment) {
            *entry = if increment > 0.0 { *entry } else { 0.0 };
        }
        // A threshold is not trained, since the weights of its neuron can take any scale.
        gradient.threshold.fill(0.0);

        let norm = gradient.groups().into_iter().map(|group| sum_of_squares(group)).sum::<f64>().sqrt();
        let scale = clipping(norm, self.largest_norm);
        self.n_steps += 1;
        let moments = Moments::new(self.n_steps, learning_rate as f32, scale);
        let memory = self.mean.groups_mut().into_iter().zip(self.square.groups_mut());
        for (group, (mean, square)) in gradient.groups_mut().into_iter().zip(memory) {
            moments.step(group, mean, square);
        }
        self.apply(network, gradient, learning_rate as f32);
        norm
    }

    fn apply(&self, network: &mut Network, steps: &Parameters<f32>, learning_rate: f32) {
        let kept = 1.0 - learning_rate * self.weight_decay;
        for ((weight, step), &mask) in network.weights.iter_mut().zip(&steps.weights).zip(&self.synapse_mask) {
            let changed = *weight * kept - step;
            *weight = if mask > 0.0 { changed } else { *weight };
        }
        for (taus, steps) in [
            (&mut network.synaptic_tau_ticks, &steps.synaptic_decay),
            (&mut network.membrane_tau_ticks, &steps.membrane_decay),
            (&mut network.adaptation_tau_ticks, &steps.adaptation_decay),
        ] {
            for (tau, step) in taus.iter_mut().zip(steps) {
                if *tau > 0.0 && *step != 0.0 {
                    *tau = (*tau * (-step).exp()).clamp(TAU_RANGE_TICKS.0, TAU_RANGE_TICKS.1);
                }
            }
        }
        for (increment, step) in network.adaptation_increment.iter_mut().zip(&steps.adaptation_increment) {
            *increment = (*increment - step).max(0.0);
        }
        for (bias, step) in network.bias.iter_mut().zip(&steps.bias) {
            *bias -= step;
        }
    }
}

/// The factor that brings a gradient of `norm` down to `largest_norm`; 1 where it is no larger.
pub(crate) fn clipping(norm: f64, largest_norm: f64) -> f32 {
    if norm > largest_norm { (largest_norm / norm) as f32 } else { 1.0 }
}

/// The corrections of Adam's running means at one step.
pub(crate) struct Moments {
    rate: f32,
    square_correction: f32,
    /// Factor on the gradient.
    scale: f32,
}

impl Moments {
    /// Of step `n_steps`, counted from 1.
    pub(crate) fn new(n_steps: i32, learning_rate: f32, scale: f32) -> Self {
        let mean_correction = 1.0 / (1.0 - MEAN_DECAY.powi(n_steps));
        let square_correction = 1.0 / (1.0 - SQUARE_DECAY.powi(n_steps));
        Self { rate: learning_rate * mean_correction, square_correction, scale }
    }

    /// Takes the gradient into the running means, and replaces it by what the step subtracts.
    pub(crate) fn step(&self, gradient: &mut [f32], mean: &mut [f32], square: &mut [f32]) {
        for ((entry, mean), square) in gradient.iter_mut().zip(mean).zip(square) {
            let clipped = *entry * self.scale;
            *mean += (1.0 - MEAN_DECAY) * (clipped - *mean);
            *square += (1.0 - SQUARE_DECAY) * (clipped * clipped - *square);
            *entry = self.rate * *mean / ((*square * self.square_correction).sqrt() + EPSILON);
        }
    }
}

/// With `decay = exp(-1 / tau)`, the derivative of a decay by the logarithm of its time constant is `decay / tau`.
fn by_log_tau(gradient: &mut [f32], taus: &[f32]) {
    for (entry, &tau) in gradient.iter_mut().zip(taus) {
        *entry = if tau > 0.0 { *entry * (-1.0 / tau).exp() / tau } else { 0.0 };
    }
}

pub(crate) fn sum_of_squares(values: &[f32]) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0f64; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest: f64 = chunks.remainder().iter().map(|&value| f64::from(value) * f64::from(value)).sum();
    for chunk in chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum += f64::from(value) * f64::from(value);
        }
    }
    rest + sums.iter().sum::<f64>()
}
