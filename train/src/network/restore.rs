//! From the integers of a network back to float parameters: where a recalibration starts.

use spec::fixed::{DECAY_ONE_RAW, decay_to_real};

use super::quantize::raw_decay;
use super::{Network, Projection, QuantizedNetwork, READOUT};
use crate::data::{Teacher, TrainingSample, write_hard_targets};
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
    /// Thresholds are 1 again, as before a training, and so is the unit of the scores, which is not among the integers: a training
    /// chooses it. A synapse of weight 0 exists if its projection has all.
    ///
    /// # Panics
    /// If `old` has other neurons or readouts, or lacks a channel that it should have.
    #[must_use]
    pub fn restored(mut self, old: &QuantizedNetwork, channels: &[Option<usize>]) -> Self {
        let old = old.with_channels(channels);
        assert_eq!(old.layout, self.layout, "channels, neurons and readouts");
        let (n_post, n_neurons) = (self.layout.n_post(), self.layout.n_neurons);
        let step = |post: usize| match old.neurons.threshold[post] {
            threshold if post < n_neurons => 1.0 / f32::from(threshold),
            _ => 1.0,
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

    /// Gives the scores of a network that was restored the unit with the least loss at the end of these windows: `gain` times the
    /// scores are held against the probabilities of the teacher, or against the classes if there is none, which have no largest
    /// unit where all windows are decided right. Weights of channels that it did not have stay.
    pub(crate) fn choose_score_unit(&mut self, samples: &[TrainingSample<'_>], teacher: Option<&Teacher>, gain: f64) {
        let quantized = self.quantize();
        let Some(restored) = &mut self.restored else { return };
        let (n_post, n_neurons) = (self.layout.n_post(), self.layout.n_neurons);
        let unit = quantized.score_unit(samples, teacher, gain);
        for (pre, row) in self.weights.chunks_exact_mut(n_post).enumerate() {
            if restored.is_new.get(pre) != Some(&true) {
                row[n_neurons..].iter_mut().for_each(|weight| *weight *= unit);
            }
        }
        self.bias[n_neurons..].iter_mut().for_each(|bias| *bias *= unit);
        restored.least_step[n_neurons..].fill(unit);
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
    fn score_unit(&self, samples: &[TrainingSample<'_>], teacher: Option<&Teacher>, gain: f64) -> f32 {
        let stride = samples.len().div_ceil(MAX_WINDOWS).max(1);
        let n_classes = self.layout.n_readouts;
        let mut state = IntegerState::new(self);
        let windows = samples.iter().step_by(stride).map(|sample| {
            let n_ticks = sample.ticks.len();
            let mut targets = vec![0.0; n_ticks * n_classes];
            match teacher {
                Some(teacher) => teacher.write_targets(sample.ticks, Some(sample.class), (0, 1), &mut targets),
                None => write_hard_targets(n_ticks, n_classes, sample.class, (0, 1), &mut targets),
            }
            state.restart();
            sample.ticks.iter().for_each(|channels| state.tick(self, channels));
            (targets.split_off(targets.len() - n_classes), state.scores(self).to_vec())
        });
        let windows: Vec<(Vec<f32>, Vec<i16>)> = windows.collect();
        let loss = |unit: f64| -> f64 {
            let of_window = |(targets, scores): &(Vec<f32>, Vec<i16>)| {
                let real = |score: &i16| gain * unit * f64::from(*score);
                let highest = scores.iter().map(real).fold(f64::NEG_INFINITY, f64::max);
                let norm = scores.iter().map(|score| (real(score) - highest).exp()).sum::<f64>().ln() + highest;
                targets.iter().zip(scores).map(|(target, score)| f64::from(*target) * (norm - real(score))).sum::<f64>()
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
