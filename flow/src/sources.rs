//! The sources of a bitstream: Verilog and constraints.

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
    /// Pins of the ports.
    pub constraints: Constraints,
}

impl Sources {
    /// The sources of a board.
    ///
    /// # Errors
    /// The lint finds a fault.
    pub fn of(board: &Board) -> Result<Self, FlowError> {
        Ok(Self { verilog: Top::verilog(board)?, constraints: Constraints::of(board) })
    }

    /// Writes both to a folder, named after the board, and returns their paths.
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

/// Writes the constraints of all boards to a folder.
///
/// # Errors
/// A folder that cannot be written.
pub fn write_constraints(folder: &Path) -> Result<(), FlowError> {
    BOARDS.iter().try_for_each(|board| {
        let constraints = Constraints::of(board);
        files::write(&folder.join(constraints.file_name(board)), constraints.text.as_bytes())
    })
}
