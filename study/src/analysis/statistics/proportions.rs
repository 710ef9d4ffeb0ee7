//! Proportions: confidence intervals and the exact test.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::factorial::ln_binomial;

/// A confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Interval of a proportion (Wilson 1927, J Am Stat Assoc 22:209); `confidence` is above 0 and below 1. 0 to 1 if `n` is 0.
#[must_use]
pub fn wilson_interval(n_yes: usize, n: usize, confidence: f64) -> Interval {
    if n == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (n, part) = (n as f64, n_yes as f64 / n as f64);
    let z2 = normal_quantile(1.0 - (1.0 - confidence) / 2.0).powi(2);
    let centre = (part + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = (z2 * (part * (1.0 - part) / n + z2 / (4.0 * n * n))).sqrt() / (1.0 + z2 / n);
    Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
}

/// Two-sided p of two equal proportions (Fisher's exact test: all tables at most as probable as the observed one); each
/// proportion as (number of yes, number).
#[must_use]
pub fn fisher_exact(a: (usize, usize), b: (usize, usize)) -> f64 {
    let (n_yes, n) = ((a.0 + b.0) as u64, (a.1 + b.1) as u64);
    let (n_a, n_b) = (a.1 as u64, b.1 as u64);
    let ln_p = |yes_a: u64| ln_binomial(n_a, yes_a) + ln_binomial(n_b, n_yes - yes_a) - ln_binomial(n, n_yes);
    // The margin keeps tables whose probability is equal but for rounding.
    let bar = ln_p(a.0 as u64) + 1e-7;
    let possible = n_yes.saturating_sub(n_b)..=n_yes.min(n_a);
    possible.map(ln_p).filter(|&ln_p| ln_p <= bar).map(f64::exp).sum::<f64>().min(1.0)
}

/// The value below which a standard normal variable lies with probability `part`.
fn normal_quantile(part: f64) -> f64 {
    Normal::standard().inverse_cdf(part)
}
