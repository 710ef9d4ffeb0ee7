//! Held-out windows with added noise.

use train::data::{neuron_noise, spike_probability, with_input_noise};

use super::job::Job;
use crate::error::StudyError;
use crate::outcome::NoiseAccuracy;
use crate::run::{Noise, NoisePlace, Observation};

/// Decides a window, given the channels that spike in each tick and the neurons that noise makes spike in each tick.
type Decide<'a> = dyn FnMut(&[Vec<u16>], &[Vec<u16>]) -> usize + 'a;

impl Job<'_> {
    /// Accuracy at every noise rate of the plan; at hidden neurons too where the decoder has `n_hidden` spiking ones.
    pub(super) fn noisy(
        &self,
        n_hidden: Option<usize>,
        decide: &mut Decide<'_>,
    ) -> Result<Vec<NoiseAccuracy>, StudyError> {
        let mut results = Vec::new();
        if self.run.observation != Observation::Noise {
            return Ok(results);
        }
        let places = [Some(NoisePlace::Input), n_hidden.map(|_| NoisePlace::Hidden)];
        for place in places.into_iter().flatten() {
            for &rate_hz in &self.runner.plan.noise_rates_hz {
                let noise = Noise { place, rate_hz };
                let probability = spike_probability(rate_hz, f64::from(self.run.tick_ms));
                let (mut n_right, mut decisions) = (0, Vec::with_capacity(self.test.len()));
                for (index, sample) in self.test.iter().enumerate() {
                    let ticks = self.with_noise(&sample.ticks, Some(noise), index as u64 + 1)?;
                    let forced = match (place, n_hidden) {
                        (NoisePlace::Hidden, Some(n)) => {
                            neuron_noise(ticks.len(), n, probability, self.noise_seed(index as u64 + 1))
                                .map_err(|cause| self.failed(cause))?
                        }
                        _ => Vec::new(),
                    };
                    let decision = decide(&ticks, &forced);
                    n_right += usize::from(decision == sample.class);
                    decisions.push(decision as u16);
                }
                let accuracy = n_right as f64 / self.test.len().max(1) as f64;
                results.push(NoiseAccuracy { noise, accuracy, decisions });
            }
        }
        Ok(results)
    }

    /// A window with noise on its channels; unchanged where there is none.
    pub(super) fn with_noise(
        &self,
        ticks: &[Vec<u16>],
        noise: Option<Noise>,
        index: u64,
    ) -> Result<Vec<Vec<u16>>, StudyError> {
        let Some(noise) = noise.filter(|noise| noise.place == NoisePlace::Input) else { return Ok(ticks.to_vec()) };
        let probability = spike_probability(noise.rate_hz, f64::from(self.run.tick_ms));
        let n_channels = self.windows.dataset.n_channels;
        with_input_noise(ticks, n_channels, probability, self.noise_seed(index)).map_err(|cause| self.failed(cause))
    }

    fn noise_seed(&self, index: u64) -> u64 {
        self.seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}
