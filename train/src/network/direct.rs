//! The direct path, from the channels to the readouts: a linear decoder of the spike counts.

use super::Network;
use crate::classical::counts;
use crate::data::{Teacher, TrainingSample};

/// A readout neuron whose membrane is slower than this, in ticks, keeps its evidence: its time constant is not trained.
pub(crate) const SLOWEST_LEAK_TICKS: f32 = 5_000.0;

/// Share of the mean, which is the variance of a Poisson process, in the variance of a count.
const POISSON_SHARE: f64 = 0.2;
/// Added to the variance of a count, so that it is not 0 where few windows have no spike.
const SMALLEST_VARIANCE: f64 = 0.02;
/// Most weight steps that a level of bias a tick adds to all weights of a readout together.
const MOST_CARRIED: f64 = 8192.0;

impl Network {
    /// Whether channels reach readouts that sum up what arrives.
    pub(crate) fn has_direct_path(&self) -> bool {
        let (n_post, n_neurons) = (self.layout.n_post(), self.layout.n_neurons);
        let from_channels = self.synapse_projection.chunks_exact(n_post).take(self.layout.n_channels);
        let sums_up = |readout: usize| {
            self.membrane_tau_ticks[readout] > SLOWEST_LEAK_TICKS && self.synaptic_tau_ticks[readout] <= 0.0
        };
        (n_neurons..n_post).all(sums_up) && from_channels.flat_map(|row| &row[n_neurons..]).any(|&label| label > 0)
    }

