//! Why a study ends without a report.

use std::io;
use std::path::{Path, PathBuf};

use recording::Dataset;
use spec::core::MAX_READOUTS;
use train::TrainError;
use train::adapt::FirstMeansError;
use train::baseline::BaselineError;
use train::decoder::DecoderError;

use crate::analysis::AnalysisError;

/// Why a study ends without a report.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum StudyError {
    #[error("interrupted; the finished runs are kept")]
    Interrupted,
    #[error("cannot write {}: {cause}", path.display())]
    Unwritable { path: PathBuf, cause: io::Error },
    #[error("cannot read the stored result {}: {cause}; check its permissions, or delete it", path.display())]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("cannot write a result as JSON: {0}")]
    Json(serde_json::Error),
    #[error(transparent)]
    Recording(#[from] recording::Error),
    #[error("{run}: {cause}")]
    Train { run: String, cause: TrainError },
    #[error("{run}: {cause}")]
    Movement { run: String, cause: Box<DecoderError> },
    #[error("{run}: {cause}; use fewer folds, or a recording with more trials of each class")]
    Baseline { run: String, cause: BaselineError },
    #[error("{run}: {cause}")]
    Means { run: String, cause: FirstMeansError },
    #[error("there is no session to study; give at least one")]
    NoSession,
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    #[error("{run}: {cause}")]
    Simulator { run: String, cause: String },
    #[error("{run}: the simulated core {core} computed other scores than the network; this is a bug, please report it")]
    Disagreement { run: String, core: String },
    #[error("there is no topology to study; give at least one")]
    NoTopology,
    #[error("two topologies are called `{0}`; give each file a `name` of its own")]
    DuplicateTopology(String),
    #[error("no topology is called `{0}`; give its file")]
    UnknownTopology(String),
    #[error("{n_angles} angles for {n_classes} classes; give one angle per class")]
    Angles { n_angles: usize, n_classes: usize },
    #[error("`{name}`: the angles must name every class once, and the classes are {classes}; give one angle per class")]
    AnglesOfClasses { name: String, classes: String },
    #[error("the labels of column {column} ({classes}) do not tell the directions of the targets")]
    NoDirections { column: String, classes: String },
    #[error("column {column} has {n_classes} classes, and no core decides between more than {MAX_READOUTS}")]
    TooManyClasses { column: String, n_classes: usize },
    #[error(
        "the chosen experiments need three directions, and there are {n_classes} classes; choose other experiments"
    )]
    TooFewDirections { n_classes: usize },
    #[error("{folds} folds need as many trials, and there are {n_trials}; use fewer folds")]
    TooManyFolds { folds: usize, n_trials: usize },
}

impl StudyError {
    pub(crate) fn no_directions(dataset: &Dataset) -> Self {
        Self::NoDirections { column: dataset.label_column.clone(), classes: dataset.classes.join(", ") }
    }

    pub(crate) fn unwritable(path: &Path, cause: io::Error) -> Self {
        Self::Unwritable { path: path.to_owned(), cause }
    }
}
