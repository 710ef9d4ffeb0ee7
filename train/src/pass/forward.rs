//! The forward pass on integers: `spec::lif::update` for every neuron and tick, fed by the spikes that arrive.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use spec::lif::{NeuronParameters, NeuronState, ResetMode, update};

use super::surrogate::Surrogate;
use super::trace::{Arrival, Trace};
use crate::network::{NeuronColumns, QuantizedNetwork};

/// Scores of every tick, `[n_ticks][n_readouts]`: the potentials of the readout neurons, in their shared weight step.
///
/// `ticks` are the channels that spike in each tick: each below `n_channels`, none twice in a tick.
#[must_use]
pub fn scores(network: &QuantizedNetwork, ticks: &[Vec<u16>]) -> Vec<Vec<i16>> {
    let mut state = IntegerState::new(network);
    ticks
        .iter()
        .map(|channels| {
            state.tick(network, channels);
            state.scores(network).to_vec()
        })
        .collect()
}

/// The class of the highest score; ties go to the lower class.
#[must_use]
pub fn class_of<T: PartialOrd>(scores: &[T]) -> usize {
    let mut best = 0;
    for class in 1..scores.len() {
        if scores[class] > scores[best] {
            best = class;
        }
    }
    best
}

/// The state of a network within a window.
#[derive(Clone, Debug)]
pub struct IntegerState {
    potential: Vec<i16>,
    current: Vec<i16>,
    adaptation: Vec<i16>,
    refractory_left: Vec<u8>,
    held: Vec<bool>,
    /// Potential before the reset less the threshold of the tick; 0 or more exactly where a neuron fired.
    margin: Vec<i16>,
    weight_sum: Vec<i16>,
    fired: Vec<u16>,
}

impl IntegerState {
    /// The state at the start of a window.
    #[must_use]
    pub fn new(network: &QuantizedNetwork) -> Self {
        let n_post = network.layout.n_post();
        Self {
            potential: vec![0; n_post],
            current: vec![0; n_post],
            adaptation: vec![0; n_post],
            refractory_left: vec![0; n_post],
            held: vec![false; n_post],
            margin: vec![0; n_post],
            weight_sum: vec![0; n_post],
            fired: Vec::new(),
        }
    }

    /// Restarts for the next window.
    pub fn restart(&mut self) {
        for levels in [&mut self.potential, &mut self.current, &mut self.adaptation] {
            levels.fill(0);
        }
        self.refractory_left.fill(0);
        self.fired.clear();
    }

    /// The neurons that fired in the last tick, ascending; forced ones too.
    #[must_use]
    pub fn fired(&self) -> &[u16] {
        &self.fired
    }

    /// The scores of the last tick.
    #[must_use]
    pub fn scores(&self, network: &QuantizedNetwork) -> &[i16] {
        &self.potential[network.layout.n_neurons..]
    }

    /// Makes `neurons` (ascending) spike in the last tick, whatever their potential: their targets receive the spikes, their
    /// own state does not change.
    pub fn force_spikes(&mut self, neurons: &[u16]) {
        if !neurons.is_empty() {
            self.fired.extend_from_slice(neurons);
            self.fired.sort_unstable();
            self.fired.dedup();
        }
    }

    /// One tick: `channels` spike in it, and so did the neurons that fired in the last one.
    pub fn tick(&mut self, network: &QuantizedNetwork, channels: &[u16]) {
        Arch::new().dispatch(Tick { state: self, network, channels });
    }

    #[inline(always)]
    fn tick_inlined(&mut self, network: &QuantizedNetwork, channels: &[u16]) {
        self.weight_sum.fill(0);
        let n_channels = network.layout.n_channels;
        let from_channels = channels.iter().map(|&channel| usize::from(channel));
        let from_neurons = self.fired.iter().map(|&neuron| n_channels + usize::from(neuron));
        add_rows(&mut self.weight_sum, &network.weights, from_channels.chain(from_neurons));
        self.update_all(&network.neurons);
        self.fired.clear();
        for (block, margins) in self.margin[..network.layout.n_neurons].chunks(COLUMNS).enumerate() {
            // Most blocks have no spike, which vector instructions see at once.
            if margins.iter().fold(i16::MIN, |highest, &margin| highest.max(margin)) >= 0 {
                let spikes = margins.iter().enumerate().filter(|(_, margin)| **margin >= 0);
                self.fired.extend(spikes.map(|(column, _)| (block * COLUMNS + column) as u16));
            }
        }
    }

