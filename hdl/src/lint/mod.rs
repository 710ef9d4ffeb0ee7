//! What rust-hdl would translate into Verilog that means something else, found before any Verilog is written.
//!
//! rust-hdl prints an expression token by token: no parentheses of its own, casts as masks, numbers with 32 bits. Verilog
//! then computes an expression in the width of its widest part, Rust every operation in the width of its type. The lint
//! knows both widths of every part and refuses what differs.

mod expression;
mod fault;
mod keywords;
mod module;
mod order;
mod statement;

use rust_hdl::prelude::Block;

pub use fault::{Cause, Fault};

/// Every fault of a block and of all the blocks in it; `name` is the name of the module.
#[must_use]
pub fn lint(block: &dyn Block, name: &str) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for module in module::modules(block, name) {
        for fault in module.name_faults().into_iter().chain(statement::faults(&module)) {
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
    }
    faults
}
