//! How long a run will take.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::Runner;
use super::job::{Job, Timings};
use super::tuning::OBSERVED_SHARES;
use crate::error::StudyError;
use crate::run::{Condition, Method, Run};

/// About how many windows the time of an epoch is taken on.
const TIMED_WINDOWS: usize = 128;

/// Seconds of the runs timed so far, by what a duration depends on: method, size, tick length, folds.
pub(super) type Durations = Vec<((Method, Condition, u32, usize), f64)>;

impl Runner<'_> {
    /// Seconds that a run will take on one core. Runs of the same method, size, tick length and folds take the same, and are
    /// timed once: the decoder is trained for two epochs on some of the windows, of which the second counts, and tested on all.
    ///
    /// # Errors
    /// A decoder that cannot be trained.
    pub fn seconds(&self, run: &Run) -> Result<f64, StudyError> {
        let condition = match run.condition {
            Condition::Divided { .. } => run.condition,
            _ => Condition::Plain,
        };
        let kind = (run.method.clone(), condition, run.tick_ms, run.folds);
        let mut known = self.durations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, seconds)) = known.iter().find(|(of, _)| *of == kind) {
            return Ok(*seconds);
        }
        let windows = &self.windows[&run.tick_ms];
        let split = self.split(run.tick_ms, run.folds, run.seed)?;
        let plain = Run { condition, ..run.clone() };
        let mut job = Job::new(self, &plain, windows, &split);
        let (epochs, n_train) = (job.options.epochs as f64, job.train.len() as f64);
        if !matches!(run.method, Method::Lda | Method::NaiveBayes) {
            job.options.epochs = 2;
            job.keep_of_each_class(TIMED_WINDOWS.div_ceil(windows.dataset.classes.len().max(1)));
        }
        let started = Instant::now();
        job.carry_out()?;
        let all = started.elapsed().as_secs_f64();
        let Timings { epoch_ends, observations } = &*job.timings.borrow();
        let seconds = if let [first, second] = epoch_ends[..] {
            let observing: f64 = observations.iter().map(Duration::as_secs_f64).sum();
            let per_observation = observing / observations.len().max(1) as f64;
            let timed_epoch = second.duration_since(first).as_secs_f64() - per_observation;
            let per_epoch = timed_epoch * n_train / job.train.len() as f64;
            let rest = (all - 2.0 * timed_epoch - observing).max(0.0);
            per_epoch * epochs + per_observation * OBSERVED_SHARES.len() as f64 + rest
        } else {
            all
        };
        known.push((kind, seconds));
        Ok(seconds)
    }
}
