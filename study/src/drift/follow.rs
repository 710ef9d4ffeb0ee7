//! How each method follows the days.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use recording::{Dataset, Sample};
use train::TrainError;
use train::adapt::{Neighbours, SURE_LEAD, Teacher, Trust, first_means, scores};
use train::baseline::BaselineMethod;
use train::data::TrainingSample;
use train::fit::{FitOptions, fit};
use train::network::{Network, QuantizedNetwork};
use train::pass::{self, class_of};

use super::days::{Day, Days};
use super::run::{DayOutcome, DriftMethod, DriftOutcome, DriftRun, TestedTrial};
use super::{DriftOptions, WEIGHT_BITS};
use crate::error::StudyError;

/// Days whose labels LDA and networks learn from, that of the test included.
const DAYS_KEPT: usize = 4;
/// They learn from no fewer windows of each class than this, older ones if need be.
const FEWEST_KEPT: usize = 5;
/// Windows with a label that the switch compares both decoders on: those of so many days.
const DAYS_TRUSTED: usize = 2;

/// A run on its days.
pub(super) struct Follower<'a> {
    pub(super) run: &'a DriftRun,
    pub(super) options: &'a DriftOptions,
    /// Channels, classes and ticks.
    pub(super) dataset: &'a Dataset,
    pub(super) days: &'a Days,
    pub(super) interrupted: &'a AtomicBool,
}

impl Follower<'_> {
    /// Carries out the run.
    ///
    /// # Errors
    /// A decoder that cannot be trained, an interruption.
    pub(super) fn follow(&self) -> Result<DriftOutcome, StudyError> {
        let days = match self.run.method {
            DriftMethod::Frozen => {
                let network = self.trained(&self.days.training)?;
                self.days.days.iter().map(|day| tested(day, 0, |sample| decide(&network, sample))).collect()
            }
            DriftMethod::Labels | DriftMethod::Own | DriftMethod::LabelsThenOwn => self.adapted()?,
            DriftMethod::Recalibrated => self.recalibrated()?,
            DriftMethod::Lda | DriftMethod::Retrained => self.refitted()?,
        };
        Ok(DriftOutcome { days })
    }

    /// Readouts that are taught, with the switch beside them.
    fn adapted(&self) -> Result<Vec<DayOutcome>, StudyError> {
        let neighbours = Neighbours::of(self.dataset.angles.as_ref());
        let mut means = first_means(self.dataset, &self.days.training, neighbours)
            .map_err(|cause| StudyError::Means { run: self.run.to_string(), cause })?;
        let trained = match self.run.method {
            DriftMethod::Labels => Some(self.trained(&self.days.training)?),
            _ => None,
        };
        let (n_labels, n_taught) = match self.run.method {
            DriftMethod::Own => (0, self.run.labels),
            DriftMethod::LabelsThenOwn => (self.run.labels, self.options.most_labels()),
            _ => (self.run.labels, self.run.labels),
        };
        let (mut teacher, mut trust) = (Teacher::new(neighbours), Trust::new(DAYS_TRUSTED * n_labels));
        let mut outcomes = Vec::with_capacity(self.days.days.len());
        for day in &self.days.days {
            teacher.next_day();
            for (number, sample) in day.labelled.iter().take(n_taught).enumerate() {
                let scores = scores(&means.readouts(), &sample.ticks);
                let own = class_of(&scores);
                let class = if number < n_labels {
                    if let Some(network) = &trained {
                        trust.note(decide(network, sample) == sample.class, own == sample.class);
                    }
                    Some(sample.class)
                } else {
                    let second =
                        scores.iter().enumerate().filter(|(class, _)| *class != own).map(|(_, score)| *score).max();
                    second.is_none_or(|second| scores[own] - second >= SURE_LEAD).then_some(own)
                };
                if let Some(class) = class {
                    means.restart();
                    sample.ticks.iter().flatten().for_each(|channel| means.event(usize::from(*channel)));
                    teacher.teach(&mut means, class);
                }
            }
            let readouts = means.readouts();
            let outcome = tested(day, n_labels, |sample| class_of(&scores(&readouts, &sample.ticks)));
            outcomes.push(DayOutcome { trusted: trained.as_ref().map(|_| trust.trusted()), ..outcome });
        }
        Ok(outcomes)
    }

    /// Training that continues every day.
    fn recalibrated(&self) -> Result<Vec<DayOutcome>, StudyError> {
        let mut network = self.trained(&self.days.training)?;
        let channels: Vec<Option<usize>> = (0..self.dataset.n_channels).map(Some).collect();
        let mut memory = Memory::new(self.dataset.classes.len(), self.run.labels, &self.days.training);
        let mut outcomes = Vec::with_capacity(self.days.days.len());
        for day in &self.days.days {
            if !day.labelled.is_empty() {
                memory.add(day.labelled.iter().take(self.run.labels));
                let windows = memory.windows();
                let options = FitOptions { calibrated_rate: None, ..self.fit_options(windows.len()) };
                let start = self.network()?.restored(&network, &channels);
                network = self.fit(start, &windows, &options)?;
            }
            outcomes.push(tested(day, self.run.labels, |sample| decide(&network, sample)));
        }
        Ok(outcomes)
    }

    /// LDA or a network, from the start on every day.
    fn refitted(&self) -> Result<Vec<DayOutcome>, StudyError> {
        let mut memory = Memory::new(self.dataset.classes.len(), self.run.labels, &self.days.training);
        let mut outcomes = Vec::with_capacity(self.days.days.len());
        for (number, day) in self.days.days.iter().enumerate() {
            let first: Vec<TrainingSample<'_>> = self.days.training.iter().map(training_sample).collect();
            memory.add(day.labelled.iter().take(self.run.labels));
            let windows = if number == 0 { first } else { memory.windows() };
            outcomes.push(if self.run.method == DriftMethod::Lda {
                let sizes = (self.dataset.n_channels, self.dataset.classes.len());
                let mut no_epochs = |_: &_| ControlFlow::Continue(());
                let lda = BaselineMethod::Lda.fit(&windows, sizes, &FitOptions::default(), 1, &mut no_epochs);
                let lda = lda.map_err(|cause| self.failed(cause))?;
                tested(day, self.run.labels, |sample| lda.decide(&sample.ticks))
            } else {
                let network = self.fit(self.network()?, &windows, &self.fit_options(windows.len()))?;
                tested(day, self.run.labels, |sample| decide(&network, sample))
            });
        }
        Ok(outcomes)
    }

    fn trained(&self, windows: &[Sample]) -> Result<QuantizedNetwork, StudyError> {
        let windows: Vec<TrainingSample<'_>> = windows.iter().map(training_sample).collect();
        self.fit(self.network()?, &windows, &self.fit_options(windows.len()))
    }

    /// The network before training.
    fn network(&self) -> Result<Network, StudyError> {
        let Dataset { n_channels, classes, tick_ms, .. } = self.dataset;
        let tick_ms = f64::from(*tick_ms);
        Network::new(&self.options.topology, *n_channels, classes.len(), tick_ms, WEIGHT_BITS, self.run.seed)
            .map_err(|cause| self.failed(cause))
    }

    fn fit_options(&self, n_windows: usize) -> FitOptions {
        let standard = FitOptions::for_windows(n_windows, self.dataset.tick_ms);
        FitOptions { epochs: self.options.epochs.unwrap_or(standard.epochs), n_threads: 1, ..standard }
    }

    fn fit(
        &self,
        network: Network,
        windows: &[TrainingSample<'_>],
        options: &FitOptions,
    ) -> Result<QuantizedNetwork, StudyError> {
        let mut on_epoch = |_: &_| match self.interrupted.load(Ordering::SeqCst) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let trained =
            fit(network, windows, options, self.run.seed, &mut on_epoch).map_err(|cause| self.failed(cause))?;
        if trained.stopped_early { Err(StudyError::Interrupted) } else { Ok(trained.quantized) }
    }

    fn failed(&self, cause: TrainError) -> StudyError {
        StudyError::Train { run: self.run.to_string(), cause }
    }
}

