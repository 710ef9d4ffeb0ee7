//! What flows along the edges of a graph: spikes of channels and neurons times weights, some time later, and constants.

use ndarray::Array2;

use super::Source;
use crate::nir::NodeKind;

/// Weights of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// Each value times its factor.
    Diagonal(Vec<f64>),
    /// Rows are outputs, columns inputs.
    Dense(Array2<f64>),
}

/// All paths from one source with one delay.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    pub source: Source,
    /// In the file's unit of time.
    pub delay: f64,
    pub weights: Weights,
}

/// What flows out of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Flow {
    pub size: usize,
    pub terms: Vec<Term>,
    /// Constants, each with the time at which it starts.
    pub constants: Vec<(f64, Vec<f64>)>,
}

impl Weights {
    /// As a matrix.
    #[must_use]
    pub fn dense(&self) -> Array2<f64> {
        match self {
            Self::Diagonal(factors) => Array2::from_diag(&ndarray::Array1::from(factors.clone())),
            Self::Dense(matrix) => matrix.clone(),
        }
    }

    /// As a matrix, without a copy of one.
    pub(super) fn into_dense(self) -> Array2<f64> {
        match self {
            Self::Diagonal(_) => self.dense(),
            Self::Dense(matrix) => matrix,
        }
    }

    /// Values of the source.
    fn n_columns(&self) -> usize {
        match self {
            Self::Diagonal(factors) => factors.len(),
            Self::Dense(matrix) => matrix.ncols(),
        }
    }

    /// Weights, those that are 0 included.
    fn len(&self) -> usize {
        match self {
            Self::Diagonal(factors) => factors.len(),
            Self::Dense(matrix) => matrix.len(),
        }
    }

    fn plus(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Diagonal(a), Self::Diagonal(b)) => Self::Diagonal(a.iter().zip(b).map(|(a, b)| a + b).collect()),
            _ => Self::Dense(self.dense() + other.dense()),
        }
    }

    fn scaled(&self, factors: &[f64]) -> Self {
        match self {
            Self::Diagonal(values) => {
                Self::Diagonal(values.iter().zip(factors).map(|(value, factor)| value * factor).collect())
            }
            Self::Dense(matrix) => {
                let mut matrix = matrix.clone();
                for (mut row, factor) in matrix.rows_mut().into_iter().zip(factors) {
                    row *= *factor;
                }
                Self::Dense(matrix)
            }
        }
    }

    fn is_zero(&self) -> bool {
        match self {
            Self::Diagonal(values) => values.iter().all(|value| *value == 0.0),
            Self::Dense(matrix) => matrix.iter().all(|value| *value == 0.0),
        }
    }
}

impl Flow {
    /// All values of a source.
    pub(super) fn of(source: Source, size: usize) -> Self {
        let weights = Weights::Diagonal(vec![1.0; size]);
        Self { size, terms: vec![Term { source, delay: 0.0, weights }], constants: Vec::new() }
    }

    /// Weights of all paths as matrices, those that are 0 included.
    pub(super) fn n_weights_dense(&self) -> usize {
        self.terms.iter().map(|term| self.size.saturating_mul(term.weights.n_columns())).sum()
    }

    /// Weights that the node makes of this flow, at most.
    pub(super) fn n_weights_through(&self, node: &NodeKind) -> usize {
        let n_weights = self.terms.iter().map(|term| term.weights.len()).sum::<usize>();
        match node {
            NodeKind::Linear { weight, .. } => {
                self.terms.iter().map(|term| weight.nrows().saturating_mul(term.weights.n_columns())).sum()
            }
            NodeKind::Delay { delays } => n_weights.saturating_mul(distinct(delays).len()),
            _ => n_weights,
        }
    }

    /// Adds another flow of the same size.
    pub(super) fn add(&mut self, other: &Self) {
        for term in &other.terms {
            let same = |it: &&mut Term| it.source == term.source && it.delay == term.delay;
            match self.terms.iter_mut().find(same) {
                Some(it) => it.weights = it.weights.plus(&term.weights),
                None => self.terms.push(term.clone()),
            }
        }
        for (start, values) in &other.constants {
            self.add_constant(*start, values);
        }
    }

    fn add_constant(&mut self, start: f64, values: &[f64]) {
        match self.constants.iter_mut().find(|(other, _)| *other == start) {
            Some((_, sums)) => sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value),
            None => self.constants.push((start, values.to_vec())),
        }
    }

    /// Through a matrix, and a bias if there is one.
    pub(super) fn linear(&self, weight: &Array2<f64>, bias: &[f64]) -> Self {
        let product = |weights: &Weights| match weights {
            Weights::Diagonal(factors) => {
                let mut matrix = weight.clone();
                for (mut column, factor) in matrix.columns_mut().into_iter().zip(factors) {
                    column *= *factor;
                }
                matrix
            }
            Weights::Dense(matrix) => weight.dot(matrix),
        };
        let terms =
            self.terms.iter().map(|term| Term { weights: Weights::Dense(product(&term.weights)), ..term.clone() });
        let constants = self.constants.iter();
        let constants =
            constants.map(|(start, values)| (*start, weight.dot(&ndarray::ArrayView1::from(values)).to_vec()));
        let mut flow = Self { size: weight.nrows(), terms: terms.collect(), constants: constants.collect() };
        if !bias.is_empty() {
            flow.add_constant(0.0, bias);
        }
        flow
    }

    /// Each value times its factor.
    pub(super) fn scaled(&self, factors: &[f64]) -> Self {
        let terms = self.terms.iter().map(|term| Term { weights: term.weights.scaled(factors), ..term.clone() });
        let scale = |values: &[f64]| values.iter().zip(factors).map(|(value, factor)| value * factor).collect();
        let constants = self.constants.iter().map(|(start, values)| (*start, scale(values)));
        Self { size: self.size, terms: terms.collect(), constants: constants.collect() }
    }

    /// Each value some time later.
    pub(super) fn delayed(&self, delays: &[f64]) -> Self {
        let mut flow = Self { size: self.size, ..Self::default() };
        for delay in distinct(delays) {
            let mask: Vec<f64> = delays.iter().map(|other| f64::from(u8::from(*other == delay))).collect();
            let mut part = if mask.contains(&0.0) { self.scaled(&mask) } else { self.clone() };
            part.terms.retain(|term| !term.weights.is_zero());
            part.terms.iter_mut().for_each(|term| term.delay += delay);
            part.constants.iter_mut().for_each(|(start, _)| *start += delay);
            flow.add(&part);
        }
        flow
    }
}

/// Each value once.
fn distinct(values: &[f64]) -> Vec<f64> {
    let mut distinct = values.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_what_flows_one_to_one_is_no_matrix() {
        let source = Source::Channels { first: 0, count: 2 };
        let mut sum = Flow::of(source, 2).scaled(&[0.5, 2.0]);
        sum.add(&Flow::of(source, 2));
        assert_eq!(sum.terms, [Term { source, delay: 0.0, weights: Weights::Diagonal(vec![1.5, 3.0]) }]);
    }
}
