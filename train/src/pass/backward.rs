//! Backpropagation through time over a recorded chunk: the exact gradient of a smooth network, the surrogate one of spikes.
//!
//! The equations are those of the steps of `spec::lif::update`, without rounding and saturation (straight through).

use std::ops::Range;

use ndarray::NdFloat;
use pulp::{Arch, Simd, WithSimd};
use spec::lif::ResetMode;

use super::trace::{Arrival, Trace};
use crate::network::{Layout, Parameters};

/// What the backward pass of a batch shares over its chunks.
#[derive(Clone, Debug)]
pub struct Adjoint<T> {
    layout: Layout,
    parameters: Parameters<T>,
    /// Postsynaptic index and weight of the synapses of every neuron, in a row each.
    synapses: Vec<(u32, T)>,
    /// Where the row of a neuron starts; the last entry is the end.
    row_ptr: Vec<usize>,
    /// 1 where a spike subtracts the threshold, 0 where it resets to zero.
    subtracts: Vec<T>,
    /// 0 where the reset passes no gradient to the spike that caused it, else 1.
    reset_factor: T,
}

/// Whether the gradient passes through the reset of a potential to the spike that caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetGradient {
    /// It does: the exact gradient.
    Exact,
    /// It does not, which trains more steadily with a surrogate derivative; Zenke and Vogels, doi 10.1162/neco_a_01367.
    Detached,
}

impl<T: NdFloat> Adjoint<T> {
    /// Prepares the backward pass at `parameters`.
    ///
    /// `reset_mode` has an entry for each postsynaptic index.
    #[must_use]
    pub fn new(
        layout: Layout,
        parameters: Parameters<T>,
        reset_mode: &[ResetMode],
        reset_gradient: ResetGradient,
    ) -> Self {
        let (synapses, row_ptr) = synapses_of_neurons(layout, &parameters.weights);
        let of_flag = |flag: bool| if flag { T::one() } else { T::zero() };
        Self {
            layout,
            parameters,
            synapses,
            row_ptr,
            subtracts: reset_mode.iter().map(|&mode| of_flag(mode == ResetMode::Subtract)).collect(),
            reset_factor: of_flag(reset_gradient == ResetGradient::Exact),
        }
    }

    /// Adds the gradient over `trace` to `gradient`.
    ///
    /// `score_gradient` is the derivative of the loss by the potential of each readout neuron after each tick,
    /// `[n_ticks][n_samples][n_readouts]`. The gradients of the currents overwrite the slopes of
    /// the trace.
    pub fn backward(
        &self,
        trace: &mut Trace<T>,
        score_gradient: &[T],
        scratch: &mut BackwardScratch<T>,
        gradient: &mut Parameters<T>,
    ) {
        let (n_neurons, n_post, n_readouts) = (self.layout.n_neurons, self.layout.n_post(), self.layout.n_readouts);
        let n_samples = trace.n_samples;
        let arch = Arch::new();
        scratch.restart(n_samples, n_post);
        for tick in (0..trace.n_ticks).rev() {
            let of_tick = &score_gradient[tick * n_samples * n_readouts..(tick + 1) * n_samples * n_readouts];
            let carried = scratch.potential.chunks_exact_mut(n_post);
            for (potential, scores) in carried.zip(of_tick.chunks_exact(n_readouts)) {
                for (sum, &term) in potential[n_neurons..].iter_mut().zip(scores) {
                    *sum += term;
                }
            }
            arch.dispatch(TickBackward { adjoint: self, trace, scratch, gradient, tick });
            if tick > 0 {
                arch.dispatch(SpikesBefore { adjoint: self, scratch });
                for &(sample, neuron) in trace.forced.get(tick - 1).into_iter().flatten() {
                    scratch.by_spike[by_lane(sample, n_post) + neuron * LANES] = T::zero();
                }
            }
        }
        scratch.sort(&trace.arrivals, self.layout.n_pre());
        arch.dispatch(WeightGradient {
            current_gradient: &trace.slope,
            scratch,
            weights: &mut gradient.weights,
            n_post,
        });
    }
}

