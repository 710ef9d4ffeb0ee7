//! The core file for FuseSoC, with a target for each board.

use std::fmt::Write as _;

use hdl::top::TOP;
use spec::board::{BOARDS, Board, Device};
use tools::Architecture;

use crate::recipe::Recipe;

/// Text of the core file `motorsrnn.core`.
#[must_use]
pub fn core() -> String {
    let mut text = format!(
        "CAPI=2:\n\
         # Written by `cargo xtask boards` from spec::board and the recipes of bitstreams.\n\
         name: ::motorsrnn:{}\n\
         description: Spiking recurrent decoder of motor cortex, behind a serial line\n\n\
         generators:\n  \
           motorsrnn:\n    \
             interpreter: python3\n    \
             command: flow/fusesoc.py\n    \
             description: Verilog and constraints of a board, from rust-hdl\n\n\
         generate:\n",
        env!("CARGO_PKG_VERSION")
    );
    let targets: Vec<(&Board, String)> = BOARDS.iter().filter_map(|board| Some((board, target(board)?))).collect();
    for (Board { name, .. }, _) in &targets {
        let _ = writeln!(text, "  {name}:\n    generator: motorsrnn\n    parameters: {{board: {name}}}");
    }
    text.push_str("\ntargets:\n");
    for (board, target) in &targets {
        let _ = writeln!(text, "  {}:\n    description: {}\n{target}", board.name, board.title);
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

/// The target of a board; none if FuseSoC does not support the board's tools.
fn target(board: &Board) -> Option<String> {
    let (flow, options) = match (Recipe::of(board), board.device) {
        (Some(recipe), _) => (edalize(recipe.architecture)?, open_options(&recipe)),
        (None, Device::Xilinx7 { part }) => ("vivado", format!("part: {part}")),
        (None, _) => return None,
    };
    let name = board.name;
    Some(format!("    flow: {flow}\n    flow_options: {{{options}}}\n    generate: [{name}]\n    toplevel: {TOP}"))
}

fn edalize(architecture: Architecture) -> Option<&'static str> {
    match architecture {
        Architecture::Ice40 => Some("icestorm"),
        Architecture::Ecp5 => Some("trellis"),
        Architecture::Gowin => None,
    }
}

fn open_options(recipe: &Recipe) -> String {
    let synthesis: Vec<&str> = recipe.synthesis_command.split_ascii_whitespace().skip(1).collect();
    format!("yosys_synth_options: [{}], nextpnr_options: [{}]", quoted(&synthesis), quoted(&recipe.chip))
}

fn quoted<T: AsRef<str>>(words: &[T]) -> String {
    words.iter().map(|word| format!("\"{}\"", word.as_ref())).collect::<Vec<_>>().join(", ")
}
