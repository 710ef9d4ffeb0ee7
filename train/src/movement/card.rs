//! The companion file of a network that decodes movement: how it was made, and how its scores become values.

use recording::{RecordingIdentity, Selection, StreamOptions, Tables};
use serde::{Deserialize, Serialize};

use super::{AffineReadout, MovementFitOptions, MovementScore};
use crate::Topology;
use crate::decoder::TrainedUnit;

/// Version of the companion file; version 1 is that of networks that decide between classes.
const CARD_VERSION: u32 = 2;

/// Everything about a decoder of movement that people and programs need and a board does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovementCard {
    /// Version of this file.
    pub card_version: u32,
    /// Program and version that trained.
    pub program: String,
    /// SHA-256 of the image.
    pub network_hash: String,
    /// The core that the image is laid out for.
    pub core: String,
    /// What is decoded.
    pub task: Task,
    /// How the session becomes a stream. Axes are spelled out.
    pub stream: StreamOptions,
    /// The recording that it was trained on, the first if there were several.
    pub recording: RecordingIdentity,
    /// The tables of the file; by default its units and trials.
    #[serde(default)]
    pub tables: Tables,
    /// The units in the order of the channels.
    pub units: Vec<TrainedUnit>,
    /// The figures that training reported.
    pub report: MovementReport,
    /// How the ticks were divided, in words.
    pub split: String,
    /// Start and stop, in seconds, of the stretches of the recording that the network in the image is tested on.
    pub held_out_s: Vec<[f64; 2]>,
    /// The recordings that it was also trained on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_recordings: Vec<FurtherStretches>,
    /// How the training was done.
    pub training: MovementFitOptions,
    /// Bits of a weight.
    pub weight_bits: u32,
    /// Areas and projections.
    pub topology: Topology,
    /// The seed.
    pub seed: u64,
}

/// A recording after the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FurtherStretches {
    /// Its identity.
    pub recording: RecordingIdentity,
    /// As of the first, on its own clock.
    pub held_out_s: Vec<[f64; 2]>,
}

/// What a network decodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// `movement`.
    pub kind: String,
    /// Path of the series in the file.
    pub target: String,
    /// Names of its axes, in the order of the values.
    pub axes: Vec<String>,
    /// Unit of the values; may be empty.
    pub unit: String,
    /// How scores become values.
    pub readout: AffineReadout,
    /// How long the network runs before its values mean anything, milliseconds.
    pub warm_up_ms: u32,
}

impl Task {
    /// The only kind.
    pub const KIND: &'static str = "movement";
}

/// The figures of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MovementReport {
    /// Of the networks of all folds on their test ticks: means over folds.
    #[serde(flatten)]
    pub score: MovementScore,
    /// R² of each fold.
    pub r2_by_fold: Vec<Option<f64>>,
    /// R² of the network in the image on its test ticks.
    pub image_r2: Option<f64>,
    /// The Wiener filter on the same ticks.
    pub wiener: FilterReport,
    /// The Kalman filter on the same ticks.
    pub kalman: FilterReport,
    /// A GRU on the same ticks, if asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gru: Option<FilterReport>,
    /// An LSTM on the same ticks, if asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lstm: Option<FilterReport>,
    /// Ticks of the session.
    pub n_ticks: usize,
    /// Ticks of the first fold that are trained on and that are chosen by.
    pub n_ticks_trained: [usize; 2],
    /// Runs of ticks with labels.
    pub n_pieces: usize,
    /// Whether the pieces are trials, between which silence tells the network when a movement starts.
    pub is_in_trials: bool,
    /// Ticks of silent gaps that got spikes at random.
    pub n_ticks_filled: usize,
    /// Mean input events a tick.
    pub events_per_tick: f64,
    /// Share of the spikes that are lost because a channel has one bit a tick.
    pub events_lost_share: f64,
    /// Neurons of the image, readouts included.
    pub n_neurons: usize,
    /// Synapses of the image.
    pub n_synapses: usize,
    /// Synaptic events of a tick, of the network in the image on its test ticks.
    pub synaptic_operations_per_tick: OperationsPerTick,
    /// Mean spikes of all neurons in a tick, likewise.
    pub spikes_per_tick: f64,
    /// Neurons whose potential is at a limit of its range in more than a hundredth of these ticks.
    pub saturated_neurons: usize,
    /// Neurons without a spike in these ticks.
    pub dead_neurons: usize,
    /// SHA-256 over the scores of every tick of the image's test runs, in order.
    pub scores_hash: String,
}

/// Synaptic events of a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationsPerTick {
    /// Mean.
    pub mean: f64,
    /// 99th percentile.
    pub p99: u32,
    /// Largest.
    pub max: u32,
}

/// Another decoder: means over folds, and what the validation ticks of the first fold chose.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterReport {
    /// Mean R² over axes.
    pub r2: Option<f64>,
    /// R² of each axis.
    pub r2_by_axis: Vec<Option<f64>>,
    /// Of a Wiener filter how far back it counts, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_ms: Option<u32>,
    /// Of a Wiener filter the strength of its ridge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ridge: Option<f64>,
    /// Of a Kalman filter the length of its bins, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bin_ms: Option<u32>,
    /// Of a GRU or LSTM its hidden units: as many parameters as the network has synapses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden_units: Option<usize>,
}

impl MovementCard {
    /// The version to write.
    pub const VERSION: u32 = CARD_VERSION;

    /// The units and trials that it was trained on.
    #[must_use]
    pub fn selection(&self) -> &Selection {
        &self.stream.selection
    }

    /// The recordings that it was trained on, each with the stretches, in seconds, that its network is tested on.
    pub fn recordings(&self) -> impl Iterator<Item = (&RecordingIdentity, &[[f64; 2]])> {
        let further = self.further_recordings.iter().map(|further| (&further.recording, &further.held_out_s[..]));
        std::iter::once((&self.recording, &self.held_out_s[..])).chain(further)
    }
}
