//! The word in which a lane of the simulated core shows a neuron update; no board has pins for it.
//!
//! From bit 0 on: potential, current and adaptation of 16 bits each, refractory ticks left in 4, index on the lane in 8, then a
//! bit for a spike and a bit for an update at all.

use crate::lif::NeuronState;

/// Lowest bit of the current.
pub const CURRENT_SHIFT: u32 = 16;
/// Lowest bit of the adaptation.
pub const ADAPTATION_SHIFT: u32 = 32;
/// Lowest bit of the refractory ticks left.
pub const REFRACTORY_SHIFT: u32 = 48;
/// Lowest bit of the neuron's index on its lane.
pub const INDEX_SHIFT: u32 = 52;
/// Set if the neuron fired.
pub const SPIKE_BIT: u32 = 60;
/// Set in the cycle of an update; the other bits are undefined without it.
pub const UPDATE_BIT: u32 = 61;

/// A neuron update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeuronUpdate {
    /// Index of the neuron on its lane.
    pub index: u8,
    /// State after the update.
    pub state: NeuronState,
    /// Whether the neuron fired.
    pub spike: bool,
}

impl NeuronUpdate {
    /// Reads a trace word; `None` if it shows no update.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "each field is cut out of the word")]
    pub fn from_word(word: u64) -> Option<Self> {
        let level = |shift: u32| (word >> shift) as i16;
        let bit = |at: u32| word >> at & 1 == 1;
        bit(UPDATE_BIT).then(|| Self {
            index: (word >> INDEX_SHIFT) as u8,
            state: NeuronState {
                potential: level(0),
                current: level(CURRENT_SHIFT),
                adaptation: level(ADAPTATION_SHIFT),
                refractory_left: (word >> REFRACTORY_SHIFT & 0xf) as u8,
            },
            spike: bit(SPIKE_BIT),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_where_they_are() {
        let state = NeuronState { potential: -2, current: 3, adaptation: 4, refractory_left: 5 };
        let word = 0x3065_0004_0003_fffe;
        assert_eq!(NeuronUpdate::from_word(word), Some(NeuronUpdate { index: 6, state, spike: true }));
        assert_eq!(NeuronUpdate::from_word(word ^ 1 << UPDATE_BIT), None);
    }
}
