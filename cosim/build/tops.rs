//! The top modules that models are made of.

use hdl::fifo::Fifo;
use hdl::ram::RamStyle;
use rust_hdl::prelude::Block;

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

/// All of them.
///
/// # Errors
/// What the lint and the checks of rust-hdl say.
pub fn tops() -> Result<Vec<Top>, String> {
    Ok(vec![
        top("fifo", Fifo::<4, 16>::new(RamStyle::Block))?,
        top("arithmetic", Arithmetic::default())?,
        top("delay_line", DelayLine::default())?,
    ])
}

fn top(name: &'static str, mut block: impl Block) -> Result<Top, String> {
    block.connect_all();
    let verilog = hdl::emit::verilog(&block, name).map_err(|error| error.to_string())?;
    Ok(Top { name, verilog, ports: ports::of(&block) })
}
