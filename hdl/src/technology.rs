//! What a chip family builds memories from.

use spec::board::Device;

use crate::ram::RamStyle;

/// A chip family, as far as the core's memories differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Technology {
    /// iCE40UP5K: block RAM of 4 Kbit, four large single-port RAMs, no memory in look-up tables.
    Ice40Up5k,
    /// ECP5: block RAM of 18 Kbit and small memories in look-up tables.
    #[default]
    Ecp5,
    /// Gowin: block RAM of 18 Kbit; few look-up tables can be memories.
    Gowin,
    /// Xilinx 7 series: block RAM of 18 Kbit and small memories in look-up tables.
    Xilinx7,
}

impl Technology {
    /// That of a chip.
    #[must_use]
    pub fn of(device: Device) -> Self {
        match device {
            Device::Ice40Up5k { .. } => Self::Ice40Up5k,
            Device::Ecp5Lfe25 { .. } | Device::Ecp5Lfe85 { .. } => Self::Ecp5,
            Device::Gowin { .. } => Self::Gowin,
            Device::Xilinx7 { .. } => Self::Xilinx7,
        }
    }

    /// For memories of a few hundred words that would leave most of a large block RAM empty.
    #[must_use]
    pub fn small_memory(self) -> RamStyle {
        match self {
            Self::Ice40Up5k => RamStyle::Block,
            Self::Gowin => RamStyle::Fitting,
            Self::Ecp5 | Self::Xilinx7 => RamStyle::Distributed,
        }
    }

    /// Whether words of block RAM are put in registers before they are worked with: at a hundred megahertz they must be, and
    /// where there is a register behind every look-up table they may.
    #[must_use]
    pub fn registers_memories(self) -> bool {
        match self {
            Self::Ice40Up5k => false,
            Self::Ecp5 | Self::Gowin | Self::Xilinx7 => true,
        }
    }

    /// For the row pointers of a lane.
    #[must_use]
    pub fn row_memory(self) -> RamStyle {
        match self {
            Self::Ice40Up5k => RamStyle::Narrow(4 * 1024),
            Self::Ecp5 | Self::Gowin | Self::Xilinx7 => RamStyle::Block,
        }
    }

    /// For the synapses of a lane of so many.
    #[must_use]
    pub fn synapse_memory(self, n_synapses: usize) -> RamStyle {
        match self {
            Self::Ice40Up5k => RamStyle::Huge,
            Self::Ecp5 if n_synapses > MANY_SYNAPSES => RamStyle::Narrow(16 * 1024),
            Self::Ecp5 | Self::Gowin | Self::Xilinx7 => RamStyle::Block,
        }
    }

    /// For the frames of a board with so many synapses a lane: where these take the block RAM of an ECP5, its look-up tables.
    #[must_use]
    pub fn frame_memory(self, n_synapses: usize) -> RamStyle {
        match self {
            Self::Ecp5 if n_synapses > MANY_SYNAPSES => RamStyle::Distributed,
            _ => RamStyle::Block,
        }
    }
}

/// Synapses of a lane beyond which yosys would choose a word among too many block RAMs of an ECP5 in a cycle.
const MANY_SYNAPSES: usize = 8 * 1024;

/// Yosys' synthesis command for a chip, without the name of the top module; none if only the vendor's tools synthesize for it.
#[must_use]
pub fn synthesis_command(device: Device) -> Option<String> {
    match device {
        // Not with `-dsp`, which takes registers out of multipliers that the sources instantiate.
        Device::Ice40Up5k { .. } => Some("synth_ice40 -device u -spram".to_owned()),
        Device::Ecp5Lfe25 { .. } | Device::Ecp5Lfe85 { .. } => Some("synth_ecp5".to_owned()),
        Device::Gowin { family, .. } => Some(format!("synth_gowin -family {family}")),
        Device::Xilinx7 { .. } => None,
    }
}
