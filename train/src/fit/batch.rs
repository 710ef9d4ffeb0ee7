//! Gradient of a batch, in chunks of fixed size whose results add up in a fixed order: the same bits on any thread count.

use super::workers::in_parallel;
use crate::data::{Batch, CHUNK_SAMPLES, ChunkInput, TrainingSet};
use crate::network::{Layout, Parameters, QuantizedNetwork};
use crate::pass::{Adjoint, BackwardScratch, ChunkLoss, IntegerState, Surrogate, TickLoss, Trace, record};

/// What stays the same over a training.
pub(super) struct BatchSettings<'a> {
    pub(super) surrogate: Surrogate,
    pub(super) loss: TickLoss,
    pub(super) training_set: TrainingSet<'a>,
}

/// Memory for the gradient of a batch, and the threads' own.
pub(super) struct BatchGradient {
    workers: Vec<Worker>,
    chunks: Vec<ChunkResult>,
}

struct ChunkResult {
    gradient: Parameters<f32>,
    loss: ChunkLoss,
    /// Spikes of each neuron that reached its synapses within the window.
    spike_counts: Vec<u32>,
}

struct Worker {
    state: IntegerState,
    trace: Trace<f32>,
    scratch: BackwardScratch<f32>,
    score_gradient: Vec<f32>,
    input: ChunkInput,
}

impl BatchGradient {
    pub(super) fn new(network: &QuantizedNetwork, n_threads: usize, batch_size: usize) -> Self {
        let n_chunks = batch_size.div_ceil(CHUNK_SAMPLES);
        let worker = || Worker {
            state: IntegerState::new(network),
            trace: Trace::new(network.layout, 0, 0, false),
            scratch: BackwardScratch::default(),
            score_gradient: Vec::new(),
            input: ChunkInput::default(),
        };
        let chunk = || ChunkResult {
            gradient: Parameters::zeros(network.layout),
            loss: ChunkLoss::default(),
            spike_counts: vec![0; network.layout.n_neurons],
        };
        Self {
            workers: (0..n_threads.clamp(1, n_chunks.max(1))).map(|_| worker()).collect(),
            chunks: (0..n_chunks).map(|_| chunk()).collect(),
        }
    }

    /// The results of the batch, and the gradient of its mean loss. `spike_counts` grow by the spikes of each neuron.
    pub(super) fn evaluate(
        &mut self,
        network: &QuantizedNetwork,
        adjoint: &Adjoint<f32>,
        settings: &BatchSettings<'_>,
        batch: Batch<'_>,
        spike_counts: &mut [u64],
    ) -> (ChunkLoss, &mut Parameters<f32>) {
        let n_chunks = batch.order.len().div_ceil(CHUNK_SAMPLES);
        let jobs = batch.order.chunks(CHUNK_SAMPLES).zip(&mut self.chunks);
        in_parallel(&mut self.workers, jobs, |worker, (order, chunk)| {
            worker.chunk(network, adjoint, settings, batch, order, chunk);
        });
        let mut result = ChunkLoss::default();
        for chunk in &self.chunks[..n_chunks] {
            result.loss += chunk.loss.loss;
            result.n_correct += chunk.loss.n_correct;
            for (sum, &count) in spike_counts.iter_mut().zip(&chunk.spike_counts) {
                *sum += u64::from(count);
            }
        }
        let (first, others) = self.chunks.split_at_mut(1);
        for other in &others[..n_chunks - 1] {
            first[0].gradient.add(&other.gradient);
        }
        (result, &mut first[0].gradient)
    }
}

impl Worker {
    fn chunk(
        &mut self,
        network: &QuantizedNetwork,
        adjoint: &Adjoint<f32>,
        settings: &BatchSettings<'_>,
        batch: Batch<'_>,
        order: &[usize],
        result: &mut ChunkResult,
    ) {
        let input = self.input.prepare(&settings.training_set, batch.epoch, order);
        record(network, settings.surrogate, &input.windows, input.forced, &mut self.state, &mut self.trace);
        let scale = 1.0 / batch.order.len() as f64;
        result.loss =
            settings.loss.evaluate(&self.trace, &input.classes, input.targets, scale, &mut self.score_gradient);
        count_spikes(&self.trace, network.layout, &mut result.spike_counts);
        result.gradient.clear();
        adjoint.backward(&mut self.trace, &self.score_gradient, &mut self.scratch, &mut result.gradient);
    }
}

fn count_spikes(trace: &Trace<f32>, layout: Layout, counts: &mut [u32]) {
    counts.fill(0);
    for arrival in &trace.arrivals {
        if let Some(neuron) = (arrival.pre as usize).checked_sub(layout.n_channels) {
            counts[neuron] += 1;
        }
    }
    // Noise is no spike of the neuron, and reaches no synapse after the last tick.
    for (tick, forced) in trace.forced.iter().enumerate().take(trace.n_ticks.saturating_sub(1)) {
        for &(sample, neuron) in forced {
            if trace.spike[trace.row(tick, sample)][neuron] == 0.0 {
                counts[neuron] -= 1;
            }
        }
    }
}
