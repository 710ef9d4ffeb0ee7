//! The Verilog of boards, and the blocks cut out of it.

use std::collections::BTreeMap;

use hdl::board::{Board, BoardSettings};
use rust_hdl::prelude::Block as _;
use spec::board::board_named;

use crate::blocks::{Block, Break};

/// Name of the top module, which is the prefix of all module names.
const TOP: &str = "board";

/// Boards by name.
pub struct Boards(BTreeMap<&'static str, Source>);

/// The settings and the Verilog of a board.
pub struct Source {
    pub settings: BoardSettings,
    verilog: String,
}

impl Boards {
    /// The boards of these names.
    ///
    /// # Errors
    /// An unknown board, or one whose Verilog cannot be emitted.
    pub fn named(names: impl IntoIterator<Item = &'static str>) -> Result<Self, String> {
        let mut boards = BTreeMap::new();
        for name in names {
            if boards.contains_key(name) {
                continue;
            }
            let board = board_named(name).ok_or_else(|| format!("unknown board {name}"))?;
            let settings = BoardSettings::of(board);
            let mut board = Board::new(&settings);
            board.connect_all();
            let verilog = hdl::emit::verilog(&board, TOP).map_err(|error| format!("{name}: {error}"))?;
            boards.insert(name, Source { settings, verilog });
        }
        Ok(Self(boards))
    }

    /// The board of this name.
    pub fn board(&self, name: &str) -> &Source {
        &self.0[name]
    }
}

impl Source {
    /// The modules of the block at a path.
    ///
    /// # Errors
    /// If the board has no such block.
    pub fn modules(&self, path: &str) -> Result<String, String> {
        let top = module_name(path);
        let is_part =
            |name: &str| name.strip_prefix(top.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('$'));
        let modules: Vec<&str> =
            modules(&self.verilog).filter(|(name, _)| is_part(name)).map(|(_, text)| text).collect();
        if modules.is_empty() {
            return Err(format!("the Verilog of the board has no module {top}"));
        }
        Ok(modules.concat())
    }
}

/// The modules of a block with a fault.
///
/// # Errors
/// The text to replace does not occur exactly once.
pub fn broken(modules: &str, block: &Block, broken: &Break) -> Result<String, String> {
    let count = modules.matches(broken.from).count();
    if count == 1 {
        return Ok(modules.replace(broken.from, broken.to));
    }
    Err(format!(
        "{}: for the fault \"{}\", `{}` must occur once, not {count} times",
        block.name, broken.what, broken.from
    ))
}

/// The module name of the block at a path.
pub fn module_name(path: &str) -> String {
    if path.is_empty() { TOP.to_owned() } else { format!("{TOP}${path}") }
}

/// Names and texts of all modules.
fn modules(verilog: &str) -> impl Iterator<Item = (&str, &str)> {
    let starts: Vec<usize> = verilog.match_indices("\nmodule ").map(|(at, _)| at + 1).collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([verilog.len()]).collect();
    starts.into_iter().zip(ends).filter_map(move |(start, end)| {
        let text = &verilog[start..end];
        let name = text.strip_prefix("module ")?.split('(').next()?;
        Some((name.trim(), text))
    })
}
