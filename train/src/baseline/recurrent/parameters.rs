//! The parameters of a recurrent network, and gradients of the same shape.

use ndarray::NdFloat;

use super::{BLOCKS, Cell};
use crate::TrainError;
use crate::network::MAX_SIZE;

/// Sizes of a recurrent network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct RecurrentSizes {
    /// Input channels, m.
    pub n_channels: usize,
    /// Hidden units, n.
    pub n_hidden: usize,
    /// Classes, c.
    pub n_classes: usize,
}

impl RecurrentSizes {
    pub(super) fn check(self, fewest_classes: usize) -> Result<(), TrainError> {
        let sizes = [
            ("channels", self.n_channels, 1),
            ("hidden units", self.n_hidden, 1),
            ("classes", self.n_classes, fewest_classes),
        ];
        match sizes.into_iter().find(|&(_, value, low)| !(low..=MAX_SIZE).contains(&value)) {
            Some((name, value, low)) => Err(TrainError::NetworkSize { name, value, low, high: MAX_SIZE }),
            None => Ok(()),
        }
    }
}

/// Weights and biases, or their gradients. Matrices are row-major, a row for each origin; columns of units come in blocks,
/// which `gru.rs` and `lstm.rs` name.
#[derive(Clone, Debug, PartialEq)]
pub struct RecurrentParameters<T> {
    /// `[n_channels][input blocks × n_hidden]`.
    pub input: Vec<T>,
    /// `[n_hidden][recurrent blocks × n_hidden]`.
    pub recurrent: Vec<T>,
    /// `[4 × n_hidden]`.
    pub bias: Vec<T>,
    /// `[n_hidden][n_classes]`.
    pub readout: Vec<T>,
    /// `[n_classes]`.
    pub readout_bias: Vec<T>,
}

/// How many vectors [`RecurrentParameters`] has.
pub(super) const N_GROUPS: usize = 5;
/// Which of them decay: matrices do, biases do not.
pub(super) const DECAYS: [bool; N_GROUPS] = [true, true, false, true, false];

impl<T: NdFloat> RecurrentParameters<T> {
    /// All zero.
    #[must_use]
    pub fn zeros(cell: Cell, sizes: RecurrentSizes) -> Self {
        let RecurrentSizes { n_channels, n_hidden, n_classes } = sizes;
        Self {
            input: vec![T::zero(); n_channels * cell.input_blocks().len() * n_hidden],
            recurrent: vec![T::zero(); n_hidden * cell.recurrent_blocks().len() * n_hidden],
            bias: vec![T::zero(); BLOCKS * n_hidden],
            readout: vec![T::zero(); n_hidden * n_classes],
            readout_bias: vec![T::zero(); n_classes],
        }
    }

    /// The vectors in the order of the fields.
    #[must_use]
    pub fn groups(&self) -> [&Vec<T>; N_GROUPS] {
        [&self.input, &self.recurrent, &self.bias, &self.readout, &self.readout_bias]
    }

    /// The vectors in the order of the fields, to be changed.
    pub fn groups_mut(&mut self) -> [&mut Vec<T>; N_GROUPS] {
        [&mut self.input, &mut self.recurrent, &mut self.bias, &mut self.readout, &mut self.readout_bias]
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (sums, terms) in self.groups_mut().into_iter().zip(other.groups()) {
            sums.iter_mut().zip(terms).for_each(|(sum, &term)| *sum += term);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.groups_mut().into_iter().for_each(|group| group.fill(T::zero()));
    }
}
