//! How each chip's bitstream is made: what every program is told.

use hdl::top::TOP;
use spec::board::{Board, Device};
use tools::Architecture;

/// The steps of an open tool chain; all file names are relative to the folder that it works in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Which nextpnr and which packer.
    pub architecture: Architecture,
    /// Yosys commands.
    pub synthesis: String,
    /// Arguments of nextpnr, but for the seed.
    pub place_and_route: Vec<String>,
    /// Arguments of the packer.
    pub packing: Vec<String>,
    /// Name of the bitstream.
    pub bitstream: String,
    /// Whether nextpnr knows the delays of everything that the core is made of.
    pub timing_is_certified: bool,
}

/// Name of nextpnr's report.
pub const REPORT: &str = "report.json";

impl Recipe {
    /// That of a board; none where only the vendor's tools make bitstreams.
    #[must_use]
    pub fn of(board: &Board) -> Option<Self> {
        let size = match board.device {
            Device::Ecp5Lfe25 { .. } => "--25k",
            _ => "--85k",
        };
        match board.device {
            Device::Ice40Up5k { package } => Some(ice40(board, package)),
            Device::Ecp5Lfe25 { package, speed } | Device::Ecp5Lfe85 { package, speed } => {
                Some(ecp5(board, size, package, speed))
            }
            Device::Gowin { part, die, family } => Some(gowin(board, part, die, family)),
            Device::Xilinx7 { .. } => None,
        }
    }
}

/// Verilog to a netlist. Places in the sources are left out, since some are paths of this machine.
fn synthesis(command: &str) -> String {
    format!("read_verilog {TOP}.v\n{command} -top {TOP}\nsetattr -unset src *\nwrite_json {TOP}.json\n")
}

fn place_and_route(board: &Board, arguments: &[&str]) -> Vec<String> {
    let megahertz = (f64::from(board.clock_hz) / 1e6).to_string();
    let netlist = format!("{TOP}.json");
    let common = ["--json", &netlist, "--report", REPORT, "--freq", &megahertz];
    arguments.iter().chain(&common).map(|argument| (*argument).to_owned()).collect()
}

fn owned(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|argument| (*argument).to_owned()).collect()
}

fn ice40(board: &Board, package: &str) -> Recipe {
    let pins = format!("{TOP}.pcf");
    let (routed, bitstream) = (format!("{TOP}.asc"), format!("{TOP}.bin"));
    Recipe {
        architecture: Architecture::Ice40,
        synthesis: synthesis("synth_ice40 -device u -dsp -spram"),
        place_and_route: place_and_route(board, &["--up5k", "--package", package, "--pcf", &pins, "--asc", &routed]),
        packing: owned(&[&routed, &bitstream]),
        bitstream,
        timing_is_certified: true,
    }
}

fn ecp5(board: &Board, size: &str, package: &str, speed: u8) -> Recipe {
    let (pins, speed) = (format!("{TOP}.lpf"), speed.to_string());
    let (routed, bitstream) = (format!("{TOP}.config"), format!("{TOP}.bit"));
    let arguments = [size, "--package", package, "--speed", &speed, "--lpf", &pins, "--textcfg", &routed];
    Recipe {
        architecture: Architecture::Ecp5,
        synthesis: synthesis("synth_ecp5"),
        place_and_route: place_and_route(board, &arguments),
        packing: owned(&["--compress", "--input", &routed, "--bit", &bitstream]),
        bitstream,
        timing_is_certified: true,
    }
}

/// Delays from block RAM and through multipliers are not in the open tools' model of Gowin chips.
fn gowin(board: &Board, part: &str, die: &str, family: &str) -> Recipe {
    let (pins, die_option) = (format!("cst={TOP}.cst"), format!("family={die}"));
    let (routed, bitstream) = (format!("{TOP}.routed.json"), format!("{TOP}.fs"));
    let arguments = ["--device", part, "--vopt", &die_option, "--vopt", &pins, "--write", &routed];
    Recipe {
        architecture: Architecture::Gowin,
        synthesis: synthesis(&format!("synth_gowin -family {family}")),
        place_and_route: place_and_route(board, &arguments),
        packing: owned(&["-d", die, "-o", &bitstream, &routed]),
        bitstream,
        timing_is_certified: false,
    }
}
