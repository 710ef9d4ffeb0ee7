//! Why a decoder cannot be trained, loaded, saved or applied.

use std::io;
use std::path::PathBuf;

use model::TickError;
use recording::Shared;
use spec::image::ImageError;

use super::{CardError, PlasticError, StartError};
use crate::TrainError;
use crate::baseline::BaselineError;
use crate::compile::CompileError;

/// Why a decoder cannot be trained.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum DecoderError {
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error("fold {fold}: {cause}; use fewer folds, or a recording with more trials of each class")]
    Baseline { fold: usize, cause: BaselineError },
    #[error("{0}; cut the windows again")]
    Window(#[from] TickError),
    #[error(transparent)]
    TooManyClasses(#[from] TooManyClasses),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Plastic(#[from] PlasticError),
}

/// More classes than a core decides between.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column} has {n_classes} classes, and core {core} decides between {most} at most")]
pub struct TooManyClasses {
    /// The label column.
    pub column: String,
    /// How many classes it has.
    pub n_classes: usize,
    /// The core.
    pub core: String,
    /// The most classes of the core.
    pub most: usize,
}

/// Why a decoder cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum LoadError {
    #[error("cannot read network image {}: {cause}; check the path, and that it is a file that you may read", path.display())]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("{}: {cause}; {}", path.display(), cause.next_step())]
    Image { path: PathBuf, cause: ImageError },
    #[error(transparent)]
    Card(#[from] CardError),
    #[error("{}: core {core} is not known; use the program that trained it", path.display())]
    UnknownCore { path: PathBuf, core: String },
    #[error("{}: its map of scores to values is not one of {found} readouts to its axes; train again", path.display())]
    Readouts { path: PathBuf, found: usize },
    #[error("{}: it names {named} classes, the image decides between {found}; train again", path.display())]
    Classes { path: PathBuf, named: usize, found: usize },
    #[error("{}: {cause}; copy the image and its companion again", path.display())]
    Plastic { path: PathBuf, cause: String },
}

/// A file of a decoder that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {cause}; name a file in a folder that exists, is writable and has space", path.display())]
pub struct SaveError {
    /// The image or its companion.
    pub path: PathBuf,
    /// The error of the operating system.
    pub cause: io::Error,
}

/// Why a recording cannot be decoded; no message names the recording.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum CutError {
    #[error(transparent)]
    Recording(#[from] recording::Error),
    #[error(
        "column {column} has the classes {}, the network has {}, in this order; decode a recording with the same labels, or \
         train on this one", found.join(" "), expected.join(" ")
    )]
    Classes { column: String, found: Vec<String>, expected: Vec<String> },
    #[error(
        "it has {found} units, the network has {expected} input channels; choose those of the training with `--units`, or continue the \
         training on this recording with `train --from`"
    )]
    Channels { found: usize, expected: usize },
    #[error(
        "{n_others} of its chosen units are not those of the training, although it is the recording of the training; choose the units \
         that the network was trained on, or train on these"
    )]
    OtherUnits { n_others: usize },
    #[error("{found} axes of it were chosen, and the network decodes {expected}; choose those that it was trained on")]
    Axes { found: usize, expected: usize },
    #[error("its ticks last {found} ms, those of the training {expected} ms; cut it with ticks of {expected} ms")]
    Tick { found: u32, expected: u32 },
}

/// Why there are no held-out trials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum HeldOutError {
    #[error(
        "recording {recording} may have been used for training: the companion of the network does not have the content of what \
         it was trained on"
    )]
    Unknown { recording: String },
    #[error(
        "recording {recording} is in part that of the training ({shared}), so that part may have been used for training"
    )]
    Part { recording: String, shared: Shared },
    #[error("no trial of recording {recording} was held out from training")]
    NoTrial { recording: String },
    #[error("every trial of recording {recording} that training has not seen has taught the readouts of the network")]
    Taught { recording: String },
}
