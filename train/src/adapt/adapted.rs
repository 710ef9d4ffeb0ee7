//! What the companion of an image keeps of its adaptation.

use std::collections::BTreeSet;

use recording::RecordingIdentity;
use serde::{Deserialize, Serialize};

use super::{Neighbours, Trust, Trusted};

/// The plastic readouts of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlasticCard {
    /// Which classes share what is learned.
    pub neighbours: Neighbours,
    /// Accuracy of the readouts before they were taught, on the trials held out from the network in the image, 0 to 1.
    pub first_accuracy: f64,
    /// What they were taught; none before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapted: Option<Adapted>,
}

/// What readouts were taught.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adapted {
    /// SHA-256 of the image that the last session began with.
    pub from: String,
    /// Windows that taught something, since the training.
    pub n_teaches: u64,
    /// Windows with a label, since the training.
    pub n_labels: u64,
    /// Which decision counts.
    pub trusted: Trusted,
    /// Why: who was right on the last windows with a label.
    pub recent: Trust,
    /// The recordings that taught something; a live session is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<TaughtSession>,
}

/// A recording whose windows taught the readouts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaughtSession {
    /// Which one.
    pub recording: RecordingIdentity,
    /// Rows of the trials that taught something, ascending.
    pub trials: BTreeSet<usize>,
}
