//! A chunk of samples through a recurrent network, and back through time.
//!
//! Matrix products go over all samples of a tick, or over all ticks at once where nothing waits for the tick before. Input
//! spikes add rows of the input weights, as many as there are spikes.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::matrix::{Matrix, add_product};
use super::real::Real;
use super::{BLOCKS, Cell, RecurrentParameters, RecurrentSizes, gru, lstm};

/// Memory of a pass, reused from chunk to chunk. Rows are `tick * n_samples + sample`.
pub(crate) struct Pass<T> {
    cell: Cell,
    sizes: RecurrentSizes,
    n_samples: usize,
    n_ticks: usize,
    /// `[n_rows][4 n_hidden]`: pre-activations, then activations, then derivatives by the pre-activations.
    blocks: Vec<T>,
    /// `[n_samples + n_rows][n_hidden]`: the hidden state before each tick and after the last.
    hidden: Vec<T>,
    /// The same of the memory; empty for a GRU.
    memory: Vec<T>,
    /// `[n_rows][n_classes]`
    scores: Vec<T>,
    /// `[n_rows][n_hidden]`: derivatives by the hidden states.
    by_hidden: Vec<T>,
    /// `[n_samples][n_hidden]`
    by_memory: Vec<T>,
}

/// What a network remembers between ticks.
#[derive(Clone, Debug)]
pub(crate) struct State<T> {
    hidden: Vec<T>,
    /// Empty for a GRU.
    memory: Vec<T>,
}

impl<T: Real> State<T> {
    /// That of a restart: zeros.
    pub(crate) fn new(cell: Cell, sizes: RecurrentSizes) -> Self {
        let n_memory = if cell == Cell::Lstm { sizes.n_hidden } else { 0 };
        Self { hidden: vec![T::zero(); sizes.n_hidden], memory: vec![T::zero(); n_memory] }
    }

    pub(crate) fn restart(&mut self) {
        self.hidden.fill(T::zero());
        self.memory.fill(T::zero());
    }
}

impl<T: Real> Pass<T> {
    pub(crate) fn new(cell: Cell, sizes: RecurrentSizes) -> Self {
        Self {
            cell,
            sizes,
            n_samples: 0,
            n_ticks: 0,
            blocks: Vec::new(),
            hidden: Vec::new(),
            memory: Vec::new(),
            scores: Vec::new(),
            by_hidden: Vec::new(),
            by_memory: Vec::new(),
        }
    }

    /// The scores after a tick of the last forward pass.
    pub(crate) fn scores(&self, tick: usize, sample: usize) -> &[T] {
        let n_classes = self.sizes.n_classes;
        &self.scores[(tick * self.n_samples + sample) * n_classes..][..n_classes]
    }

    /// Runs samples of equal length from a state of zeros.
    pub(super) fn forward(&mut self, parameters: &RecurrentParameters<T>, samples: &[&[Vec<u16>]]) {
        self.resize(samples.len(), samples.first().map_or(0, |ticks| ticks.len()));
        self.run(parameters, samples);
    }

    /// As [`Pass::forward`], each sample from its own state, which is left as it is after the last tick.
    pub(crate) fn forward_on(
        &mut self,
        parameters: &RecurrentParameters<T>,
        samples: &[&[Vec<u16>]],
        states: &mut [State<T>],
    ) {
        self.resize(samples.len(), samples.first().map_or(0, |ticks| ticks.len()));
        let n = self.sizes.n_hidden;
        for (sample, State { hidden, memory }) in states.iter().enumerate() {
            self.hidden[sample * n..][..hidden.len()].copy_from_slice(hidden);
            self.memory[sample * memory.len()..][..memory.len()].copy_from_slice(memory);
        }
        self.run(parameters, samples);
        let last = self.n_ticks * self.n_samples;
        for (sample, State { hidden, memory }) in states.iter_mut().enumerate() {
            hidden.copy_from_slice(&self.hidden[(last + sample) * n..][..n]);
            let n_memory = memory.len();
            memory.copy_from_slice(&self.memory[(last + sample) * n_memory..][..n_memory]);
        }
    }

