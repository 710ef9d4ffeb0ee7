//! What a chip family builds memories from.

use crate::ram::RamStyle;

/// A chip family, as far as the core's memories differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Technology {
    /// iCE40UP5K: block RAM of 4 Kbit, four large single-port RAMs, no memory in look-up tables.
    Ice40Up5k,
    /// ECP5: block RAM of 18 Kbit and small memories in look-up tables.
    #[default]
    Ecp5,
}

impl Technology {
    /// For memories of a few hundred words that would leave most of a large block RAM empty.
    #[must_use]
    pub fn small_memory(self) -> RamStyle {
        match self {
            Self::Ice40Up5k => RamStyle::Block,
            Self::Ecp5 => RamStyle::Distributed,
        }
    }

    /// Whether words of block RAM are put in registers before they are worked with: at a hundred megahertz they must be, and
    /// where there is a register behind every look-up table they may.
    #[must_use]
    pub fn registers_memories(self) -> bool {
        match self {
            Self::Ice40Up5k => false,
            Self::Ecp5 => true,
        }
    }

    /// For the row pointers of a lane.
    #[must_use]
    pub fn row_memory(self) -> RamStyle {
        match self {
            Self::Ice40Up5k => RamStyle::Narrow,
            Self::Ecp5 => RamStyle::Block,
        }
    }

    /// For the synapses of a lane.
    #[must_use]
    pub fn synapse_memory(self) -> RamStyle {
        match self {
            Self::Ice40Up5k => RamStyle::Huge,
            Self::Ecp5 => RamStyle::Block,
        }
    }
}
