//! Topology files: areas of neurons and the projections between them, checked before a network is built.

use std::fs::File;
use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::TrainError;

/// The name by which a projection takes its spikes from the input channels.
pub const INPUT: &str = "input";
/// The name by which a projection feeds the readout, one neuron a class.
pub const READOUT: &str = "readout";

/// Most bytes of a topology file.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// The shipped topologies, name and text.
const SHIPPED: [(&str, &str); 7] = [
    ("T1", include_str!("../topologies/T1.toml")),
    ("T2", include_str!("../topologies/T2.toml")),
    ("T3", include_str!("../topologies/T3.toml")),
    ("T4", include_str!("../topologies/T4.toml")),
    ("T5", include_str!("../topologies/T5.toml")),
    ("T6", include_str!("../topologies/T6.toml")),
    ("direct", include_str!("../topologies/direct.toml")),
];

/// A network in areas and projections, without any size that the recording decides (channels, classes).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    /// Short name, for reports.
    pub name: String,
    /// What it models, in a sentence.
    #[serde(default)]
    pub description: String,
    /// Whether the projections say where synapses lie or only how many there are.
    #[serde(default)]
    pub placement: SynapsePlacement,
    /// The areas, in the order in which their neurons are numbered.
    #[serde(rename = "area")]
    pub areas: Vec<Area>,
    /// The leaky integrators, one a class, that follow the last area.
    #[serde(default)]
    pub readout: Readout,
    /// The projections.
    #[serde(rename = "projection")]
    pub projections: Vec<Projection>,
}

/// Where the synapses of a topology are placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SynapsePlacement {
    /// Each within its projection.
    #[default]
    Projections,
    /// As many as the projections hold, between channels and neurons drawn at random.
    Random,
}

/// Neurons that share the distributions of their constants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Unique name; `input` and `readout` are taken.
    pub name: String,
    /// How many neurons, at least 1.
    pub neurons: usize,
    /// Mean time constant of the membrane, above 0.
    pub membrane_tau_ms: f64,
    /// Standard deviation of the membrane time constant over neurons.
    #[serde(default)]
    pub membrane_tau_spread_ms: f64,
    /// Time constant of the synaptic current; 0 makes a delta synapse.
    #[serde(default)]
    pub synaptic_tau_ms: f64,
    /// Mean time constant of the adaptation, above 0.
    #[serde(default = "default_adaptation_tau_ms")]
    pub adaptation_tau_ms: f64,
    /// Standard deviation of the adaptation time constant over neurons.
    #[serde(default)]
    pub adaptation_tau_spread_ms: f64,
    /// Share of neurons that adapt, 0 to 1.
    #[serde(default)]
    pub adaptive_share: f64,
    /// What a spike of an adaptive neuron adds to its threshold, as a fraction of the threshold.
    #[serde(default)]
    pub adaptation_increment: f64,
    /// How long the potential is held after a spike.
    #[serde(default)]
    pub refractory_ms: f64,
    /// What a spike does to the potential.
    #[serde(default)]
    pub reset: Reset,
    /// The distribution of the initial weights that end here.
    #[serde(default)]
    pub initial_weights: InitialWeights,
}

/// The readout's constants: one leaky integrator a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readout {
    /// Time constant of the integrators, above 0.
    #[serde(default = "default_readout_tau_ms")]
    pub membrane_tau_ms: f64,
    /// Time constant of the synaptic current; 0 makes a delta synapse.
    #[serde(default)]
    pub synaptic_tau_ms: f64,
}

/// Synapses from one area to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Projection {
    /// An area, or `input`.
    pub from: String,
    /// An area, or `readout`.
    pub to: String,
    /// Its part in the circuit; decides nothing in training, and is what ablations select by.
    pub kind: ProjectionKind,
    /// Share of the possible synapses that exist, above 0 and at most 1.
    pub density: f64,
    /// Factor on the standard deviation of the initial weights.
    #[serde(default = "default_gain")]
    pub gain: f64,
}

/// The part of a projection in the circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProjectionKind {
    /// Towards the output.
    Forward,
    /// Within an area.
    Recurrent,
    /// Towards the input.
    Feedback,
}

/// [`spec::lif::ResetMode`] as a topology file writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reset {
    /// The potential becomes 0.
    ToZero,
    /// The threshold is subtracted.
    #[default]
    Subtract,
}

/// The distribution of initial weights, of equal standard deviation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InitialWeights {
    /// Gaussian.
    #[default]
    Normal,
    /// Uniform about 0.
    Uniform,
}

fn default_adaptation_tau_ms() -> f64 {
    150.0
}

fn default_readout_tau_ms() -> f64 {
    50.0
}

fn default_gain() -> f64 {
    1.0
}

impl Default for Readout {
    fn default() -> Self {
        Self { membrane_tau_ms: default_readout_tau_ms(), synaptic_tau_ms: 0.0 }
    }
}

impl Topology {
    /// The shipped topology that decodes best, at the end of a window and early in it.
    pub const DEFAULT: &'static str = "T6";

    /// The shipped topology of that name (`T1` to `T6`, `direct`), or the one in the file of that path.
    ///
    /// # Errors
    /// A file that cannot be read, or what [`Topology::parse`] refuses.
    pub fn load(name_or_path: &str) -> Result<Self, TrainError> {
        if let Some((name, text)) = SHIPPED.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(text, name);
        }
        let mut text = String::new();
        // One byte more than the largest text is enough to reject the file.
        File::open(name_or_path)
            .and_then(|file| file.take(MAX_TEXT_BYTES as u64 + 1).read_to_string(&mut text))
            .map_err(|cause| TrainError::TopologyFile { file: name_or_path.to_owned(), cause })?;
        Self::parse(&text, name_or_path)
    }

    /// Reads a topology from TOML; `file` is the name that errors give.
    ///
    /// # Errors
    /// Text of more than a mebibyte or that is not TOML of this shape, unknown fields, and everything that
    /// [`Topology::check`] refuses.
    pub fn parse(text: &str, file: &str) -> Result<Self, TrainError> {
        let refuse = |cause: String| TrainError::TopologySyntax { file: file.to_owned(), cause };
        if text.len() > MAX_TEXT_BYTES {
            return Err(refuse(format!("it is larger than {MAX_TEXT_BYTES} bytes")));
        }
        let topology: Self = toml::from_str(text).map_err(|error| refuse(error.to_string().trim_end().to_owned()))?;
        topology.check(file)?;
        Ok(topology)
    }

    /// Whether an area reaches the readout. If none does, the network decides as a linear decoder of its input.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.projections.iter().any(|projection| projection.to == READOUT && projection.from != INPUT)
    }

    /// The same areas and projections with one of `divisor` neurons of every area, rounded up; `divisor` is at least 1.
    #[must_use]
    pub fn divided(&self, divisor: usize) -> Self {
        let areas = self.areas.iter().cloned();
        let divided = areas.map(|area| Area { neurons: area.neurons.div_ceil(divisor.max(1)), ..area });
        Self { areas: divided.collect(), ..self.clone() }
    }

    /// Neurons of all areas, without the readout.
    #[must_use]
    pub fn n_neurons(&self) -> usize {
        self.areas.iter().map(|area| area.neurons).sum()
    }
}
