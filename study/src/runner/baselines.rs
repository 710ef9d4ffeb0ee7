//! Runs of the decoders that the network is compared with.

use recording::Sample;
use train::TrainError;
use train::baseline::recurrent::{Cell, RecurrentSizes};
use train::baseline::{Baseline, BaselineMethod};
use train::data::TrainingSample;

use super::job::{Job, window};
use crate::energy::OperationCount;
use crate::error::StudyError;
use crate::outcome::Outcome;
use crate::run::{Condition, Matching};

impl Job<'_> {
    /// A GRU or LSTM.
    pub(super) fn recurrent(&self, cell: Cell, matching: Matching) -> Result<Outcome, StudyError> {
        let dataset = &self.windows.dataset;
        let (n_channels, n_classes) = (dataset.n_channels, dataset.classes.len());
        let n_hidden = self.runner.n_hidden(cell, matching, self.run.tick_ms, self.seed)?;
        let method = match cell {
            Cell::Gru => BaselineMethod::Gru { n_hidden },
            Cell::Lstm => BaselineMethod::Lstm { n_hidden },
        };
        let sizes = RecurrentSizes { n_channels, n_hidden, n_classes };
        let outcome = self.baseline(method, &self.train)?;
        Ok(Outcome {
            n_neurons: n_hidden,
            operations: vec![
                OperationCount::recurrent(cell, sizes, dataset.n_ticks),
                OperationCount::recurrent_on_spikes(cell, sizes, dataset.n_ticks, self.input_spikes()),
            ],
            ..outcome
        })
    }

    /// Shrinkage LDA or Poisson naive Bayes, fitted to the counts of whole windows; decides by the counts so far.
    pub(super) fn classical(&self, method: BaselineMethod) -> Result<Outcome, StudyError> {
        let noise = match self.run.condition {
            Condition::TrainedInNoise(noise) => Some(noise),
            _ => None,
        };
        let mut windows = Vec::with_capacity(self.train.len());
        for (index, sample) in self.train.iter().enumerate() {
            windows.push(self.with_noise(sample.ticks, noise, index as u64)?);
        }
        let samples: Vec<_> = windows
            .iter()
            .zip(&self.train)
            .map(|(ticks, sample)| TrainingSample { ticks, class: sample.class })
            .collect();
        let dataset = &self.windows.dataset;
        let operations =
            vec![OperationCount::linear_on_counts(dataset.classes.len(), dataset.n_ticks, self.input_spikes())];
        Ok(Outcome { operations, ..self.baseline(method, &samples)? })
    }

    fn baseline(&self, method: BaselineMethod, samples: &[TrainingSample<'_>]) -> Result<Outcome, StudyError> {
        let dataset = &self.windows.dataset;
        let sizes = (dataset.n_channels, dataset.classes.len());
        let fitted = method.fit(samples, sizes, &self.options, self.seed, &mut |_| self.after_epoch());
        let baseline: Baseline = fitted.map_err(|cause| match cause {
            TrainError::Baseline(cause) => StudyError::Baseline { run: self.name(), cause },
            cause => self.failed(cause),
        })?;
        if baseline.stopped_early {
            return Err(StudyError::Interrupted);
        }
        let decided = |sample: &&Sample| window(sample, baseline.decisions(&sample.ticks).into_iter());
        Ok(Outcome {
            windows: self.test.iter().map(decided).collect(),
            n_parameters: baseline.n_parameters(),
            noisy: self.noisy(None, &mut |ticks, _| baseline.decide(ticks))?,
            history: baseline.history.iter().map(|epoch| (epoch.loss, epoch.accuracy)).collect(),
            ..Outcome::default()
        })
    }
}
