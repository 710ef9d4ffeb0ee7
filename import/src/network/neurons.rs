//! The constants of a population from the parameters of its node.

use super::{Firing, Population};
use crate::NodeError;
use crate::conventions::{Conventions, Gain, Integrator, NeuronTraits, Reset, SpikesPerTick, SynapseRule};
use crate::nir::{Neuron, Node};

/// Rounding of a time constant in a file of single precision.
const DECAY_TOLERANCE: f64 = 1e-5;

/// The population of a node, without its inputs. All that it needs of the conventions is set.
pub(super) fn population(
    node: &Node,
    neuron: &Neuron,
    traits: &NeuronTraits<'_>,
    conventions: &Conventions,
    warnings: &mut Vec<String>,
) -> Result<Population, NodeError> {
    let dt_s = conventions.time_step().unwrap_or(1.0);
    let size = neuron.n_neurons();
    let decays = |name: &str, taus: &[f64]| decays(node, name, taus, dt_s, conventions);
    let filter = decays("tau_syn", &neuron.tau_syn)?;
    let membrane_decay = match neuron.tau_mem.is_empty() {
        true => vec![1.0; size],
        false => decays("time constant", &neuron.tau_mem)?,
    };
    let gain = (0..size).map(|index| {
        let of_equation = conventions.gain() != Some(Gain::One);
        let membrane = match (of_equation, neuron.tau_mem.is_empty()) {
            (false, _) => 1.0,
            (true, false) => (1.0 - membrane_decay[index]) * neuron.r[index],
            (true, true) if conventions.counts_integrate_by_step() => neuron.r[index],
            (true, true) => dt_s * neuron.r[index],
        };
        let synapse = filter.get(index).map_or(1.0, |decay| match (conventions.synapse(), of_equation) {
            (SynapseRule::Equation, true) => (1.0 - decay) * neuron.w_in[index],
            (SynapseRule::Jump, true) => neuron.w_in[index],
            (SynapseRule::JumpThenDecay, true) => decay * neuron.w_in[index],
            (SynapseRule::Equation | SynapseRule::Jump, false) => 1.0,
            (SynapseRule::JumpThenDecay, false) => *decay,
        });
        membrane * synapse
    });
    let gain = gain.collect();
    let firing = firing(node, neuron, traits, conventions, warnings)?;
    let v_reset = |index: usize| if firing.is_some() { neuron.v_reset[index] } else { 0.0 };
    let leak = |index: usize| match neuron.tau_mem.is_empty() {
        true => 0.0,
        false => (1.0 - membrane_decay[index]) * (neuron.v_leak[index] - v_reset(index)),
    };
    Ok(Population {
        name: node.name.clone(),
        leak: (0..size).map(leak).collect(),
        synaptic_decay: if filter.is_empty() { vec![0.0; size] } else { filter },
        membrane_decay,
        gain,
        firing,
        connections: Vec::new(),
        constants: Vec::new(),
    })
}

fn decays(node: &Node, name: &str, taus: &[f64], dt_s: f64, conventions: &Conventions) -> Result<Vec<f64>, NodeError> {
    let decay = |tau: &f64| {
        let tau = tau * conventions.tau_scale;
        match conventions.integrator() {
            Some(Integrator::Exponential) => Ok((-dt_s / tau).exp()),
            _ if 1.0 - dt_s / tau >= -DECAY_TOLERANCE => Ok((1.0 - dt_s / tau).max(0.0)),
            _ => Err(node.refuse(
                format!("its {name} {tau} is below the time step {dt_s}, which Euler cannot integrate"),
                "set the time step of the training, or the factor of its time constants: Norse 1.1.0 writes them times its time \
                 step",
            )),
        }
    };
    taus.iter().map(decay).collect()
}

fn firing(
    node: &Node,
    neuron: &Neuron,
    traits: &NeuronTraits<'_>,
    conventions: &Conventions,
    warnings: &mut Vec<String>,
) -> Result<Option<Firing>, NodeError> {
    let Some(reset) = conventions.reset_of(traits).filter(|_| neuron.kind.fires()) else { return Ok(None) };
    let is_shifted = neuron.v_reset.iter().any(|v_reset| *v_reset != 0.0);
    if is_shifted && !matches!(reset, Reset::Zero | Reset::ZeroLate) {
        return Err(node.refuse(
            "its v_reset is not 0, but its reset subtracts the threshold",
            "choose the reset to zero, or write v_reset = 0",
        ));
    }
    if is_shifted {
        warnings.push(format!("{}: potentials start at v_reset, not at 0 as in the frameworks", node.name));
    }
    if reset == Reset::SubtractTwice {
        warnings.push(format!(
            "{}: a potential that stays above the threshold after a spike fires again here, in snnTorch only above twice the \
             threshold",
            node.name
        ));
    }
    if conventions.spikes_per_tick == Some(SpikesPerTick::Several) {
        let cause = "it fires several times in a tick, a neuron of the core once at most";
        if !conventions.is_lenient {
            return Err(node.refuse(cause, "train with one spike a tick, or accept the difference by being lenient"));
        }
        warnings.push(format!("{}: {cause}", node.name));
    }
    let threshold =
        neuron.v_threshold.iter().zip(&neuron.v_reset).map(|(threshold, reset)| threshold - reset).collect();
    Ok(Some(Firing { threshold, is_strict: conventions.is_strict(), reset }))
}
