//! A mapping as integers of the core: the weight step of each neuron, its weights, and what makes up for rounding.
//!
//! Multiplication by a decay rounds towards minus infinity, so a potential or current that decays loses half a step a tick on average,
//! but nothing at rest. The oscillator gives half a step back, every other tick, to a current, and to a potential without a filter
//! before it: at rest that rounds down to nothing again. What else a potential loses comes from the bias, or is taken off the
//! threshold.

mod steps;
mod unit;

use spec::fixed::{decay_from_real, decay_to_real};
use spec::image::Neuron;
use spec::lif::{NeuronParameters, ResetMode};
use train::compile::{SparseNetwork, SparseSynapse};

use crate::calibration::Calibration;
use crate::mapping::{MappedNeuron, Mapping, Purpose, Role, Row};

/// How much of the way from rest to the threshold may be made up for by what rounding loses on average: at rest it loses nothing.
const REST_SHARE: f64 = 0.5;

/// How far, relative to it, a quotient of double precision may be from the whole number that it should be.
const QUOTIENT_TOLERANCE: f64 = 1e-12;

/// How to quantize.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizeOptions {
    /// Bits of a weight, 4 to 8.
    pub weight_bits: u32,
    /// The share of a neuron's weights that are one synapse each; the larger ones are split into several. 0 to 1.
    pub unsplit_share: f64,
    /// Whether all readouts have one step, so that their scores can be compared.
    pub shares_readout_step: bool,
    /// Whether the core has room for one neuron more, the oscillator.
    pub may_oscillate: bool,
}

/// A mapping in integers.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantized {
    /// The network to compile; neurons in the order of the mapping, then the oscillator if there is one.
    pub network: SparseNetwork,
    /// What each neuron is for.
    pub roles: Vec<Role>,
    /// The weight step of each neuron.
    pub steps: Vec<f64>,
    /// What the potential of each neuron lacks, in steps.
    pub offsets: Vec<f64>,
    /// For each neuron the weights that became several synapses.
    pub n_split: Vec<usize>,
    /// Synapses beyond one for each weight of the network.
    pub n_extra_synapses: usize,
}

impl Quantized {
    /// Quantizes a mapping; with a calibration the bias also makes up for what weights lose to rounding at those rates.
    #[must_use]
    pub fn of(mapping: &Mapping, calibration: Option<&Calibration>, options: &QuantizeOptions) -> Self {
        let largest = (1_i32 << (options.weight_bits - 1)) - 1;
        let incoming = mapping.incoming();
        let steps = steps::steps(mapping, &incoming, calibration, options, f64::from(largest));
        let mut quantized = Self {
            network: SparseNetwork { n_channels: mapping.n_channels, ..SparseNetwork::default() },
            roles: mapping.neurons.iter().map(|neuron| neuron.role).collect(),
            steps,
            offsets: vec![0.0; mapping.neurons.len()],
            n_split: vec![0; mapping.neurons.len()],
            n_extra_synapses: 0,
        };
        let mut with_oscillator = Vec::new();
        for (post, neuron) in mapping.neurons.iter().enumerate() {
            let step = quantized.steps[post];
            let synaptic_decay = rounded(neuron.synaptic_decay);
            let gain = steady_gain(synaptic_decay);
            // What enters the potential in each tick of silence, and what rounding takes from it.
            let mut at_rest = neuron.bias / step;
            let has_oscillator = options.may_oscillate && is_between_0_and_1(synaptic_decay) && may_drift(neuron);
            let left_to_bias = if has_oscillator { 0.0 } else { synaptic_decay };
            let mut lost = lost_by_floor(left_to_bias, rounded(neuron.membrane_decay));
            for &index in &incoming[post] {
                let synapse = &mapping.synapses[index];
                let exact = synapse.weight / step;
                let weight = exact.round();
                quantized.add_synapses(mapping.n_channels, synapse.pre, post, weight, largest, synapse.purpose);
                if synapse.purpose != Purpose::Auxiliary {
                    at_rest += exact * mapping.rate(synapse.pre, None) * gain;
                    lost += (exact - weight) * mapping.rate(synapse.pre, calibration) * gain;
                }
            }
            if gives_back(mapping, &incoming[post], post, step) {
                // The core subtracts a step more than the threshold.
                quantized.add_synapses(mapping.n_channels, Row::Neuron(post), post, 1.0, largest, Purpose::Reset);
            }
            let drift = neuron.bias / step + capped(lost, at_rest, neuron, step);
            let takes_halves = options.may_oscillate
                && neuron.synaptic_decay == 0.0
                && (drift - drift.floor() - 0.5).abs() < 0.25
                && is_leaky(neuron);
            let bias = if takes_halves { drift.floor() } else { drift.round() };
            if takes_halves || has_oscillator {
                with_oscillator.push(post);
            }
            let rest = drift - bias - if takes_halves { 0.5 } else { 0.0 };
            let offset = if is_leaky(neuron) { rest / (1.0 - rounded(neuron.membrane_decay)) } else { 0.0 };
            quantized.offsets[post] = offset;
            // In silence the oscillator leaves a step in the potential: an input of just the threshold must not fire by it.
            let is_met = takes_halves && neuron.is_strict && snapped(neuron.threshold / step).fract() == 0.0;
            let margin = if is_met { 1.0 } else { 0.0 };
            let parameters = parameters(neuron, step, offset - margin, bias);
            let readout = mapping.readouts.iter().position(|readout| *readout == post);
            let readout = readout.and_then(|readout| u8::try_from(readout).ok());
            quantized.network.neurons.push(Neuron { parameters, readout });
        }
        quantized.add_oscillator(&with_oscillator);
        quantized
    }

