//! Single neurons: rate, regularity, variability over trials, selectivity; and how two populations differ in these.

use serde::{Deserialize, Serialize};

use super::SpikeTrains;
use super::statistics::{KolmogorovSmirnov, Summary, kolmogorov_smirnov, mean, sample_variance, summarize};

/// Fewest intervals for a coefficient of variation.
const MIN_INTERVALS: usize = 10;

/// Figures of each unit of a population, in the order of the units.
#[derive(Clone, Debug, PartialEq)]
pub struct SingleUnits {
    /// Mean rate over trials, spikes per second.
    pub rate_hz: Vec<f64>,
    /// Standard deviation over mean of the intervals between spikes of a window, at least 0: 1 for a Poisson train, less for
    /// a regular one. Windows truncate long intervals, which lowers it: compare windows of one length only. `None` for fewer
    /// than ten intervals.
    pub isi_cv: Vec<Option<f64>>,
    /// Variance over mean of the counts of a class, averaged over classes with spikes and two trials or more, at least 0: 1
    /// for a Poisson train. `None` without such a class.
    pub fano: Vec<Option<f64>>,
    /// Lifetime sparseness over directions (Vinje & Gallant 2000, Science 287:1273):
    /// (1 - (sum r / n)² / (sum r² / n)) / (1 - 1/n) with r the mean count of each of n classes: from 0, the same for all, to 1,
    /// one class alone. Few spikes raise it. `None` for a silent unit.
    pub sparseness: Vec<Option<f64>>,
}

/// Quartiles over the population; `None` if no unit has the figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SingleUnitSummary {
    /// Of [`SingleUnits::rate_hz`].
    pub rate_hz: Option<Summary>,
    /// Of [`SingleUnits::isi_cv`].
    pub isi_cv: Option<Summary>,
    /// Of [`SingleUnits::fano`].
    pub fano: Option<Summary>,
    /// Of [`SingleUnits::sparseness`].
    pub sparseness: Option<Summary>,
}

/// Distances between the distributions of two populations; `None` if one has no unit with the figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SingleUnitDistance {
    /// Of [`SingleUnits::rate_hz`].
    pub rate_hz: Option<KolmogorovSmirnov>,
    /// Of [`SingleUnits::isi_cv`].
    pub isi_cv: Option<KolmogorovSmirnov>,
    /// Of [`SingleUnits::fano`].
    pub fano: Option<KolmogorovSmirnov>,
    /// Of [`SingleUnits::sparseness`].
    pub sparseness: Option<KolmogorovSmirnov>,
}

/// Figures of each unit.
#[must_use]
pub fn single_units(trains: &SpikeTrains) -> SingleUnits {
    let responses = trains.responses();
    let class = responses.directions().class();
    let n_classes = responses.directions().n_classes();
    let intervals = intervals_ms(trains);
    let mut units = SingleUnits { rate_hz: Vec::new(), isi_cv: Vec::new(), fano: Vec::new(), sparseness: Vec::new() };
    for (unit, intervals) in intervals.iter().enumerate() {
        let counts = responses.of_unit(unit);
        let mut of_classes = vec![Vec::new(); n_classes];
        for (&class, &count) in class.iter().zip(&counts) {
            of_classes[class].push(count);
        }
        units.rate_hz.push(mean(&counts).unwrap_or(0.0) * responses.hz_per_spike());
        units.isi_cv.push(if intervals.len() < MIN_INTERVALS { None } else { variation(intervals) });
        units.fano.push(mean(&of_classes.iter().filter_map(|counts| fano(counts)).collect::<Vec<f64>>()));
        let means: Vec<f64> = of_classes.iter().filter_map(|counts| mean(counts)).collect();
        units.sparseness.push(lifetime_sparseness(&means));
    }
    units
}

impl SingleUnits {
    /// Mean and quartiles over units.
    #[must_use]
    pub fn summary(&self) -> SingleUnitSummary {
        SingleUnitSummary {
            rate_hz: summarize(&self.rate_hz),
            isi_cv: summarize(&defined(&self.isi_cv)),
            fano: summarize(&defined(&self.fano)),
            sparseness: summarize(&defined(&self.sparseness)),
        }
    }

    /// Kolmogorov-Smirnov distances to another population, p by permutation of units.
    #[must_use]
    pub fn distance(&self, other: &Self, n_permutations: usize, seed: u64) -> SingleUnitDistance {
        let distance = |a: &[f64], b: &[f64]| kolmogorov_smirnov(a, b, n_permutations, seed);
        SingleUnitDistance {
            rate_hz: distance(&self.rate_hz, &other.rate_hz),
            isi_cv: distance(&defined(&self.isi_cv), &defined(&other.isi_cv)),
            fano: distance(&defined(&self.fano), &defined(&other.fano)),
            sparseness: distance(&defined(&self.sparseness), &defined(&other.sparseness)),
        }
    }
}

/// Lifetime sparseness of responses to at least two stimuli, as [`SingleUnits::sparseness`]; `None` without a response.
#[must_use]
pub fn lifetime_sparseness(responses: &[f64]) -> Option<f64> {
    let n = responses.len() as f64;
    let (sum, squares) = responses.iter().fold((0.0, 0.0), |(sum, squares), r| (sum + r, squares + r * r));
    let is_defined = responses.len() > 1 && squares > 0.0;
    is_defined.then(|| ((1.0 - sum * sum / (n * squares)) / (1.0 - 1.0 / n)).clamp(0.0, 1.0))
}

fn fano(counts: &[f64]) -> Option<f64> {
    let mean = mean(counts).filter(|&mean| mean > 0.0)?;
    Some(sample_variance(counts)? / mean)
}

fn variation(intervals: &[f64]) -> Option<f64> {
    Some(sample_variance(intervals)?.sqrt() / mean(intervals)?)
}

fn intervals_ms(trains: &SpikeTrains) -> Vec<Vec<f64>> {
    let mut intervals = vec![Vec::new(); trains.n_units()];
    for ticks in trains.trials() {
        let mut last = vec![None; trains.n_units()];
        for (tick, units) in ticks.iter().enumerate() {
            for &unit in units {
                let unit = usize::from(unit);
                if let Some(last) = last[unit].replace(tick) {
                    intervals[unit].push((tick - last) as f64 * trains.tick_ms());
                }
            }
        }
    }
    intervals
}

fn defined(values: &[Option<f64>]) -> Vec<f64> {
    values.iter().flatten().copied().collect()
}
