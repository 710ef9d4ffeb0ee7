//! The netlist of a board after synthesis, and what its cells do.

use std::path::{Path, PathBuf};

use flow::files;
use flow::recipe::Recipe;
use flow::sources::Sources;
use spec::board::{Board, Device};
use tools::{Environment, Verilator, Yosys};

use crate::error::GateError;
use crate::pins::{GateBoard, GatePins};
use crate::program::Source;

/// What drives the pins.
const MAIN: &str = include_str!("../cpp/pins.cpp");

/// Verilog made of cells of a chip.
#[derive(Clone, Debug)]
pub struct Netlist {
    board: Board,
    /// Name of the folder that it is simulated in.
    name: String,
    verilog: String,
}

impl Netlist {
    /// That of a board, by the commands that its bitstream is made with; `work` is emptied.
    ///
    /// # Errors
    /// A board of another chip, or what Yosys says.
    pub fn synthesized(board: &Board, build_directory: &Path, work: &Path) -> Result<Self, GateError> {
        let recipe = Recipe::of(board).ok_or_else(|| GateError::NoCells(board.name.to_owned()))?;
        let sources = Sources::of(board)?;
        files::empty(work)?;
        files::write(&work.join("top.v"), sources.verilog.as_bytes())?;
        let yosys = Yosys::find(&Environment::of(build_directory))?;
        yosys.run(&format!("{}write_verilog -noattr {NETLIST}\n", recipe.synthesis()), work)?;
        let verilog = String::from_utf8_lossy(&files::read(&work.join(NETLIST))?).into_owned();
        Ok(Self::new(board, &format!("{}-synthesized", board.name), verilog))
    }

    /// Verilog with the ports of a board's top.
    pub(crate) fn new(board: &Board, name: &str, verilog: String) -> Self {
        Self { board: *board, name: name.to_owned(), verilog }
    }

    /// The chip in simulation, just configured, behind its line.
    ///
    /// # Errors
    /// A chip whose cells are not known, or what Verilator and the compiler say.
    pub fn simulated(&self, build_directory: &Path) -> Result<GateBoard, GateError> {
        let environment = Environment::of(build_directory);
        let [cells, library] = cells(&self.board, &Yosys::find(&environment)?)?;
        let source =
            Source { name: &self.name, verilog: &self.verilog, cells: &cells, library: Some(&library), main: MAIN };
        let folder = folder(build_directory);
        let program = source.program(&Verilator::find(&environment)?, &folder)?;
        let log = folder.join(format!("{}.log", self.name));
        let pins = GatePins::start(&program, edges_per_cycle(&self.board), &log)?;
        Ok(GateBoard::new(pins, f64::from(self.board.clocks_per_bit())))
    }
}

const NETLIST: &str = "netlist.v";

/// Where simulations are kept.
#[must_use]
pub fn folder(build_directory: &Path) -> PathBuf {
    build_directory.join("gates")
}

/// Edges of the oscillator for a cycle of the core, where a PLL's output is as fast as its input: the core of an iCE40 has half
/// the PLL's clock.
fn edges_per_cycle(board: &Board) -> u32 {
    match board.device {
        Device::Ice40Up5k { .. } if board.oscillator_hz != board.clock_hz => 4,
        _ => 2,
    }
}

/// What the cells of a chip do: what the project says, and what Yosys says of the others.
fn cells(board: &Board, yosys: &Yosys) -> Result<[PathBuf; 2], GateError> {
    let family = match board.device {
        Device::Ice40Up5k { .. } => "ice40",
        Device::Ecp5Lfe25 { .. } | Device::Ecp5Lfe85 { .. } => "ecp5",
        Device::Gowin { .. } | Device::Xilinx7 { .. } => return Err(GateError::NoCells(board.name.to_owned())),
    };
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("cells").join(family).with_extension("v");
    Ok([own, yosys.share().join(family).join("cells_sim.v")])
}
