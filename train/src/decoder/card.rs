//! The companion file of a network image: how it was made, and what is needed to decode with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use recording::{LeftOut, RecordingIdentity, Tables, WindowOptions};
use serde::{Deserialize, Serialize};

use super::StartedFrom;
use crate::Topology;
use crate::adapt::PlasticCard;
use crate::fit::FitOptions;

/// Version of the companion file.
const CARD_VERSION: u32 = 1;

/// Everything about a decoder that people and programs need and a board does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecoderCard {
    /// Version of this file.
    pub card_version: u32,
    /// Program and version that trained.
    pub program: String,
    /// SHA-256 of the image.
    pub network_hash: String,
    /// The core that the image is laid out for.
    pub core: String,
    /// Names of the classes, in the order of the scores.
    pub classes: Vec<String>,
    /// How windows are cut. Label column and classes are spelled out.
    pub windows: WindowOptions,
    /// The recording that it was trained on; of several, the first.
    pub recording: RecordingIdentity,
    /// The others of several recordings, whose trials are numbered through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_recordings: Vec<FurtherRecording>,
    /// The tables of the files; by default their units and trials.
    #[serde(default)]
    pub tables: Tables,
    /// The units in the order of the channels; none for arrays, and in companions of older versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<TrainedUnit>,
    /// The figures that training reported.
    pub report: Report,
    /// Trials column that split the trials; without one they were split in folds, and the image is the first fold's.
    pub split_column: Option<String>,
    /// Trials (rows of the recording's table, or numbered through) that the network in the image has not seen, ascending.
    pub held_out_trials: Vec<usize>,
    /// The other trials with windows, each with its class by number: those that the network has seen, and those that a split column
    /// puts on neither side. None in companions of older versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other_trials: BTreeMap<usize, usize>,
    /// How the training was done.
    pub training: FitOptions,
    /// Bits of a weight.
    pub weight_bits: u32,
    /// Areas and projections.
    pub topology: Topology,
    /// Place in the image of each neuron, area by area, then of the readouts; none for an image of one lane, where this is their order,
    /// and in companions of older versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub neuron_order: Vec<usize>,
    /// The decoder that the training continued from, if it did; then the further recordings are those that it had seen, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_from: Option<StartedFrom>,
    /// The plastic readouts beside the network; none of an image without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plastic: Option<PlasticCard>,
}

/// A recording after the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FurtherRecording {
    /// Its identity.
    pub recording: RecordingIdentity,
    /// The number of its first trial.
    pub first_trial: usize,
}

/// A unit that the network was trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainedUnit {
    /// Its id in the recording; none if ids only number the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its id if ids only number the rows; older versions left it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_id: Option<String>,
    /// Its mean rate in the first recording, spikes per second.
    pub rate_hz: f64,
}

/// The figures of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Mean accuracy over the folds, on trials that training has not seen, by the integer model, 0 to 1.
    pub accuracy_mean: f64,
    /// Standard deviation over the folds; 0 for a single one.
    pub accuracy_sd: f64,
    /// Accuracy of every fold.
    pub accuracy_by_fold: Vec<f64>,
    /// Mean accuracy of shrinkage LDA on spike counts, on the same splits.
    pub lda: f64,
    /// Mean accuracy of Poisson naive Bayes on spike counts, on the same splits.
    pub poisson_naive_bayes: f64,
    /// Share of the largest class: what guessing it always reaches.
    pub chance: f64,
    /// Folds, or 1 for a split column.
    pub folds: usize,
    /// Trials.
    pub n_trials: usize,
    /// Trials without windows, by cause; not counted by older versions.
    #[serde(default)]
    pub left_out: LeftOut,
    /// Windows, those for training alone included.
    pub n_windows: usize,
    /// Neurons of the image, readouts included.
    pub n_neurons: usize,
    /// Synapses of the image.
    pub n_synapses: usize,
    /// Mean number of spikes that neurons fire in a held-out window.
    pub spikes_per_window: f64,
    /// Accuracy of the network in the image on its held-out trials.
    pub image_accuracy: f64,
    /// SHA-256 over the scores of every tick of the image's held-out windows, in order.
    pub scores_hash: String,
    /// The seed.
    pub seed: u64,
}

/// Why a companion cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum CardError {
    #[error("cannot read {}: {cause}; training writes it beside the image, and it must stay with it", path.display())]
    Unreadable { path: PathBuf, cause: std::io::Error },
    #[error("{} is not the companion of a network image: {cause}; train again", path.display())]
    Malformed { path: PathBuf, cause: serde_json::Error },
    #[error("{} belongs to another image (it names {named}, the image is {found}); put the two that belong together side by side", path.display())]
    OtherImage { path: PathBuf, named: String, found: String },
    #[error("{} is the companion of a network that decodes movement at every tick, not classes of windows; use `decode`", path.display())]
    Movement { path: PathBuf },
    #[error("{} has version {found}, this program reads version {CARD_VERSION}; use the program that wrote it, or train again", path.display())]
    Version { path: PathBuf, found: u32 },
}

impl DecoderCard {
    /// The version to write.
    pub const VERSION: u32 = CARD_VERSION;

    /// The path of the companion of an image.
    #[must_use]
    pub fn path_beside(image: &Path) -> PathBuf {
        let mut name = image.as_os_str().to_owned();
        name.push(".json");
        PathBuf::from(name)
    }

    /// The recordings that it was trained on, each with the number of its first trial.
    pub fn recordings(&self) -> impl Iterator<Item = (&RecordingIdentity, usize)> {
        let further = self.further_recordings.iter().map(|further| (&further.recording, further.first_trial));
        std::iter::once((&self.recording, 0)).chain(further)
    }

    /// How many trials the network in the image was tested on: those held out by this training, not by one that it continued.
    #[must_use]
    pub fn n_tested_trials(&self) -> usize {
        let first_before = self.started_from.as_ref().map_or(usize::MAX, |from| from.first_trial);
        self.held_out_trials.iter().filter(|trial| **trial < first_before).count()
    }

    /// Reads the companion of an image with this hash.
    ///
    /// # Errors
    /// A file that is missing, malformed, of another version or of another image.
    pub fn read(image: &Path, network_hash: &str) -> Result<Self, CardError> {
        let path = Self::path_beside(image);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(path, &text, network_hash),
            Err(cause) => Err(CardError::Unreadable { path, cause }),
        }
    }

    /// Reads the text of a companion of an image with this hash; errors call it `path`.
    ///
    /// # Errors
    /// As [`DecoderCard::read`], but for those of files.
    pub fn parse(path: PathBuf, text: &str, network_hash: &str) -> Result<Self, CardError> {
        let card: Self = match serde_json::from_str(text) {
            Ok(card) => card,
            Err(_) if is_of_movement(text) => return Err(CardError::Movement { path }),
            Err(cause) => return Err(CardError::Malformed { path, cause }),
        };
        if card.card_version != CARD_VERSION {
            return Err(CardError::Version { path, found: card.card_version });
        }
        if card.network_hash != network_hash {
            return Err(CardError::OtherImage { path, named: card.network_hash, found: network_hash.to_owned() });
        }
        Ok(card)
    }
}

/// Whether a text is the companion of a network that decodes movement ([`crate::movement::MovementCard`]).
fn is_of_movement(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok_and(|card| card.get("task").is_some())
}
