//! First firing rates: scales each neuron's incoming weights until it fires about as often as asked on real windows.

use crate::data::TrainingSample;
use crate::network::Network;
use crate::pass::IntegerState;

/// Windows that a round of calibration runs.
const MAX_WINDOWS: usize = 96;
/// Rounds; each one scales by no more than [`LARGEST_FACTOR`].
const ROUNDS: usize = 24;
const LARGEST_FACTOR: f64 = 1.5;
/// The scale of a neuron's weights changes by at most this factor, up or down.
const LARGEST_SCALE: f64 = 30.0;

impl Network {
    /// Scales the weights into each neuron until it fires `target_rate` spikes a tick on `samples`, as far as it can.
    ///
    /// At most the first windows up to a fixed number, evenly spaced over the list, are run. Readout weights stay.
    pub fn calibrate(&mut self, samples: &[TrainingSample<'_>], target_rate: f64) {
        let stride = samples.len().div_ceil(MAX_WINDOWS).max(1);
        let windows: Vec<&[Vec<u16>]> = samples.iter().step_by(stride).map(|sample| sample.ticks).collect();
        let n_ticks: usize = windows.iter().map(|ticks| ticks.len()).sum();
        let n_neurons = self.layout.n_neurons;
        let mut scales = vec![1f64; n_neurons];
        for _ in 0..ROUNDS {
            let counts = self.spike_counts(&windows);
            let mut factors = vec![1f32; self.layout.n_post()];
            for (neuron, &count) in counts.iter().enumerate() {
                // Half a spike instead of none keeps the quotient finite.
                let rate = (count as f64).max(0.5) / n_ticks as f64;
                let factor = (target_rate / rate).powf(0.3).clamp(1.0 / LARGEST_FACTOR, LARGEST_FACTOR);
                let scale = (scales[neuron] * factor).clamp(1.0 / LARGEST_SCALE, LARGEST_SCALE);
                factors[neuron] = (scale / scales[neuron]) as f32;
                scales[neuron] = scale;
            }
            for row in self.weights.chunks_exact_mut(self.layout.n_post()) {
                for (weight, factor) in row.iter_mut().zip(&factors) {
                    *weight *= factor;
                }
            }
        }
    }

    fn spike_counts(&self, windows: &[&[Vec<u16>]]) -> Vec<u64> {
        let quantized = self.quantize();
        let mut state = IntegerState::new(&quantized);
        let mut counts = vec![0u64; self.layout.n_neurons];
        for ticks in windows {
            state.restart();
            for channels in *ticks {
                state.tick(&quantized, channels);
                for &neuron in state.fired() {
                    counts[usize::from(neuron)] += 1;
                }
            }
        }
        counts
    }
}