    /// Makes the direct path a copy of the teacher: `gain` times the scores of the readouts are then the teacher's, after every
    /// tick of a window of `n_ticks`, up to what all classes share. Of a network that was restored, only channels that it did not
    /// have become one, and biases take out what they add to the mean score of `samples`.
    pub(crate) fn copy_teacher(
        &mut self,
        teacher: &Teacher,
        samples: &[TrainingSample<'_>],
        n_ticks: usize,
        gain: f64,
    ) {
        let (n_post, n_neurons) = (self.layout.n_post(), self.layout.n_neurons);
        let (weights, constants) = teacher.parts();
        let is_new = self.restored.as_ref().map(|restored| restored.is_new.clone());
        for (channel, weights) in weights.chunks_exact(constants.len()).enumerate() {
            if is_new.as_ref().is_some_and(|is_new| !is_new[channel]) {
                continue;
            }
            // What all classes share decides nothing; without it the largest weight, and with it the weight step, is smaller.
            let shared = midrange(weights);
            for (class, weight) in weights.iter().enumerate() {
                let position = channel * n_post + n_neurons + class;
                if self.synapse_projection[position] > 0 {
                    self.weights[position] = ((weight - shared) / gain) as f32;
                }
            }
        }
        if let Some(is_new) = is_new {
            self.take_out_mean(samples, n_ticks, &is_new);
            return;
        }
        let shared = midrange(constants);
        for (bias, constant) in self.bias[n_neurons..].iter_mut().zip(constants) {
            *bias = ((constant - shared) / (gain * n_ticks as f64)) as f32;
        }
    }

    /// Lets the biases of readouts take out what these channels add to the mean score of a window.
    fn take_out_mean(&mut self, samples: &[TrainingSample<'_>], n_ticks: usize, is_taken: &[bool]) {
        let (n_post, n_neurons) = (self.layout.n_post(), self.layout.n_neurons);
        let n_channels = self.layout.n_channels;
        let mut sums = vec![0.0; n_channels];
        for sample in samples {
            sums.iter_mut().zip(counts(sample.ticks, n_channels)).for_each(|(sum, count)| *sum += count);
        }
        let n_all_ticks = (samples.len() * n_ticks).max(1) as f64;
        for (channel, sum) in sums.iter().enumerate().filter(|(channel, _)| is_taken[*channel]) {
            for post in n_neurons..n_post {
                self.bias[post] -= self.weights[channel * n_post + post] * (sum / n_all_ticks) as f32;
            }
        }
    }

    /// From now on the direct path carries what rounding takes from the biases of readouts: spread over channels that fire as
    /// in `samples` so that it adds as much to the mean score of a window, with the least variance.
    pub(crate) fn carry_biases(&mut self, samples: &[TrainingSample<'_>]) {
        let (n, n_channels) = (samples.len() as f64, self.layout.n_channels);
        let n_ticks = samples.first().map_or(0, |sample| sample.ticks.len()) as f64;
        let (mut sums, mut squares) = (vec![0.0; n_channels], vec![0.0; n_channels]);
        for sample in samples {
            for ((sum, square), count) in sums.iter_mut().zip(&mut squares).zip(counts(sample.ticks, n_channels)) {
                *sum += count;
                *square += count * count;
            }
        }
        let means: Vec<f64> = sums.iter().map(|sum| sum / n).collect();
        let variance = |(mean, square): (&f64, &f64)| {
            (1.0 - POISSON_SHARE) * (square / n - mean * mean) + POISSON_SHARE * mean + SMALLEST_VARIANCE
        };
        let share = |(mean, square)| mean / variance((mean, square));
        let shares: Vec<f64> = means.iter().zip(&squares).map(share).collect();
        // The 1 keeps few spikes from carrying all, which would be noisier than the error.
        let total = 1.0 + means.iter().zip(&shares).map(|(mean, share)| mean * share).sum::<f64>();
        let scale = (n_ticks / total).min(MOST_CARRIED / shares.iter().sum::<f64>());
        self.bias_carriers = shares.iter().map(|share| (scale * share) as f32).collect();
    }

    /// Adds to the integers of the direct path what they carry of the biases.
    pub(super) fn carry(&self, step: &[f32], weights: &mut [i16]) {
        let (n_post, n_neurons) = (self.layout.n_post(), self.layout.n_neurons);
        let highest = self.highest_weight();
        for (post, &step) in step.iter().enumerate().skip(n_neurons) {
            let levels = self.bias[post] / step;
            let lost = levels - levels.round_ties_even();
            for (channel, carried) in self.bias_carriers.iter().enumerate() {
                let position = channel * n_post + post;
                let level = self.weights[position] / step + lost * carried;
                let integer = level.round_ties_even().clamp(-highest, highest) as i16;
                // A synapse that would have a weight without this keeps one.
                if self.synapse_projection[position] > 0 && integer != 0 {
                    weights[position] = integer;
                }
            }
        }
    }
}

fn midrange(values: &[f64]) -> f64 {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    0.5 * (lowest + highest)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::data::Distillation;
    use crate::network::Topology;
    use crate::pass::scores;

    const N_CHANNELS: usize = 12;
    const N_CLASSES: usize = 3;
    const N_TICKS: usize = 150;

    /// Windows in which a third of the channels, by class, fires more often than the others.
    fn windows(rate: f64) -> Vec<Vec<Vec<u16>>> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut tick = |class: usize| -> Vec<u16> {
            let rate = |channel: u16| if usize::from(channel) % N_CLASSES == class { 2.0 * rate } else { rate };
            (0..N_CHANNELS as u16).filter(|&channel| rng.random_bool(rate(channel))).collect()
        };
        (0..60).map(|index| (0..N_TICKS).map(|_| tick(index % N_CLASSES)).collect()).collect()
    }

    fn samples(windows: &[Vec<Vec<u16>>]) -> Vec<TrainingSample<'_>> {
        windows.iter().enumerate().map(|(index, ticks)| TrainingSample { ticks, class: index % N_CLASSES }).collect()
    }

    fn network(topology: &str) -> Network {
        Network::new(&Topology::load(topology).unwrap(), N_CHANNELS, N_CLASSES, 1.0, 8, 1).unwrap()
    }

    /// Scores after a tick, in real units, less that of the first class.
    fn differences(network: &Network, ticks: &[Vec<u16>], tick: usize) -> Vec<f64> {
        let quantized = network.quantize();
        let scores = &scores(&quantized, ticks)[tick];
        let step = f64::from(quantized.step[network.layout.n_neurons]);
        scores.iter().map(|score| step * f64::from(score - scores[0])).collect()
    }

    #[test]
    fn a_copy_has_the_scores_of_the_teacher_after_every_tick() {
        let windows = windows(0.04);
        let samples = samples(&windows);
        let distillation = Distillation { share: 1.0, ..Distillation::default() };
        let teacher = Teacher::fit(&samples, N_CHANNELS, N_CLASSES, distillation).unwrap();
        let mut network = network("direct");
        network.copy_teacher(&teacher, &samples, N_TICKS, 2.0);
        network.carry_biases(&samples);
        let mut targets = vec![0.0; N_TICKS * N_CLASSES];
        for (tick, ticks) in [20, 80, N_TICKS - 1].into_iter().zip(&windows) {
            teacher.write_targets(ticks, None, (0, 1), &mut targets);
            let probabilities = &targets[tick * N_CLASSES..][..N_CLASSES];
            for (class, score) in differences(&network, ticks, tick).into_iter().enumerate() {
                let expected = f64::from(probabilities[class] / probabilities[0]).ln();
                assert!((2.0 * score - expected).abs() < 0.15, "{tick} {class}: {} {expected}", 2.0 * score);
            }
        }
    }

    #[test]
    fn a_restored_network_finds_the_unit_of_its_scores_again() {
        // Rates at which every window is decided right, so that classes alone would have no largest unit.
        let windows = windows(0.1);
        let samples = samples(&windows);
        let teacher = Teacher::fit(&samples, N_CHANNELS, N_CLASSES, Distillation::default()).unwrap();
        let mut network = network("direct");
        network.copy_teacher(&teacher, &samples, N_TICKS, 2.0);
        let old = network.quantize();
        let channels: Vec<Option<usize>> = (0..N_CHANNELS).map(Some).collect();
        let mut restored = self::network("direct").restored(&old, &channels);
        restored.choose_score_unit(&samples, Some(&teacher), 2.0);
        let found = restored.quantize();
        assert_eq!((&found.weights, &found.neurons), (&old.weights, &old.neurons));
        let [found, expected] = [found, old].map(|network| network.step[network.layout.n_neurons]);
        assert!((found / expected).log2().abs() < 0.3, "{found} {expected}");
    }

    #[test]
    fn the_path_carries_what_rounding_takes_from_a_bias() {
        let windows = windows(0.04);
        let mut plain = network("direct");
        let post = plain.layout.n_neurons + 1;
        let step = plain.steps()[post];
        plain.bias[post] = 7.4 * step;
        let mut carrying = plain.clone();
        carrying.carry_biases(&samples(&windows));
        let mean_score = |network: &Network| {
            let of_window = |ticks: &Vec<Vec<u16>>| differences(network, ticks, N_TICKS - 1)[1] / f64::from(step);
            windows.iter().map(of_window).sum::<f64>() / windows.len() as f64
        };
        let carried = mean_score(&carrying) - mean_score(&plain);
        let lost = 0.4 * N_TICKS as f64;
        assert!((carried - lost).abs() < 0.3 * lost, "{carried} of {lost}");
    }

    #[test]
    fn a_full_fan_in_fits_with_what_it_carries() {
        let mut network = Network::new(&Topology::load("direct").unwrap(), 300, N_CLASSES, 1.0, 8, 1).unwrap();
        let (n_post, readout) = (network.layout.n_post(), network.layout.n_neurons);
        network.weights.iter_mut().skip(readout).step_by(n_post).take(300).for_each(|weight| *weight = 1.0);
        network.bias_carriers = vec![MOST_CARRIED as f32 / 300.0; 300];
        network.bias[readout] = 0.49 * network.steps()[readout];
        let weights = network.quantize().weights.into_iter().skip(readout).step_by(n_post);
        let sum: i32 = weights.map(|weight| i32::from(weight.abs())).sum();
        assert!((30_000..=32_767).contains(&sum), "{sum}");
    }

    #[test]
    fn few_spikes_do_not_carry_more_than_a_fan_in_has_room_for() {
        let mut network = network("direct");
        let mut ticks = vec![Vec::new(); 20_000];
        ticks[5] = vec![3];
        network.carry_biases(&[TrainingSample { ticks: &ticks, class: 0 }]);
        let carried: f32 = network.bias_carriers.iter().sum();
        assert!(carried > 8000.0 && f64::from(carried) < MOST_CARRIED + 1.0, "{carried}");
    }

    #[test]
    fn areas_and_leaking_readouts_are_no_direct_path() {
        let mut leaking = Topology::load("direct").unwrap();
        leaking.readout.membrane_tau_ms = 50.0;
        let leaking = Network::new(&leaking, N_CHANNELS, N_CLASSES, 1.0, 8, 1).unwrap();
        assert!(network("direct").has_direct_path() && network("T6").has_direct_path());
        assert!(!network("T1").has_direct_path() && !leaking.has_direct_path());
    }
}
