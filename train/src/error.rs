//! What can go wrong before or in a training, each with its cause and the next step.

use crate::classical::BaselineError;

/// Why a topology, a network or a training was refused.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A topology file that is not TOML of the documented shape.
    #[error("topology {file}: {cause}; compare it with a shipped one (T1 to T7, direct)")]
    TopologySyntax {
        /// The file, as the caller named it.
        file: String,
        /// The error of the parser, with the line.
        cause: String,
    },
    /// A topology file whose content contradicts itself or leaves its ranges.
    #[error("topology {file}, {place}: {cause}; {next_step}")]
    Topology {
        /// The file, as the caller named it.
        file: String,
        /// Which area or projection.
        place: String,
        /// What is wrong.
        cause: String,
        /// What to do about it.
        next_step: String,
    },
    /// A topology file that cannot be read.
    #[error("topology {file}: {cause}; name a readable file or one of T1 to T7 or direct")]
    TopologyFile {
        /// The file, as the caller named it.
        file: String,
        /// The error of the operating system.
        cause: std::io::Error,
    },
    /// A topology that only works within a window.
    #[error(
        "topology {name} keeps what it has seen for the length of a window (its readout forgets within {tau_ms} ms), so it cannot run \
         free; use T7, or a readout with membrane_tau_ms of at most {most_ms}"
    )]
    NotFreeRunning {
        /// The topology.
        name: String,
        /// Time constant of its readout.
        tau_ms: f64,
        /// The longest allowed.
        most_ms: f64,
    },
    /// A linear filter that cannot be fitted.
    #[error(
        "no {filter} filter can be fitted: the spike counts or the movement vary too little; give a longer recording"
    )]
    NoFilter {
        /// Which filter.
        filter: &'static str,
    },
    /// A movement that does not move.
    #[error("axis {axis} is the same in all ticks, so there is nothing to decode; leave it out")]
    Constant {
        /// The axis.
        axis: String,
    },
    /// More axes than a core has readouts.
    #[error("{n_axes} axes are more than the {most} that a core can decode; choose some of them")]
    TooManyAxes {
        /// Axes of the movement.
        n_axes: usize,
        /// The most.
        most: u8,
    },
    /// A size of the network that cannot be built.
    #[error("network: {name} is {value}, not in {low} to {high}; change the recording or the topology")]
    NetworkSize {
        /// Which size.
        name: &'static str,
        /// Its value.
        value: usize,
        /// Smallest value allowed.
        low: usize,
        /// Largest value allowed.
        high: usize,
    },
    /// A training option out of its range.
    #[error("training option {name} is {value}, not {expected}; change it")]
    Option {
        /// Which option.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Its range, in words.
        expected: &'static str,
    },
    /// An ablation that finds nothing to ablate.
    #[error("ablation {ablation}: {cause}; use a topology that has such projections")]
    Ablation {
        /// Which ablation.
        ablation: &'static str,
        /// What is wrong.
        cause: String,
    },
    /// A number of synapses that a network cannot be pruned to.
    #[error("pruning to {asked} synapses, but the network has {n_synapses}; ask for 1 to {n_synapses}")]
    Pruning {
        /// Synapses asked for.
        asked: usize,
        /// Synapses of the network.
        n_synapses: usize,
    },
    /// Samples that cannot be trained on.
    #[error("training sample {index}: {cause}; {next_step}")]
    Sample {
        /// Position in the list of samples.
        index: usize,
        /// What is wrong.
        cause: String,
        /// What to do about it.
        next_step: &'static str,
    },
    /// No sample at all.
    #[error("no training sample; give at least one window")]
    NoSamples,
    /// A fold of a split without trials on one side.
    #[error("fold {fold} has no trial to {side}; use fewer folds or another split column")]
    EmptySide {
        /// The fold, from 0.
        fold: usize,
        /// What is missing: trials to `train on` or to `test on`.
        side: &'static str,
    },
    /// A classical decoder that cannot be fitted.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// The caller ended the training.
    #[error("stopped")]
    Stopped,
    /// A classical decoder to learn from that cannot be fitted.
    #[error("the decoder to learn from cannot be fitted: {0}; give each class more training windows")]
    Teacher(BaselineError),
    /// Weights or gradients that are infinite or not a number.
    #[error("weights or gradients are not finite in epoch {epoch}; lower the learning rate")]
    NotFinite {
        /// The epoch, from 0.
        epoch: usize,
    },
}
