//! From the oscillator to the clock of the core.

use rust_hdl::prelude::*;
use spec::board::{Board, Device};

use super::ecp5_pll::Ecp5Pll;
use super::ice40_pll::Ice40Pll;

/// What makes the core's clock: nothing but a wire where the oscillator is the clock, else the chip's PLL.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `oscillator` | in | 1 | pin |
/// | `clock` | out | 1 | clock of everything else |
///
/// The core has no reset: its registers start when the chip is configured. So the clock stands still until the PLL says, for
/// two cycles, that it has locked; its first edge is whole. Where the oscillator is the clock, it runs before the chip does.
///
/// Simulators of rust-hdl see the oscillator itself.
#[derive(LogicBlock, Default)]
pub struct ClockSource {
    pub oscillator: Signal<In, Clock>,
    pub clock: Signal<Out, Clock>,
    _verilog: String,
}

impl ClockSource {
    /// That of a board.
    ///
    /// # Panics
    /// If the chip's PLL cannot make the clock of the oscillator.
    #[must_use]
    pub fn new(board: &Board) -> Self {
        let Board { name, oscillator_hz, clock_hz, .. } = *board;
        let verilog = verilog(board);
        let verilog =
            verilog.unwrap_or_else(|| panic!("{name}: no PLL setting makes {clock_hz} of {oscillator_hz} Hz"));
        Self { _verilog: verilog, ..Default::default() }
    }

    /// Whether the chip can make the core's clock of a board's oscillator.
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
