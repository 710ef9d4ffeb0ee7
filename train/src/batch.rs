//! Gradient of a batch, in chunks of fixed size whose results add up in a fixed order: the same bits on any thread count.

use std::sync::Mutex;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::augmentation::Augmentation;
use crate::backward::{Adjoint, BackwardScratch};
use crate::exchange::ChannelExchange;
use crate::fit::TrainingSample;
use crate::forward::{IntegerState, record};
use crate::loss::{ChunkLoss, TickLoss};
use crate::parameters::{Layout, Parameters};
use crate::quantize::QuantizedNetwork;
use crate::surrogate::SurrogateTable;
use crate::teacher::{Teacher, write_hard_targets};
use crate::trace::Trace;

/// Samples in a chunk: enough rows for the matrix product to be fast, few enough for the trace to stay in the cache.
const CHUNK_SAMPLES: usize = 32;

/// What stays the same over a training.
pub(crate) struct BatchSettings {
    pub(crate) surrogate: SurrogateTable,
    pub(crate) loss: TickLoss,
    pub(crate) augmentation: Augmentation,
    pub(crate) seed: u64,
    pub(crate) teacher: Option<Teacher>,
    pub(crate) exchange: ChannelExchange,
}

/// A batch: positions in the list of samples, in an epoch.
pub(crate) struct Batch<'a> {
    pub(crate) samples: &'a [TrainingSample<'a>],
    pub(crate) order: &'a [usize],
    pub(crate) epoch: usize,
}

/// Memory for the gradient of a batch, and the threads' own.
pub(crate) struct BatchGradient {
    workers: Vec<Worker>,
    chunks: Vec<ChunkResult>,
}

/// What a batch scored; the gradient itself is in the first chunk's memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct BatchResult {
    pub(crate) loss: f64,
    pub(crate) n_correct: usize,
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
    windows: Vec<Vec<Vec<u16>>>,
    mixed: Vec<Vec<u16>>,
    targets: Vec<f32>,
}

impl BatchGradient {
    pub(crate) fn new(network: &QuantizedNetwork, n_threads: usize, batch_size: usize) -> Self {
        let n_chunks = batch_size.div_ceil(CHUNK_SAMPLES);
        let worker = || Worker {
            state: IntegerState::new(network),
            trace: Trace::new(network.layout, 0, 0, false),
            scratch: BackwardScratch::default(),
            score_gradient: Vec::new(),
            windows: Vec::new(),
            mixed: Vec::new(),
            targets: Vec::new(),
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

    /// The gradient of the mean loss over the batch. `spike_counts` grow by the spikes of each neuron.
    pub(crate) fn evaluate(
        &mut self,
        network: &QuantizedNetwork,
        adjoint: &Adjoint<f32>,
        settings: &BatchSettings,
        batch: &Batch<'_>,
        spike_counts: &mut [u64],
    ) -> (BatchResult, &mut Parameters<f32>) {
        let n_chunks = batch.order.len().div_ceil(CHUNK_SAMPLES);
        let jobs = Mutex::new(batch.order.chunks(CHUNK_SAMPLES).zip(&mut self.chunks));
        let work = |worker: &mut Worker| {
            while let Some((order, chunk)) = jobs.lock().ok().and_then(|mut jobs| jobs.next()) {
                worker.chunk(network, adjoint, settings, batch, order, chunk);
            }
        };
        if let [worker] = &mut self.workers[..] {
            work(worker);
        } else {
            let work = &work;
            std::thread::scope(|scope| {
                for worker in &mut self.workers {
                    scope.spawn(move || work(worker));
                }
            });
        }
        let mut result = BatchResult::default();
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
        settings: &BatchSettings,
        batch: &Batch<'_>,
        order: &[usize],
        result: &mut ChunkResult,
    ) {
        let n_channels = network.layout.n_channels;
        let windows: Vec<&[Vec<u16>]> = if settings.augmentation.is_none() {
            order.iter().map(|&index| batch.samples[index].ticks).collect()
        } else {
            self.windows.resize(order.len(), Vec::new());
            for (window, &index) in self.windows.iter_mut().zip(order) {
                let mut rng = sample_rng(settings.seed, batch.epoch, index);
                let (sample, rate) = (&batch.samples[index], settings.augmentation.channel_exchange);
                let ticks = if rate > 0.0 {
                    settings.exchange.mix(sample, index, rate, &mut rng, &mut self.mixed);
                    &self.mixed
                } else {
                    sample.ticks
                };
                settings.augmentation.apply(ticks, n_channels, &mut rng, window);
            }
            self.windows.iter().map(Vec::as_slice).collect()
        };
        record(network, &settings.surrogate, &windows, &mut self.state, &mut self.trace);
        let classes: Vec<usize> = order.iter().map(|&index| batch.samples[index].class).collect();
        let scale = 1.0 / batch.order.len() as f64;
        write_targets(settings, network.layout.n_readouts, &windows, &classes, &mut self.targets);
        result.loss = settings.loss.evaluate(&self.trace, &classes, &self.targets, scale, &mut self.score_gradient);
        count_spikes(&self.trace, network.layout, &mut result.spike_counts);
        result.gradient.clear();
        adjoint.backward(&mut self.trace, &self.score_gradient, &mut self.scratch, &mut result.gradient);
    }
}

fn write_targets(
    settings: &BatchSettings,
    n_classes: usize,
    windows: &[&[Vec<u16>]],
    classes: &[usize],
    targets: &mut Vec<f32>,
) {
    let n_ticks = windows.first().map_or(0, |ticks| ticks.len());
    targets.resize(n_ticks * windows.len() * n_classes, 0.0);
    for (sample, (ticks, &class)) in windows.iter().zip(classes).enumerate() {
        let place = (sample, windows.len());
        match &settings.teacher {
            Some(teacher) => teacher.write_targets(ticks, class, place, targets),
            None => write_hard_targets(n_ticks, n_classes, class, place, targets),
        }
    }
}

fn count_spikes(trace: &Trace<f32>, layout: Layout, counts: &mut [u32]) {
    counts.fill(0);
    for arrival in &trace.arrivals {
        if let Some(neuron) = (arrival.pre as usize).checked_sub(layout.n_channels) {
            counts[neuron] += 1;
        }
    }
}

/// A generator of its own for every sample and epoch, so that no order of work can change what it draws.
fn sample_rng(seed: u64, epoch: usize, sample: usize) -> ChaCha8Rng {
    let mut bytes = [0u8; 32];
    for (place, value) in bytes.chunks_exact_mut(8).zip([seed, epoch as u64, sample as u64, 1]) {
        place.copy_from_slice(&value.to_le_bytes());
    }
    ChaCha8Rng::from_seed(bytes)
}
