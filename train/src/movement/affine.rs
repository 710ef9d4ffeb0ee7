//! From scores to values in the unit of the recording, by least squares.

use serde::{Deserialize, Serialize};

use crate::classical::Cholesky;

/// An affine map from the scores of a tick to a value for each axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AffineReadout {
    /// `[n_axes][n_readouts]`: units a step of a score.
    pub scale: Vec<Vec<f64>>,
    /// `[n_axes]`
    pub offset: Vec<f64>,
}

impl AffineReadout {
    /// Writes the value of each axis.
    pub fn apply(&self, scores: &[i16], values: &mut [f64]) {
        for ((value, scale), offset) in values.iter_mut().zip(&self.scale).zip(&self.offset) {
            *value = offset + scale.iter().zip(scores).map(|(scale, &score)| scale * f64::from(score)).sum::<f64>();
        }
    }
}

/// Sums for the least squares.
#[derive(Clone, Debug)]
pub(super) struct AffineFit {
    n_readouts: usize,
    /// Of products of scores, `[n_readouts + 1][n_readouts + 1]` with a constant at the end.
    squares: Vec<f64>,
    /// Of products of scores and labels, `[n_axes][n_readouts + 1]`.
    products: Vec<Vec<f64>>,
}

impl AffineFit {
    pub(super) fn new(n_readouts: usize, n_axes: usize) -> Self {
        let n = n_readouts + 1;
        Self { n_readouts, squares: vec![0.0; n * n], products: vec![vec![0.0; n]; n_axes] }
    }

    pub(super) fn add(&mut self, scores: &[i16], labels: &[f32]) {
        let n = self.n_readouts + 1;
        let with_constant = |place: usize| scores.get(place).map_or(1.0, |&score| f64::from(score));
        for row in 0..n {
            for column in 0..n {
                self.squares[row * n + column] += with_constant(row) * with_constant(column);
            }
            for (products, &label) in self.products.iter_mut().zip(labels) {
                products[row] += with_constant(row) * f64::from(label);
            }
        }
    }

    /// The map of least error. A readout that does not vary gets no part in it.
    pub(super) fn solve(mut self) -> AffineReadout {
        let n = self.n_readouts + 1;
        // A thousandth of a step of score, which no fit feels, keeps silent readouts from making it singular.
        for readout in 0..self.n_readouts {
            self.squares[readout * n + readout] += 1e-6 * self.squares[n * n - 1] + 1e-6;
        }
        self.squares[n * n - 1] += 1e-9;
        let solutions: Vec<Vec<f64>> = match Cholesky::new(self.squares, n) {
            Some(system) => self.products.iter().map(|products| system.solve(products)).collect(),
            None => self.products.iter().map(|_| vec![0.0; n]).collect(),
        };
        AffineReadout {
            scale: solutions.iter().map(|solution| solution[..self.n_readouts].to_vec()).collect(),
            offset: solutions.iter().map(|solution| solution[self.n_readouts]).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_affine_map_is_found_again_and_a_silent_readout_does_no_harm() {
        let mut fit = AffineFit::new(3, 2);
        let expected =
            AffineReadout { scale: vec![vec![0.5, -0.25, 0.0], vec![0.0, 2.0, 0.0]], offset: vec![3.0, -1.0] };
        let mut values = [0.0; 2];
        for tick in 0..50_i16 {
            let scores = [tick * 13 % 101, tick * 7 % 37 - 18, 0];
            expected.apply(&scores, &mut values);
            fit.add(&scores, &values.map(|value| value as f32));
        }
        let found = fit.solve();
        for (found, expected) in found.scale.iter().flatten().zip(expected.scale.iter().flatten()) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        assert!(found.offset.iter().zip(&expected.offset).all(|(found, expected)| (found - expected).abs() < 1e-5));
    }
}
