//! How each framework computes the neurons that it writes: what a NIR file does not say.
//!
//! Sources: snnTorch 1.0.0, Norse 1.1.0, Rockpool 3.1.0, sinabs 3.1.3, spyx 1.0.0, stork, read line by line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{GraphError, Unsaid};

/// Who wrote a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Producer {
    /// snnTorch.
    #[serde(rename = "snntorch")]
    SnnTorch,
    /// Norse.
    Norse,
    /// Rockpool.
    Rockpool,
    /// sinabs.
    Sinabs,
    /// spyx.
    Spyx,
    /// stork.
    Stork,
    /// Anyone who means the equations of NIR.
    Nir,
}

/// How a differential equation becomes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrator {
    /// Forward Euler: a decay of 1 - dt / tau.
    Euler,
    /// Exact for a constant input: a decay of exp(-dt / tau).
    Exponential,
}

/// How a spike enters the synaptic current.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SynapseRule {
    /// As the equation says: current = a * current + (1 - a) * w_in * input.
    Equation,
    /// current = a * current + w_in * input.
    Jump,
    /// current = a * (current + w_in * input).
    JumpThenDecay,
}

/// What the current is multiplied by before it enters the potential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gain {
    /// As the equation says: (1 - b) * r, and w_in before the filter.
    Equation,
    /// 1; r and w_in of the file do not count.
    One,
}

/// What a spike does to the potential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetKind {
    /// It becomes v_reset.
    Zero,
    /// The threshold is subtracted.
    Subtract,
}

/// How a spike resets a potential, in every detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// To zero in the tick of the spike.
    Zero,
    /// To zero in the tick after the spike, whose input is lost.
    ZeroLate,
    /// The threshold is subtracted in the tick of the spike, so the subtracted part decays too.
    Subtract,
    /// The threshold is subtracted from the potential of the next tick, after the decay.
    SubtractLate,
    /// As [`Reset::Subtract`]; but while the potential stays above the threshold, a further spike needs twice the threshold,
    /// because snnTorch subtracts before it compares.
    SubtractTwice,
}

/// Spikes of one neuron in one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpikesPerTick {
    /// At most one.
    One,
    /// As many as the potential has thresholds.
    Several,
}

/// Something that a file does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The time step.
    TimeStep,
    /// The integrator.
    Integrator,
    /// What a spike does to the potential.
    Reset,
    /// Whether it does so one tick later.
    ResetDelay,
    /// What the current is multiplied by.
    Gain,
    /// Spikes of one neuron in one tick.
    SpikesPerTick,
}

impl Setting {
    pub(crate) fn question(self) -> &'static str {
        match self {
            Self::TimeStep => "how long a time step is",
            Self::Integrator => "how the equations are integrated",
            Self::Reset => "whether a spike resets the potential to zero or subtracts the threshold",
            Self::ResetDelay => "whether the reset is one tick late",
            Self::Gain => "whether the input is multiplied by the gain of the equation or by 1",
            Self::SpikesPerTick => "whether a neuron fires once in a tick at most",
        }
    }
}

impl Producer {
    /// What the layers of the framework do, as far as a file does not say it.
    pub(crate) fn layers(self) -> &'static str {
        match self {
            Self::SnnTorch => {
                "In snnTorch: `reset_mechanism=\"subtract\"` is the default, \"zero\" the alternative, and of \"none\" the file \
                 should have LI in place of neurons that fire; `reset_delay=True` is the default and makes the reset one tick late"
            }
            Self::Norse => "In Norse, LIF, LIFBox and IAF reset to v_reset at once",
            Self::Rockpool => {
                "In Rockpool: `dt` is an argument of LIFTorch; a neuron fires several times a tick unless \
                 `max_spikes_per_dt=1`"
            }
            Self::Sinabs => {
                "In sinabs: `spike_fn=MultiSpike` is the default and fires several times a tick, SingleSpike once; \
                 `norm_input=True` is the default and multiplies the input by the gain of the equation, False by 1"
            }
            Self::Spyx => "In spyx, LIF subtracts the threshold late, CuBaLIF at once",
            Self::Stork => "In stork, `time_step` is an argument of the model, and the reset is to zero, one tick late",
            Self::Nir => {
                "For a file written by hand give all of these options; naming the framework that wrote it (snntorch, norse, rockpool, \
                 sinabs, spyx, stork) fixes some of them"
            }
        }
    }

    fn dt_s(self) -> Option<f64> {
        match self {
            Self::SnnTorch => Some(1e-4),
            Self::Norse => Some(1e-3),
            Self::Sinabs | Self::Spyx => Some(1.0),
            Self::Rockpool | Self::Stork | Self::Nir => None,
        }
    }

    /// Whether its time step has nothing to do with seconds: it only makes decays of time constants.
    fn has_nominal_time_step(self) -> bool {
        matches!(self, Self::SnnTorch | Self::Sinabs | Self::Spyx)
    }

    fn integrator(self) -> Option<Integrator> {
        match self {
            Self::SnnTorch | Self::Norse | Self::Spyx => Some(Integrator::Euler),
            Self::Rockpool | Self::Sinabs | Self::Stork => Some(Integrator::Exponential),
            Self::Nir => None,
        }
    }

    fn synapse(self) -> SynapseRule {
        match self {
            Self::Norse => SynapseRule::Jump,
            Self::Rockpool | Self::Sinabs => SynapseRule::JumpThenDecay,
            Self::SnnTorch | Self::Spyx | Self::Stork | Self::Nir => SynapseRule::Equation,
        }
    }

    fn gain(self) -> Option<Gain> {
        match self {
            Self::SnnTorch | Self::Norse | Self::Stork | Self::Nir => Some(Gain::Equation),
            Self::Rockpool | Self::Spyx => Some(Gain::One),
            Self::Sinabs => None,
        }
    }

    /// Whether a neuron fires above its threshold, not at it.
    fn is_strict(self) -> bool {
        !matches!(self, Self::Rockpool | Self::Sinabs)
    }

    /// Ticks from a spike to the input of the next layer in the same pass.
    fn emission_ticks(self) -> u32 {
        u32::from(self == Self::Spyx)
    }
}

