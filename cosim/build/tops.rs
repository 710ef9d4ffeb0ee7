//! The top modules to simulate.

use hdl::board::{Board, BoardSettings};
use hdl::core::{Core, LifElement};
use hdl::fifo::Fifo;
use hdl::ram::RamStyle;
use hdl::technology::Technology;
use rust_hdl::prelude::Block;
use spec::core::{ECP5_25F, ECP5_85F, UP5K};

use crate::blocks::{Arithmetic, DelayLine};
use crate::line::CLOCKS_PER_BIT;
use crate::ports::{self, Port};
use crate::small::SMALL;

/// A top module.
pub struct Top {
    /// Its name in every language.
    pub name: &'static str,
    /// Its Verilog.
    pub verilog: String,
    /// Its ports.
    pub ports: Vec<Port>,
    /// The name of the board in `spec::board`, if it is one.
    pub board: Option<&'static str>,
}

/// The shortest bit that the receiver can sample, so that link tests get through many frames.
const SMALL_BOARD: BoardSettings =
    BoardSettings { core: SMALL, technology: Technology::Ecp5, clock_hz: 4_000_000, clocks_per_bit: 4 };

/// Emits a top; it fails with the faults that the lint and rust-hdl's checks find.
pub type Emit = fn() -> Result<Top, String>;

/// The boards that the program simulates; with the feature `all-models` also the tops of tests and benches.
pub fn tops() -> Vec<Emit> {
    let mut tops: Vec<Emit> = vec![
        || board("board_ecp5_85f", "ulx3s-85f"),
        || board("board_ecp5_25f", "ulx3s-25f"),
        || board("board_up5k", "icebreaker"),
        || board("board_gowin", "tang-nano-9k"),
    ];
    if cfg!(feature = "all-models") {
        tops.extend(TEST_TOPS);
    }
    tops
}

const TEST_TOPS: [Emit; 10] = [
    || top("core_ecp5_85f", Core::new(&ECP5_85F.configuration, Technology::Ecp5)),
    || top("core_ecp5_25f", Core::new(&ECP5_25F.configuration, Technology::Ecp5)),
    || top("core_up5k", Core::new(&UP5K.configuration, Technology::Ice40Up5k)),
    || top("core_small", Core::new(&SMALL, Technology::Ecp5)),
    || top("board_small", Board::new(&SMALL_BOARD)),
    || top("lif_element_ecp5", LifElement::new(Technology::Ecp5)),
    || top("lif_element_up5k", LifElement::new(Technology::Ice40Up5k)),
    || top("fifo", Fifo::<4, 16>::new(RamStyle::Block)),
    || top("arithmetic", Arithmetic::new()),
    || top("delay_line", DelayLine::new()),
];

fn top(name: &'static str, mut block: impl Block) -> Result<Top, String> {
    block.connect_all();
    let verilog = hdl::emit::verilog(&block, name).map_err(|error| error.to_string())?;
    Ok(Top { name, verilog, ports: ports::of(&block), board: None })
}

fn board(name: &'static str, board: &'static str) -> Result<Top, String> {
    let settings = spec::board::board_named(board).map(BoardSettings::of);
    let settings = settings.ok_or_else(|| format!("there is no board {board}"))?;
    let settings = BoardSettings { clocks_per_bit: CLOCKS_PER_BIT, ..settings };
    Ok(Top { board: Some(board), ..top(name, Board::new(&settings))? })
}