/// The synapses of every neuron that have a weight, row by row, and where the rows start.
fn synapses_of_neurons<T: NdFloat>(layout: Layout, weights: &[T]) -> (Vec<(u32, T)>, Vec<usize>) {
    let n_post = layout.n_post();
    let rows = weights[layout.n_channels * n_post..].chunks_exact(n_post);
    // A place more than synapses, since each weight is written before it is known whether it stays.
    let mut synapses = vec![(0, T::zero()); layout.n_neurons * n_post + 1];
    let mut row_ptr = vec![0];
    let mut n_synapses = 0;
    for row in rows {
        for (post, &weight) in row.iter().enumerate() {
            synapses[n_synapses] = (post as u32, weight);
            n_synapses += usize::from(weight != T::zero());
        }
        row_ptr.push(n_synapses);
    }
    synapses.truncate(n_synapses);
    (synapses, row_ptr)
}

/// Samples side by side in the arrays that the synapses work on.
const LANES: usize = 16;

/// Where a sample lies in `[n_groups][n_post][LANES]`, at postsynaptic index 0.
#[inline(always)]
fn by_lane(sample: usize, n_post: usize) -> usize {
    sample / LANES * n_post * LANES + sample % LANES
}

/// The derivative by the spikes of the tick before, from that by the currents: a product with the sparse weights.
struct SpikesBefore<'a, T> {
    adjoint: &'a Adjoint<T>,
    scratch: &'a mut BackwardScratch<T>,
}

impl<T: NdFloat> WithSimd for SpikesBefore<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { adjoint, scratch } = self;
        let size = adjoint.layout.n_post() * LANES;
        let groups = scratch.by_current.chunks_exact(size).zip(scratch.by_spike.chunks_exact_mut(size));
        for (by_current, by_spike) in groups {
            for (rows, sums) in adjoint.row_ptr.windows(2).zip(by_spike.chunks_exact_mut(LANES)) {
                let lanes = |post: u32| &by_current[post as usize * LANES..][..LANES];
                // Two sums, so that additions need not wait for each other.
                let (mut sum, mut other_sum) = ([T::zero(); LANES], [T::zero(); LANES]);
                let pairs = adjoint.synapses[rows[0]..rows[1]].chunks_exact(2);
                for &(post, weight) in pairs.remainder() {
                    let terms = lanes(post);
                    for lane in 0..LANES {
                        sum[lane] = weight * terms[lane];
                    }
                }
                for pair in pairs {
                    let (terms, other_terms) = (lanes(pair[0].0), lanes(pair[1].0));
                    for lane in 0..LANES {
                        sum[lane] += pair[0].1 * terms[lane];
                        other_sum[lane] += pair[1].1 * other_terms[lane];
                    }
                }
                for lane in 0..LANES {
                    sums[lane] = sum[lane] + other_sum[lane];
                }
            }
        }
    }
}

/// One tick of every sample: turns the slopes of the tick into gradients of the currents.
struct TickBackward<'a, T> {
    adjoint: &'a Adjoint<T>,
    trace: &'a mut Trace<T>,
    scratch: &'a mut BackwardScratch<T>,
    gradient: &'a mut Parameters<T>,
    tick: usize,
}

/// Columns that [`TickBackward`] takes at a time, in arrays of its own: the compiler then knows that they do not overlap.
const COLUMNS: usize = 64;

impl<T: NdFloat> WithSimd for TickBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { adjoint, trace, scratch, gradient, tick } = self;
        let n_post = adjoint.layout.n_post();
        for start in (0..n_post).step_by(COLUMNS) {
            match (trace.held.is_empty(), (n_post - start).min(COLUMNS)) {
                (true, COLUMNS) => adjoint.columns_backward::<false>(trace, scratch, gradient, tick, start, COLUMNS),
                (true, n) => adjoint.columns_backward::<false>(trace, scratch, gradient, tick, start, n),
                (false, n) => adjoint.columns_backward::<true>(trace, scratch, gradient, tick, start, n),
            }
        }
    }
}