/// A value for all nodes, and others for some of them.
#[derive(Clone, Debug, PartialEq)]
pub struct PerNode<T> {
    /// For all nodes that are not named.
    pub default: Option<T>,
    /// For a node by its name.
    pub of: BTreeMap<String, T>,
}

impl<T> Default for PerNode<T> {
    fn default() -> Self {
        Self { default: None, of: BTreeMap::new() }
    }
}

impl<T: Copy> PerNode<T> {
    /// The same value for all nodes.
    #[must_use]
    pub fn all(value: T) -> Self {
        Self { default: Some(value), of: BTreeMap::new() }
    }

    fn get(&self, node: &str) -> Option<T> {
        self.of.get(node).copied().or(self.default)
    }
}

/// How a file is to be read: its producer, and what that leaves open.
#[derive(Clone, Debug, PartialEq)]
pub struct Conventions {
    /// Who wrote it.
    pub producer: Producer,
    /// The time step in the file's unit of time.
    pub dt_s: Option<f64>,
    /// The integrator.
    pub integrator: Option<Integrator>,
    /// How a spike enters the synaptic current.
    pub synapse: Option<SynapseRule>,
    /// What the current is multiplied by.
    pub gain: Option<Gain>,
    /// Factor of all time constants of the file; 1 leaves them as they are.
    pub tau_scale: f64,
    /// What a spike does to the potential.
    pub reset: PerNode<ResetKind>,
    /// Whether it does so one tick later.
    pub reset_delay: PerNode<bool>,
    /// Spikes of one neuron in one tick.
    pub spikes_per_tick: Option<SpikesPerTick>,
    /// Whether a neuron that fires several times in a tick may be imported as one that fires once.
    pub is_lenient: bool,
}

impl Conventions {
    /// Those of a producer, with all that it leaves open unset.
    #[must_use]
    pub fn of(producer: Producer) -> Self {
        Self {
            producer,
            dt_s: None,
            integrator: None,
            synapse: None,
            gain: None,
            tau_scale: 1.0,
            reset: PerNode::default(),
            reset_delay: PerNode::default(),
            spikes_per_tick: None,
            is_lenient: false,
        }
    }

    /// The time step; none if nobody says it.
    #[must_use]
    pub fn time_step(&self) -> Option<f64> {
        self.dt_s.or(self.producer.dt_s())
    }

    /// Whether the time step says nothing about the length of a tick.
    #[must_use]
    pub fn has_nominal_time_step(&self) -> bool {
        self.dt_s.is_none() && self.producer.has_nominal_time_step()
    }

    pub(crate) fn integrator(&self) -> Option<Integrator> {
        self.integrator.or(self.producer.integrator())
    }

    pub(crate) fn synapse(&self) -> SynapseRule {
        self.synapse.unwrap_or(self.producer.synapse())
    }

    pub(crate) fn gain(&self) -> Option<Gain> {
        self.gain.or(self.producer.gain())
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.producer.is_strict()
    }

    pub(crate) fn emission_ticks(&self) -> u32 {
        self.producer.emission_ticks()
    }

