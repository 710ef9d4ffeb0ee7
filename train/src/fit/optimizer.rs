//! Adam with decoupled weight decay on the network's parameters, its schedule, and clipping by the global norm.
//!
//! Inputs are centered: a step of a weight also moves the bias of its neuron, so that most of the neuron's mean input stays.
//! Spikes are counts far above 0, and without this a step of all weights of a neuron swings its potential by the whole count
//! of a window. A bias acts in every tick and a weight only where there is a spike, so a bias takes steps that are smaller by
//! as much. Both matter where windows are long: there, little else is learned until the learning rate has fallen.
//!
//! Source: Kingma and Ba, arXiv 1412.6980; Loshchilov and Hutter, arXiv 1711.05101; centering: Schraudolph, Centering neural
//! network gradients, in Neural Networks: Tricks of the Trade, doi 10.1007/3-540-49430-8_11.

use serde::{Deserialize, Serialize};

use crate::network::{Network, Parameters, Plasticity, SLOWEST_LEAK_TICKS};

/// How the learning rate falls over the training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Half a cosine from 1 down to `end`.
    Cosine {
        /// The factor at the end.
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

/// The state of Adam for a network.
#[derive(Clone, Debug)]
pub(crate) struct Adam {
    weight_decay: f32,
    largest_norm: f64,
    mean: Parameters<f32>,
    square: Parameters<f32>,
    n_steps: i32,
    /// Factor on the steps of a weight; 0 where no synapse exists, or none that is trained.
    synapse_mask: Vec<f32>,
    /// Factor on the steps of the direct path and of the readouts' biases.
    direct_factor: f32,
    /// The part of the mean spikes a tick of each presynaptic index that inputs are centered by.
    mean_spikes: Vec<f32>,
    /// Factor on the steps of biases: the mean spikes a tick of a presynaptic index.
    bias_factor: f32,
}

const MEAN_DECAY: f32 = 0.9;
const SQUARE_DECAY: f32 = 0.999;
const EPSILON: f32 = 1e-8;
/// Part of the mean input that is taken out. A bias is an integer in each tick, and what its rounding adds up to over a window
/// is for the weights to even out, which they could not do without a part of the mean.
const CENTERED: f32 = 0.9;
/// Time constants stay between these, in ticks; those above, of integrators, stay as they are.
const TAU_RANGE_TICKS: (f32, f32) = (0.2, SLOWEST_LEAK_TICKS);
/// Factor on the steps of a direct path that starts as a copy of the teacher: steps that find such a decoder from nothing would
/// blur it.
const REFINEMENT: f32 = 0.1;

impl Adam {
    pub(crate) fn new(network: &Network, weight_decay: f64, largest_norm: f64) -> Self {
        let mut adam = Self {
            weight_decay: weight_decay as f32,
            largest_norm,
            mean: Parameters::zeros(network.layout),
            square: Parameters::zeros(network.layout),
            n_steps: 0,
            synapse_mask: vec![0.0; network.weights.len()],
            direct_factor: 1.0,
            mean_spikes: vec![0.0; network.layout.n_pre()],
            bias_factor: 1.0,
        };
        adam.select_synapses(network);
        adam
    }

    /// Records which synapses exist and are trained. Call it again after they change.
    pub(crate) fn select_synapses(&mut self, network: &Network) {
        let (n_post, n_channels, n_neurons) =
            (network.layout.n_post(), network.layout.n_channels, network.layout.n_neurons);
        for (position, mask) in self.synapse_mask.iter_mut().enumerate() {
            let projection = network.projection_at(position);
            let trained = projection.is_some_and(|index| network.plasticity[index] == Plasticity::Trained);
            let is_direct = position / n_post < n_channels && position % n_post >= n_neurons;
            *mask = match (trained, is_direct) {
                (false, _) => 0.0,
                (true, false) => 1.0,
                (true, true) => self.direct_factor,
            };
        }
    }

    /// Lets the direct path take small steps only, since it starts as a copy of the teacher.
    pub(super) fn refine_direct_path(&mut self, network: &Network) {
        self.direct_factor = REFINEMENT;
        self.select_synapses(network);
    }

    /// Tells the mean spikes a tick of channels and neurons, about which inputs are centered.
    pub(crate) fn center(&mut self, mean_spikes: impl Iterator<Item = f32>) {
        self.mean_spikes.clear();
        self.mean_spikes.extend(mean_spikes);
        self.bias_factor = self.mean_spikes.iter().sum::<f32>() / self.mean_spikes.len() as f32;
        self.mean_spikes.iter_mut().for_each(|spikes| *spikes *= CENTERED);
    }

    /// One step along `gradient`, which is overwritten. Returns the gradient's norm before clipping.
    ///
    /// The gradient by a decay becomes that by the logarithm of its time constant, in which the step is taken.
    pub(crate) fn step(&mut self, network: &mut Network, gradient: &mut Parameters<f32>, learning_rate: f64) -> f64 {
        // A spike adds to the potential as often as its current lasts, a bias once a tick.
        let lasting = |&tau: &f32| if tau > 0.0 { 1.0 / -(-1.0 / tau).exp_m1() } else { 1.0 };
        let lasting: Vec<f32> = network.synaptic_tau_ticks.iter().map(lasting).collect();
        let by_mean: Vec<f32> = gradient.bias.iter().zip(&lasting).map(|(bias, lasting)| bias * lasting).collect();
        let n_post = by_mean.len();
        let rows = gradient.weights.chunks_exact_mut(n_post).zip(self.synapse_mask.chunks_exact(n_post));
        for ((row, masks), &spikes) in rows.zip(&self.mean_spikes) {
            for ((entry, &mask), &by_mean) in row.iter_mut().zip(masks).zip(&by_mean) {
                *entry = (*entry - spikes * by_mean) * mask;
            }
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
        for step in &mut gradient.bias {
            *step *= self.bias_factor;
        }
        for step in &mut gradient.bias[network.layout.n_neurons..] {
            *step *= self.direct_factor;
        }
        self.apply(network, gradient, &lasting, learning_rate as f32);
        norm
    }

    fn apply(&self, network: &mut Network, steps: &Parameters<f32>, lasting: &[f32], learning_rate: f32) {
        let lost = learning_rate * self.weight_decay;
        let n_post = lasting.len();
        let mut mean_change = vec![0f32; n_post];
        let rows = network.weights.chunks_exact_mut(n_post).zip(steps.weights.chunks_exact(n_post));
        let rows = rows.zip(self.synapse_mask.chunks_exact(n_post));
        for (((weights, steps), masks), &spikes) in rows.zip(&self.mean_spikes) {
            let columns = weights.iter_mut().zip(steps).zip(masks).zip(&mut mean_change);
            for (((weight, step), &mask), mean_change) in columns {
                let change = mask * (*weight * lost + step);
                *weight -= change;
                *mean_change -= spikes * change;
            }
        }
        for ((bias, mean_change), lasting) in network.bias.iter_mut().zip(&mean_change).zip(lasting) {
            *bias -= mean_change * lasting;
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
        let is_trained = tau > 0.0 && tau <= TAU_RANGE_TICKS.1;
        *entry = if is_trained { *entry * (-1.0 / tau).exp() / tau } else { 0.0 };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Topology;

    fn network() -> Network {
        Network::new(&Topology::load("T6").unwrap(), 6, 3, 1.0, 8, 1).unwrap()
    }

    /// A step along a gradient that is the same for every weight, as that of a neuron which gets too much input is.
    fn step(network: &mut Network, mean_spikes: f32) {
        let mut adam = Adam::new(network, 0.0, f64::INFINITY);
        adam.center(std::iter::repeat_n(mean_spikes, network.layout.n_pre()));
        let mut gradient = Parameters::zeros(network.layout);
        gradient.weights.fill(1.0);
        gradient.membrane_decay.fill(1.0);
        adam.step(network, &mut gradient, 0.01);
    }

    /// Mean input a tick of a readout neuron, where every channel and neuron fires as often.
    fn mean_input(network: &Network, readout: usize, mean_spikes: f32) -> f32 {
        let (n_post, post) = (network.layout.n_post(), network.layout.n_neurons + readout);
        network.bias[post] + mean_spikes * network.weights.iter().skip(post).step_by(n_post).sum::<f32>()
    }

    #[test]
    fn a_step_of_the_weights_leaves_most_of_the_mean_input() {
        let before = network();
        let (mut centered, mut plain) = (before.clone(), before.clone());
        step(&mut centered, 0.05);
        step(&mut plain, 0.0);
        for readout in 0..3 {
            let change = |network| (mean_input(network, readout, 0.05) - mean_input(&before, readout, 0.05)).abs();
            assert!(change(&centered) < 0.2 * change(&plain), "{} {}", change(&centered), change(&plain));
        }
    }

    #[test]
    fn a_copied_direct_path_takes_small_steps() {
        let before = network();
        let (n_post, readout) = (before.layout.n_post(), before.layout.n_neurons);
        let change = |is_copied: bool| {
            let mut network = before.clone();
            let mut adam = Adam::new(&network, 0.0, f64::INFINITY);
            if is_copied {
                adam.refine_direct_path(&network);
            }
            let mut gradient = Parameters::zeros(network.layout);
            gradient.weights.fill(1.0);
            gradient.bias.fill(1.0);
            adam.step(&mut network, &mut gradient, 0.01);
            let from_area = before.pre_range("motoneurons").start * n_post + readout;
            let moved = |position: usize| (network.weights[position] - before.weights[position]).abs();
            [moved(readout), (network.bias[readout] - before.bias[readout]).abs(), moved(from_area)]
        };
        let (free, copied) = (change(false), change(true));
        assert!(free.iter().all(|&change| change > 0.009), "{free:?}");
        assert!(copied[0] < 0.0011 && copied[1] < 0.0011 && copied[2] == free[2], "{copied:?}");
    }

    #[test]
    fn an_integrator_stays_one() {
        let before = network();
        let mut after = before.clone();
        step(&mut after, 0.05);
        let readouts = before.layout.n_neurons..before.layout.n_post();
        assert_eq!(after.membrane_tau_ticks[readouts.clone()], before.membrane_tau_ticks[readouts]);
        assert_ne!(after.membrane_tau_ticks[0], before.membrane_tau_ticks[0]);
    }
}
