//! Constraint files for place and route: the pins of the ports of [`Top`](super::Top).

use std::fmt::Write as _;

use spec::board::{Board, Device, IO_STANDARD};

/// First line of every file.
const ORIGIN: &str = "Generated from spec::board by `cargo xtask constraints`.";

/// A constraint file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraints {
    /// Its file extension.
    pub extension: &'static str,
    /// Its content.
    pub text: String,
    /// The ports of the top, each with its pin.
    pub pins: Vec<(String, &'static str)>,
}

/// A port of the top and its pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Oscillator,
    /// With a pull-up, so that an open line is idle.
    Rx,
    Output,
}

struct Pin {
    port: String,
    site: &'static str,
    standard: &'static str,
    kind: Kind,
}

impl Constraints {
    /// The constraints of a board.
    #[must_use]
    pub fn of(board: &Board) -> Self {
        let pins = pins(board);
        let (extension, comment, body) = match board.device {
            Device::Ice40Up5k { .. } => ("pcf", "#", pcf(board, &pins)),
            Device::Ecp5Lfe25 { .. } | Device::Ecp5Lfe85 { .. } => ("lpf", "#", lpf(board, &pins)),
            Device::Gowin { .. } => ("cst", "//", cst(&pins)),
            Device::Xilinx7 { .. } => ("xdc", "#", xdc(board, &pins)),
        };
        let text = format!("{comment} {}. {ORIGIN}\n{body}", board.title);
        Self { extension, text, pins: pins.into_iter().map(|pin| (pin.port, pin.site)).collect() }
    }

    /// Name of the file for a board.
    #[must_use]
    pub fn file_name(&self, board: &Board) -> String {
        format!("{}.{}", board.name, self.extension)
    }
}

fn pins(board: &Board) -> Vec<Pin> {
    let pins = board.pins;
    let pin = |port: &str, site, kind| Pin { port: port.to_owned(), site, standard: IO_STANDARD, kind };
    let mut all = vec![
        pin("oscillator", pins.oscillator, Kind::Oscillator),
        pin("rx", pins.rx, Kind::Rx),
        pin("tx", pins.tx, Kind::Output),
    ];
    all.extend(pins.leds.iter().enumerate().map(|(number, led)| Pin {
        standard: pins.led_standard,
        ..pin(&format!("leds${number}"), led.pin, Kind::Output)
    }));
    let held = pins.hold_high.iter().enumerate();
    all.extend(held.map(|(number, site)| pin(&format!("hold_high${number}"), site, Kind::Output)));
    all
}

fn megahertz(board: &Board) -> f64 {
    f64::from(board.oscillator_hz) / 1e6
}

/// iCE40, for nextpnr.
fn pcf(board: &Board, pins: &[Pin]) -> String {
    let mut text = String::new();
    for Pin { port, site, kind, .. } in pins {
        let pull = if *kind == Kind::Rx { "-pullup yes " } else { "" };
        let _ = writeln!(text, "set_io {pull}{port} {site}");
    }
    let _ = writeln!(text, "set_frequency oscillator {}", megahertz(board));
    text
}

/// ECP5, for nextpnr.
fn lpf(board: &Board, pins: &[Pin]) -> String {
    let mut text = String::new();
    for Pin { port, site, standard, kind } in pins {
        let pull = if *kind == Kind::Rx { " PULLMODE=UP" } else { "" };
        let _ = writeln!(text, "LOCATE COMP \"{port}\" SITE \"{site}\";");
        let _ = writeln!(text, "IOBUF PORT \"{port}\" IO_TYPE={standard}{pull};");
    }
    let _ = writeln!(text, "FREQUENCY PORT \"oscillator\" {} MHZ;", megahertz(board));
    text
}

/// Gowin, for nextpnr; it takes frequencies on the command line only.
fn cst(pins: &[Pin]) -> String {
    let mut text = String::new();
    for Pin { port, site, standard, kind } in pins {
        let pull = if *kind == Kind::Rx { " PULL_MODE=UP" } else { "" };
        let _ = writeln!(text, "IO_LOC \"{port}\" {site};");
        let _ = writeln!(text, "IO_PORT \"{port}\" IO_TYPE={standard}{pull};");
    }
    text
}

/// Xilinx, for Vivado.
fn xdc(board: &Board, pins: &[Pin]) -> String {
    let mut text = String::new();
    for Pin { port, site, standard, kind } in pins {
        let pull = if *kind == Kind::Rx { " PULLUP TRUE" } else { "" };
        let _ = writeln!(
            text,
            "set_property -dict {{PACKAGE_PIN {site} IOSTANDARD {standard}{pull}}} [get_ports {{{port}}}]"
        );
    }
    let period_ns = 1e3 / megahertz(board);
    let _ = writeln!(text, "create_clock -name oscillator -period {period_ns:.3} [get_ports {{oscillator}}]");
    text
}
