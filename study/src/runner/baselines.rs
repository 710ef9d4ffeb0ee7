//! Runs of the decoders that the network is compared with.

use recording::Sample;
use train::baseline::{BaselineError, Lda, PoissonNaiveBayes, counts, recurrent};
use train::pass::class_of;

use super::job::{Job, window};
use crate::energy::OperationCount;
use crate::error::StudyError;
use crate::outcome::Outcome;
use crate::run::{Condition, Matching};

/// Decides by the part of the window that has elapsed and the spike counts in it.
type Predict = Box<dyn Fn(f64, &[f64]) -> usize>;

impl Job<'_> {
    /// A GRU or LSTM.
    pub(super) fn recurrent(&self, kind: recurrent::Cell, matching: Matching) -> Result<Outcome, StudyError> {
        let dataset = &self.windows.dataset;
        let (n_channels, n_classes) = (dataset.n_channels, dataset.classes.len());
        let first = self.runner.network(&self.runner.plan.topologies[0].name, self.run.tick_ms, self.seed)?;
        let n_hidden = match matching {
            Matching::Parameters => kind.hidden_size_for_parameters(first.n_synapses(), n_channels, n_classes),
            Matching::HiddenSize => first.layout.n_neurons,
        };
        let sizes = recurrent::RecurrentSizes { n_channels, n_hidden, n_classes };
        let network = recurrent::RecurrentNetwork::new(kind, sizes, self.seed).map_err(|cause| self.failed(cause))?;
        let trained = recurrent::fit(network, &self.train, &self.options, self.seed, &mut |_| self.after_epoch())
            .map_err(|cause| self.failed(cause))?;
        if trained.stopped_early {
            return Err(StudyError::Interrupted);
        }
        let network = &trained.network;
        let decided =
            |sample: &&Sample| window(sample, network.scores(&sample.ticks).iter().map(|scores| class_of(scores)));
        Ok(Outcome {
            windows: self.test.iter().map(decided).collect(),
            n_neurons: n_hidden,
            n_parameters: kind.n_parameters(sizes),
            operations: vec![
                OperationCount::recurrent(kind, sizes, dataset.n_ticks),
                OperationCount::recurrent_on_spikes(kind, sizes, dataset.n_ticks, self.input_spikes()),
            ],
            noisy: self
                .noisy(None, &mut |ticks, _| network.scores(ticks).last().map_or(0, |scores| class_of(scores)))?,
            history: trained.history.iter().map(|epoch| (epoch.loss, epoch.accuracy)).collect(),
            ..Outcome::default()
        })
    }

    /// Shrinkage LDA.
    pub(super) fn lda(&self) -> Result<Outcome, StudyError> {
        self.classical(|counts, classes, n_classes| {
            let lda = Lda::fit(counts, classes, n_classes)?;
            Ok(Box::new(move |elapsed, counts| lda.predict_after(elapsed, counts)))
        })
    }

    /// Poisson naive Bayes.
    pub(super) fn naive_bayes(&self) -> Result<Outcome, StudyError> {
        self.classical(|counts, classes, n_classes| {
            let bayes = PoissonNaiveBayes::fit(counts, classes, n_classes)?;
            Ok(Box::new(move |elapsed, counts| bayes.predict_after(elapsed, counts)))
        })
    }

    /// A decoder fitted to the counts of whole windows, which decides by the counts so far.
    fn classical(
        &self,
        fit: impl Fn(&[Vec<f64>], &[usize], usize) -> Result<Predict, BaselineError>,
    ) -> Result<Outcome, StudyError> {
        let dataset = &self.windows.dataset;
        let (n_channels, n_classes) = (dataset.n_channels, dataset.classes.len());
        let classes: Vec<usize> = self.train.iter().map(|sample| sample.class).collect();
        let noise = match self.run.condition {
            Condition::TrainedInNoise(noise) => Some(noise),
            _ => None,
        };
        let mut train_counts = Vec::with_capacity(self.train.len());
        for (index, sample) in self.train.iter().enumerate() {
            train_counts.push(counts(&self.with_noise(sample.ticks, noise, index as u64)?, n_channels));
        }
        let predict = fit(&train_counts, &classes, n_classes)
            .map_err(|cause| StudyError::Baseline { run: self.name(), cause })?;
        let decided = |sample: &&Sample| {
            let after = |tick: usize| {
                let elapsed = (tick + 1) as f64 / dataset.n_ticks as f64;
                predict(elapsed, &counts(&sample.ticks[..=tick], n_channels))
            };
            window(sample, (0..dataset.n_ticks).map(after))
        };
        Ok(Outcome {
            windows: self.test.iter().map(decided).collect(),
            n_parameters: n_classes * (n_channels + 1),
            operations: vec![OperationCount::linear_on_counts(n_classes, dataset.n_ticks, self.input_spikes())],
            noisy: self.noisy(None, &mut |ticks, _| predict(1.0, &counts(ticks, n_channels)))?,
            ..Outcome::default()
        })
    }
}
