//! What a network in training sees in the windows of its lanes, and what its scores should be.

use std::ops::Range;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use recording::Stream;

use super::lanes::Window;

/// The spikes of a window, some left out; outside of the recording of what it learns, nothing spikes.
pub(super) fn spikes(stream: &Stream, window: &Window, drop_rate: f64, rng: &mut ChaCha8Rng, input: &mut [Vec<u16>]) {
    let recording = &stream.part_of(window.learned.start).ticks;
    for (place, channels) in (window.start..).zip(input) {
        channels.clear();
        let Some(tick) = usize::try_from(place).ok().filter(|tick| recording.contains(tick)) else { continue };
        let kept = stream.tick(tick).iter().copied();
        channels.extend(kept.filter(|_| drop_rate == 0.0 || rng.random::<f64>() >= drop_rate));
    }
}

/// The labels in standard deviations from their mean, both over the training ticks.
#[derive(Clone, Debug)]
pub(super) struct Targets {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Targets {
    pub(super) fn new(stream: &Stream, train: &[Range<usize>]) -> Self {
        let scored = || train.iter().cloned().flatten().filter(|&tick| stream.is_scored(tick));
        let n = scored().count().max(1) as f64;
        let over = |of: &dyn Fn(f64) -> f64, axis: usize| {
            scored().map(|tick| of(f64::from(stream.label(tick)[axis]))).sum::<f64>() / n
        };
        let mean: Vec<f64> = (0..stream.axes.len()).map(|axis| over(&|label| label, axis)).collect();
        let deviation = (mean.iter().enumerate())
            .map(|(axis, mean)| over(&|label| (label - mean).powi(2), axis).sqrt().max(f64::MIN_POSITIVE))
            .collect();
        Self { mean, deviation }
    }

    pub(super) fn of(&self, label: &[f32]) -> impl Iterator<Item = f32> {
        let scaled = label.iter().zip(&self.mean).zip(&self.deviation);
        scaled.map(|((&label, mean), deviation)| ((f64::from(label) - mean) / deviation) as f32)
    }

    /// The value that a score of an axis stands for.
    pub(super) fn value(&self, axis: usize, score: f32) -> f64 {
        self.mean[axis] + self.deviation[axis] * f64::from(score)
    }

    /// What the scores should be, `[n_ticks][n_lanes][n_axes]`; NaN where nothing is learned.
    pub(super) fn wanted(&self, stream: &Stream, windows: &[&Window], window_ticks: usize) -> Vec<f32> {
        let n_axes = stream.axes.len();
        let mut wanted = vec![f32::NAN; window_ticks * windows.len() * n_axes];
        for (lane, window) in windows.iter().enumerate() {
            for (place, tick) in (0..window_ticks).zip(window.start..) {
                let Ok(tick) = usize::try_from(tick) else { continue };
                if window.learned.contains(&tick) && stream.is_scored(tick) {
                    let row = (place * windows.len() + lane) * n_axes;
                    let of_tick = wanted[row..row + n_axes].iter_mut();
                    of_tick.zip(self.of(stream.label(tick))).for_each(|(wanted, target)| *wanted = target);
                }
            }
        }
        wanted
    }
}

/// Mean squared error of scores.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MeanError {
    sum: f64,
    n: usize,
}

impl MeanError {
    pub(super) fn add(&mut self, scores: impl Iterator<Item = f32>, targets: impl Iterator<Item = f32>) {
        for (score, target) in scores.zip(targets) {
            self.sum += f64::from(score - target).powi(2);
            self.n += 1;
        }
    }

    pub(super) fn mean(self) -> f64 {
        self.sum / self.n as f64
    }
}
