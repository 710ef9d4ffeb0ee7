//! Two samples: whether their distributions differ, whether they rise together.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::{mean, permutation_p, ranks, rng};

/// Distance of two distributions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KolmogorovSmirnov {
    /// Largest difference of the two distribution functions, 0 to 1.
    pub distance: f64,
    /// Probability of at least this distance if both samples are of one distribution.
    pub p: f64,
}

/// A correlation or trend.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// Coefficient, -1 to 1.
    pub coefficient: f64,
    /// Two-sided p against 0.
    pub p: f64,
}

/// Kolmogorov-Smirnov distance with its p by permutation of the pooled values, which holds with ties too; `None` where a
/// sample is empty.
#[must_use]
pub fn kolmogorov_smirnov(a: &[f64], b: &[f64], n_permutations: usize, seed: u64) -> Option<KolmogorovSmirnov> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let mut pooled: Vec<(f64, bool)> = a.iter().map(|&v| (v, true)).chain(b.iter().map(|&v| (v, false))).collect();
    pooled.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (values, mut of_a): (Vec<f64>, Vec<bool>) = pooled.into_iter().unzip();
    let distance = |of_a: &[bool]| {
        let (mut below_a, mut below_b, mut largest) = (0.0, 0.0, 0f64);
        for (index, &is_a) in of_a.iter().enumerate() {
            if is_a {
                below_a += 1.0;
            } else {
                below_b += 1.0;
            }
            if values.get(index + 1) != Some(&values[index]) {
                largest = largest.max((below_a / a.len() as f64 - below_b / b.len() as f64).abs());
            }
        }
        largest
    };
    let observed = distance(&of_a);
    let mut rng = rng(seed, 0);
    let null: Vec<f64> = (0..n_permutations)
        .map(|_| {
            of_a.shuffle(&mut rng);
            distance(&of_a)
        })
        .collect();
    Some(KolmogorovSmirnov { distance: observed, p: permutation_p(observed, &null) })
}

/// Product-moment correlation with p of Student's t; `None` with fewer than three pairs or a constant side.
#[must_use]
pub fn pearson(x: &[f64], y: &[f64]) -> Option<Correlation> {
    let (mean_x, mean_y) = (mean(x)?, mean(y)?);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        xx += (x - mean_x).powi(2);
        yy += (y - mean_y).powi(2);
        xy += (x - mean_x) * (y - mean_y);
    }
    if x.len() != y.len() || x.len() < 3 || xx <= 0.0 || yy <= 0.0 {
        return None;
    }
    let coefficient = (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0);
    let freedom = (x.len() - 2) as f64;
    let t = coefficient * (freedom / (1.0 - coefficient * coefficient).max(f64::MIN_POSITIVE)).sqrt();
    let p = 2.0 * StudentsT::new(0.0, 1.0, freedom).ok()?.sf(t.abs());
    Some(Correlation { coefficient, p: p.min(1.0) })
}

/// Rank correlation (Spearman 1904), ties by mean ranks, with p of Student's t; `None` as [`pearson`].
#[must_use]
pub fn spearman(x: &[f64], y: &[f64]) -> Option<Correlation> {
    pearson(&ranks(x), &ranks(y))
}

/// Trend of a sequence (Mann 1945, Kendall 1975): Kendall's tau-b against the order, p of the normal approximation with
/// continuity correction and the variance of ties; `None` of fewer than three values or constant ones.
#[must_use]
pub fn mann_kendall(values: &[f64]) -> Option<Correlation> {
    let n = values.len();
    let mut sum = 0.0;
    for (index, &earlier) in values.iter().enumerate() {
        for &later in &values[index + 1..] {
            sum += f64::from(i8::from(later > earlier) - i8::from(later < earlier));
        }
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (mut tie_variance, mut tied_pairs) = (0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a == b) {
        let t = tied.len() as f64;
        tie_variance += t * (t - 1.0) * (2.0 * t + 5.0);
        tied_pairs += t * (t - 1.0) / 2.0;
    }
    let n_values = n as f64;
    let pairs = n_values * (n_values - 1.0) / 2.0;
    let variance = (n_values * (n_values - 1.0) * (2.0 * n_values + 5.0) - tie_variance) / 18.0;
    if n < 3 || variance <= 0.0 || pairs <= tied_pairs {
        return None;
    }
    let z: f64 = (sum.abs() - 1.0).max(0.0) / variance.sqrt();
    let p = (2.0 * Normal::standard().sf(z)).min(1.0);
    Some(Correlation { coefficient: sum / (pairs * (pairs - tied_pairs)).sqrt(), p })
}
