//! The Kalman filter of neural decoding: movement as a linear process, spike counts of a bin as its linear observation.
//!
//! Source: Wu et al., Bayesian population decoding of motor cortical activity using a Kalman filter, doi 10.1162/089976606774841585,
//! eq. 1 to 9. A filter is run for each phase of the bin, so that there is a value after every tick.

use std::ops::Range;

use ndarray::{Array1, Array2, Axis};
use recording::Stream;

use super::counts::Counts;
use super::{Filter, Run};
use crate::TrainError;
use crate::classical::Cholesky;

/// What is tried, each judged by the validation ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct KalmanOptions {
    /// Lengths of the bin, milliseconds.
    pub bin_ms: Vec<u32>,
    /// Whether the state also has the sum of the movement, which is a position if the movement is a velocity.
    pub with_sum: Vec<bool>,
}

impl Default for KalmanOptions {
    fn default() -> Self {
        Self { bin_ms: vec![50, 100], with_sum: vec![false, true] }
    }
}

/// A fitted filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Kalman {
    /// Ticks in a bin.
    pub bin_ticks: usize,
    /// Whether the state has the sum of the movement.
    pub with_sum: bool,
    mean_state: Array1<f64>,
    mean_counts: Array1<f64>,
    transition: Array2<f64>,
    observation: Array2<f64>,
    /// The gain of each step after the start; the last one holds from then on.
    gains: Vec<Array2<f64>>,
    n_axes: usize,
}

/// Steps of the gain that are kept at most, and the change from which on it is taken as settled.
const GAINS_MAX: usize = 400;
const SETTLED: f64 = 1e-12;
/// Part of the mean variance of counts that is added to each, so that silent units do no harm.
const VARIANCE_FLOOR: f64 = 1e-6;
/// Part of the variance of each state that is added to it, so that axes that depend on each other do no harm.
const STATE_FLOOR: f64 = 1e-10;

