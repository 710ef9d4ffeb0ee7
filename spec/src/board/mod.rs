//! Boards: device, clocks, baud rate, pins and loader, each with the source of its pins.

mod boards;

pub use boards::BOARDS;

use crate::core::NamedCore;

/// A board that the core is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// Name on the command line and of its files.
    pub name: &'static str,
    /// Name on the box.
    pub title: &'static str,
    /// The chip.
    pub device: Device,
    /// Oscillator on the board.
    pub oscillator_hz: u32,
    /// Clock of the core: the oscillator itself, or what a PLL makes of it.
    pub clock_hz: u32,
    /// Speed of the serial line.
    pub baud: u32,
    /// Pins that the core uses.
    pub pins: Pins,
    /// The core that its bitstream holds.
    pub core: NamedCore,
    /// Command that writes a bitstream to the board.
    pub loader: &'static str,
    /// The serial port that the board, alone on a Linux machine, shows up as.
    pub serial_port: &'static str,
    /// Where the pins were read.
    pub source: &'static str,
}

/// A chip, by family and size, with its package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// Lattice iCE40 UltraPlus 5K.
    Ice40Up5k {
        /// Package, as nextpnr calls it.
        package: &'static str,
    },
    /// Lattice ECP5 with 24 K look-up tables.
    Ecp5Lfe25 {
        /// Package, as nextpnr calls it.
        package: &'static str,
        /// Speed grade.
        speed: u8,
    },
    /// Lattice ECP5 with 84 K look-up tables.
    Ecp5Lfe85 {
        /// Package, as nextpnr calls it.
        package: &'static str,
        /// Speed grade.
        speed: u8,
    },
    /// A Gowin chip.
    Gowin {
        /// Part number.
        part: &'static str,
        /// Die, as nextpnr and the packer call it.
        die: &'static str,
        /// Family, as Yosys calls it.
        family: &'static str,
    },
    /// A Xilinx chip of the 7 series.
    Xilinx7 {
        /// Part number, as Vivado calls it.
        part: &'static str,
    },
}

/// Pins by their package names, seen from the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pins {
    /// Oscillator.
    pub oscillator: &'static str,
    /// Serial output.
    pub tx: &'static str,
    /// Serial input.
    pub rx: &'static str,
    /// Lights.
    pub leds: &'static [Led],
    /// A light is on while its pin is low.
    pub leds_active_low: bool,
    /// I/O standard of the lights; all other pins are [`IO_STANDARD`].
    pub led_standard: &'static str,
    /// Pins to hold high, so that what else hangs on the wires of the board stays as it is.
    pub hold_high: &'static [&'static str],
}

/// How far the speed of a line may be off, as a fraction.
pub const MAX_BAUD_ERROR: f64 = 0.015;

/// I/O standard of clocks and serial lines.
pub const IO_STANDARD: &str = "LVCMOS33";

/// A light: its pin, and what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Led {
    /// The pin.
    pub pin: &'static str,
    /// What it shows.
    pub shows: Light,
}

/// What a light can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    /// The clock runs: on and off about once a second.
    Life,
    /// Ticks end.
    Ticks,
    /// Bytes came that were no frame, or a frame that found no room.
    LinkError,
    /// A network is loaded.
    Loaded,
}

impl Board {
    /// Clock cycles of a bit on the serial line, to the nearest.
    #[must_use]
    pub fn clocks_per_bit(&self) -> u16 {
        ((self.clock_hz + self.baud / 2) / self.baud) as u16
    }
}

impl Device {
    /// Name of the chip.
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

/// Speeds of the serial lines of all boards, each once, in the order of [`BOARDS`].
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

/// A name that no board has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such board; name one of {}", BOARDS.map(|board| board.name).join(", "))]
pub struct UnknownBoard;

/// The board that somebody names.
///
/// # Errors
/// There is none of that name.
pub fn known_board(name: &str) -> Result<&'static Board, UnknownBoard> {
    board_named(name).ok_or(UnknownBoard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_runs_near_enough_to_its_speed() {
        for board in &BOARDS {
            let baud = f64::from(board.clock_hz) / f64::from(board.clocks_per_bit());
            let off = (baud / f64::from(board.baud) - 1.0).abs();
            assert!(off <= MAX_BAUD_ERROR, "{}: {baud} baud instead of {}", board.name, board.baud);
        }
    }

    #[test]
    fn every_board_has_its_speed_among_those_of_lines_and_none_is_there_twice() {
        let mut speeds = line_speeds();
        assert!(BOARDS.iter().all(|board| speeds.contains(&board.baud)));
        let count = speeds.len();
        speeds.sort_unstable();
        speeds.dedup();
        assert_eq!(speeds.len(), count);
    }

    #[test]
    fn no_pin_of_a_board_serves_twice_and_no_name_names_two_boards() {
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
    fn every_board_with_a_light_shows_that_it_lives() {
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
