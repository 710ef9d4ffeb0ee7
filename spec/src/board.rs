//! Boards: device, package, clock, baud rate, pins and loader, each with the source of its pins.

use crate::core::{ECP5_25F, ECP5_85F, NamedCore, UP5K};

/// A board that the core is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// Name on the command line and of its files.
    pub name: &'static str,
    /// Name on the box.
    pub title: &'static str,
    /// The chip.
    pub device: Device,
    /// The chip's package, as its place-and-route tool calls it.
    pub package: &'static str,
    /// Oscillator on the board.
    pub clock_hz: u32,
    /// Speed of the serial line.
    pub baud: u32,
    /// Pins that the core uses.
    pub pins: Pins,
    /// The core that its bitstream holds.
    pub core: NamedCore,
    /// Command that writes a bitstream to the board.
    pub loader: &'static str,
    /// Where the pins were read.
    pub source: &'static str,
}

/// A chip, by family and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// Lattice iCE40 UltraPlus 5K.
    Ice40Up5k,
    /// Lattice ECP5 with 24 K look-up tables.
    Ecp5Lfe25 {
        /// Speed grade.
        speed: u8,
    },
    /// Lattice ECP5 with 84 K look-up tables.
    Ecp5Lfe85 {
        /// Speed grade.
        speed: u8,
    },
}

/// Pins by their package names, seen from the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pins {
    /// Clock input.
    pub clock: &'static str,
    /// Serial output.
    pub tx: &'static str,
    /// Serial input.
    pub rx: &'static str,
    /// Lights.
    pub leds: &'static [&'static str],
    /// A light is on while its pin is low.
    pub leds_active_low: bool,
    /// Pins to hold high so that another chip on the same wires stays silent.
    pub hold_high: &'static [&'static str],
}

const ULX3S_PINS: Pins = Pins {
    clock: "G2",
    tx: "L4",
    rx: "M1",
    leds: &["B2", "C2", "C1", "D2", "D1", "E2", "E1", "H3"],
    leds_active_low: false,
    hold_high: &[],
};

/// Every board.
pub const BOARDS: [Board; 6] = [
    Board {
        name: "icebreaker",
        title: "iCEBreaker 1.0",
        device: Device::Ice40Up5k,
        package: "sg48",
        clock_hz: 12_000_000,
        baud: 1_000_000,
        pins: Pins { clock: "35", tx: "9", rx: "6", leds: &["11", "37"], leds_active_low: true, hold_high: &[] },
        core: UP5K,
        loader: "iceprog",
        source: "amaranth-boards icebreaker.py; litex-boards icebreaker.py",
    },
    Board {
        name: "upduino3",
        title: "UPduino 3.x (oscillator jumper closed)",
        device: Device::Ice40Up5k,
        package: "sg48",
        clock_hz: 12_000_000,
        baud: 1_000_000,
        pins: Pins {
            clock: "20",
            tx: "14",
            rx: "15",
            leds: &["41", "39", "40"],
            leds_active_low: true,
            hold_high: &["16"],
        },
        core: UP5K,
        loader: "iceprog",
        source: "XarkLabs/upduino-example upduino_v3.pcf; amaranth-boards upduino_v3.py",
    },
    Board {
        name: "ulx3s-25f",
        title: "ULX3S 25F",
        device: Device::Ecp5Lfe25 { speed: 6 },
        package: "CABGA381",
        clock_hz: 25_000_000,
        baud: 3_000_000,
        pins: ULX3S_PINS,
        core: ECP5_25F,
        loader: "openFPGALoader -b ulx3s",
        source: "emard/ulx3s ulx3s_v20.lpf; amaranth-boards ulx3s.py; litex-boards radiona_ulx3s.py",
    },
    Board {
        name: "ulx3s-85f",
        title: "ULX3S 85F",
        device: Device::Ecp5Lfe85 { speed: 6 },
        package: "CABGA381",
        clock_hz: 25_000_000,
        baud: 3_000_000,
        pins: ULX3S_PINS,
        core: ECP5_85F,
        loader: "openFPGALoader -b ulx3s",
        source: "emard/ulx3s ulx3s_v20.lpf; amaranth-boards ulx3s.py; litex-boards radiona_ulx3s.py",
    },
    Board {
        name: "colorlight-i5",
        title: "Colorlight i5 v7.0 on its extension board",
        device: Device::Ecp5Lfe25 { speed: 6 },
        package: "CABGA381",
        clock_hz: 25_000_000,
        baud: 1_000_000,
        pins: Pins { clock: "P3", tx: "J17", rx: "H18", leds: &["U16"], leds_active_low: true, hold_high: &[] },
        core: ECP5_25F,
        loader: "openFPGALoader -b colorlight-i5",
        source: "wuxx/Colorlight-FPGA-Projects src/i5/uart_tx/top.lpf; litex-boards colorlight_i5.py",
    },
    Board {
        name: "orangecrab-25f",
        title: "OrangeCrab r0.2 25F (serial adapter on the header)",
        device: Device::Ecp5Lfe25 { speed: 8 },
        package: "CSFBGA285",
        clock_hz: 48_000_000,
        baud: 3_000_000,
        pins: Pins {
            clock: "A9",
            tx: "M18",
            rx: "N17",
            leds: &["K4", "M3", "J3"],
            leds_active_low: true,
            hold_high: &[],
        },
        core: ECP5_25F,
        loader: "openFPGALoader -b orangeCrab",
        source: "orangecrab-examples orangecrab_r0.2.1.pcf; litex-boards gsd_orangecrab.py",
    },
];

impl Board {
    /// Clock cycles of a bit on the serial line, to the nearest.
    #[must_use]
    pub fn clocks_per_bit(&self) -> u16 {
        ((self.clock_hz + self.baud / 2) / self.baud) as u16
    }
}

/// The board of that name.
#[must_use]
pub fn board_named(name: &str) -> Option<&'static Board> {
    BOARDS.iter().find(|board| board.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_runs_within_two_percent_of_its_speed_or_as_near_as_the_clock_allows() {
        for board in &BOARDS {
            let baud = f64::from(board.clock_hz) / f64::from(board.clocks_per_bit());
            let off = (baud / f64::from(board.baud) - 1.0).abs();
            assert!(off < 0.045, "{}: {baud} baud instead of {}", board.name, board.baud);
        }
    }

    #[test]
    fn no_pin_of_a_board_serves_twice() {
        for Board { name, pins, .. } in BOARDS {
            let mut used = [&[pins.clock, pins.tx, pins.rx][..], pins.leds, pins.hold_high].concat();
            let count = used.len();
            used.sort_unstable();
            used.dedup();
            assert_eq!(used.len(), count, "{name}");
            assert_eq!(board_named(name).map(|board| board.name), Some(name));
        }
    }
}
