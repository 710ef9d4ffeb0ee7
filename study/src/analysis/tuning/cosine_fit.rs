//! The cosine fit of a unit, and its lack of fit.

use nalgebra::{Matrix3, Vector3};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use crate::analysis::Directions;
use crate::analysis::statistics::normalize_angle;

/// Least squares of rate = baseline + depth cos(angle - preferred) on single trials.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CosineFit {
    /// b0, spikes per second.
    pub baseline_hz: f64,
    /// sqrt(b1² + b2²), spikes per second, at least 0.
    pub depth_hz: f64,
    /// atan2(b1, b2), radians, 0 to 2 pi.
    pub preferred_rad: f64,
    /// Share of the between-class sum of squares that the cosine explains, 0 to 1: R² of the class means, weighted by their
    /// trials. Its mean for an untuned unit is 2 / (directions - 1). `None` if the class means are equal.
    pub r_squared: Option<f64>,
    /// The same without noise: C / (C + L), C = max(0, SS_cosine - 2 MS_within), L = max(0, SS_rest - (directions - 3)
    /// MS_within), since noise alone gives each degree of freedom MS_within. 0 to 1; `None` if both are 0.
    pub cosine_share: Option<f64>,
    /// Lack of fit; `None` with three directions, which leave none, and if the trials of a class never differ.
    pub lack_of_fit: Option<LackOfFit>,
}

/// Test of class means that depart from the cosine: F = (SS_rest / (directions - 3)) / MS_within (Draper & Smith 1998, Applied
/// Regression Analysis, section 2.1). With four evenly spaced directions SS_rest is the (+ - + -) contrast.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LackOfFit {
    /// F.
    pub f: f64,
    /// Degrees of freedom of the numerator.
    pub rest_freedom: usize,
    /// Degrees of freedom of the denominator.
    pub within_freedom: usize,
    /// Probability of at least this F if the class means are a cosine.
    pub p: f64,
}

/// Sums of squares below this share of the total are rounding errors.
const ROUNDING: f64 = 1e-12;

impl CosineFit {
    /// Fits counts of single trials; `hz_per_spike` converts them to rates. `None` if the directions do not determine a cosine
    /// (fewer than three).
    pub(crate) fn of(counts: &[f64], directions: &Directions, hz_per_spike: f64) -> Option<Self> {
        let n_classes = directions.n_classes();
        let mut sums = vec![0.0; n_classes];
        for (&class, count) in directions.class().iter().zip(counts) {
            sums[class] += count;
        }
        let trials: Vec<f64> = directions.trials_of_classes().into_iter().map(|n| n as f64).collect();
        let [b0, b1, b2] = coefficients(&sums, &trials, directions.angles_rad())?;
        let means: Vec<f64> = sums.iter().zip(&trials).map(|(sum, n)| sum / n).collect();
        let grand = sums.iter().sum::<f64>() / counts.len() as f64;
        let total: f64 = counts.iter().map(|count| count * count).sum();
        let (mut between, mut rest) = (0.0, 0.0);
        for ((mean, n), angle) in means.iter().zip(&trials).zip(directions.angles_rad()) {
            between += n * (mean - grand).powi(2);
            rest += n * (mean - b0 - b1 * angle.sin() - b2 * angle.cos()).powi(2);
        }
        let pairs = directions.class().iter().zip(counts);
        let within: f64 = pairs.map(|(&class, count)| (count - means[class]).powi(2)).sum();
        let (rest_freedom, within_freedom) = (n_classes - 3, counts.len() - n_classes);
        if rest_freedom == 0 || rest < ROUNDING * total {
            rest = 0.0;
        }
        let within_mean = within / within_freedom.max(1) as f64;
        let cosine_part = (between - rest - 2.0 * within_mean).max(0.0);
        let rest_part = (rest - rest_freedom as f64 * within_mean).max(0.0);
        let share = |part: f64, whole: f64| (whole > ROUNDING * total).then(|| (part / whole).clamp(0.0, 1.0));
        Some(Self {
            baseline_hz: b0 * hz_per_spike,
            depth_hz: b1.hypot(b2) * hz_per_spike,
            preferred_rad: normalize_angle(b1.atan2(b2)),
            r_squared: share(between - rest, between),
            cosine_share: share(cosine_part, cosine_part + rest_part),
            lack_of_fit: LackOfFit::test(rest, rest_freedom, within, within_freedom, total),
        })
    }
}

impl LackOfFit {
    fn test(rest: f64, rest_freedom: usize, within: f64, within_freedom: usize, total: f64) -> Option<Self> {
        if rest_freedom == 0 || within_freedom == 0 || within <= ROUNDING * total {
            return None;
        }
        let f = (rest / rest_freedom as f64) / (within / within_freedom as f64);
        let distribution = FisherSnedecor::new(rest_freedom as f64, within_freedom as f64).ok()?;
        Some(Self { f, rest_freedom, within_freedom, p: distribution.sf(f) })
    }
}

/// b0, b1 (sin), b2 (cos) of least squares on single trials, from the sums and numbers of trials of classes.
pub(in crate::analysis) fn coefficients(sums: &[f64], trials: &[f64], angles_rad: &[f64]) -> Option<[f64; 3]> {
    let (mut normal, mut right) = (Matrix3::zeros(), Vector3::zeros());
    for ((sum, n), angle) in sums.iter().zip(trials).zip(angles_rad) {
        let regressors = Vector3::new(1.0, angle.sin(), angle.cos());
        normal += *n * regressors * regressors.transpose();
        right += *sum * regressors;
    }
    let solution = normal.cholesky()?.solve(&right);
    (sums.len() >= 3).then(|| solution.into())
}