    #[inline(always)]
    fn update_all(&mut self, neurons: &NeuronColumns) {
        let n_full = neurons.len() / COLUMNS * COLUMNS;
        for start in (0..n_full).step_by(COLUMNS) {
            self.update_columns::<COLUMNS>(neurons, start);
        }
        for start in n_full..neurons.len() {
            self.update_columns::<1>(neurons, start);
        }
    }

    /// Copies its columns first: the compiler then knows that they do not overlap and that reading them cannot fail, so
    /// that no condition keeps it from vector instructions.
    #[inline(always)]
    fn update_columns<const N: usize>(&mut self, neurons: &NeuronColumns, start: usize) {
        let synaptic_decay: [u16; N] = copied(&neurons.synaptic_decay, start);
        let membrane_decay: [u16; N] = copied(&neurons.membrane_decay, start);
        let adaptation_decay: [u16; N] = copied(&neurons.adaptation_decay, start);
        let threshold: [i16; N] = copied(&neurons.threshold, start);
        let adaptation_increment: [i16; N] = copied(&neurons.adaptation_increment, start);
        let bias: [i16; N] = copied(&neurons.bias, start);
        let refractory_ticks: [u8; N] = copied(&neurons.refractory_ticks, start);
        let reset_mode: [ResetMode; N] = copied(&neurons.reset_mode, start);
        let never_fires: [bool; N] = copied(&neurons.never_fires, start);
        let weight_sum: [i16; N] = copied(&self.weight_sum, start);
        let mut potential: [i16; N] = copied(&self.potential, start);
        let mut current: [i16; N] = copied(&self.current, start);
        let mut adaptation: [i16; N] = copied(&self.adaptation, start);
        let mut refractory_left: [u8; N] = copied(&self.refractory_left, start);
        let mut held = [false; N];
        let mut margin = [0i16; N];
        for j in 0..N {
            let parameters = NeuronParameters {
                synaptic_decay: synaptic_decay[j],
                membrane_decay: membrane_decay[j],
                adaptation_decay: adaptation_decay[j],
                threshold: threshold[j],
                adaptation_increment: adaptation_increment[j],
                bias: bias[j],
                refractory_ticks: refractory_ticks[j],
                reset_mode: reset_mode[j],
                never_fires: never_fires[j],
            };
            let before = NeuronState {
                potential: potential[j],
                current: current[j],
                adaptation: adaptation[j],
                refractory_left: refractory_left[j],
            };
            let after = update(&parameters, before, weight_sum[j]);
            margin[j] = if after.spike { after.margin } else { after.margin.min(-1) };
            held[j] = before.refractory_left > 0;
            potential[j] = after.state.potential;
            current[j] = after.state.current;
            adaptation[j] = after.state.adaptation;
            refractory_left[j] = after.state.refractory_left;
        }
        self.potential[start..start + N].copy_from_slice(&potential);
        self.current[start..start + N].copy_from_slice(&current);
        self.adaptation[start..start + N].copy_from_slice(&adaptation);
        self.refractory_left[start..start + N].copy_from_slice(&refractory_left);
        self.held[start..start + N].copy_from_slice(&held);
        self.margin[start..start + N].copy_from_slice(&margin);
    }
}

/// Columns that an update takes at a time.
const COLUMNS: usize = 32;

#[inline(always)]
fn copied<T: Copy, const N: usize>(values: &[T], start: usize) -> [T; N] {
    let values = &values[start..start + N];
    std::array::from_fn(|j| values[j])
}

/// One tick, compiled for the widest vectors that the processor has.
struct Tick<'a> {
    state: &'a mut IntegerState,
    network: &'a QuantizedNetwork,
    channels: &'a [u16],
}

impl WithSimd for Tick<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        self.state.tick_inlined(self.network, self.channels);
    }
}

