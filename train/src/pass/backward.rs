//! Backpropagation through time over a recorded chunk: the exact gradient of a smooth network, the surrogate one of spikes.
//!
//! The equations are those of the steps of `spec::lif::update`, without rounding and saturation (straight through).

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, Axis, NdFloat, Slice};
use pulp::{Arch, Simd, WithSimd};
use spec::lif::ResetMode;

use super::trace::{Arrival, Trace};
use crate::network::{Layout, Parameters};

/// What the backward pass of a batch shares over its chunks.
#[derive(Clone, Debug)]
pub struct Adjoint<T> {
    layout: Layout,
    parameters: Parameters<T>,
    /// Weights from neurons, `[n_post][n_neurons]`.
    transposed: Vec<T>,
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
        let (n_neurons, n_post) = (layout.n_neurons, layout.n_post());
        let mut transposed = vec![T::zero(); n_post * n_neurons];
        let from_neurons = &parameters.weights[layout.n_channels * n_post..];
        for (post, column) in transposed.chunks_exact_mut(n_neurons).enumerate() {
            for (entry, row) in column.iter_mut().zip(from_neurons.chunks_exact(n_post)) {
                *entry = row[post];
            }
        }
        let of_flag = |flag: bool| if flag { T::one() } else { T::zero() };
        Self {
            layout,
            parameters,
            transposed,
            subtracts: reset_mode.iter().map(|&mode| of_flag(mode == ResetMode::Subtract)).collect(),
            reset_factor: of_flag(reset_gradient == ResetGradient::Exact),
        }
    }

    /// Adds the gradient over `trace` to `gradient`.
    ///
    /// `score_gradient` is the derivative of the loss by the potential of each readout neuron after each tick,
    /// `[n_ticks][n_samples][n_readouts]`. The slopes of the trace are used up: the gradients of the currents replace
    /// them.
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
                let rows = tick * n_samples * n_post..(tick + 1) * n_samples * n_post;
                self.spikes_before(&trace.slope[rows], n_samples, &mut scratch.spike);
                for &(sample, neuron) in trace.forced.get(tick - 1).into_iter().flatten() {
                    scratch.spike[sample * n_post + neuron] = T::zero();
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

    /// The derivative by the spikes of the tick before, from that by the currents: a product with the weights.
    fn spikes_before(&self, current_gradient: &[T], n_samples: usize, spike_gradient: &mut [T]) {
        let (n_neurons, n_post) = (self.layout.n_neurons, self.layout.n_post());
        let currents = ArrayView2::from_shape((n_samples, n_post), current_gradient);
        let weights = ArrayView2::from_shape((n_post, n_neurons), &self.transposed);
        let spikes = ArrayViewMut2::from_shape((n_samples, n_post), spike_gradient);
        if let (Ok(currents), Ok(weights), Ok(mut spikes)) = (currents, weights, spikes) {
            let mut of_neurons = spikes.slice_axis_mut(Axis(1), Slice::from(..n_neurons));
            general_mat_mul(T::one(), &currents, &weights, T::zero(), &mut of_neurons);
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
            let columns = start..(start + COLUMNS).min(n_post);
            if trace.held.is_empty() {
                adjoint.columns_backward::<false>(trace, scratch, gradient, tick, columns);
            } else {
                adjoint.columns_backward::<true>(trace, scratch, gradient, tick, columns);
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
        columns: Range<usize>,
    ) {
        let n_post = self.layout.n_post();
        let n = columns.len().min(COLUMNS);
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
            let carry_spike = &scratch.spike[carried.clone()][..n];
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

                // 7. and 6. The spike's after-effects: adaptation, and the potential that it took away.
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
    spike: Vec<T>,
    zeros: Vec<T>,
    /// Where the arrivals of a presynaptic index lie in `sorted`.
    row_ptr: Vec<usize>,
    /// Row and value of every arrival, by presynaptic index.
    sorted: Vec<(u32, T)>,
}

impl<T: NdFloat> BackwardScratch<T> {
    fn restart(&mut self, n_samples: usize, n_post: usize) {
        for array in [&mut self.potential, &mut self.current, &mut self.adaptation, &mut self.spike] {
            array.clear();
            array.resize(n_samples * n_post, T::zero());
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
