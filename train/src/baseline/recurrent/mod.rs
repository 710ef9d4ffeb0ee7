//! Recurrent float networks that a spiking one is measured against: GRU and LSTM with a linear readout at every tick.
//!
//! They see the same binary spikes, learn from the same per-tick loss, teacher and augmented windows with the same optimizer
//! ([`fit()`]), and can decide at every tick. What they do not share with the spiking network is that nothing is quantized.

mod fit;
mod gru;
mod initial;
mod lstm;
mod matrix;
mod parameters;
mod pass;
mod real;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use fit::{TrainedRecurrent, fit};
pub use parameters::{RecurrentParameters, RecurrentSizes};

pub(crate) use fit::Adam;
pub(crate) use pass::{Pass, State};

use crate::TrainError;

/// Kinds of hidden units.
///
/// Every unit has four pre-activations a tick, in blocks of one for each unit; a block takes the input spikes, the hidden
/// state of the tick before, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// Gated recurrent unit (Cho et al., arXiv 1406.1078) with the reset gate after the recurrent product, as PyTorch and
    /// cuDNN have it.
    Gru,
    /// Long short-term memory (Hochreiter and Schmidhuber 1997) with a forget gate and without peepholes.
    Lstm,
}

/// Pre-activations of a unit.
const BLOCKS: usize = 4;

impl Cell {
    /// The blocks that take the input spikes.
    fn input_blocks(self) -> Range<usize> {
        match self {
            Self::Gru => gru::INPUT_BLOCKS,
            Self::Lstm => 0..BLOCKS,
        }
    }

    /// The blocks that take the hidden state of the tick before.
    fn recurrent_blocks(self) -> Range<usize> {
        match self {
            Self::Gru => gru::RECURRENT_BLOCKS,
            Self::Lstm => 0..BLOCKS,
        }
    }

    /// Number of trained parameters, with the readout: with m channels, n units and c classes
    /// `3 (mn + nn) + 4n + nc + c` for a GRU, `4 (mn + nn) + 4n + nc + c` for an LSTM. (PyTorch counts 2n and 4n more for
    /// second biases that are only added to the first.)
    #[must_use]
    pub fn n_parameters(self, sizes: RecurrentSizes) -> usize {
        let RecurrentSizes { n_channels, n_hidden, n_classes } = sizes;
        let input = self.input_blocks().len() * n_channels * n_hidden;
        let recurrent = self.recurrent_blocks().len() * n_hidden * n_hidden;
        input + recurrent + BLOCKS * n_hidden + n_hidden * n_classes + n_classes
    }

    /// The number of units, at least 1, whose network comes nearest to `n_parameters`; the smaller of two equally near.
    #[must_use]
    pub fn hidden_size_for_parameters(self, n_parameters: usize, n_channels: usize, n_classes: usize) -> usize {
        let count = |n_hidden| self.n_parameters(RecurrentSizes { n_channels, n_hidden, n_classes });
        let mut n_hidden = 1;
        while count(n_hidden + 1) <= n_parameters {
            n_hidden += 1;
        }
        let (below, above) = (count(n_hidden), count(n_hidden + 1));
        if below < n_parameters && above - n_parameters < n_parameters - below { n_hidden + 1 } else { n_hidden }
    }
}

/// A recurrent network in `f32`.
#[derive(Clone, Debug, PartialEq)]
pub struct RecurrentNetwork {
    /// Its units.
    pub cell: Cell,
    /// Its sizes.
    pub sizes: RecurrentSizes,
    /// The trained parameters.
    pub parameters: RecurrentParameters<f32>,
}

impl RecurrentNetwork {
    /// Draws the first weights: uniform within `1 / sqrt(n_hidden)` either way, as PyTorch does, and a forget gate that
    /// starts open (bias 1). The same arguments give the same bits.
    ///
    /// # Errors
    /// A size of 0, fewer than two classes, or a size above 16,384.
    pub fn new(cell: Cell, sizes: RecurrentSizes, seed: u64) -> Result<Self, TrainError> {
        sizes.check(2)?;
        Ok(Self { cell, sizes, parameters: initial::draw(cell, sizes, seed) })
    }

    /// As [`RecurrentNetwork::new`], for scores that are no classes: one is enough.
    pub(crate) fn with_readouts(cell: Cell, sizes: RecurrentSizes, seed: u64) -> Result<Self, TrainError> {
        sizes.check(1)?;
        Ok(Self { cell, sizes, parameters: initial::draw(cell, sizes, seed) })
    }

    /// Scores of every tick, `[n_ticks][n_classes]`: logits, of which the highest is the decision if the window ends there.
    ///
    /// `ticks` are the channels that spike in each tick: each below `n_channels`, none twice in a tick.
    #[must_use]
    pub fn scores(&self, ticks: &[Vec<u16>]) -> Vec<Vec<f32>> {
        let mut pass = Pass::new(self.cell, self.sizes);
        pass.forward(&self.parameters, &[ticks]);
        (0..ticks.len()).map(|tick| pass.scores(tick, 0).to_vec()).collect()
    }
}