/// How many windows decoders are fitted to after the first day.
pub(super) fn n_kept(labels: usize, n_classes: usize) -> usize {
    n_classes * n_kept_of_class(labels, n_classes)
}

fn n_kept_of_class(labels: usize, n_classes: usize) -> usize {
    (DAYS_KEPT * labels).div_ceil(n_classes.max(1)).max(FEWEST_KEPT)
}

/// The labelled windows that decoders are fitted to: the last ones of each class.
struct Memory<'a> {
    by_class: Vec<VecDeque<&'a Sample>>,
    kept: usize,
}

impl<'a> Memory<'a> {
    fn new(n_classes: usize, labels: usize, training: &'a [Sample]) -> Self {
        let mut memory = Self { by_class: vec![VecDeque::new(); n_classes], kept: n_kept_of_class(labels, n_classes) };
        memory.add(training.iter().filter(|sample| sample.window == 0));
        memory
    }

    fn add(&mut self, samples: impl Iterator<Item = &'a Sample>) {
        for sample in samples {
            let of_class = &mut self.by_class[sample.class];
            of_class.push_back(sample);
            if of_class.len() > self.kept {
                of_class.pop_front();
            }
        }
    }

    fn windows(&self) -> Vec<TrainingSample<'a>> {
        self.by_class.iter().flatten().copied().map(training_sample).collect()
    }
}

fn training_sample(sample: &Sample) -> TrainingSample<'_> {
    TrainingSample { ticks: &sample.ticks, class: sample.class }
}

/// The decision of a network at the end of a window.
fn decide(network: &QuantizedNetwork, sample: &Sample) -> usize {
    pass::scores(network, &sample.ticks).last().map_or(0, |scores| class_of(scores))
}

fn tested(day: &Day, n_labels: usize, decide: impl Fn(&Sample) -> usize) -> DayOutcome {
    let of_trial = |sample: &Sample| TestedTrial { trial: sample.trial, class: sample.class, decision: decide(sample) };
    DayOutcome {
        n_labels: n_labels.min(day.labelled.len()),
        tested: day.tested.iter().map(of_trial).collect(),
        trusted: None,
    }
}
