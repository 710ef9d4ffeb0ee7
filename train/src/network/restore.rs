//! From the integers of a network back to float parameters: where a recalibration starts.

use spec::fixed::{DECAY_ONE_RAW, decay_to_real};

use super::quantize::raw_decay;
use super::{Network, Projection, QuantizedNetwork, READOUT};
use crate::data::TrainingSample;
use crate::pass::IntegerState;

/// The time constant, in ticks, of what forgets nothing.
const ENDLESS_TICKS: f32 = 1e6;
/// Windows that the unit of the scores is chosen on, at most.
const MAX_WINDOWS: usize = 96;
/// Units of the scores that are tried: two to the power of a quarter of these.
const SCORE_UNITS: std::ops::RangeInclusive<i32> = -80..=0;

/// What a network that was restored keeps of the one that it was.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Restored {
    /// The weight steps of its integers. Later steps are never smaller, so that the integers stay what they are until training
    /// changes them.
    pub(super) least_step: Vec<f32>,
    /// Whether each channel is one that it did not have.
    pub(super) is_new: Vec<bool>,
}

impl QuantizedNetwork {
    /// The network with other channels: `channels[c]` is the channel here that channel c is there; one that is not here has no weights.
    ///
    /// # Panics
    /// A channel that is not here.
    #[must_use]
    pub fn with_channels(&self, channels: &[Option<usize>]) -> Self {
        let n_post = self.layout.n_post();
        let rows: Vec<&[i16]> = self.weights.chunks_exact(n_post).collect();
        let silent = vec![0; n_post];
        let of_channels = channels.iter().map(|channel| channel.map_or(&silent[..], |channel| rows[channel]));
        let of_neurons = rows[self.layout.n_channels..].iter().copied();
        let weights = of_channels.chain(of_neurons).flatten().copied().collect();
        let layout = super::Layout { n_channels: channels.len(), ..self.layout };
        Self { layout, weights, neurons: self.neurons.clone(), step: self.step.clone() }
    }
}

impl Network {
    /// The network with the integers of `old`, whose channel `channels[c]` is channel c here. A channel that `old` did not have starts
    /// as in this network, one before training with the same neurons. Where `old` had all channels, the integers of the result are
    /// its own, bit for bit.
    ///
    /// Thresholds are 1 again, as before a training. The unit of the scores is not among the integers: it is the one with the least
    /// loss on `samples`. A synapse of weight 0 exists if its projection has all.
    ///
    /// # Panics
    /// If `old` has other neurons or readouts, or lacks a channel that it should have.
    #[must_use]
    pub fn restored(
        mut self,
        old: &QuantizedNetwork,
        channels: &[Option<usize>],
        samples: &[TrainingSample<'_>],
        score_gain: f64,
    ) -> Self {
        let old = old.with_channels(channels);
        assert_eq!(old.layout, self.layout, "channels, neurons and readouts");
        let (n_post, n_neurons) = (self.layout.n_post(), self.layout.n_neurons);
        let score_step = old.score_step(samples, score_gain);
        let step = |post: usize| match old.neurons.threshold[post] {
            threshold if post < n_neurons => 1.0 / f32::from(threshold),
            _ => score_step,
        };
        let least_step: Vec<f32> = (0..n_post).map(step).collect();
        for (position, &integer) in old.weights.iter().enumerate() {
            let (pre, post) = (position / n_post, position % n_post);
            if channels.get(pre) != Some(&None) {
                self.synapse_projection[position] = self.label(pre, post, integer != 0);
                self.weights[position] = f32::from(integer) * least_step[post];
            }
        }
        for (post, &step) in least_step.iter().enumerate() {
            let neuron = old.neurons.get(post);
            restore_tau(&mut self.synaptic_tau_ticks[post], neuron.synaptic_decay);
            restore_tau(&mut self.membrane_tau_ticks[post], neuron.membrane_decay);
            restore_tau(&mut self.adaptation_tau_ticks[post], neuron.adaptation_decay);
            self.adaptation_increment[post] = f32::from(neuron.adaptation_increment) * step;
            // That of a readout, which never fires, does not bound its step.
            self.threshold[post] = if post < n_neurons { f32::from(neuron.threshold) * step } else { 0.0 };
            self.bias[post] = f32::from(neuron.bias) * step;
            self.refractory_ticks[post] = neuron.refractory_ticks;
            self.reset_mode[post] = neuron.reset_mode;
        }
        self.restored = Some(Restored { least_step, is_new: channels.iter().map(Option::is_none).collect() });
        self
    }

    /// What [`Network::synapse_projection`] says of a synapse that has a weight, or of a place for one.
    fn label(&self, pre: usize, post: usize, has_weight: bool) -> u16 {
        let place_of = |is_it: &dyn Fn(&Projection) -> bool| self.projections.iter().position(is_it);
        let own = place_of(&|projection| {
            self.pre_range(&projection.from).contains(&pre) && self.post_range(&projection.to).contains(&post)
        });
        let is_full = own.is_some_and(|index| self.projections[index].density >= 1.0);
        // Where synapses lie anywhere, they are of any projection that ends alike.
        let any = || place_of(&|projection| (projection.to == READOUT) == (post >= self.layout.n_neurons));
        let index = if has_weight { own.or_else(any) } else { own.filter(|_| is_full) };
        index.map_or(0, |index| index as u16 + 1)
    }
}

impl QuantizedNetwork {
    /// The unit of the scores with the least cross-entropy of the decisions at the end of these windows.
    fn score_step(&self, samples: &[TrainingSample<'_>], score_gain: f64) -> f32 {
        let stride = samples.len().div_ceil(MAX_WINDOWS).max(1);
        let mut state = IntegerState::new(self);
        let windows = samples.iter().step_by(stride).map(|sample| {
            state.restart();
            sample.ticks.iter().for_each(|channels| state.tick(self, channels));
            (sample.class, state.scores(self).to_vec())
        });
        let windows: Vec<(usize, Vec<i16>)> = windows.collect();
        let loss = |unit: f64| -> f64 {
            let of_window = |(class, scores): &(usize, Vec<i16>)| {
                let real = |score: &i16| score_gain * unit * f64::from(*score);
                let highest = scores.iter().map(real).fold(f64::NEG_INFINITY, f64::max);
                scores.iter().map(|score| (real(score) - highest).exp()).sum::<f64>().ln() + highest
                    - real(&scores[*class])
            };
            windows.iter().map(of_window).sum()
        };
        let units = SCORE_UNITS.map(|quarters| 2_f64.powf(0.25 * f64::from(quarters)));
        let judged = units.map(|unit| (loss(unit), unit));
        judged.min_by(|one, other| one.0.total_cmp(&other.0)).map_or(1.0, |(_, unit)| unit as f32)
    }
}

/// Makes a time constant one that has this decay, if it is not.
fn restore_tau(tau: &mut f32, raw: u16) {
    if raw_decay(*tau) != raw {
        *tau = match raw {
            0 => 0.0,
            DECAY_ONE_RAW => ENDLESS_TICKS,
            raw => (-1.0 / decay_to_real(raw).ln()) as f32,
        };
    }
}
