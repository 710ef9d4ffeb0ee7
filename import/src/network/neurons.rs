//! The constants of a population from the parameters of its node.

use super::{Firing, Population};
use crate::NodeError;
use crate::conventions::{Conventions, Gain, Integrator, NeuronTraits, Producer, Reset, SpikesPerTick, SynapseRule};
use crate::nir::{Neuron, Node};

/// Rounding of a time constant in a file of single precision.
const DECAY_TOLERANCE: f64 = 1e-5;
/// How far the gain of a file of snnTorch may be from 1: rounding only.
const GAIN_TOLERANCE: f64 = 1e-2;

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
    check_time_step(node, neuron, &membrane_decay, conventions)?;
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
    let gain: Vec<f64> = gain.collect();
    let firing = firing(node, neuron, traits, conventions, warnings)?;
    warn_of_start(node, neuron, conventions, warnings);
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

/// snnTorch writes the r that makes the gain 1: another gain shows that the time step is another.
fn check_time_step(
    node: &Node,
    neuron: &Neuron,
    membrane_decay: &[f64],
    conventions: &Conventions,
) -> Result<(), NodeError> {
    if conventions.producer != Producer::SnnTorch || neuron.tau_mem.is_empty() || conventions.gain() == Some(Gain::One)
    {
        return Ok(());
    }
    let gains = membrane_decay.iter().zip(&neuron.r).map(|(decay, r)| (1.0 - decay) * r);
    match gains.into_iter().find(|gain| (gain - 1.0).abs() > GAIN_TOLERANCE) {
        Some(gain) => Err(node.refuse(
            format!("its input would be multiplied by {gain:.3}, and snnTorch writes files in which that is 1"),
            "leave out the time step and the factor of time constants, which snnTorch fixes, or read the file as plain NIR",
        )),
        None => Ok(()),
    }
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

/// Potentials start at v_reset here, at v_leak in Norse and at 0 in all others.
fn warn_of_start(node: &Node, neuron: &Neuron, conventions: &Conventions, warnings: &mut Vec<String>) {
    let starts_at_leak = conventions.producer == Producer::Norse;
    let start = if starts_at_leak { &neuron.v_leak } else { &vec![0.0; neuron.n_neurons()] };
    if neuron.v_reset.iter().zip(start).any(|(v_reset, start)| v_reset != start) {
        let elsewhere = if starts_at_leak { "v_leak as in Norse" } else { "0 as in the frameworks" };
        warnings.push(format!("{}: potentials start at v_reset, not at {elsewhere}", node.name));
    }
}

fn firing(
    node: &Node,
    neuron: &Neuron,
    traits: &NeuronTraits<'_>,
    conventions: &Conventions,
    warnings: &mut Vec<String>,
) -> Result<Option<Firing>, NodeError> {
    let Some(reset) = conventions.reset(traits).filter(|_| neuron.kind.fires()) else { return Ok(None) };
    let is_shifted = neuron.v_reset.iter().any(|v_reset| *v_reset != 0.0);
    if is_shifted && !matches!(reset, Reset::Zero | Reset::ZeroLate) {
        return Err(node.refuse(
            "its v_reset is not 0, but its reset subtracts the threshold",
            "choose the reset to zero, or write v_reset = 0",
        ));
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
