//! `motorsrnn train --from`: training continues from an image on another day's trials.

use std::path::Path;

use recording::{Dataset, Recording, Tables, WindowOptions};
use spec::core::NamedCore;
use train::decoder::{Start, StartError};
use train::{Decoder, Topology};

use super::train::TrainArgs;
use super::{decode, warn};
use crate::failure::{Failure, joined};

/// What a training is of, besides its recordings.
pub(super) struct Basis {
    pub(super) topology: Topology,
    /// None for the smallest that holds the network.
    pub(super) core: Option<NamedCore>,
    pub(super) weight_bits: u32,
    pub(super) tables: Tables,
    pub(super) windows: WindowOptions,
}

/// A training that continues.
pub(super) struct Recalibration<'a> {
    path: &'a Path,
    args: &'a TrainArgs,
    decoder: Decoder,
}

/// Fewest trials of a class: with one held out, LDA beside the network needs three to estimate a covariance.
const FEWEST_TRIALS: usize = 4;

impl<'a> Recalibration<'a> {
    /// Loads the network to continue from.
    ///
    /// # Errors
    /// As [`Decoder::load`].
    pub(super) fn open(path: &'a Path, args: &'a TrainArgs) -> Result<Self, Failure> {
        Ok(Self { path, args, decoder: decode::load(path)? })
    }

    /// What the network was trained as, and in its place what is given, where that is possible.
    ///
    /// # Errors
    /// A topology that cannot be loaded. Others than that of the network are refused later, as all that it cannot become.
    pub(super) fn basis(&self) -> Result<Basis, Failure> {
        let (args, card) = (self.args, self.decoder.card());
        let topology = args.topology.as_deref().map(|name| Topology::load(name).map_err(Failure::input)).transpose()?;
        let mut windows = args.windows.over(&args.selection, &card.windows);
        windows.tick_ms = args.tick_ms.unwrap_or(windows.tick_ms);
        Ok(Basis {
            topology: topology.unwrap_or_else(|| card.topology.clone()),
            core: args.core.or(Some(*self.decoder.core())),
            weight_bits: args.weight_bits.unwrap_or(card.weight_bits),
            tables: args.selection.tables_over(&card.tables),
            windows,
        })
    }

    /// What the training starts with; warns where nothing says which units are the same.
    ///
    /// # Errors
    /// Recordings that the network cannot be continued on.
    pub(super) fn start(&self, recordings: &[&Recording], dataset: &Dataset) -> Result<Start, Failure> {
        let start = self.decoder.start(recordings, dataset).map_err(|error| match error {
            StartError::Raise(_) => Failure::input(format_args!("{}: {error}", self.path.display())),
            error => Failure::input(format_args!(
                "{}: {error} (--from {})",
                joined(&self.args.recordings),
                self.path.display()
            )),
        })?;
        if start.from().is_doubtful() {
            warn(format_args!("{}: {}", self.path.display(), start.from()));
        }
        Ok(start)
    }

    /// Folds of the cross-validation: as given, or no more than the rarest class has trials.
    ///
    /// # Errors
    /// A class of too few trials.
    pub(super) fn folds(&self, dataset: &Dataset) -> Result<usize, recording::Error> {
        let n_trials =
            |class: usize| dataset.samples.iter().filter(|sample| sample.window == 0 && sample.class == class).count();
        let rarest = (0..dataset.classes.len()).min_by_key(|class| n_trials(*class)).unwrap_or(0);
        if n_trials(rarest) < FEWEST_TRIALS {
            let cause = format!(
                "class `{}` has {} trials, and a recalibration needs {FEWEST_TRIALS} of each class, of which one is tested; record more, \
                 leave the class out with `--classes`",
                dataset.classes[rarest],
                n_trials(rarest)
            );
            return Err(recording::Error::BadSplit { cause });
        }
        Ok(if self.args.folds.is_some() { self.args.folds() } else { self.args.folds().min(n_trials(rarest)) })
    }
}
