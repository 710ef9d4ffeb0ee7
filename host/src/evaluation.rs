//! The figures of a decode: accuracy, accuracy over time, confusion matrix, latency percentiles.

use std::time::Duration;

use serde::Serialize;
use spec::digest::ScoresDigest;
use spec::wire::TickAnswer;

/// Collects windows as they are decoded.
#[derive(Clone, Debug)]
pub struct Evaluation {
    n_windows: u64,
    n_ticks: u64,
    n_spikes: u64,
    correct_at_tick: Vec<u64>,
    confusion: Vec<Vec<u64>>,
    latencies: Vec<Duration>,
    digest: ScoresDigest,
}

/// The figures of a decode.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Share of windows whose decision at the last tick is right, 0 to 1.
    pub accuracy: f64,
    /// The same after every tick, from the first.
    pub accuracy_at_tick: Vec<f64>,
    /// Windows by true class (outer) and decision at the last tick (inner).
    pub confusion: Vec<Vec<u64>>,
    /// Windows decoded.
    pub n_windows: u64,
    /// Ticks run.
    pub n_ticks: u64,
    /// Spikes of all neurons in a window, mean over windows.
    pub spikes_per_window: f64,
    /// SHA-256 over every score of every tick, in order.
    pub scores_hash: String,
    /// Time from the first byte of a tick sent to the last byte of its answer received.
    pub latency_us: Percentiles,
}

/// Percentiles in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Largest.
    pub max: f64,
}

impl Evaluation {
    /// An evaluation of windows of `n_ticks` ticks and `n_classes` classes.
    pub fn new(n_ticks: usize, n_classes: usize) -> Self {
        Self {
            n_windows: 0,
            n_ticks: 0,
            n_spikes: 0,
            correct_at_tick: vec![0; n_ticks],
            confusion: vec![vec![0; n_classes]; n_classes],
            latencies: Vec::new(),
            digest: ScoresDigest::default(),
        }
    }

    /// Adds a window of class `class`, with the answers and latencies of its ticks.
    pub fn add_window<'a>(&mut self, class: usize, ticks: impl Iterator<Item = (&'a TickAnswer, Duration)>) {
        let mut decision = 0;
        for ((answer, latency), correct) in ticks.zip(&mut self.correct_at_tick) {
            decision = usize::from(answer.class);
            *correct += u64::from(decision == class);
            self.n_ticks += 1;
            self.n_spikes += u64::from(answer.n_spikes);
            self.latencies.push(latency);
            self.digest.add_tick(&answer.scores);
        }
        self.n_windows += 1;
        if let Some(count) = self.confusion.get_mut(class).and_then(|row| row.get_mut(decision)) {
            *count += 1;
        }
    }

    /// The figures of all windows so far.
    pub fn figures(self) -> Figures {
        let n_windows = self.n_windows.max(1) as f64;
        let accuracy_at_tick: Vec<f64> = self.correct_at_tick.iter().map(|count| *count as f64 / n_windows).collect();
        Figures {
            accuracy: accuracy_at_tick.last().copied().unwrap_or(0.0),
            accuracy_at_tick,
            confusion: self.confusion,
            n_windows: self.n_windows,
            n_ticks: self.n_ticks,
            spikes_per_window: self.n_spikes as f64 / n_windows,
            scores_hash: self.digest.hex(),
            latency_us: percentiles(self.latencies),
        }
    }
}

/// Nearest-rank percentiles.
pub(crate) fn percentiles(mut latencies: Vec<Duration>) -> Percentiles {
    latencies.sort_unstable();
    let at = |percent: usize| {
        let rank = (latencies.len() * percent).div_ceil(100).max(1) - 1;
        latencies.get(rank).map_or(0.0, |latency| latency.as_secs_f64() * 1e6)
    };
    Percentiles { p50: at(50), p99: at(99), max: at(100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(class: u8) -> TickAnswer {
        TickAnswer { tick: 0, class, tick_overrun: false, n_spikes: 2, scores: vec![0, 1] }
    }

    #[test]
    fn accuracy_is_taken_after_every_tick() {
        let mut evaluation = Evaluation::new(2, 2);
        let latency = Duration::from_micros(10);
        for (class, decisions) in [(1, [0, 1]), (0, [0, 1])] {
            let answers = decisions.map(answer);
            evaluation.add_window(class, answers.iter().map(|answer| (answer, latency)));
        }
        let figures = evaluation.figures();
        assert_eq!(figures.accuracy_at_tick, [0.5, 0.5]);
        assert_eq!(figures.confusion, [[0, 1], [0, 1]]);
        assert_eq!((figures.n_windows, figures.n_ticks, figures.spikes_per_window), (2, 4, 4.0));
    }

    #[test]
    fn percentiles_have_the_nearest_rank() {
        let latencies = (1..=200).rev().map(Duration::from_micros).collect();
        let Percentiles { p50, p99, max } = percentiles(latencies);
        assert_eq!((p50.round(), p99.round(), max.round()), (100.0, 198.0, 200.0));
        assert_eq!(percentiles(Vec::new()), Percentiles::default());
    }
}
