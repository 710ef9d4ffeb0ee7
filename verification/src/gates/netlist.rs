//! The netlist of a board after synthesis, and the simulation models of its cells.

use std::path::{Path, PathBuf};

use flow::files;
use flow::recipe::Recipe;
use flow::sources::Sources;
use spec::board::{Board, Device};
use tools::workspace::build_directory;
use tools::{Environment, Yosys};

use crate::gates::error::GateError;
use crate::gates::pins::{GateBoard, GatePins};
use crate::gates::program::Source;

/// The main program of a simulation.
const MAIN: &str = include_str!("../../cpp/pins.cpp");

/// Verilog that consists of a chip's cells.
#[derive(Clone, Debug)]
pub struct Netlist {
    board: Board,
    /// Name of its simulation.
    name: String,
    verilog: String,
}

impl Netlist {
    /// Synthesizes a board with the commands of its bitstream, in the folder `work`, which is emptied first.
    ///
    /// # Errors
    /// A board without an open tool chain, or a failure of Yosys.
    pub fn synthesized(board: &Board, work: &Path) -> Result<Self, GateError> {
        let recipe = Recipe::of(board).ok_or_else(|| GateError::NoCells(board.name.to_owned()))?;
        let sources = Sources::of(board)?;
        files::empty(work)?;
        files::write(&work.join("top.v"), sources.verilog.as_bytes())?;
        let yosys = Yosys::find(&Environment::of(&build_directory()))?;
        yosys.run(&format!("{}write_verilog -noattr {NETLIST}\n", recipe.synthesis()), work)?;
        let verilog = String::from_utf8_lossy(&files::read(&work.join(NETLIST))?).into_owned();
        Ok(Self::new(board, &format!("{}-synthesized", board.name), verilog))
    }

    /// A netlist with the ports of a board's top module.
    pub(crate) fn new(board: &Board, name: &str, verilog: String) -> Self {
        Self { board: *board, name: name.to_owned(), verilog }
    }

    /// Compiles and starts the simulation; the chip is in its state after configuration.
    ///
    /// # Errors
    /// A chip without cell models, or a failure of Verilator or the compiler.
    pub fn simulated(&self) -> Result<GateBoard, GateError> {
        let yosys = Yosys::find(&Environment::of(&build_directory()))?;
        let [cells, library] = cells(&self.board, &yosys)?;
        let source =
            Source { name: &self.name, verilog: &self.verilog, cells: &cells, library: Some(&library), main: MAIN };
        let folder = folder();
        let program = source.program(&folder)?;
        let log = folder.join(format!("{}.log", self.name));
        let pins = GatePins::start(&program, edges_per_cycle(&self.board), &log)?;
        Ok(GateBoard::new(pins, f64::from(self.board.clocks_per_bit())))
    }
}

const NETLIST: &str = "netlist.v";

/// The folder of simulations.
#[must_use]
pub fn folder() -> PathBuf {
    build_directory().join("gates")
}

/// Edges of the oscillator in a cycle of the core. The model of a PLL passes its input on, and the core of an iCE40 runs at
/// half the PLL's frequency.
fn edges_per_cycle(board: &Board) -> u32 {
    match board.device {
        Device::Ice40Up5k { .. } if board.oscillator_hz != board.clock_hz => 4,
        _ => 2,
    }
}

/// Simulation models of a chip's cells: the project's own, and Yosys' for all others.
fn cells(board: &Board, yosys: &Yosys) -> Result<[PathBuf; 2], GateError> {
    let family = match board.device {
        Device::Ice40Up5k { .. } => "ice40",
        Device::Ecp5Lfe25 { .. } | Device::Ecp5Lfe85 { .. } => "ecp5",
        Device::Gowin { .. } | Device::Xilinx7 { .. } => return Err(GateError::NoCells(board.name.to_owned())),
    };
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("cells").join(family).with_extension("v");
    Ok([own, yosys.share().join(family).join("cells_sim.v")])
}
