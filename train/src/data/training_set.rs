//! The training set, chunk by chunk: windows changed at random, and the targets of their ticks.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::exchange::ChannelExchange;
use super::scatter::scatter;
use super::teacher::{Teacher, write_hard_targets};
use super::{Augmentation, Distillation, TrainingSample};
use crate::TrainError;

/// Samples in a chunk: enough rows for the matrix product to be fast, few enough for the trace to stay in the cache.
pub(crate) const CHUNK_SAMPLES: usize = 32;

/// What a network of any kind learns from, the same in every epoch.
pub(crate) struct TrainingSet<'a> {
    samples: &'a [TrainingSample<'a>],
    n_channels: usize,
    /// Neurons that noise can make spike.
    n_neurons: usize,
    n_classes: usize,
    augmentation: Augmentation,
    seed: u64,
    teacher: Option<Teacher>,
    exchange: ChannelExchange,
}

impl<'a> TrainingSet<'a> {
    /// A set of samples that have been checked: at least one, all of one length.
    pub(crate) fn new(
        samples: &'a [TrainingSample<'a>],
        (n_channels, n_neurons, n_classes): (usize, usize, usize),
        augmentation: Augmentation,
        distillation: Option<Distillation>,
        seed: u64,
    ) -> Result<Self, TrainError> {
        let teacher = distillation
            .map(|distillation| Teacher::fit(samples, n_channels, n_classes, distillation))
            .transpose()
            .map_err(TrainError::Teacher)?;
        let exchange = ChannelExchange::new(samples, n_channels, n_classes);
        Ok(Self { samples, n_channels, n_neurons, n_classes, augmentation, seed, teacher, exchange })
    }

    pub(crate) fn teacher(&self) -> Option<&Teacher> {
        self.teacher.as_ref()
    }
}

/// A batch of an epoch: positions in the list of samples.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub(crate) order: &'a [usize],
    pub(crate) epoch: usize,
}

/// Memory for the windows and targets of a chunk.
#[derive(Default)]
pub(crate) struct ChunkInput {
    windows: Vec<Vec<Vec<u16>>>,
    mixed: Vec<Vec<u16>>,
    /// Of each sample whether its window is one of its class.
    has_class: Vec<bool>,
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
    /// The samples `order`, changed at random for this epoch, and the targets of every tick.
    pub(crate) fn prepare<'a>(
        &'a mut self,
        set: &'a TrainingSet<'_>,
        epoch: usize,
        order: &[usize],
    ) -> PreparedChunk<'a> {
        let n_forced = if set.augmentation.neuron_noise_rate > 0.0 { order.len() } else { 0 };
        self.forced.resize(n_forced, Vec::new());
        self.has_class.clear();
        self.has_class.resize(order.len(), true);
        let windows: Vec<&[Vec<u16>]> = if set.augmentation.is_none() {
            order.iter().map(|&index| set.samples[index].ticks).collect()
        } else {
            self.windows.resize(order.len(), Vec::new());
            for (place, (window, &index)) in self.windows.iter_mut().zip(order).enumerate() {
                let mut rng = sample_rng(set.seed, epoch, index);
                let (sample, rate) = (&set.samples[index], set.augmentation.channel_exchange);
                let is_free = set.augmentation.free_mix > 0.0 && rng.random_bool(set.augmentation.free_mix);
                self.has_class[place] = !is_free;
                let ticks = if is_free {
                    set.exchange.mix_freely(sample.ticks.len(), &mut rng, &mut self.mixed);
                    &self.mixed
                } else if rate > 0.0 {
                    set.exchange.mix(sample, index, rate, &mut rng, &mut self.mixed);
                    &self.mixed
                } else {
                    sample.ticks
                };
                set.augmentation.apply(ticks, set.n_channels, &mut rng, window);
                if n_forced > 0 {
                    self.forced[place].resize(ticks.len(), Vec::new());
                    self.forced[place].iter_mut().for_each(Vec::clear);
                    scatter(set.augmentation.neuron_noise_rate, set.n_neurons, &mut rng, &mut self.forced[place]);
                }
            }
            self.windows.iter().map(Vec::as_slice).collect()
        };
        let classes: Vec<usize> = order.iter().map(|&index| set.samples[index].class).collect();
        write_targets(set, &windows, &classes, &self.has_class, &mut self.targets);
        PreparedChunk { windows, forced: &self.forced, classes, targets: &self.targets }
    }
}

fn write_targets(
    set: &TrainingSet<'_>,
    windows: &[&[Vec<u16>]],
    classes: &[usize],
    has_class: &[bool],
    targets: &mut Vec<f32>,
) {
    let n_ticks = windows.first().map_or(0, |ticks| ticks.len());
    targets.resize(n_ticks * windows.len() * set.n_classes, 0.0);
    for (sample, ((ticks, &class), &has_class)) in windows.iter().zip(classes).zip(has_class).enumerate() {
        let place = (sample, windows.len());
        match &set.teacher {
            Some(teacher) => teacher.write_targets(ticks, has_class.then_some(class), place, targets),
            None => write_hard_targets(n_ticks, set.n_classes, class, place, targets),
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