impl<T: NdFloat> Adjoint<T> {
    #[inline(always)]
    fn columns_backward<const HOLDS: bool>(
        &self,
        trace: &mut Trace<T>,
        scratch: &mut BackwardScratch<T>,
        gradient: &mut Parameters<T>,
        tick: usize,
        start: usize,
        n: usize,
    ) {
        let n_post = self.layout.n_post();
        let n = n.min(COLUMNS);
        let columns = start..start + n;
        let values = &self.parameters;
        let synaptic_decay = &values.synaptic_decay[columns.clone()][..n];
        let membrane_decay = &values.membrane_decay[columns.clone()][..n];
        let adaptation_decay = &values.adaptation_decay[columns.clone()][..n];
        let increment = &values.adaptation_increment[columns.clone()][..n];
        let threshold = &values.threshold[columns.clone()][..n];
        let bias = &values.bias[columns.clone()][..n];
        let subtracts = &self.subtracts[columns.clone()][..n];
        let (zero, one, reset_factor) = (T::zero(), T::one(), self.reset_factor);
        let mut to_synaptic = [zero; COLUMNS];
        let mut to_membrane = [zero; COLUMNS];
        let mut to_adaptation = [zero; COLUMNS];
        let mut to_increment = [zero; COLUMNS];
        let mut to_threshold = [zero; COLUMNS];
        let mut to_bias = [zero; COLUMNS];
        for sample in 0..trace.n_samples {
            let of_row = |row: usize| row * n_post + columns.start..row * n_post + columns.end;
            let (now, carried) = (of_row(tick * trace.n_samples + sample), of_row(sample));
            let before = if tick > 0 { Some(of_row((tick - 1) * trace.n_samples + sample)) } else { None };
            let zeros = &scratch.zeros[columns.clone()];
            let (spike, current) = (&trace.spike[now.clone()][..n], &trace.current[now.clone()][..n]);
            let potential_before = &state_before(&trace.potential, &before, zeros)[..n];
            let current_before = &state_before(&trace.current, &before, zeros)[..n];
            let adaptation_before = &state_before(&trace.adaptation, &before, zeros)[..n];
            let lane = by_lane(sample, n_post) + columns.start * LANES;
            let of_lane = lane..lane + (n - 1) * LANES + 1;
            let mut carry_spike = [zero; COLUMNS];
            for (carry, &value) in
                carry_spike[..n].iter_mut().zip(scratch.by_spike[of_lane.clone()].iter().step_by(LANES))
            {
                *carry = value;
            }
            let mut carry_potential = [zero; COLUMNS];
            let mut carry_current = [zero; COLUMNS];
            let mut carry_adaptation = [zero; COLUMNS];
            let mut slope = [zero; COLUMNS];
            carry_potential[..n].copy_from_slice(&scratch.potential[carried.clone()]);
            carry_current[..n].copy_from_slice(&scratch.current[carried.clone()]);
            carry_adaptation[..n].copy_from_slice(&scratch.adaptation[carried.clone()]);
            slope[..n].copy_from_slice(&trace.slope[now.clone()]);
            let held = if HOLDS { &trace.held[now.clone()][..n] } else { &[] };
            for j in 0..n {
                let free = if HOLDS && held[j] { zero } else { one };
                let decay = if HOLDS && held[j] { one } else { membrane_decay[j] };
                let integrated = decay * potential_before[j] + free * (current[j] + bias[j]);
                let threshold_now = threshold[j] + adaptation_decay[j] * adaptation_before[j];
                let to_zero = one - subtracts[j];

                // 7. and 6. The effects of the spike: adaptation, and the potential that the reset removed.
                let taken = subtracts[j] * threshold_now + to_zero * integrated;
                let by_spike =
                    carry_spike[j] + carry_adaptation[j] * increment[j] - reset_factor * carry_potential[j] * taken;
                to_increment[j] += carry_adaptation[j] * spike[j];

                // 5. The spike itself, by potential less threshold.
                let by_excess = by_spike * slope[j];
                let by_potential = carry_potential[j] * (one - to_zero * spike[j]) + by_excess;
                let by_threshold = -(by_excess + carry_potential[j] * subtracts[j] * spike[j]);

                // 4. Membrane.
                to_membrane[j] += free * by_potential * potential_before[j];
                to_bias[j] += free * by_potential;
                let by_current = carry_current[j] + free * by_potential;
                carry_potential[j] = by_potential * decay;

                // 3. and 2. Threshold and adaptation.
                to_threshold[j] += by_threshold;
                let by_adaptation = carry_adaptation[j] + by_threshold;
                to_adaptation[j] += by_adaptation * adaptation_before[j];
                carry_adaptation[j] = by_adaptation * adaptation_decay[j];

                // 1. Synaptic current.
                to_synaptic[j] += by_current * current_before[j];
                carry_current[j] = by_current * synaptic_decay[j];
                slope[j] = by_current;
            }
            scratch.potential[carried.clone()].copy_from_slice(&carry_potential[..n]);
            scratch.current[carried.clone()].copy_from_slice(&carry_current[..n]);
            scratch.adaptation[carried].copy_from_slice(&carry_adaptation[..n]);
            trace.slope[now].copy_from_slice(&slope[..n]);
            for (value, &slope) in scratch.by_current[of_lane].iter_mut().step_by(LANES).zip(&slope[..n]) {
                *value = slope;
            }
        }
        add_to(&mut gradient.synaptic_decay[columns.clone()], &to_synaptic);
        add_to(&mut gradient.membrane_decay[columns.clone()], &to_membrane);
        add_to(&mut gradient.adaptation_decay[columns.clone()], &to_adaptation);
        add_to(&mut gradient.adaptation_increment[columns.clone()], &to_increment);
        add_to(&mut gradient.threshold[columns.clone()], &to_threshold);
        add_to(&mut gradient.bias[columns], &to_bias);
    }
}

