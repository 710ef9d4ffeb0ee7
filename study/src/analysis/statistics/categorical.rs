//! Counts of yes and no: intervals of proportions and exact tests.

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

/// Interval of a proportion (Wilson 1927, J Am Stat Assoc 22:209); `confidence` above 0, below 1. The whole range 0 to 1
/// where `n` is 0.
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

/// Interval of the difference a - b of two independent proportions (Newcombe 1998, Stat Med 17:873, method 10); each as
/// (number of yes, number).
#[must_use]
pub fn newcombe_interval(a: (usize, usize), b: (usize, usize), confidence: f64) -> Interval {
    let part = |(n_yes, n): (usize, usize)| n_yes as f64 / n.max(1) as f64;
    let (interval_a, interval_b) = (wilson_interval(a.0, a.1, confidence), wilson_interval(b.0, b.1, confidence));
    let difference = part(a) - part(b);
    Interval {
        low: difference - (part(a) - interval_a.low).hypot(interval_b.high - part(b)),
        high: difference + (interval_a.high - part(a)).hypot(part(b) - interval_b.low),
    }
}

/// Two-sided p of two proportions being equal (Fisher's exact test: all tables at most as probable as the one there is);
/// each as (number of yes, number).
#[must_use]
pub fn fisher_exact(a: (usize, usize), b: (usize, usize)) -> f64 {
    let (n_yes, n) = ((a.0 + b.0) as u64, (a.1 + b.1) as u64);
    let (n_a, n_b) = (a.1 as u64, b.1 as u64);
    let ln_p = |yes_a: u64| ln_binomial(n_a, yes_a) + ln_binomial(n_b, n_yes - yes_a) - ln_binomial(n, n_yes);
    // The slack keeps tables that are equally probable but for rounding.
    let bar = ln_p(a.0 as u64) + 1e-7;
    let possible = n_yes.saturating_sub(n_b)..=n_yes.min(n_a);
    possible.map(ln_p).filter(|&ln_p| ln_p <= bar).map(f64::exp).sum::<f64>().min(1.0)
}

/// Two-sided exact p of a paired change being as frequent either way (McNemar's test as a sign test of the pairs that
/// changed).
#[must_use]
pub fn mcnemar_exact(n_gained: usize, n_lost: usize) -> f64 {
    let n = (n_gained + n_lost) as u64;
    let tail = |least: u64| (0..=least).map(|k| (ln_binomial(n, k) - n as f64 * 2f64.ln()).exp()).sum::<f64>();
    (2.0 * tail(n_gained.min(n_lost) as u64)).min(1.0)
}

/// z below which a standard normal value lies with probability `part`.
fn normal_quantile(part: f64) -> f64 {
    Normal::standard().inverse_cdf(part)
}
