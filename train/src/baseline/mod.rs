//! The decoders that a network is compared with, on the same splits: linear discriminant analysis and naive Bayes on spike
//! counts, and recurrent float networks ([`recurrent`]).
//!
//! ```no_run
//! use std::ops::ControlFlow;
//! use recording::{Dataset, Recording, Split, WindowOptions};
//! use train::baseline::{BaselineMethod, accuracy};
//! use train::fit::FitOptions;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let recording = Recording::open("session.nwb")?;
//! let dataset = Dataset::cut(&recording, &WindowOptions::default())?;
//! let split = Split::k_fold(&dataset, 5, 1)?;
//! let options = FitOptions::for_split(&dataset, &split);
//! for method in [BaselineMethod::Lda, BaselineMethod::Gru { n_hidden: 64 }] {
//!     let folds = method.cross_validate(&dataset, &split, &options, 1, &mut |_, _| ControlFlow::Continue(()))?;
//!     println!("{method:?}: {:?}", folds.iter().map(|fold| accuracy(fold)).collect::<Vec<_>>());
//! }
//! # Ok(()) }
//! ```

pub mod recurrent;

pub use crate::classical::{BaselineError, Lda, LinearScores, PoissonNaiveBayes, counts};

use std::ops::ControlFlow;

use recording::{Dataset, Split};

use crate::TrainError;
use crate::classical::Discriminant;
use crate::data::{TrainingSample, check_samples, sides};
use crate::fit::{EpochRecord, FitOptions, fold_seed};
use crate::pass::class_of;
use recurrent::{Cell, RecurrentNetwork, RecurrentSizes, TrainedRecurrent};

/// How a decoder is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BaselineMethod {
    /// [`Lda`] on the counts of whole windows.
    Lda,
    /// [`PoissonNaiveBayes`] on the counts of whole windows.
    PoissonNaiveBayes,
    /// The linear discriminant on the counts of whole windows that the standard training learns from: of several, the one
    /// with the best probabilities in a cross-validation within the training windows.
    Teacher,
    /// [`Cell::Gru`] with so many hidden units.
    Gru {
        /// Hidden units, at least 1.
        n_hidden: usize,
    },
    /// [`Cell::Lstm`] with so many hidden units.
    Lstm {
        /// Hidden units, at least 1.
        n_hidden: usize,
    },
}

/// A fitted decoder, which can decide after every tick.
#[derive(Clone, Debug)]
pub struct Baseline {
    decoder: Fitted,
    n_channels: usize,
    n_classes: usize,
    /// One entry an epoch; empty for the classical decoders.
    pub history: Vec<EpochRecord>,
    /// Whether `progress` ended the training before its last epoch.
    pub stopped_early: bool,
}

#[derive(Clone, Debug)]
enum Fitted {
    Linear(LinearScores),
    Recurrent(RecurrentNetwork),
}

/// A test window and what was decided in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestedWindow {
    /// The trial, as [`recording::Sample::trial`].
    pub trial: usize,
    /// Its class.
    pub class: usize,
    /// The class decided for after each tick.
    pub decisions: Vec<usize>,
}

/// Share of windows whose last decision is right, 0 to 1; 0 without windows.
#[must_use]
pub fn accuracy(windows: &[TestedWindow]) -> f64 {
    let is_right = |window: &&TestedWindow| window.decisions.last() == Some(&window.class);
    windows.iter().filter(is_right).count() as f64 / windows.len().max(1) as f64
}