    fn run(&mut self, parameters: &RecurrentParameters<T>, samples: &[&[Vec<u16>]]) {
        let RecurrentSizes { n_hidden, n_classes, .. } = self.sizes;
        let n_columns = BLOCKS * n_hidden;
        let recurrent_columns = columns(self.cell.recurrent_blocks(), n_hidden);
        let arch = Arch::new();
        arch.dispatch(AddInput { pass: self, parameters, samples });
        for tick in 0..self.n_ticks {
            let rows = tick * self.n_samples..(tick + 1) * self.n_samples;
            add_product(
                &Matrix::rows(&self.hidden, rows.clone(), n_hidden),
                &Matrix::rows(&parameters.recurrent, 0..n_hidden, recurrent_columns.len()),
                &mut self.blocks[rows.start * n_columns..rows.end * n_columns],
                (n_columns, recurrent_columns.clone()),
            );
            arch.dispatch(ForwardTick { pass: self, tick });
        }
        let n_rows = self.n_samples * self.n_ticks;
        for row in self.scores.chunks_exact_mut(n_classes) {
            row.copy_from_slice(&parameters.readout_bias);
        }
        add_product(
            &Matrix::rows(&self.hidden, self.n_samples..self.n_samples + n_rows, n_hidden),
            &Matrix::rows(&parameters.readout, 0..n_hidden, n_classes),
            &mut self.scores,
            (n_classes, 0..n_classes),
        );
    }

    /// Adds the gradient to `gradient`. `samples` are those of the last forward pass, whose activations are used up;
    /// `score_gradient` is the derivative of the loss by the scores, `[n_ticks][n_samples][n_classes]`.
    pub(crate) fn backward(
        &mut self,
        parameters: &RecurrentParameters<T>,
        samples: &[&[Vec<u16>]],
        score_gradient: &[T],
        gradient: &mut RecurrentParameters<T>,
    ) {
        let RecurrentSizes { n_hidden, n_classes, .. } = self.sizes;
        let n_columns = BLOCKS * n_hidden;
        let (n_samples, n_rows) = (self.n_samples, self.n_samples * self.n_ticks);
        let recurrent_columns = columns(self.cell.recurrent_blocks(), n_hidden);
        let by_scores = Matrix::rows(score_gradient, 0..n_rows, n_classes);
        let readout = Matrix::rows(&parameters.readout, 0..n_hidden, n_classes).transposed();
        let recurrent = Matrix::rows(&parameters.recurrent, 0..n_hidden, recurrent_columns.len()).transposed();
        self.by_hidden.fill(T::zero());
        self.by_memory.fill(T::zero());
        add_product(&by_scores, &readout, &mut self.by_hidden, (n_hidden, 0..n_hidden));
        let arch = Arch::new();
        for tick in (0..self.n_ticks).rev() {
            arch.dispatch(BackwardTick { pass: self, tick });
            if tick > 0 {
                let rows = tick * n_samples..(tick + 1) * n_samples;
                let (earlier, now) = self.by_hidden.split_at_mut(rows.start * n_hidden);
                let before = &mut earlier[(tick - 1) * n_samples * n_hidden..];
                add_to(before, now);
                let blocks = Matrix::rows(&self.blocks, rows, n_columns).columns(recurrent_columns.clone());
                add_product(&blocks, &recurrent, before, (n_hidden, 0..n_hidden));
            }
        }
        let blocks = Matrix::rows(&self.blocks, 0..n_rows, n_columns).columns(recurrent_columns.clone());
        let before = Matrix::rows(&self.hidden, 0..n_rows, n_hidden).transposed();
        let n_recurrent = recurrent_columns.len();
        add_product(&before, &blocks, &mut gradient.recurrent, (n_recurrent, 0..n_recurrent));
        let after = Matrix::rows(&self.hidden, n_samples..n_samples + n_rows, n_hidden).transposed();
        add_product(&after, &by_scores, &mut gradient.readout, (n_classes, 0..n_classes));
        for row in score_gradient.chunks_exact(n_classes) {
            add_to(&mut gradient.readout_bias, row);
        }
        arch.dispatch(InputGradient { pass: self, samples, gradient });
    }

    fn resize(&mut self, n_samples: usize, n_ticks: usize) {
        let RecurrentSizes { n_hidden, n_classes, .. } = self.sizes;
        (self.n_samples, self.n_ticks) = (n_samples, n_ticks);
        let n_rows = n_samples * n_ticks;
        let n_memory = if self.cell == Cell::Lstm { n_hidden } else { 0 };
        for (array, size) in [
            (&mut self.blocks, n_rows * BLOCKS * n_hidden),
            (&mut self.hidden, (n_samples + n_rows) * n_hidden),
            (&mut self.memory, (n_samples + n_rows) * n_memory),
            (&mut self.scores, n_rows * n_classes),
            (&mut self.by_hidden, n_rows * n_hidden),
            (&mut self.by_memory, n_samples * n_memory),
        ] {
            array.resize(size, T::zero());
        }
        self.hidden[..n_samples * n_hidden].fill(T::zero());
        self.memory[..n_samples * n_memory].fill(T::zero());
    }
}

