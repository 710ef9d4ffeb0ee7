//! The settings of a board.

use spec::core::{CoreConfiguration, MAX_READOUTS};

use crate::technology::Technology;

/// Sizes and speeds that a board is built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoardSettings {
    /// Sizes of the core.
    pub core: CoreConfiguration,
    /// Chip family.
    pub technology: Technology,
    /// Clock of the core, reported in the answer to a hello.
    pub clock_hz: u32,
    /// Clock cycles per bit on the line.
    pub clocks_per_bit: u16,
}

impl BoardSettings {
    /// The settings of a board's bitstream.
    #[must_use]
    pub fn of(board: &spec::board::Board) -> Self {
        Self {
            core: board.core.configuration,
            technology: Technology::of(board.device),
            clock_hz: board.clock_hz,
            clocks_per_bit: board.clocks_per_bit(),
        }
    }

    /// # Panics
    /// If the sizes of the core cannot be built.
    pub(super) fn check(&self) {
        assert!(self.core.readouts <= MAX_READOUTS, "{} readouts", self.core.readouts);
        assert!(self.core.replay_frames.is_power_of_two());
    }
}
