//! Runs of a spiking network.

use spec::digest::ScoresDigest;
use train::fit::fit_observed;
use train::network::{Network, QuantizedNetwork};
use train::pass::{Observer, class_of};

use super::WEIGHT_BITS;
use super::job::{Job, mean, window};
use super::tuning::TuningRecorder;
use crate::energy::OperationCount;
use crate::error::StudyError;
use crate::image_fit::ImageFit;
use crate::neurobench;
use crate::outcome::{Measurement, Outcome};
use crate::run::Condition;

/// Held-out windows of each run that the simulated core counts.
pub(super) const MEASURED_WINDOWS: usize = 8;

impl Job<'_> {
    /// Trains the network of a topology, and tests its integers.
    pub(super) fn network(&self, topology: &str) -> Result<Outcome, StudyError> {
        let topology = self.runner.topology(topology)?;
        let network = match self.run.condition {
            Condition::Divided { divisor } => {
                self.runner.network(&topology.divided(divisor), WEIGHT_BITS, self.run.tick_ms, self.seed)
            }
            Condition::WeightBits { bits } => self.runner.network(topology, bits, self.run.tick_ms, self.seed),
            _ => self.runner.network(topology, WEIGHT_BITS, self.run.tick_ms, self.seed),
        };
        let mut network = network?;
        if let Condition::Ablated(ablation) = self.run.condition {
            network = ablation.apply(network, self.seed).map_err(|cause| self.failed(cause))?;
        }
        let mut tuning = TuningRecorder::new(self, &network)?;
        let mut observe = |network: &QuantizedNetwork, epoch: usize| tuning.after_epoch(network, epoch);
        let trained =
            fit_observed(network, &self.train, &self.options, self.seed, &mut |_| self.after_epoch(), &mut observe)
                .map_err(|cause| self.failed(cause))?;
        let tuning = tuning.finish()?;
        if trained.stopped_early {
            return Err(StudyError::Interrupted);
        }
        let quantized = &trained.quantized;
        let mut observer = Observer::new(quantized);
        let n_ticks = self.windows.dataset.n_ticks;
        let (mut windows, mut events) = (Vec::new(), Vec::new());
        let mut digest = ScoresDigest::default();
        for sample in &self.test {
            let activity = observer.run(&sample.ticks);
            windows.push(window(sample, activity.scores.iter().map(|scores| class_of(scores))));
            events.push(activity.events_until(n_ticks) as f64);
            if events.len() <= MEASURED_WINDOWS {
                activity.scores.iter().for_each(|scores| digest.add_tick(scores));
            }
        }
        Ok(Outcome {
            windows,
            n_neurons: quantized.layout.n_neurons,
            n_parameters: quantized.weights.iter().filter(|weight| **weight != 0).count(),
            operations: vec![OperationCount::spiking(mean(&events), quantized.layout.n_post(), n_ticks)],
            metrics: Some(neurobench::of_network(&trained.network, quantized, self.test_ticks())),
            image: Some(ImageFit::of(&quantized.lower())),
            measured: self.measured(&trained.network, &digest.hex())?,
            noisy: self.noisy(topology.is_heard().then_some(quantized.layout.n_neurons), &mut |ticks, forced| {
                let activity = observer.run_forced(ticks, forced);
                activity.scores.last().map_or(0, |scores| class_of(scores))
            })?,
            history: trained.history.iter().map(|epoch| (epoch.loss, epoch.accuracy)).collect(),
            tuning,
            similarity: self.similarity(&trained.network, quantized)?,
        })
    }

    /// What the simulated core counts in the first held-out windows; its scores must have the hash `expected`.
    fn measured(&self, network: &Network, expected: &str) -> Result<Option<Measurement>, StudyError> {
        let Some(simulator) = self.runner.simulator_of(self.run) else { return Ok(None) };
        let ticks = self.test_ticks();
        let measured = (simulator.measure)(network, &ticks[..ticks.len().min(MEASURED_WINDOWS)])
            .map_err(|cause| StudyError::Simulator { run: self.name(), cause })?;
        match measured {
            Some(measured) if measured.scores_hash != expected => {
                Err(StudyError::Disagreement { run: self.name(), core: measured.core })
            }
            measured => Ok(measured),
        }
    }
}
