//! Linear systems with a symmetric, positive definite matrix.

/// The lower triangle L of A = L Lᵀ.
pub(crate) struct Cholesky {
    /// Row-major; the upper triangle is not read.
    lower: Vec<f64>,
    n: usize,
}

impl Cholesky {
    /// Factors the row-major `n` x `n` matrix; `None` if it is not positive definite to working precision.
    pub(crate) fn new(mut matrix: Vec<f64>, n: usize) -> Option<Self> {
        for row in 0..n {
            for column in 0..=row {
                let original = matrix[row * n + column];
                let (left, right) = (&matrix[row * n..row * n + column], &matrix[column * n..column * n + column]);
                let rest = original - super::dot(left, right);
                if column < row {
                    matrix[row * n + column] = rest / matrix[column * n + column];
                } else if rest > original.abs() * n as f64 * f64::EPSILON {
                    matrix[row * n + row] = rest.sqrt();
                } else {
                    return None;
                }
            }
        }
        Some(Self { lower: matrix, n })
    }

    /// The x of A x = b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let (n, lower) = (self.n, &self.lower);
        let mut x = b.to_vec();
        for row in 0..n {
            x[row] = (x[row] - super::dot(&lower[row * n..row * n + row], &x[..row])) / lower[row * n + row];
        }
        for row in (0..n).rev() {
            let known: f64 = (row + 1..n).map(|below| lower[below * n + row] * x[below]).sum();
            x[row] = (x[row] - known) / lower[row * n + row];
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_a_system_that_was_multiplied_out() {
        // [4 2 0; 2 5 3; 0 3 6] times [1 -2 3] by hand.
        let system = Cholesky::new(vec![4.0, 2.0, 0.0, 2.0, 5.0, 3.0, 0.0, 3.0, 6.0], 3).expect("positive definite");
        let x = system.solve(&[0.0, 1.0, 12.0]);
        for (found, expected) in x.iter().zip([1.0, -2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{x:?}");
        }
    }

    #[test]
    fn refuses_a_matrix_of_lower_rank() {
        assert!(Cholesky::new(vec![0.0], 1).is_none());
        assert!(Cholesky::new(vec![0.1, 0.3, 0.3, 0.9], 2).is_none());
    }
}
