//! What is learned from: samples, random changes to their windows, and the targets of every tick.

mod augmentation;
mod exchange;
mod noise;
mod scatter;
mod teacher;
mod training_set;

pub use augmentation::Augmentation;
pub use noise::{neuron_noise, spike_probability, with_input_noise};
pub use teacher::Distillation;
pub(crate) use teacher::{Teacher, write_hard_targets};
pub(crate) use training_set::{Batch, CHUNK_SAMPLES, ChunkInput, TrainingSet};

use recording::{Dataset, Sample, Split};

use crate::TrainError;

/// A window to train on.
#[derive(Clone, Copy, Debug)]
pub struct TrainingSample<'a> {
    /// For each tick the channels that spike in it, ascending, none twice.
    pub ticks: &'a [Vec<u16>],
    /// Its class, counted from 0.
    pub class: usize,
}

/// The ticks of every sample.
pub(crate) fn check_samples(
    n_channels: usize,
    n_classes: usize,
    samples: &[TrainingSample<'_>],
) -> Result<usize, TrainError> {
    let n_ticks = samples.first().ok_or(TrainError::NoSamples)?.ticks.len();
    for (index, sample) in samples.iter().enumerate() {
        let refuse = |cause: String, next_step| Err(TrainError::Sample { index, cause, next_step });
        if sample.ticks.is_empty() || sample.ticks.len() != n_ticks {
            let cause = format!("it has {} ticks, the first one {n_ticks}", sample.ticks.len());
            return refuse(cause, "cut all windows to one length of at least a tick");
        }
        if sample.class >= n_classes {
            let cause = format!("its class is {}, the network has {n_classes}", sample.class);
            return refuse(cause, "build the network for the number of classes");
        }
        for channels in sample.ticks {
            if channels.windows(2).any(|pair| pair[0] >= pair[1]) {
                return refuse("the channels of a tick are not ascending".to_owned(), "sort and deduplicate them");
            }
            if let Some(&channel) = channels.last().filter(|&&channel| usize::from(channel) >= n_channels) {
                let cause = format!("channel {channel} spikes, the network has {n_channels}");
                return refuse(cause, "build the network for the number of channels");
            }
        }
    }
    Ok(n_ticks)
}

/// The training samples and the test windows of a fold.
///
/// # Errors
/// [`TrainError::EmptySide`].
pub(crate) fn sides<'a>(
    dataset: &'a Dataset,
    split: &Split,
    fold: usize,
) -> Result<(Vec<TrainingSample<'a>>, Vec<&'a Sample>), TrainError> {
    let of = |index: usize| &dataset.samples[index];
    let train: Vec<_> = split
        .train_samples(fold, dataset)
        .into_iter()
        .map(|index| TrainingSample { ticks: &of(index).ticks, class: of(index).class })
        .collect();
    let test: Vec<&Sample> = split.test_samples(fold, dataset).into_iter().map(of).collect();
    for (side, is_empty) in [("train on", train.is_empty()), ("test on", test.is_empty())] {
        if is_empty {
            return Err(TrainError::EmptySide { fold, side });
        }
    }
    Ok((train, test))
}