    /// A weight as one synapse or several of nearly equal weights.
    fn add_synapses(&mut self, n_channels: usize, pre: Row, post: usize, weight: f64, largest: i32, purpose: Purpose) {
        #[expect(clippy::cast_possible_truncation, reason = "saturates; the step keeps weights within 16 bits")]
        let weight = weight as i32;
        let pre = match pre {
            Row::Channel(channel) => channel,
            Row::Neuron(neuron) => n_channels + neuron,
        };
        let parts = (weight.abs() + largest - 1) / largest;
        for part in 0..parts {
            let share = weight * (part + 1) / parts - weight * part / parts;
            self.network.synapses.push(SparseSynapse { pre, post, weight: i8::try_from(share).unwrap_or(0) });
        }
        let n_parts = usize::try_from(parts).unwrap_or(0);
        self.n_split[post] += usize::from(parts > 1);
        self.n_extra_synapses += if purpose == Purpose::Weight { n_parts.saturating_sub(1) } else { n_parts };
    }

    fn add_oscillator(&mut self, posts: &[usize]) {
        if posts.is_empty() {
            return;
        }
        let oscillator = self.network.neurons.len();
        let parameters = NeuronParameters { membrane_decay: decay_from_real(1.0), threshold: 2, bias: 1, ..to_zero(1) };
        self.network.neurons.push(Neuron { parameters, readout: None });
        self.roles.push(Role::Oscillator);
        self.steps.push(1.0);
        self.offsets.push(0.0);
        self.n_split.push(0);
        let pre = self.network.n_channels + oscillator;
        self.network.synapses.extend(posts.iter().map(|&post| SparseSynapse { pre, post, weight: 1 }));
        self.n_extra_synapses += posts.len();
    }
}

impl Mapping {
    /// For each neuron the synapses that end on it.
    fn incoming(&self) -> Vec<Vec<usize>> {
        let mut incoming = vec![Vec::new(); self.neurons.len()];
        for (index, synapse) in self.synapses.iter().enumerate() {
            incoming[synapse.post].push(index);
        }
        incoming
    }

    /// Spikes a tick of a row: known of the always-on neuron, of others from a calibration.
    pub(crate) fn rate(&self, row: Row, calibration: Option<&Calibration>) -> f64 {
        match (row, calibration) {
            (Row::Channel(channel), Some(calibration)) => calibration.channel_rates[channel],
            (Row::Channel(_), None) => 0.0,
            (Row::Neuron(neuron), _) => match (self.neurons[neuron].role, calibration) {
                (Role::Neuron { population, neuron }, Some(calibration)) => calibration.rates[population][neuron],
                (Role::Relay { of, .. }, _) => self.rate(of, calibration),
                (Role::AlwaysOn, _) => 1.0,
                (Role::Oscillator, _) => 0.5,
                (Role::Neuron { .. }, None) | (Role::Counter { .. }, _) => 0.0,
            },
        }
    }
}

