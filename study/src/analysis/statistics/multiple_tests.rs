//! Correction of p values for the number of tests.

/// Adjusted p by Benjamini & Hochberg 1995 (J R Stat Soc B 57:289): min over j >= i of p(j) n / j, at most 1. Those at or
/// below q have a false discovery rate of at most q under independence or positive dependence.
#[must_use]
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len() as f64;
    let mut ascending: Vec<usize> = (0..p_values.len()).collect();
    ascending.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least: f64 = 1.0;
    for (rank, &index) in ascending.iter().enumerate().rev() {
        least = least.min(p_values[index] * n / (rank + 1) as f64);
        adjusted[index] = least;
    }
    adjusted
}