impl BaselineMethod {
    /// Fits to samples of one length. `options`, `seed` and `progress` are those of [`recurrent::fit`]; the classical
    /// decoders need none of them.
    ///
    /// # Errors
    /// As [`recurrent::fit`], or as [`Lda::fit`] and [`PoissonNaiveBayes::fit`] in [`TrainError::Baseline`].
    pub fn fit(
        self,
        samples: &[TrainingSample<'_>],
        (n_channels, n_classes): (usize, usize),
        options: &FitOptions,
        seed: u64,
        progress: &mut dyn FnMut(&EpochRecord) -> ControlFlow<()>,
    ) -> Result<Baseline, TrainError> {
        let (mut history, mut stopped_early) = (Vec::new(), false);
        let mut train = |cell, n_hidden| {
            let network = RecurrentNetwork::new(cell, RecurrentSizes { n_channels, n_hidden, n_classes }, seed)?;
            let trained = recurrent::fit(network, samples, options, seed, progress)?;
            let TrainedRecurrent { network, .. } = trained;
            (history, stopped_early) = (trained.history, trained.stopped_early);
            Ok::<_, TrainError>(Fitted::Recurrent(network))
        };
        let decoder = match self {
            Self::Gru { n_hidden } => train(Cell::Gru, n_hidden)?,
            Self::Lstm { n_hidden } => train(Cell::Lstm, n_hidden)?,
            Self::Lda | Self::PoissonNaiveBayes | Self::Teacher => {
                check_samples(n_channels, n_classes, samples)?;
                let sample_counts: Vec<Vec<f64>> =
                    samples.iter().map(|sample| counts(sample.ticks, n_channels)).collect();
                let classes: Vec<usize> = samples.iter().map(|sample| sample.class).collect();
                Fitted::Linear(match self {
                    Self::Teacher => {
                        let judged = Discriminant::choose(&sample_counts, &classes, n_classes);
                        judged.discriminant.fit(&sample_counts, &classes, n_classes)?
                    }
                    Self::PoissonNaiveBayes => PoissonNaiveBayes::fit(&sample_counts, &classes, n_classes)?.0,
                    _ => Lda::fit(&sample_counts, &classes, n_classes)?.0,
                })
            }
        };
        Ok(Baseline { decoder, n_channels, n_classes, history, stopped_early })
    }

    /// Fits to the training side of every fold and decides on its test side. A fold's seed is [`fold_seed`]; `progress` is
    /// called with the fold after each of its epochs.
    ///
    /// # Errors
    /// A fold without trials on a side, what [`BaselineMethod::fit`] refuses, or [`TrainError::Stopped`] when `progress`
    /// breaks.
    pub fn cross_validate(
        self,
        dataset: &Dataset,
        split: &Split,
        options: &FitOptions,
        seed: u64,
        progress: &mut dyn FnMut(usize, &EpochRecord) -> ControlFlow<()>,
    ) -> Result<Vec<Vec<TestedWindow>>, TrainError> {
        let sizes = (dataset.n_channels, dataset.classes.len());
        let mut folds = Vec::with_capacity(split.folds.len());
        for fold in 0..split.folds.len() {
            let (samples, test) = sides(dataset, split, fold)?;
            let mut on_epoch = |epoch: &EpochRecord| progress(fold, epoch);
            let baseline = self.fit(&samples, sizes, options, fold_seed(seed, fold), &mut on_epoch)?;
            if baseline.stopped_early {
                return Err(TrainError::Stopped);
            }
            let tested = test.iter().map(|sample| TestedWindow {
                trial: sample.trial,
                class: sample.class,
                decisions: baseline.decisions(&sample.ticks),
            });
            folds.push(tested.collect());
        }
        Ok(folds)
    }
}

impl Baseline {
    /// The class decided for after each tick. `ticks` are the channels that spike in each tick: each below the number of
    /// channels, none twice in a tick.
    #[must_use]
    pub fn decisions(&self, ticks: &[Vec<u16>]) -> Vec<usize> {
        match &self.decoder {
            Fitted::Recurrent(network) => network.scores(ticks).iter().map(|scores| class_of(scores)).collect(),
            Fitted::Linear(scores) => {
                let mut counts = vec![0.0; self.n_channels];
                let decisions = ticks.iter().enumerate().map(|(tick, channels)| {
                    channels.iter().for_each(|channel| counts[usize::from(*channel)] += 1.0);
                    scores.predict_after((tick + 1) as f64 / ticks.len() as f64, &counts)
                });
                decisions.collect()
            }
        }
    }

    /// The class decided for at the end of the window.
    #[must_use]
    pub fn decide(&self, ticks: &[Vec<u16>]) -> usize {
        match &self.decoder {
            Fitted::Recurrent(network) => network.scores(ticks).last().map_or(0, |scores| class_of(scores)),
            Fitted::Linear(scores) => scores.predict(&counts(ticks, self.n_channels)),
        }
    }

    /// Number of fitted parameters: [`Cell::n_parameters`], or a weight for each channel and a constant for each class.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        match &self.decoder {
            Fitted::Recurrent(network) => network.cell.n_parameters(network.sizes),
            Fitted::Linear(_) => self.n_classes * (self.n_channels + 1),
        }
    }
}