/// Whether a neuron has to be given back a step after each spike: the core subtracts the least potential that fires, which is a
/// step above the threshold where all levels are whole steps.
fn gives_back(mapping: &Mapping, incoming: &[usize], post: usize, step: f64) -> bool {
    let neuron = &mapping.neurons[post];
    let subtracts = !neuron.never_fires && neuron.reset_mode == ResetMode::Subtract;
    let is_above = || least_that_fires(neuron, step, 0.0) - neuron.threshold / step > 0.5;
    let is_whole = || unit::of(mapping, incoming, post).is_some_and(|unit| unit::is_multiple(unit, step));
    subtracts && neuron.only_counts() && is_above() && is_whole()
}

impl MappedNeuron {
    /// Whether it only adds up its input, so that there is no product to round.
    fn only_counts(&self) -> bool {
        self.synaptic_decay == 0.0 && self.membrane_decay == 1.0
    }
}

/// The least potential that fires, in steps: above the threshold, or at it.
fn least_that_fires(neuron: &MappedNeuron, step: f64, offset: f64) -> f64 {
    let threshold = snapped(neuron.threshold / step - offset);
    if neuron.is_strict { threshold.floor() + 1.0 } else { threshold.ceil() }
}

/// A decay as the core has it.
fn rounded(decay: f64) -> f64 {
    decay_to_real(decay_from_real(decay))
}

fn is_between_0_and_1(decay: f64) -> bool {
    0.0 < decay && decay < 1.0
}

fn is_leaky(neuron: &MappedNeuron) -> bool {
    is_between_0_and_1(rounded(neuron.membrane_decay))
}

/// Whether a constant input however small does not make it fire in the end: a potential that never decays would reach its threshold.
fn may_drift(neuron: &MappedNeuron) -> bool {
    neuron.never_fires || rounded(neuron.membrane_decay) < 1.0
}

/// What rounding takes from the potential in a tick, as far as it may be given back: silence loses nothing, so there the potential
/// rises by it. At most half of the way to the threshold from where the potential rests in silence, in steps a tick `at_rest`.
fn capped(lost: f64, at_rest: f64, neuron: &MappedNeuron, step: f64) -> f64 {
    let forgotten = 1.0 - rounded(neuron.membrane_decay);
    let way = forgotten * neuron.threshold / step - at_rest;
    if neuron.never_fires || (forgotten > 0.0 && way <= 0.0) {
        lost
    } else if forgotten == 0.0 {
        0.0
    } else {
        lost.min(REST_SHARE * way)
    }
}

/// What a current comes to under a constant input of 1; 0 if it grows for ever, so that nothing makes up for rounding.
fn steady_gain(synaptic_decay: f64) -> f64 {
    if synaptic_decay < 1.0 { 1.0 / (1.0 - synaptic_decay) } else { 0.0 }
}

/// Steps that a potential loses in a tick, on average, because products with these decays of the core are rounded down.
pub(crate) fn lost_by_floor(synaptic_decay: f64, membrane_decay: f64) -> f64 {
    let of_potential = if is_between_0_and_1(membrane_decay) { 0.5 } else { 0.0 };
    let of_current = if is_between_0_and_1(synaptic_decay) { 0.5 / (1.0 - synaptic_decay) } else { 0.0 };
    of_potential + of_current
}

/// A neuron of no decay that is reset to zero.
fn to_zero(threshold: i16) -> NeuronParameters {
    NeuronParameters {
        synaptic_decay: 0,
        membrane_decay: 0,
        adaptation_decay: 0,
        threshold,
        adaptation_increment: 0,
        bias: 0,
        refractory_ticks: 0,
        reset_mode: ResetMode::ToZero,
        never_fires: false,
    }
}

fn parameters(neuron: &MappedNeuron, step: f64, offset: f64, bias: f64) -> NeuronParameters {
    let threshold = least_that_fires(neuron, step, offset);
    NeuronParameters {
        synaptic_decay: decay_from_real(neuron.synaptic_decay),
        membrane_decay: decay_from_real(neuron.membrane_decay),
        bias: level(bias),
        refractory_ticks: neuron.refractory_ticks,
        reset_mode: neuron.reset_mode,
        never_fires: neuron.never_fires,
        ..to_zero(if neuron.never_fires { 1 } else { level(threshold).max(1) })
    }
}

/// A number that the rounding of a quotient moved off a whole one.
fn snapped(value: f64) -> f64 {
    let whole = value.round();
    if (value - whole).abs() <= QUOTIENT_TOLERANCE * whole.abs() { whole } else { value }
}

#[expect(clippy::cast_possible_truncation, reason = "limited to 16 bits")]
fn level(value: f64) -> i16 {
    value.clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
}
