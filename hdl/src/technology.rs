//! Chip families: their memories, and how Yosys synthesizes for them.

use spec::board::Device;

use crate::ram::RamStyle;

/// A chip family, as far as the core differs.
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
    /// The family of a chip.
    #[must_use]
    pub fn of(device: Device) -> Self {
        match device {
            Device::Ice40Up5k { .. } => Self::Ice40Up5k,
            Device::Ecp5Lfe25 { .. } | Device::Ecp5Lfe85 { .. } => Self::Ecp5,
            Device::Gowin { .. } => Self::Gowin,
            Device::Xilinx7 { .. } => Self::Xilinx7,
        }
    }

    /// Yosys' synthesis command for the family, without the top module and options of a single chip; `None` if only the
    /// vendor's tools build bitstreams.
    #[must_use]
    pub fn synthesis_command(self) -> Option<&'static str> {
        match self {
            // Not with `-dsp`, which takes registers out of multipliers that the sources instantiate.
            Self::Ice40Up5k => Some("synth_ice40 -device u -spram"),
            Self::Ecp5 => Some("synth_ecp5"),
            Self::Gowin => Some("synth_gowin"),
            Self::Xilinx7 => None,
        }
    }

    /// The style of memories with a few hundred words, which would leave most of a large block RAM empty.
    #[must_use]
    pub fn small_memory(self) -> RamStyle {
        match self {
            Self::Ice40Up5k => RamStyle::Block,
            Self::Gowin => RamStyle::Fitting,
            Self::Ecp5 | Self::Xilinx7 => RamStyle::Distributed,
        }
    }

    /// Whether words from block RAM are registered before use: at 100 MHz they must be, and where every look-up table has a
    /// register they may be.
    #[must_use]
    pub fn registers_memories(self) -> bool {
        match self {
            Self::Ice40Up5k => false,
            Self::Ecp5 | Self::Gowin | Self::Xilinx7 => true,
        }
    }

    /// The style of row pointers.
    #[must_use]
    pub fn row_memory(self) -> RamStyle {
        match self {
            Self::Ice40Up5k => RamStyle::Narrow(4 * 1024),
            Self::Ecp5 | Self::Gowin | Self::Xilinx7 => RamStyle::Block,
        }
    }

    /// The style of the synapses of a lane with `n_synapses`.
    #[must_use]
    pub fn synapse_memory(self, n_synapses: usize) -> RamStyle {
        match self {
            Self::Ice40Up5k => RamStyle::Huge,
            Self::Ecp5 if n_synapses > MANY_SYNAPSES => RamStyle::Narrow(16 * 1024),
            Self::Ecp5 | Self::Gowin | Self::Xilinx7 => RamStyle::Block,
        }
    }

    /// The style of frame buffers on a board with `n_synapses` per lane: look-up tables where these fill the block RAM of an ECP5.
    #[must_use]
    pub fn frame_memory(self, n_synapses: usize) -> RamStyle {
        match self {
            Self::Ecp5 if n_synapses > MANY_SYNAPSES => RamStyle::Distributed,
            _ => RamStyle::Block,
        }
    }
}

/// Synapses per lane beyond which a block RAM's word on the ECP5 would pass too wide a multiplexer in one cycle.
const MANY_SYNAPSES: usize = 8 * 1024;
