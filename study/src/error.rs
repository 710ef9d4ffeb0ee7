//! Why a study ends without a report.

use std::io;
use std::path::{Path, PathBuf};

use train::TrainError;
use train::baseline::BaselineError;

use crate::analysis::AnalysisError;

/// Why a study ends without a report.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum StudyError {
    #[error("interrupted; what was worked out is kept, and the same command goes on from there")]
    Interrupted,
    #[error("cannot write {}: {cause}; name another folder with --output", path.display())]
    Unwritable { path: PathBuf, cause: io::Error },
    #[error("cannot read {}: {cause}; mend or remove it", path.display())]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("a result is no JSON: {0}")]
    Json(serde_json::Error),
    #[error(transparent)]
    Recording(#[from] recording::Error),
    #[error("{what}: {cause}")]
    Train { what: String, cause: TrainError },
    #[error("{what}: {cause}; use fewer folds, or a recording with more trials of each class")]
    Baseline { what: String, cause: BaselineError },
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    #[error("{0}")]
    Measurement(String),
    #[error("{0}")]
    Option(String),
}

impl StudyError {
    pub(crate) fn unwritable(path: &Path, cause: io::Error) -> Self {
        Self::Unwritable { path: path.to_owned(), cause }
    }
}
