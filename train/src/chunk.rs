//! Chunks of a batch, alike for every kind of network: their windows and targets, and the threads that work on them.

use std::sync::Mutex;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::augmentation::Augmentation;
use crate::error::TrainError;
use crate::exchange::ChannelExchange;
use crate::fit::{FitOptions, TrainingSample};
use crate::loss::TickLoss;
use crate::noise::scatter;
use crate::teacher::{Teacher, write_hard_targets};

/// Samples in a chunk: enough rows for the matrix product to be fast, few enough for the trace to stay in the cache.
pub(crate) const CHUNK_SAMPLES: usize = 32;

/// What is to be learned, the same over a training.
pub(crate) struct Lesson {
    pub(crate) loss: TickLoss,
    n_channels: usize,
    /// Neurons that noise can make spike.
    n_neurons: usize,
    n_classes: usize,
    augmentation: Augmentation,
    seed: u64,
    teacher: Option<Teacher>,
    exchange: ChannelExchange,
}

impl Lesson {
    /// The lesson of samples that have been checked: at least one, all of one length.
    pub(crate) fn new(
        samples: &[TrainingSample<'_>],
        (n_channels, n_neurons, n_classes): (usize, usize, usize),
        options: &FitOptions,
        seed: u64,
    ) -> Result<Self, TrainError> {
        let teacher = options
            .distillation
            .map(|distillation| Teacher::fit(samples, n_channels, n_classes, distillation))
            .transpose()
            .map_err(TrainError::Teacher)?;
        let n_ticks = samples.first().map_or(0, |sample| sample.ticks.len());
        Ok(Self {
            loss: TickLoss::ramp(n_ticks, options.tick_ramp, options.score_gain),
            n_channels,
            n_neurons,
            n_classes,
            augmentation: options.augmentation,
            seed,
            teacher,
            exchange: ChannelExchange::new(samples, n_channels, n_classes),
        })
    }
}

/// A batch: positions in the list of samples, in an epoch.
pub(crate) struct Batch<'a> {
    pub(crate) samples: &'a [TrainingSample<'a>],
    pub(crate) order: &'a [usize],
    pub(crate) epoch: usize,
}

/// Memory for the windows and targets of a chunk.
#[derive(Default)]
pub(crate) struct ChunkInput {
    windows: Vec<Vec<Vec<u16>>>,
    mixed: Vec<Vec<u16>>,
    forced: Vec<Vec<Vec<u16>>>,
    targets: Vec<f32>,
}

/// A chunk as it is trained on.
pub(crate) struct PreparedChunk<'a> {
    /// Of each sample the channels that spike in each tick.
    pub(crate) windows: Vec<&'a [Vec<u16>]>,
    /// Of each sample the neurons that are made to spike in each tick, ascending; empty without such noise.
    pub(crate) forced: &'a [Vec<Vec<u16>>],
    pub(crate) classes: Vec<usize>,
    /// `[n_ticks][n_samples][n_classes]`, probabilities.
    pub(crate) targets: &'a [f32],
}

impl ChunkInput {
    /// The samples `order` of the batch, changed at random, and what to answer in every tick.
    pub(crate) fn prepare<'a>(&'a mut self, lesson: &Lesson, batch: &Batch<'a>, order: &[usize]) -> PreparedChunk<'a> {
        let n_forced = if lesson.augmentation.neuron_noise_rate > 0.0 { order.len() } else { 0 };
        self.forced.resize(n_forced, Vec::new());
        let windows: Vec<&[Vec<u16>]> = if lesson.augmentation.is_none() {
            order.iter().map(|&index| batch.samples[index].ticks).collect()
        } else {
            self.windows.resize(order.len(), Vec::new());
            for (place, (window, &index)) in self.windows.iter_mut().zip(order).enumerate() {
                let mut rng = sample_rng(lesson.seed, batch.epoch, index);
                let (sample, rate) = (&batch.samples[index], lesson.augmentation.channel_exchange);
                let ticks = if rate > 0.0 {
                    lesson.exchange.mix(sample, index, rate, &mut rng, &mut self.mixed);
                    &self.mixed
                } else {
                    sample.ticks
                };
                lesson.augmentation.apply(ticks, lesson.n_channels, &mut rng, window);
                if n_forced > 0 {
                    self.forced[place].resize(ticks.len(), Vec::new());
                    self.forced[place].iter_mut().for_each(Vec::clear);
                    scatter(lesson.augmentation.neuron_noise_rate, lesson.n_neurons, &mut rng, &mut self.forced[place]);
                }
            }
            self.windows.iter().map(Vec::as_slice).collect()
        };
        let classes: Vec<usize> = order.iter().map(|&index| batch.samples[index].class).collect();
        write_targets(lesson, &windows, &classes, &mut self.targets);
        PreparedChunk { windows, forced: &self.forced, classes, targets: &self.targets }
    }
}

fn write_targets(lesson: &Lesson, windows: &[&[Vec<u16>]], classes: &[usize], targets: &mut Vec<f32>) {
    let n_ticks = windows.first().map_or(0, |ticks| ticks.len());
    targets.resize(n_ticks * windows.len() * lesson.n_classes, 0.0);
    for (sample, (ticks, &class)) in windows.iter().zip(classes).enumerate() {
        let place = (sample, windows.len());
        match &lesson.teacher {
            Some(teacher) => teacher.write_targets(ticks, class, place, targets),
            None => write_hard_targets(n_ticks, lesson.n_classes, class, place, targets),
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

/// Works off `jobs`, each on the next free worker, a thread each; a single worker stays on the caller's thread.
pub(crate) fn in_parallel<W: Send, J: Send>(
    workers: &mut [W],
    jobs: impl Iterator<Item = J> + Send,
    work: impl Fn(&mut W, J) + Sync,
) {
    let jobs = Mutex::new(jobs);
    let work_off = |worker: &mut W| {
        while let Some(job) = jobs.lock().ok().and_then(|mut jobs| jobs.next()) {
            work(worker, job);
        }
    };
    if let [worker] = workers {
        work_off(worker);
    } else {
        let work_off = &work_off;
        std::thread::scope(|scope| {
            for worker in workers {
                scope.spawn(move || work_off(worker));
            }
        });
    }
}
