//! The clock of the core, from the oscillator.

use rust_hdl::prelude::*;
use spec::board::{Board, Device};

use super::ecp5_pll::Ecp5Pll;
use super::ice40_pll::Ice40Pll;

/// The core's clock: the oscillator itself if it has the right frequency, otherwise the chip's PLL.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `oscillator` | in | 1 | pin |
/// | `clock` | out | 1 | clock of everything else |
///
/// The core has no reset: the configuration of the chip initializes its registers. So the clock is gated until the PLL has
/// reported lock for two cycles, and starts without a glitch. An oscillator that is the clock runs before configuration.
///
/// In rust-hdl's simulator the clock is the oscillator.
#[derive(LogicBlock, Default)]
pub struct ClockSource {
    pub oscillator: Signal<In, Clock>,
    pub clock: Signal<Out, Clock>,
    _verilog: String,
}

impl ClockSource {
    /// The clock source of a board.
    ///
    /// # Panics
    /// If the chip's PLL cannot make the clock from the oscillator.
    #[must_use]
    pub fn new(board: &Board) -> Self {
        let Board { name, oscillator_hz, clock_hz, .. } = *board;
        let verilog = verilog(board);
        let verilog =
            verilog.unwrap_or_else(|| panic!("{name}: no PLL setting makes {clock_hz} Hz from {oscillator_hz} Hz"));
        Self { _verilog: verilog, ..Default::default() }
    }

    /// Whether the chip can make the core's clock from the board's oscillator.
    #[must_use]
    pub fn can_make(board: &Board) -> bool {
        verilog(board).is_some()
    }
}

fn verilog(board: &Board) -> Option<String> {
    let Board { oscillator_hz, clock_hz, pins, .. } = *board;
    match board.device {
        _ if oscillator_hz == clock_hz => Some("assign clock = oscillator;".to_owned()),
        Device::Ice40Up5k { .. } => {
            let twice_hz = clock_hz.checked_mul(2)?;
            Ice40Pll::new(oscillator_hz, twice_hz).map(|pll| pll.verilog(pins.oscillator))
        }
        Device::Ecp5Lfe25 { .. } | Device::Ecp5Lfe85 { .. } => {
            Ecp5Pll::new(oscillator_hz, clock_hz).map(|pll| pll.verilog())
        }
        Device::Gowin { .. } | Device::Xilinx7 { .. } => None,
    }
}

impl Logic for ClockSource {
    fn update(&mut self) {
        self.clock.next = self.oscillator.val();
    }

    fn connect(&mut self) {
        self.clock.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Wrapper(Wrapper { code: self._verilog.clone(), cores: String::new() })
    }
}
