//! The companion file of an imported image: what is needed to run it, and how it was made.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use train::DecoderCard;

use crate::conventions::{Gain, Integrator, Producer, Reset, SynapseRule};

/// Everything about an imported network that people and programs need and a board does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportCard {
    /// Always [`ImportCard::KIND`]; the companion of a training has no kind.
    pub kind: String,
    /// Version of this file.
    pub card_version: u32,
    /// Program and version that imported.
    pub program: String,
    /// SHA-256 of the image.
    pub network_hash: String,
    /// The core that the image is laid out for.
    pub core: String,
    /// Name of the file that was imported.
    pub source: String,
    /// Its SHA-256.
    pub source_sha256: String,
    /// How it was read.
    pub read_as: ReadAs,
    /// Bits of a weight.
    pub weight_bits: u32,
    /// The share of the weights of a neuron that are one synapse each.
    pub unsplit_share: f64,
    /// SHA-256 of the events on which rates and ranges were measured; none without such events.
    pub calibration_sha256: Option<String>,
    /// The most events of a channel in a tick; the image has so many channels for each of the network.
    pub max_count: u32,
    /// Length of a tick in ms.
    pub tick_ms: f64,
    /// Whether that is only the time step by which the framework writes time constants, and nobody has said how long a tick is.
    pub is_tick_nominal: bool,
    /// Empty ticks that the core must run before the first event.
    pub lead_in_ticks: u32,
    /// What the outputs are.
    pub output: OutputKind,
    /// The outputs in the order of the file.
    pub outputs: Vec<OutputCard>,
    /// The populations of the network.
    pub populations: Vec<PopulationCard>,
    /// Neurons that the network does not have.
    pub auxiliary_neurons: Vec<AuxiliaryCard>,
    /// What is read otherwise than a user might think.
    pub warnings: Vec<String>,
}

/// How a file was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadAs {
    /// Who wrote it.
    pub producer: Producer,
    /// The time step, in the file's unit of time.
    pub dt: f64,
    /// Factor of the time constants.
    pub tau_scale: f64,
    /// The integrator; none if nothing in it has a time constant.
    pub integrator: Option<Integrator>,
    /// How a spike enters the synaptic current.
    pub synapse: SynapseRule,
    /// What the current is multiplied by; none if nothing in it has a time constant.
    pub gain: Option<Gain>,
}

/// What the outputs of a network are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// Numbers: potentials or sums.
    Values,
    /// Numbers of spikes since the start.
    Counts,
    /// The output with the largest of these.
    Class,
}

/// An output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputCard {
    /// The name of its node in the file, and its index there.
    pub name: String,
    /// The score that shows it.
    pub readout: u8,
    /// Its value is `scale * score + offset`.
    pub scale: f64,
    /// See `scale`.
    pub offset: f64,
    /// The value of tick t of the network is the score of tick t + lag of the core, counted from its first tick, which is that of
    /// the lead-in if there is one.
    pub lag_ticks: i64,
}

/// A population.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationCard {
    /// The name of its node in the file.
    pub name: String,
    /// How a spike resets its potential; none if it only integrates.
    pub reset: Option<Reset>,
    /// As of an output, for its spikes.
    pub lag_ticks: i64,
    /// The largest relative error of a time constant.
    pub decay_error: f64,
    /// The weight step of each neuron: its levels times this are those of the network.
    pub steps: Vec<f64>,
    /// The least and the greatest threshold in steps; none if it only integrates.
    pub threshold_steps: Option<[i16; 2]>,
    /// Weights that became several synapses.
    pub n_split: usize,
    /// Relays of its spikes.
    pub n_relays: usize,
    /// Index in the image of each of its neurons.
    pub neurons: Vec<usize>,
}

/// A neuron that the network does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuxiliaryCard {
    /// Its index in the image.
    pub neuron: usize,
    /// What it is for: `relay`, `always_on`, `oscillator` or `counter`.
    pub role: String,
    /// What it passes on or counts; empty for the others.
    pub of: String,
    /// Ticks that it comes later, of a relay.
    pub ticks: u32,
}

/// Why a companion cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum CardError {
    #[error("{} is not the companion of an imported image: {cause}; import again", path.display())]
    Malformed { path: PathBuf, cause: serde_json::Error },
    #[error("{} belongs to another image (it names {named}, the image is {found}); put the two that belong together side by side", path.display())]
    OtherImage { path: PathBuf, named: String, found: String },
    #[error("{} has version {found}, this program reads version {}; use the program that wrote it, or import again", path.display(), ImportCard::VERSION)]
    Version { path: PathBuf, found: u32 },
    #[error("{}: its outputs come later, or its lead-in is longer, than those of any import; import again", path.display())]
    Shift { path: PathBuf },
}

/// The most ticks by which an output may be shifted: far above what an import needs.
const SHIFT_MAX_TICKS: u64 = 1 << 20;

/// The field by which the kinds of companion files are recognized.
#[derive(Deserialize)]
struct Kind {
    #[serde(default)]
    kind: String,
}

impl ImportCard {
    /// The kind of companion.
    pub const KIND: &str = "import";
    /// The version to write.
    pub const VERSION: u32 = 1;

    /// Reads the companion of an image with this hash; none if there is no file, or that of a training.
    ///
    /// # Errors
    /// A file that is malformed, of another version or of another image, or with shifts out of range.
    pub fn read(image: &Path, network_hash: &str) -> Result<Option<Self>, CardError> {
        let path = DecoderCard::path_beside(image);
        let Ok(text) = std::fs::read_to_string(&path) else { return Ok(None) };
        if !serde_json::from_str(&text).is_ok_and(|Kind { kind }| kind == Self::KIND) {
            return Ok(None);
        }
        let card: Self = match serde_json::from_str(&text) {
            Ok(card) => card,
            Err(cause) => return Err(CardError::Malformed { path, cause }),
        };
        if card.card_version != Self::VERSION {
            return Err(CardError::Version { path, found: card.card_version });
        }
        if card.network_hash != network_hash {
            return Err(CardError::OtherImage { path, named: card.network_hash, found: network_hash.to_owned() });
        }
        let is_far = |output: &OutputCard| output.lag_ticks.unsigned_abs() > SHIFT_MAX_TICKS;
        if card.outputs.iter().any(is_far) || u64::from(card.lead_in_ticks) > SHIFT_MAX_TICKS {
            return Err(CardError::Shift { path });
        }
        Ok(Some(card))
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> String {
        // Numbers, texts and lists of them always become JSON.
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }
}