#[inline(always)]
fn add_to<T: NdFloat>(sums: &mut [T], terms: &[T]) {
    for (sum, &term) in sums.iter_mut().zip(terms) {
        *sum += term;
    }
}

#[inline(always)]
fn state_before<'a, T>(array: &'a [T], before: &Option<Range<usize>>, zeros: &'a [T]) -> &'a [T] {
    before.as_ref().map_or(zeros, |row| &array[row.clone()])
}

/// Adds, for every arrival, its row of current gradients to the row of the weights that it came through.
struct WeightGradient<'a, T> {
    current_gradient: &'a [T],
    scratch: &'a BackwardScratch<T>,
    weights: &'a mut [T],
    n_post: usize,
}

impl<T: NdFloat> WithSimd for WeightGradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { current_gradient, scratch, weights, n_post } = self;
        let row = |index: u32| &current_gradient[index as usize * n_post..(index as usize + 1) * n_post];
        for (pre, sums) in weights.chunks_exact_mut(n_post).enumerate() {
            let arrivals = &scratch.sorted[scratch.row_ptr[pre]..scratch.row_ptr[pre + 1]];
            let fours = arrivals.chunks_exact(4);
            for &(index, value) in fours.remainder() {
                for (sum, &term) in sums.iter_mut().zip(row(index)) {
                    *sum += value * term;
                }
            }
            for four in fours {
                let terms = row(four[0].0).iter().zip(row(four[1].0)).zip(row(four[2].0)).zip(row(four[3].0));
                for (sum, (((&a, &b), &c), &d)) in sums.iter_mut().zip(terms) {
                    *sum += (four[0].1 * a + four[1].1 * b) + (four[2].1 * c + four[3].1 * d);
                }
            }
        }
    }
}

/// Memory that the backward pass reuses from chunk to chunk.
#[derive(Clone, Debug, Default)]
pub struct BackwardScratch<T> {
    potential: Vec<T>,
    current: Vec<T>,
    adaptation: Vec<T>,
    /// Derivatives by the spikes of the tick, `[n_groups][n_post][LANES]`.
    by_spike: Vec<T>,
    /// Derivatives by the currents of the tick, likewise.
    by_current: Vec<T>,
    zeros: Vec<T>,
    /// Where the arrivals of a presynaptic index lie in `sorted`.
    row_ptr: Vec<usize>,
    /// Row and value of every arrival, by presynaptic index.
    sorted: Vec<(u32, T)>,
}

impl<T: NdFloat> BackwardScratch<T> {
    fn restart(&mut self, n_samples: usize, n_post: usize) {
        for array in [&mut self.potential, &mut self.current, &mut self.adaptation] {
            array.clear();
            array.resize(n_samples * n_post, T::zero());
        }
        for array in [&mut self.by_spike, &mut self.by_current] {
            array.clear();
            array.resize(n_samples.div_ceil(LANES) * n_post * LANES, T::zero());
        }
        self.zeros.resize(n_post, T::zero());
    }

    /// A counting sort: keeps the order of arrivals within a presynaptic index.
    fn sort(&mut self, arrivals: &[Arrival<T>], n_pre: usize) {
        self.row_ptr.clear();
        self.row_ptr.resize(n_pre + 2, 0);
        for arrival in arrivals {
            self.row_ptr[arrival.pre as usize + 2] += 1;
        }
        for pre in 2..n_pre + 2 {
            self.row_ptr[pre] += self.row_ptr[pre - 1];
        }
        self.sorted.clear();
        self.sorted.resize(arrivals.len(), (0, T::zero()));
        for arrival in arrivals {
            let place = &mut self.row_ptr[arrival.pre as usize + 1];
            self.sorted[*place] = (arrival.row, arrival.value);
            *place += 1;
        }
    }
}
