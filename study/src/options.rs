//! What to study, and how.

use recording::WindowOptions;
use serde::Serialize;

use crate::angles::GivenAngles;
use crate::plan::Plan;

/// What to study, and how.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StudyOptions {
    /// How much to run.
    #[serde(rename = "extent")]
    pub plan: Plan,
    /// How windows are cut; their tick length is that of the plan.
    pub windows: WindowOptions,
    /// The direction of each class; by default what the labels tell.
    pub angles: Option<GivenAngles>,
    /// Threads, at least 1; no result depends on their number.
    #[serde(skip)]
    pub n_threads: usize,
}