/// Adds rows of the weight matrix, in pairs to touch the sums less often. No order can overflow, since the magnitudes of
/// a column sum to an `i16`.
#[inline(always)]
fn add_rows(sums: &mut [i16], weights: &[i16], mut rows: impl Iterator<Item = usize>) {
    let n_post = sums.len();
    let row = |pre: usize| &weights[pre * n_post..(pre + 1) * n_post];
    while let Some(first) = rows.next() {
        if let Some(second) = rows.next() {
            for ((sum, &one), &other) in sums.iter_mut().zip(row(first)).zip(row(second)) {
                *sum += one + other;
            }
        } else {
            for (sum, &one) in sums.iter_mut().zip(row(first)) {
                *sum += one;
            }
        }
    }
}

/// Runs a chunk of samples and records what the backward pass needs. `forced` are, of each sample, the neurons that noise
/// makes spike in each tick; empty without such noise.
pub(crate) fn record(
    network: &QuantizedNetwork,
    surrogate: Surrogate,
    samples: &[&[Vec<u16>]],
    forced: &[Vec<Vec<u16>>],
    state: &mut IntegerState,
    trace: &mut Trace<f32>,
) {
    let holds = network.neurons.refractory_ticks.iter().any(|&ticks| ticks > 0);
    let (n_samples, n_ticks) = (samples.len(), samples.first().map_or(0, |ticks| ticks.len()));
    let n_channels = network.layout.n_channels;
    trace.resize(n_samples, n_ticks, holds);
    if !forced.is_empty() {
        trace.forced.resize(n_ticks, Vec::new());
    }
    for (sample, ticks) in samples.iter().enumerate() {
        state.restart();
        for (tick, channels) in ticks.iter().enumerate() {
            let row = (tick * n_samples + sample) as u32;
            let from_neurons = state.fired.iter().map(|&neuron| n_channels as u32 + u32::from(neuron));
            let arriving = channels.iter().map(|&channel| u32::from(channel)).chain(from_neurons);
            trace.arrivals.extend(arriving.map(|pre| Arrival { pre, row, value: 1.0 }));
            state.tick(network, channels);

            let place = trace.row(tick, sample);
            Arch::new().dispatch(RecordRow { network, surrogate, state, trace, place });
            if let Some(neurons) = forced.get(sample).map(|ticks| &ticks[tick]) {
                state.force_spikes(neurons);
                trace.forced[tick].extend(neurons.iter().map(|&neuron| (sample, usize::from(neuron))));
            }
        }
    }
}

/// Writes the state after a tick into a row of the trace.
struct RecordRow<'a> {
    network: &'a QuantizedNetwork,
    surrogate: Surrogate,
    state: &'a IntegerState,
    trace: &'a mut Trace<f32>,
    place: Range<usize>,
}

impl WithSimd for RecordRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { network, surrogate, state, trace, place } = self;
        let n_neurons = network.layout.n_neurons;
        to_real(&mut trace.potential[place.clone()], &state.potential, &network.step);
        to_real(&mut trace.current[place.clone()], &state.current, &network.step);
        to_real(&mut trace.adaptation[place.clone()], &state.adaptation, &network.step);
        let spikes = &mut trace.spike[place.clone()];
        spikes.fill(0.0);
        for &neuron in &state.fired {
            spikes[usize::from(neuron)] = 1.0;
        }
        let slopes = &mut trace.slope[place.clone()];
        slopes[n_neurons..].fill(0.0);
        for ((slope, &margin), &step) in slopes[..n_neurons].iter_mut().zip(&state.margin).zip(&network.step) {
            *slope = surrogate.slope_f32(f32::from(margin) * step);
        }
        if !trace.held.is_empty() {
            trace.held[place].copy_from_slice(&state.held);
            for (slope, &held) in slopes.iter_mut().zip(&state.held) {
                *slope = if held { 0.0 } else { *slope };
            }
        }
    }
}

#[inline(always)]
fn to_real(reals: &mut [f32], levels: &[i16], step: &[f32]) {
    for ((real, &level), &step) in reals.iter_mut().zip(levels).zip(step) {
        *real = f32::from(level) * step;
    }
}
