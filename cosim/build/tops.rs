//! The top modules that models are made of.

use hdl::board::{Board, BoardSettings};
use hdl::core::{Core, LifElement};
use hdl::fifo::Fifo;
use hdl::ram::RamStyle;
use hdl::technology::Technology;
use rust_hdl::prelude::Block;
use spec::core::{CoreConfiguration, ECP5_25F, ECP5_85F, UP5K};

use crate::blocks::{Arithmetic, DelayLine};
use crate::ports::{self, Port};

/// A top module.
pub struct Top {
    /// Its name in every language.
    pub name: &'static str,
    /// Its Verilog.
    pub verilog: String,
    /// Its ports.
    pub ports: Vec<Port>,
}

/// Two lanes that are full soon, for tests of what happens at the limits.
const SMALL: CoreConfiguration = CoreConfiguration {
    lanes: 2,
    neurons_per_lane: 16,
    channels: 64,
    synapse_words_per_lane: 512,
    readouts: 4,
    replay_frames: 4,
};

/// The fastest line that there is, so that links can be tested with many frames.
const SMALL_BOARD: BoardSettings =
    BoardSettings { core: SMALL, technology: Technology::Ecp5, clock_hz: 4_000_000, clocks_per_bit: 4 };

fn board_of(name: &str) -> Result<BoardSettings, String> {
    spec::board::board_named(name).map(BoardSettings::of).ok_or_else(|| format!("there is no board {name}"))
}

/// All of them.
///
/// # Errors
/// What the lint and the checks of rust-hdl say.
pub fn tops() -> Result<Vec<Top>, String> {
    Ok(vec![
        top("fifo", Fifo::<4, 16>::new(RamStyle::Block))?,
        top("arithmetic", Arithmetic::default())?,
        top("delay_line", DelayLine::default())?,
        top("lif_element", LifElement::new())?,
        top("core_small", Core::new(&SMALL, Technology::Ecp5))?,
        top("core_up5k", Core::new(&UP5K.configuration, Technology::Ice40Up5k))?,
        top("core_ecp5_25f", Core::new(&ECP5_25F.configuration, Technology::Ecp5))?,
        top("core_ecp5_85f", Core::new(&ECP5_85F.configuration, Technology::Ecp5))?,
        top("board_small", Board::new(&SMALL_BOARD))?,
        top("board_up5k", Board::new(&board_of("icebreaker")?))?,
        top("board_ecp5_25f", Board::new(&board_of("ulx3s-25f")?))?,
        top("board_ecp5_85f", Board::new(&board_of("ulx3s-85f")?))?,
    ])
}

fn top(name: &'static str, mut block: impl Block) -> Result<Top, String> {
    block.connect_all();
    let verilog = hdl::emit::verilog(&block, name).map_err(|error| error.to_string())?;
    Ok(Top { name, verilog, ports: ports::of(&block) })
}
