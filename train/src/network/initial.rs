//! How a network starts: which synapses exist, and the first values of weights and time constants.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

use super::Network;
use super::topology::{InitialWeights, READOUT, SynapsePlacement, Topology};

/// Spikes a tick that the first weights expect of every channel and neuron; calibration measures what is true.
const EXPECTED_RATE: f64 = 0.04;
/// Standard deviation of a neuron's potential that the first weights aim at, in thresholds.
const NEURON_POTENTIAL_DEVIATION: f64 = 0.7;
/// The same for a readout neuron.
const READOUT_POTENTIAL_DEVIATION: f64 = 0.3;
/// The window over which a potential is taken to gather its input.
const WINDOW_TICKS: usize = 50;
/// Time constants start no shorter than this.
const MIN_TAU_TICKS: f64 = 1.0;

impl Network {
    pub(crate) fn draw_synapses(&mut self, placement: SynapsePlacement, rng: &mut impl Rng) {
        let mut counts = Vec::new();
        for (index, projection) in self.projections.clone().iter().enumerate() {
            let (pre, post) = (self.pre_range(&projection.from), self.post_range(&projection.to));
            let count = (projection.density * (pre.len() * post.len()) as f64).round() as usize;
            if placement == SynapsePlacement::Projections {
                let mut positions = self.positions(pre, post);
                shuffle_front(&mut positions, count, rng);
                for &position in &positions[..count] {
                    self.synapse_projection[position] = index as u16 + 1;
                }
            }
            counts.push((index, count));
        }
        if placement == SynapsePlacement::Random {
            let (n_channels, n_neurons, n_pre) = (self.layout.n_channels, self.layout.n_neurons, self.layout.n_pre());
            let within = self.positions(0..n_pre, 0..n_neurons);
            let to_readout = self.positions(n_channels..n_pre, n_neurons..self.layout.n_post());
            for (mut positions, is_readout) in [(within, false), (to_readout, true)] {
                let mut labels = Vec::new();
                for &(index, count) in &counts {
                    if (self.projections[index].to == READOUT) == is_readout {
                        labels.resize(labels.len() + count, index as u16 + 1);
                    }
                }
                let n_synapses = labels.len().min(positions.len());
                shuffle_front(&mut positions, n_synapses, rng);
                for (&position, label) in positions.iter().zip(labels) {
                    self.synapse_projection[position] = label;
                }
            }
        }
    }

    pub(crate) fn draw_constants(&mut self, topology: &Topology, tick_ms: f64, rng: &mut impl Rng) {
        let spans = self.areas.clone();
        for (area, span) in topology.areas.iter().zip(spans) {
            let mut draw = |mean_ms: f64, spread_ms: f64| {
                let deviation: f64 = StandardNormal.sample(rng);
                ((mean_ms + spread_ms * deviation) / tick_ms).max(MIN_TAU_TICKS) as f32
            };
            let n_adaptive = (area.adaptive_share * area.neurons as f64).round() as usize;
            for (place, neuron) in span.neurons.enumerate() {
                self.membrane_tau_ticks[neuron] = draw(area.membrane_tau_ms, area.membrane_tau_spread_ms);
                self.adaptation_tau_ticks[neuron] = draw(area.adaptation_tau_ms, area.adaptation_tau_spread_ms);
                self.adaptation_increment[neuron] =
                    if place < n_adaptive { area.adaptation_increment as f32 } else { 0.0 };
            }
        }
    }

    pub(crate) fn draw_weights(&mut self, topology: &Topology, rng: &mut impl Rng) {
        let n_post = self.layout.n_post();
        let deviations: Vec<f64> = (0..n_post).map(|post| self.initial_deviation(post)).collect();
        let mut kinds = vec![InitialWeights::Normal; n_post];
        for (area, span) in topology.areas.iter().zip(&self.areas) {
            kinds[span.neurons.clone()].fill(area.initial_weights);
        }
        for (position, weight) in self.weights.iter_mut().enumerate() {
            let projection = self.synapse_projection[position];
            if projection == 0 {
                continue;
            }
            let post = position % n_post;
            let unit: f64 = match kinds[post] {
                InitialWeights::Normal => StandardNormal.sample(rng),
                InitialWeights::Uniform => rng.random_range(-1.0..1.0) * 3f64.sqrt(),
            };
            *weight = (unit * deviations[post] * self.projections[usize::from(projection) - 1].gain) as f32;
        }
    }

    /// The standard deviation of a weight at which independent spikes of [`EXPECTED_RATE`] move the potential enough.
    fn initial_deviation(&self, post: usize) -> f64 {
        let n_post = self.layout.n_post();
        let fan_in = self.synapse_projection.iter().skip(post).step_by(n_post).filter(|&&label| label > 0).count();
        let decay = |tau: f32| if tau > 0.0 { (-1.0 / f64::from(tau)).exp() } else { 0.0 };
        let (synaptic, membrane) = (decay(self.synaptic_tau_ticks[post]), decay(self.membrane_tau_ticks[post]));
        let (mut current, mut potential, mut energy) = (1.0, 0.0, 0.0);
        for _ in 0..WINDOW_TICKS {
            potential = potential * membrane + current;
            current *= synaptic;
            energy += potential * potential;
        }
        let target =
            if post < self.layout.n_neurons { NEURON_POTENTIAL_DEVIATION } else { READOUT_POTENTIAL_DEVIATION };
        target / (EXPECTED_RATE * fan_in.max(1) as f64 * energy).sqrt()
    }

    fn positions(&self, pre: std::ops::Range<usize>, post: std::ops::Range<usize>) -> Vec<usize> {
        let n_post = self.layout.n_post();
        pre.flat_map(|pre| post.clone().map(move |post| pre * n_post + post)).collect()
    }
}

/// Brings `count` entries, drawn without replacement, to the front.
fn shuffle_front(positions: &mut [usize], count: usize, rng: &mut impl Rng) {
    for place in 0..count {
        let drawn = rng.random_range(place..positions.len());
        positions.swap(place, drawn);
    }
}
