//! What a bitstream is made of: Verilog and constraints.

use std::path::{Path, PathBuf};

use hdl::top::Top;
use hdl::top::constraints::Constraints;
use spec::board::{BOARDS, Board};

use crate::error::FlowError;
use crate::files;

/// The sources of a board's bitstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// Verilog of the whole chip; the top module is `hdl::top::TOP`.
    pub verilog: String,
    /// Which port is which pin.
    pub constraints: Constraints,
}

impl Sources {
    /// Those of a board.
    ///
    /// # Errors
    /// What the lint finds.
    pub fn of(board: &Board) -> Result<Self, FlowError> {
        Ok(Self { verilog: Top::verilog(board)?, constraints: Constraints::of(board) })
    }

    /// Writes both into a folder, named after the board; gives their paths.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, board: &Board, folder: &Path) -> Result<[PathBuf; 2], FlowError> {
        let verilog = folder.join(format!("{}.v", board.name));
        let constraints = folder.join(self.constraints.file_name(board));
        files::write(&verilog, self.verilog.as_bytes())?;
        files::write(&constraints, self.constraints.text.as_bytes())?;
        Ok([verilog, constraints])
    }
}

/// Writes the constraints of all boards into a folder.
///
/// # Errors
/// A folder that cannot be written.
pub fn write_constraints(folder: &Path) -> Result<(), FlowError> {
    BOARDS.iter().try_for_each(|board| {
        let constraints = Constraints::of(board);
        files::write(&folder.join(constraints.file_name(board)), constraints.text.as_bytes())
    })
}

/// Compares the constraints in a folder with what would be written.
///
/// # Errors
/// Those that differ.
pub fn check_constraints(folder: &Path) -> Result<(), FlowError> {
    let differs = |board: &&Board| {
        let constraints = Constraints::of(board);
        files::read(&folder.join(constraints.file_name(board))).ok().as_deref() != Some(constraints.text.as_bytes())
    };
    let stale: Vec<String> = BOARDS
        .iter()
        .filter(differs)
        .map(|board| format!("constraints of {} are not those of spec::board", board.name))
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(FlowError::Stale { files: stale, command: "cargo xtask constraints" })
}
