//! Boards: device, clocks, baud rate, pins and loader, each with the source of its pin assignment.

mod boards;

pub use boards::BOARDS;

use crate::core::NamedCore;

/// A supported board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// Its name on the command line and in file names.
    pub name: &'static str,
    /// Its product name.
    pub title: &'static str,
    /// The chip.
    pub device: Device,
    /// The board's oscillator.
    pub oscillator_hz: u32,
    /// The core's clock: the oscillator itself or a PLL's output.
    pub clock_hz: u32,
    /// Baud rate of the UART.
    pub baud: u32,
    /// The pins in use.
    pub pins: Pins,
    /// The core in its bitstream.
    pub core: NamedCore,
    /// Command that writes a bitstream to the board.
    pub loader: &'static str,
    /// The serial port of the board if it is the only one on a Linux machine.
    pub serial_port: &'static str,
    /// Source of the pin assignment.
    pub source: &'static str,
}

/// A chip, by family and size, with its package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// Lattice iCE40 UltraPlus 5K.
    Ice40Up5k {
        /// Package, as named by nextpnr.
        package: &'static str,
    },
    /// Lattice ECP5 with 24 K look-up tables.
    Ecp5Lfe25 {
        /// Package, as named by nextpnr.
        package: &'static str,
        /// Speed grade.
        speed: u8,
    },
    /// Lattice ECP5 with 84 K look-up tables.
    Ecp5Lfe85 {
        /// Package, as named by nextpnr.
        package: &'static str,
        /// Speed grade.
        speed: u8,
    },
    /// A Gowin chip.
    Gowin {
        /// Part number.
        part: &'static str,
        /// Die, as named by nextpnr and the packer.
        die: &'static str,
        /// Family, as named by Yosys.
        family: &'static str,
    },
    /// A Xilinx chip of the 7 series.
    Xilinx7 {
        /// Part number, as named by Vivado.
        part: &'static str,
    },
}

/// Pins by their names on the package; inputs and outputs are those of the FPGA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pins {
    /// Oscillator.
    pub oscillator: &'static str,
    /// UART output.
    pub tx: &'static str,
    /// UART input.
    pub rx: &'static str,
    /// LEDs.
    pub leds: &'static [Led],
    /// An LED is on while its pin is low.
    pub leds_active_low: bool,
    /// I/O standard of the LEDs; all other pins are [`IO_STANDARD`].
    pub led_standard: &'static str,
    /// Pins to drive high, so that other parts of the board keep quiet.
    pub hold_high: &'static [&'static str],
}

/// The largest relative error of a baud rate.
pub const MAX_BAUD_ERROR: f64 = 0.015;

/// I/O standard of clocks and UARTs.
pub const IO_STANDARD: &str = "LVCMOS33";

/// An LED: its pin, and what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Led {
    /// The pin.
    pub pin: &'static str,
    /// What it shows.
    pub shows: Light,
}

/// What an LED can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    /// Heartbeat: the clock runs; on and off about once a second.
    Life,
    /// Lit for a moment after each tick.
    Ticks,
    /// Lit for a moment after bytes that are not a frame, and after a dropped frame.
    LinkError,
    /// A network is loaded.
    Loaded,
}

impl Board {
    /// Clock cycles per bit of the UART, to the nearest.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a board's clock is below 65,536 times its baud rate")]
    pub fn clocks_per_bit(&self) -> u16 {
        ((self.clock_hz + self.baud / 2) / self.baud) as u16
    }
}

impl Device {
    /// The chip's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ice40Up5k { .. } => "iCE40UP5K",
            Self::Ecp5Lfe25 { .. } => "LFE5U-25F",
            Self::Ecp5Lfe85 { .. } => "LFE5U-85F",
            Self::Gowin { part, .. } | Self::Xilinx7 { part } => part,
        }
    }
}

/// Baud rates of all boards, each once, in the order of [`BOARDS`].
#[must_use]
pub fn line_speeds() -> Vec<u32> {
    let mut speeds: Vec<u32> = Vec::new();
    for Board { baud, .. } in &BOARDS {
        if !speeds.contains(baud) {
            speeds.push(*baud);
        }
    }
    speeds
}

/// The board of that name.
#[must_use]
pub fn board_named(name: &str) -> Option<&'static Board> {
    BOARDS.iter().find(|board| board.name == name)
}

/// There is no board of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such board; name one of {}", BOARDS.map(|board| board.name).join(", "))]
pub struct UnknownBoard;

/// As [`board_named`], with an error that lists the boards.
///
/// # Errors
/// There is no board of that name.
pub fn known_board(name: &str) -> Result<&'static Board, UnknownBoard> {
    board_named(name).ok_or(UnknownBoard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clock_gives_its_baud_rate() {
        for board in &BOARDS {
            let baud = f64::from(board.clock_hz) / f64::from(board.clocks_per_bit());
            let off = (baud / f64::from(board.baud) - 1.0).abs();
            assert!(off <= MAX_BAUD_ERROR, "{}: {baud} baud instead of {}", board.name, board.baud);
        }
    }

    #[test]
    fn line_speeds_has_every_baud_rate_once() {
        let mut speeds = line_speeds();
        assert!(BOARDS.iter().all(|board| speeds.contains(&board.baud)));
        let count = speeds.len();
        speeds.sort_unstable();
        speeds.dedup();
        assert_eq!(speeds.len(), count);
    }

    #[test]
    fn no_pin_of_a_board_is_used_twice_and_no_name_is() {
        for board in &BOARDS {
            let pins = board.pins;
            let mut used = [&[pins.oscillator, pins.tx, pins.rx][..], pins.hold_high].concat();
            used.extend(pins.leds.iter().map(|led| led.pin));
            let count = used.len();
            used.sort_unstable();
            used.dedup();
            assert_eq!(used.len(), count, "{}", board.name);
            assert_eq!(board_named(board.name), Some(board));
        }
    }

    #[test]
    fn the_first_led_of_every_board_is_the_heartbeat() {
        for Board { name, pins, .. } in &BOARDS {
            assert_eq!(pins.leds.first().map(|led| led.shows), Some(Light::Life), "{name}");
            let mut shown: Vec<Light> = Vec::new();
            for led in pins.leds {
                assert!(!shown.contains(&led.shows), "{name} shows {:?} twice", led.shows);
                shown.push(led.shows);
            }
        }
    }
}
