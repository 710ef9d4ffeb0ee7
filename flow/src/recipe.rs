//! How each chip's bitstream is made: what every program is told.

use hdl::technology::Technology;
use hdl::top::TOP;
use spec::board::{Board, Device};
use tools::Architecture;

/// The steps of an open tool chain; all file names are relative to the folder that it works in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Which nextpnr and which packer.
    pub architecture: Architecture,
    /// The Yosys command for the family, but for the name of the top.
    pub synthesis_command: String,
    /// What nextpnr is told of the chip and its clock.
    pub chip: Vec<String>,
    /// What nextpnr is told of files.
    routing_files: Vec<String>,
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
        let mut recipe = match board.device {
            Device::Ice40Up5k { package } => ice40(package),
            Device::Ecp5Lfe25 { package, speed } => ecp5("--25k", package, speed),
            Device::Ecp5Lfe85 { package, speed } => ecp5("--85k", package, speed),
            Device::Gowin { part, die, family } => gowin(part, die, family),
            Device::Xilinx7 { .. } => return None,
        };
        recipe.chip.extend(["--freq".to_owned(), (f64::from(board.clock_hz) / 1e6).to_string()]);
        Some(recipe)
    }

    /// Yosys commands from Verilog to a netlist. Places in the sources are left out, since some are paths of this machine.
    #[must_use]
    pub fn synthesis(&self) -> String {
        let command = &self.synthesis_command;
        format!("read_verilog {TOP}.v\n{command} -top {TOP}\nsetattr -unset src *\nwrite_json {TOP}.json\n")
    }

    /// Arguments of nextpnr.
    #[must_use]
    pub fn place_and_route(&self, seed: u32) -> Vec<String> {
        let common = owned(&["--json", &format!("{TOP}.json"), "--report", REPORT, "--seed", &seed.to_string()]);
        [&self.chip[..], &self.routing_files, &common].concat()
    }

    /// Every step, for people: Yosys commands, then arguments of the others.
    #[must_use]
    pub fn told(&self, seed: u32) -> Vec<String> {
        let others = [self.place_and_route(seed).join(" "), self.packing.join(" ")];
        self.synthesis().lines().map(str::to_owned).chain(others).collect()
    }
}

fn owned(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|argument| (*argument).to_owned()).collect()
}

fn synthesis_command(technology: Technology) -> String {
    technology.synthesis_command().unwrap_or_default().to_owned()
}

fn ice40(package: &str) -> Recipe {
    let (pins, routed, bitstream) = (format!("{TOP}.pcf"), format!("{TOP}.asc"), format!("{TOP}.bin"));
    Recipe {
        architecture: Architecture::Ice40,
        synthesis_command: synthesis_command(Technology::Ice40Up5k),
        chip: owned(&["--up5k", "--package", package]),
        routing_files: owned(&["--pcf", &pins, "--asc", &routed]),
        packing: owned(&[&routed, &bitstream]),
        bitstream,
        timing_is_certified: true,
    }
}

fn ecp5(size: &str, package: &str, speed: u8) -> Recipe {
    let (pins, routed, bitstream) = (format!("{TOP}.lpf"), format!("{TOP}.config"), format!("{TOP}.bit"));
    Recipe {
        architecture: Architecture::Ecp5,
        synthesis_command: synthesis_command(Technology::Ecp5),
        chip: owned(&[size, "--package", package, "--speed", &speed.to_string()]),
        routing_files: owned(&["--lpf", &pins, "--textcfg", &routed]),
        packing: owned(&["--compress", "--input", &routed, "--bit", &bitstream]),
        bitstream,
        timing_is_certified: true,
    }
}

/// Delays from block RAM and through multipliers are not in the open tools' model of Gowin chips.
fn gowin(part: &str, die: &str, family: &str) -> Recipe {
    let (routed, bitstream) = (format!("{TOP}.routed.json"), format!("{TOP}.fs"));
    Recipe {
        architecture: Architecture::Gowin,
        synthesis_command: format!("{} -family {family}", synthesis_command(Technology::Gowin)),
        chip: owned(&["--device", part, "--vopt", &format!("family={die}")]),
        routing_files: owned(&["--vopt", &format!("cst={TOP}.cst"), "--write", &routed]),
        packing: owned(&["-d", die, "-o", &bitstream, &routed]),
        bitstream,
        timing_is_certified: false,
    }
}