impl Kalman {
    /// Number of fitted parameters: transition, observation, gain that holds from then on, and means.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        let gain = self.gains.last().map_or(0, |gain| gain.len());
        self.transition.len() + self.observation.len() + gain + self.mean_state.len() + self.mean_counts.len()
    }

    /// Fits to the scored ticks of `train`; of what `options` try, the filter with the best R² on `validation` remains.
    ///
    /// # Errors
    /// Too few ticks for any of them.
    pub fn fit(
        stream: &Stream,
        train: &[Range<usize>],
        validation: &[Run],
        options: &KalmanOptions,
    ) -> Result<Self, TrainError> {
        let mut best: Option<(f64, Self)> = None;
        for bin_ms in &options.bin_ms {
            for &with_sum in &options.with_sum {
                let bin_ticks = (bin_ms / stream.tick_ms).max(1) as usize;
                let Some(filter) = Self::fit_one(stream, train, bin_ticks, with_sum) else { continue };
                let r2 = filter.score(stream, validation).r2.unwrap_or(f64::NEG_INFINITY);
                if best.as_ref().is_none_or(|(best, _)| r2 > *best) {
                    best = Some((r2, filter));
                }
            }
        }
        best.map(|(_, filter)| filter).ok_or(TrainError::NoFilter { filter: "Kalman" })
    }

    fn fit_one(stream: &Stream, train: &[Range<usize>], bin_ticks: usize, with_sum: bool) -> Option<Self> {
        let n_axes = stream.axes.len();
        let n_states = if with_sum { 2 * n_axes } else { n_axes };
        let (mut states, mut counts, mut follows) = (Vec::new(), Vec::new(), Vec::new());
        for range in train {
            let mut sum = vec![0.0; n_axes];
            let mut last = None;
            Counts::new(stream, 1, bin_ticks).run(range.clone(), |tick, values| {
                if !stream.is_scored(tick) {
                    (last, sum) = (None, vec![0.0; n_axes]);
                    return;
                }
                let label = stream.label(tick);
                sum.iter_mut().zip(label).for_each(|(sum, &label)| *sum += f64::from(label));
                if (tick - range.start) % bin_ticks == bin_ticks - 1 {
                    states.extend(label.iter().map(|&label| f64::from(label)));
                    states.extend(sum.iter().copied().take(n_states - n_axes));
                    counts.extend_from_slice(values);
                    follows.push(last.is_some());
                    last = Some(tick);
                }
            });
        }
        let n_rows = follows.len();
        let mut states = Array2::from_shape_vec((n_rows, n_states), states).ok()?;
        let mut counts = Array2::from_shape_vec((n_rows, stream.n_channels), counts).ok()?;
        let (mean_state, mean_counts) = (states.mean_axis(Axis(0))?, counts.mean_axis(Axis(0))?);
        states -= &mean_state;
        counts -= &mean_counts;
        let pairs: Vec<usize> = (1..n_rows).filter(|&row| follows[row]).collect();
        let before = states.select(Axis(0), &pairs.iter().map(|row| row - 1).collect::<Vec<_>>());
        let after = states.select(Axis(0), &pairs);
        if pairs.len() <= n_states {
            return None;
        }
        let (transition, mut of_states) = regression(&before, &after)?;
        of_states.diag_mut().mapv_inplace(|variance| variance * (1.0 + STATE_FLOOR));
        let (observation, mut of_counts) = regression(&states, &counts)?;
        let mean_variance = of_counts.diag().mean()?;
        of_counts.diag_mut().mapv_inplace(|variance| variance + VARIANCE_FLOOR * mean_variance + f64::MIN_POSITIVE);
        // The gain by information, since there are fewer states than channels.
        let weighted = solve(&of_counts, &observation)?;
        let information = observation.t().dot(&weighted);
        let mut gains: Vec<Array2<f64>> = Vec::new();
        let mut covariance = of_states.clone();
        while gains.len() < GAINS_MAX {
            let predicted = transition.dot(&covariance).dot(&transition.t()) + &of_states;
            // Rounding makes the inverse of a symmetric matrix a little asymmetric.
            let inverse = inverted(&predicted)? + &information;
            covariance = inverted(&((&inverse + &inverse.t()) / 2.0))?;
            let gain = covariance.dot(&weighted.t());
            let change = gains.last().map(|last| (&gain - last).mapv(f64::abs).sum());
            gains.push(gain);
            if change.is_some_and(|change| change < SETTLED) {
                break;
            }
        }
        Some(Self { bin_ticks, with_sum, mean_state, mean_counts, transition, observation, gains, n_axes })
    }
}

impl Filter for Kalman {
    fn values(&self, stream: &Stream, ticks: Range<usize>, each: &mut dyn FnMut(usize, &[f64])) {
        // The filters of all phases start from the mean.
        let mut phases = vec![(Array1::<f64>::zeros(self.transition.nrows()), 0_usize); self.bin_ticks];
        let mut values = vec![0.0; self.n_axes];
        let start = ticks.start;
        Counts::new(stream, 1, self.bin_ticks).run(ticks, |tick, counts| {
            let (state, n_steps) = &mut phases[(tick - start) % self.bin_ticks];
            let predicted = self.transition.dot(state);
            let surprise = Array1::from_iter(counts.iter().zip(&self.mean_counts).map(|(count, mean)| count - mean))
                - self.observation.dot(&predicted);
            let gain = &self.gains[(*n_steps).min(self.gains.len() - 1)];
            *state = predicted + gain.dot(&surprise);
            *n_steps += 1;
            for ((value, state), mean) in values.iter_mut().zip(state.iter()).zip(&self.mean_state) {
                *value = state + mean;
            }
            each(tick, &values);
        });
    }
}

/// The matrix M of least error in y = M x over rows of x and y, and the covariance of the errors.
fn regression(x: &Array2<f64>, y: &Array2<f64>) -> Option<(Array2<f64>, Array2<f64>)> {
    let mut squares = x.t().dot(x);
    squares.diag_mut().mapv_inplace(|square| square * (1.0 + STATE_FLOOR));
    let matrix = solve(&squares, &x.t().dot(y))?.reversed_axes();
    let errors = y - &x.dot(&matrix.t());
    let covariance = errors.t().dot(&errors) / x.nrows() as f64;
    Some((matrix, covariance))
}