    /// Whether the integral of an IF or I neuron takes its input as it is, not times the time step.
    pub(crate) fn counts_integrate_by_step(&self) -> bool {
        matches!(self.producer, Producer::Norse | Producer::Sinabs | Producer::Rockpool)
    }

    /// The settings that these neurons need and nobody has set.
    pub(crate) fn unsaid(&self, neurons: &[NeuronTraits<'_>]) -> Result<(), Unsaid> {
        let mut settings = Vec::new();
        let mut ask = |setting: Setting, missing: &dyn Fn(&NeuronTraits<'_>) -> bool| {
            let nodes: Vec<String> =
                neurons.iter().filter(|neuron| missing(neuron)).map(|neuron| neuron.name.to_owned()).collect();
            if !nodes.is_empty() {
                settings.push((setting, nodes));
            }
        };
        ask(Setting::TimeStep, &|_| self.time_step().is_none());
        ask(Setting::Integrator, &|neuron| neuron.has_time_constant && self.integrator().is_none());
        ask(Setting::Gain, &|neuron| neuron.has_time_constant && self.gain().is_none());
        ask(Setting::Reset, &|neuron| neuron.fires && self.reset_kind(neuron).is_none());
        ask(Setting::ResetDelay, &|neuron| {
            // Of a reset of unknown kind it is asked as if that subtracted.
            let kind = self.reset_kind(neuron).unwrap_or(ResetKind::Subtract);
            neuron.fires && self.reset_of(neuron, kind).is_none()
        });
        let several = matches!(self.producer, Producer::Rockpool | Producer::Sinabs);
        ask(Setting::SpikesPerTick, &|neuron| neuron.fires && several && self.spikes_per_tick.is_none());
        if settings.is_empty() { Ok(()) } else { Err(Unsaid { producer: self.producer, settings }) }
    }

    fn reset_kind(&self, neuron: &NeuronTraits<'_>) -> Option<ResetKind> {
        self.reset.get(neuron.name).or(match self.producer {
            Producer::Norse | Producer::Stork => Some(ResetKind::Zero),
            Producer::Rockpool | Producer::Sinabs | Producer::Spyx => Some(ResetKind::Subtract),
            Producer::SnnTorch | Producer::Nir => None,
        })
    }

    /// How a neuron is reset; none if neither the producer nor an option fixes it.
    pub(crate) fn reset(&self, neuron: &NeuronTraits<'_>) -> Option<Reset> {
        self.reset_of(neuron, self.reset_kind(neuron)?)
    }

    /// How a reset of this kind goes; none if nothing fixes whether it is late.
    fn reset_of(&self, neuron: &NeuronTraits<'_>, kind: ResetKind) -> Option<Reset> {
        let is_late = self.reset_delay.get(neuron.name);
        let is_late = is_late.or(match self.producer {
            Producer::Norse | Producer::Rockpool | Producer::Sinabs => Some(false),
            Producer::Stork => Some(true),
            Producer::Spyx => Some(!neuron.has_filter),
            // snnTorch's Leaky empties the potential before it adds the input, so the delay changes nothing.
            Producer::SnnTorch if kind == ResetKind::Zero && !neuron.has_filter && !neuron.is_recurrent => Some(false),
            Producer::SnnTorch | Producer::Nir => None,
        });
        let is_late = match (self.producer, kind) {
            (Producer::SnnTorch, ResetKind::Zero) if !neuron.has_filter && !neuron.is_recurrent => false,
            _ => is_late?,
        };
        Some(match (kind, is_late) {
            (ResetKind::Zero, false) => Reset::Zero,
            (ResetKind::Zero, true) => Reset::ZeroLate,
            (ResetKind::Subtract, true) => Reset::SubtractLate,
            (ResetKind::Subtract, false) if self.producer == Producer::SnnTorch => Reset::SubtractTwice,
            (ResetKind::Subtract, false) => Reset::Subtract,
        })
    }

    /// Refuses nodes that are named but do not exist or do not fire.
    pub(crate) fn check_names(&self, firing: &[String]) -> Result<(), GraphError> {
        for name in self.reset.of.keys().chain(self.reset_delay.of.keys()) {
            if !firing.contains(name) {
                let cause = format!("a reset is given for node {name}, but no neuron that fires has this name");
                return Err(GraphError::new(cause, format!("they are {}", firing.join(", "))));
            }
        }
        Ok(())
    }
}

/// What decides how a neuron node is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NeuronTraits<'a> {
    pub name: &'a str,
    pub fires: bool,
    pub has_time_constant: bool,
    /// A synaptic current with a time constant.
    pub has_filter: bool,
    /// Whether its spikes come back to it without passing another population.
    pub is_recurrent: bool,
}
