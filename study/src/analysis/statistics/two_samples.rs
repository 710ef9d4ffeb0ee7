//! Two samples: distance of their distributions, correlation.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{mean, permutation_p, ranks, rng};

/// Distance of two distributions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KolmogorovSmirnov {
    /// Largest difference of the two distribution functions, 0 to 1.
    pub distance: f64,
    /// Probability of at least this distance if both samples have the same distribution.
    pub p: f64,
}

/// A correlation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// Coefficient, -1 to 1.
    pub coefficient: f64,
    /// Two-sided p against 0.
    pub p: f64,
}

/// Kolmogorov-Smirnov distance, with p by permutation of the pooled values, which is valid with ties too; `None` if a sample
/// is empty.
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

/// Product-moment correlation with p of Student's t; `None` of fewer than three pairs, or if one side is constant.
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