/// The X of A X = B, with a symmetric positive definite A.
fn solve(a: &Array2<f64>, b: &Array2<f64>) -> Option<Array2<f64>> {
    let system = Cholesky::new(a.iter().copied().collect(), a.nrows())?;
    let mut x = Array2::zeros(b.raw_dim());
    for column in 0..b.ncols() {
        let solution = system.solve(&b.column(column).to_vec());
        x.column_mut(column).assign(&Array1::from(solution));
    }
    Some(x)
}

fn inverted(a: &Array2<f64>) -> Option<Array2<f64>> {
    solve(a, &Array2::eye(a.nrows()))
}

#[cfg(test)]
mod tests {
    use super::super::counts::tests::stream;
    use super::*;
    use crate::movement::runs;

    #[test]
    fn a_slow_movement_is_followed_from_counts() {
        // Two units whose counts rise and fall with a sine of 2 s.
        let label = |tick: usize| (std::f64::consts::PI * 0.01 * tick as f64).sin();
        let mut phase = [0.0; 2];
        let mut units = vec![vec![0.0005], vec![0.0005]];
        for tick in 0..2000 {
            for (unit, sign) in [1.0, -1.0].into_iter().enumerate() {
                phase[unit] += 0.5 * (1.0 + sign * label(tick));
                while phase[unit] >= 1.0 {
                    phase[unit] -= 1.0;
                    units[unit].push(0.01 * tick as f64 + 0.004);
                }
            }
        }
        let stream = stream(units, &(0..2000).map(|tick| vec![label(tick)]).collect::<Vec<_>>());
        let (train, validation, test) = (0..1000, 1000..1500, 1500..1990);
        let test = runs(&stream, &[test]);
        let filter = Kalman::fit(&stream, &[train], &runs(&stream, &[validation]), &KalmanOptions::default()).unwrap();
        assert!(filter.score(&stream, &test).r2.unwrap() > 0.9, "{:?}", filter.score(&stream, &test));
    }

    #[test]
    fn regression_is_least_squares() {
        let x = ndarray::array![[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
        let y = ndarray::array![[2.0], [3.0], [5.0]];
        let (matrix, covariance) = regression(&x, &y).unwrap();
        assert!((matrix[[0, 0]] - 2.0).abs() < 1e-8 && (matrix[[0, 1]] - 3.0).abs() < 1e-8);
        assert!(covariance[[0, 0]].abs() < 1e-15);
    }

    #[test]
    fn axes_that_depend_on_each_other_do_no_harm() {
        let label = |tick: usize| (std::f64::consts::PI * 0.01 * tick as f64).sin();
        let unit = |sign: f64| {
            let spikes = (0..2000).filter(move |&tick| sign * label(tick) > 0.3 || tick % 50 == 0);
            spikes.map(|tick| 0.01 * tick as f64 + 0.004).collect()
        };
        let score = |axes: &[f64]| {
            let labels: Vec<Vec<f64>> =
                (0..2000).map(|tick| axes.iter().map(|scale| scale * label(tick)).collect()).collect();
            let stream = stream(vec![unit(1.0), unit(-1.0)], &labels);
            let [validation, test] = [1000..1500, 1500..1950].map(|range| runs(&stream, &[range]));
            let filter =
                Kalman::fit(&stream, std::slice::from_ref(&(0..1000)), &validation, &KalmanOptions::default()).unwrap();
            filter.score(&stream, &test).r2.unwrap()
        };
        let alone = score(&[1.0]);
        assert!(alone > 0.5 && (score(&[1.0, 0.5, -3.0]) - alone).abs() < 0.02, "{alone} {}", score(&[1.0, 0.5, -3.0]));
    }
}
