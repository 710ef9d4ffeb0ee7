//! Gradual magnitude pruning: at the start of each epoch a few of the weakest synapses are removed, and the others train on.
//!
//! The schedule is that of Zhu and Gupta, arXiv 1710.01878: fast at first, slow at the end.

use serde::{Deserialize, Serialize};

use super::{Network, QuantizedNetwork};
use crate::TrainError;

/// How many synapses are to be left, and when the others go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pruning {
    /// Synapses left in the end, those of the readout included: as many as the image has.
    pub n_synapses: usize,
    /// Share of the epochs after which the first go, 0 to below `end`.
    #[serde(default = "default_start")]
    pub start: f64,
    /// Share of the epochs after which no more go, at most 1; the epochs that are left train what is left.
    #[serde(default = "default_end")]
    pub end: f64,
}

fn default_start() -> f64 {
    0.2
}

fn default_end() -> f64 {
    0.7
}

impl Pruning {
    /// To `n_synapses`, from a fifth to seven tenths of the epochs.
    #[must_use]
    pub fn to(n_synapses: usize) -> Self {
        Self { n_synapses, start: default_start(), end: default_end() }
    }

    /// Checks that `network` has the synapses, and the order of the shares.
    pub(crate) fn check(self, network: &Network) -> Result<(), TrainError> {
        let n_synapses = network.n_synapses();
        if self.n_synapses == 0 || self.n_synapses > n_synapses {
            return Err(TrainError::Pruning { asked: self.n_synapses, n_synapses });
        }
        if !(0.0 <= self.start && self.start < self.end && self.end <= 1.0) {
            let expected = "at least 0 and below pruning.end, which is at most 1";
            return Err(TrainError::Option { name: "pruning.start", value: self.start, expected });
        }
        Ok(())
    }

    /// Synapses in epoch `epoch` of `n_epochs`, of `n_first` at the start.
    fn n_synapses_in(self, epoch: usize, n_epochs: usize, n_first: usize) -> usize {
        let elapsed = (epoch + 1) as f64 / n_epochs as f64;
        let left = 1.0 - ((elapsed - self.start) / (self.end - self.start)).clamp(0.0, 1.0);
        let excess = n_first.saturating_sub(self.n_synapses) as f64;
        self.n_synapses + (excess * left.powi(3)).round() as usize
    }
}

/// Prunes a network in training.
pub(crate) struct Pruner {
    pruning: Pruning,
    n_first: usize,
    n_epochs: usize,
}

impl Pruner {
    pub(crate) fn new(pruning: Pruning, network: &Network, n_epochs: usize) -> Result<Self, TrainError> {
        pruning.check(network)?;
        Ok(Self { pruning, n_first: network.n_synapses(), n_epochs })
    }

    /// Removes what is too much for `epoch`.
    pub(crate) fn prune(&self, network: &mut Network, epoch: usize) {
        network.keep_strongest(self.pruning.n_synapses_in(epoch, self.n_epochs, self.n_first));
    }
}

impl Network {
    /// Removes the synapses of least magnitude, in weight steps of their postsynaptic neuron, until `n_synapses` are left; of
    /// equals the first in the order of the weights.
    ///
    /// A neuron's own step makes neurons of few and of many synapses comparable: by plain magnitude, the areas of large fan-in
    /// would lose all of theirs first and cut the readout off.
    pub fn keep_strongest(&mut self, n_synapses: usize) {
        let mut positions: Vec<usize> =
            (0..self.weights.len()).filter(|&position| self.projection_at(position).is_some()).collect();
        let n_excess = positions.len().saturating_sub(n_synapses);
        if n_excess > 0 {
            let (step, n_post) = (self.steps(), self.layout.n_post());
            let magnitude = |position: usize| self.weights[position].abs() / step[position % n_post];
            let order = |one: &usize, other: &usize| magnitude(*one).total_cmp(&magnitude(*other)).then(one.cmp(other));
            positions.select_nth_unstable_by(n_excess - 1, order);
            positions[..n_excess].iter().for_each(|&position| self.remove_synapse(position));
        }
    }

    /// The integers nearest to this network in which every synapse has a weight: those that would round to 0 are moved to
    /// one step, in the float network too, so that none is missing in the image.
    pub(crate) fn quantize_every_synapse(&mut self) -> QuantizedNetwork {
        let quantized = self.quantize();
        let n_post = self.layout.n_post();
        let mut moved = false;
        for (position, &integer) in quantized.weights.iter().enumerate() {
            if integer == 0 && self.synapse_projection[position] > 0 {
                self.weights[position] = quantized.step[position % n_post].copysign(self.weights[position]);
                moved = true;
            }
        }
        if moved { self.quantize() } else { quantized }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_falls_from_all_to_what_is_asked_and_stays_there() {
        let pruning = Pruning { n_synapses: 100, start: 0.2, end: 0.7 };
        let over: Vec<usize> = (0..20).map(|epoch| pruning.n_synapses_in(epoch, 20, 1100)).collect();
        assert_eq!(over[..4], [1100; 4]);
        assert!(over[3..14].windows(2).all(|pair| pair[0] > pair[1]), "{over:?}");
        assert!(over[3] - over[4] > over[11] - over[12], "fast at first");
        assert_eq!(over[13..], [100; 7]);
        assert_eq!(pruning.n_synapses_in(0, 1, 1100), 100, "a single epoch is enough");
    }
}
