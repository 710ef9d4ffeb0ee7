//! The steps from Verilog to a bitstream for each chip: commands of Yosys, nextpnr and the packer.

use hdl::technology::Technology;
use hdl::top::TOP;
use spec::board::{Board, Device};
use tools::Architecture;

/// The steps of an open tool chain; file names are relative to the working folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Selects nextpnr and the packer.
    pub architecture: Architecture,
    /// Yosys' synthesis command for the family, without the name of the top module.
    pub synthesis_command: String,
    /// Arguments of nextpnr for the chip and its clock.
    pub chip: Vec<String>,
    /// Arguments of nextpnr for its files.
    routing_files: Vec<String>,
    /// Arguments of the packer.
    pub packing: Vec<String>,
    /// File name of the bitstream.
    pub bitstream: String,
    /// Whether nextpnr knows the delays of all cells that the core uses.
    pub timing_is_certified: bool,
}

/// File name of nextpnr's report.
pub const REPORT: &str = "report.json";

impl Recipe {
    /// The recipe of a board; none if only the vendor's tools can build its bitstream.
    #[must_use]
    pub fn of(board: &Board) -> Option<Self> {
        let synthesis_command = Technology::of(board.device).synthesis_command()?;
        let mut recipe = match board.device {
            Device::Ice40Up5k { package } => ice40(synthesis_command, package),
            Device::Ecp5Lfe25 { package, speed } => ecp5(synthesis_command, "--25k", package, speed),
            Device::Ecp5Lfe85 { package, speed } => ecp5(synthesis_command, "--85k", package, speed),
            Device::Gowin { part, die, family } => gowin(synthesis_command, part, die, family),
            Device::Xilinx7 { .. } => return None,
        };
        recipe.chip.extend(["--freq".to_owned(), (f64::from(board.clock_hz) / 1e6).to_string()]);
        Some(recipe)
    }

    /// Yosys commands from Verilog to a netlist, without source locations, because some contain paths of this machine.
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

    /// All steps as a manifest lists them: Yosys commands, then arguments of the other tools.
    #[must_use]
    pub fn steps(&self, seed: u32) -> Vec<String> {
        let others = [self.place_and_route(seed).join(" "), self.packing.join(" ")];
        self.synthesis().lines().map(str::to_owned).chain(others).collect()
    }
}

fn owned(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|argument| (*argument).to_owned()).collect()
}

fn ice40(synthesis_command: &str, package: &str) -> Recipe {
    let (pins, routed, bitstream) = (format!("{TOP}.pcf"), format!("{TOP}.asc"), format!("{TOP}.bin"));
    Recipe {
        architecture: Architecture::Ice40,
        synthesis_command: synthesis_command.to_owned(),
        chip: owned(&["--up5k", "--package", package]),
        routing_files: owned(&["--pcf", &pins, "--asc", &routed]),
        packing: owned(&[&routed, &bitstream]),
        bitstream,
        timing_is_certified: true,
    }
}

fn ecp5(synthesis_command: &str, size: &str, package: &str, speed: u8) -> Recipe {
    let (pins, routed, bitstream) = (format!("{TOP}.lpf"), format!("{TOP}.config"), format!("{TOP}.bit"));
    Recipe {
        architecture: Architecture::Ecp5,
        synthesis_command: synthesis_command.to_owned(),
        chip: owned(&[size, "--package", package, "--speed", &speed.to_string()]),
        routing_files: owned(&["--lpf", &pins, "--textcfg", &routed]),
        packing: owned(&["--compress", "--input", &routed, "--bit", &bitstream]),
        bitstream,
        timing_is_certified: true,
    }
}

/// The open tools do not know the delays of Gowin's block RAM and multipliers.
fn gowin(synthesis_command: &str, part: &str, die: &str, family: &str) -> Recipe {
    let (routed, bitstream) = (format!("{TOP}.routed.json"), format!("{TOP}.fs"));
    Recipe {
        architecture: Architecture::Gowin,
        synthesis_command: format!("{synthesis_command} -family {family}"),
        chip: owned(&["--device", part, "--vopt", &format!("family={die}")]),
        routing_files: owned(&["--vopt", &format!("cst={TOP}.cst"), "--write", &routed]),
        packing: owned(&["-d", die, "-o", &bitstream, &routed]),
        bitstream,
        timing_is_certified: false,
    }
}
