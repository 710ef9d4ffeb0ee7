//! Products of parts of row-major arrays.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, Axis, NdFloat, ShapeError, Slice};

/// Some rows and columns of a row-major array, or their transpose.
pub(super) struct Matrix<'a, T> {
    values: &'a [T],
    n_columns: usize,
    columns: Range<usize>,
    transposed: bool,
}

impl<'a, T: NdFloat> Matrix<'a, T> {
    /// Whole rows of an array of `n_columns` columns.
    pub(super) fn rows(values: &'a [T], rows: Range<usize>, n_columns: usize) -> Self {
        let values = &values[rows.start * n_columns..rows.end * n_columns];
        Self { values, n_columns, columns: 0..n_columns, transposed: false }
    }

    /// Some of its columns.
    pub(super) fn columns(self, columns: Range<usize>) -> Self {
        Self { columns, ..self }
    }

    /// Rows for columns.
    pub(super) fn transposed(self) -> Self {
        Self { transposed: true, ..self }
    }

    fn view(&self) -> Result<ArrayView2<'a, T>, ShapeError> {
        let n_rows = self.values.len() / self.n_columns;
        let whole = ArrayView2::from_shape((n_rows, self.n_columns), self.values)?;
        let part = whole.slice_axis_move(Axis(1), Slice::from(self.columns.clone()));
        Ok(if self.transposed { part.reversed_axes() } else { part })
    }
}

/// Adds `left × right` to the columns `columns` of `sums`, an array of `n_columns` columns.
pub(super) fn add_product<T: NdFloat>(
    left: &Matrix<'_, T>,
    right: &Matrix<'_, T>,
    sums: &mut [T],
    (n_columns, columns): (usize, Range<usize>),
) {
    let sums = ArrayViewMut2::from_shape((sums.len() / n_columns, n_columns), sums);
    // Whole rows are cut above, so that every shape fits.
    if let (Ok(left), Ok(right), Ok(sums)) = (left.view(), right.view(), sums) {
        let mut sums = sums.slice_axis_move(Axis(1), Slice::from(columns));
        general_mat_mul(T::one(), &left, &right, T::one(), &mut sums);
    }
}
