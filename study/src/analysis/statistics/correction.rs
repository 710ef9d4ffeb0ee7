//! Correction of p values for the number of tests.

use serde::{Deserialize, Serialize};

/// How p values of many units are corrected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Correction {
    /// Controls the share of false ones among the units found ([`benjamini_hochberg`]).
    #[default]
    BenjaminiHochberg,
    /// Controls the probability of a single false one ([`holm`]).
    Holm,
}

impl Correction {
    /// The p values, corrected, in their order.
    #[must_use]
    pub fn adjust(self, p_values: &[f64]) -> Vec<f64> {
        match self {
            Self::BenjaminiHochberg => benjamini_hochberg(p_values),
            Self::Holm => holm(p_values),
        }
    }
}

/// Adjusted p by Benjamini & Hochberg 1995 (J R Stat Soc B 57:289): min over j >= i of p(j) n / j, at most 1. Those at or
/// below q have a false discovery rate of at most q under independence or positive dependence.
#[must_use]
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len() as f64;
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least: f64 = 1.0;
    for (rank, &index) in ascending(p_values).iter().enumerate().rev() {
        least = least.min(p_values[index] * n / (rank + 1) as f64);
        adjusted[index] = least;
    }
    adjusted
}

/// Adjusted p by Holm 1979 (Scand J Stat 6:65): max over j <= i of p(j) (n - j + 1), at most 1.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len();
    let mut adjusted = vec![1.0; n];
    let mut most: f64 = 0.0;
    for (rank, &index) in ascending(p_values).iter().enumerate() {
        most = most.max(p_values[index] * (n - rank) as f64).min(1.0);
        adjusted[index] = most;
    }
    adjusted
}

fn ascending(p_values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    order
}