/// Starts the pre-activations of every row: biases, and the weights of the channels that spike.
struct AddInput<'a, T> {
    pass: &'a mut Pass<T>,
    parameters: &'a RecurrentParameters<T>,
    samples: &'a [&'a [Vec<u16>]],
}

impl<T: Real> WithSimd for AddInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { pass, parameters, samples } = self;
        let n_hidden = pass.sizes.n_hidden;
        let columns = columns(pass.cell.input_blocks(), n_hidden);
        for (row, blocks) in pass.blocks.chunks_exact_mut(BLOCKS * n_hidden).enumerate() {
            blocks.copy_from_slice(&parameters.bias);
            for &channel in &samples[row % samples.len()][row / samples.len()] {
                let weights = &parameters.input[usize::from(channel) * columns.len()..][..columns.len()];
                add_to(&mut blocks[columns.clone()], weights);
            }
        }
    }
}

/// Adds, for every row, the derivatives by its pre-activations to the biases and to the weights of the channels that spiked.
struct InputGradient<'a, T> {
    pass: &'a Pass<T>,
    samples: &'a [&'a [Vec<u16>]],
    gradient: &'a mut RecurrentParameters<T>,
}

impl<T: Real> WithSimd for InputGradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { pass, samples, gradient } = self;
        let n_hidden = pass.sizes.n_hidden;
        let columns = columns(pass.cell.input_blocks(), n_hidden);
        for (row, blocks) in pass.blocks.chunks_exact(BLOCKS * n_hidden).enumerate() {
            add_to(&mut gradient.bias, blocks);
            for &channel in &samples[row % samples.len()][row / samples.len()] {
                let sums = &mut gradient.input[usize::from(channel) * columns.len()..][..columns.len()];
                add_to(sums, &blocks[columns.clone()]);
            }
        }
    }
}

/// One tick of every sample, from pre-activations that are complete.
struct ForwardTick<'a, T> {
    pass: &'a mut Pass<T>,
    tick: usize,
}

impl<T: Real> WithSimd for ForwardTick<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { pass, tick } = self;
        let (n, n_samples) = (pass.sizes.n_hidden, pass.n_samples);
        let (before, after) = pass.hidden.split_at_mut((tick + 1) * n_samples * n);
        let n_before = ((tick + 1) * n_samples * n).min(pass.memory.len());
        let (memory_before, memory_after) = pass.memory.split_at_mut(n_before);
        for sample in 0..n_samples {
            let row = tick * n_samples + sample;
            let blocks = &mut pass.blocks[row * BLOCKS * n..(row + 1) * BLOCKS * n];
            let (now, next) = (row * n..(row + 1) * n, sample * n..(sample + 1) * n);
            match pass.cell {
                Cell::Gru => gru::forward(blocks, &before[now], &mut after[next]),
                Cell::Lstm => {
                    lstm::forward(blocks, &memory_before[now], &mut memory_after[next.clone()], &mut after[next]);
                }
            }
        }
    }
}

/// One tick of every sample, backwards.
struct BackwardTick<'a, T> {
    pass: &'a mut Pass<T>,
    tick: usize,
}

impl<T: Real> WithSimd for BackwardTick<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { pass, tick } = self;
        let (n, n_samples) = (pass.sizes.n_hidden, pass.n_samples);
        for sample in 0..n_samples {
            let row = tick * n_samples + sample;
            let blocks = &mut pass.blocks[row * BLOCKS * n..(row + 1) * BLOCKS * n];
            let (now, next) = (row * n..(row + 1) * n, (row + n_samples) * n..(row + n_samples + 1) * n);
            let by_hidden = &mut pass.by_hidden[now.clone()];
            match pass.cell {
                Cell::Gru => gru::backward(blocks, &pass.hidden[now], by_hidden),
                Cell::Lstm => {
                    let by_memory = &mut pass.by_memory[sample * n..(sample + 1) * n];
                    lstm::backward(blocks, &pass.memory[now], &pass.memory[next], by_hidden, by_memory);
                }
            }
        }
    }
}

fn columns(blocks: Range<usize>, n_hidden: usize) -> Range<usize> {
    blocks.start * n_hidden..blocks.end * n_hidden
}

#[inline(always)]
fn add_to<T: Real>(sums: &mut [T], terms: &[T]) {
    for (sum, &term) in sums.iter_mut().zip(terms) {
        *sum += term;
    }
}
