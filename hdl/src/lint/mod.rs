//! Finds code that rust-hdl would translate to Verilog with a different meaning, before any Verilog is emitted.
//!
//! rust-hdl prints an expression token by token: without adding parentheses, casts as masks, numbers with 32 bits. Verilog then
//! computes an expression in the width of its widest operand, Rust each operation in the width of its type. The lint knows both
//! widths of every operand and refuses expressions whose values differ.

mod expression;
mod fault;
mod keywords;
mod module;
mod order;
mod scope;
mod statement;

use rust_hdl::prelude::Block;

pub use fault::{Cause, Fault};

/// All faults of a block and its sub-blocks; `name` is the name of the module.
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
