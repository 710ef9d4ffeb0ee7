//! Drives a block in rust-hdl's own simulator, without its threads.

use rust_hdl::prelude::*;

/// More delta cycles than a block without a combinational loop needs.
const MAX_PASSES: usize = 100;

/// Updates the outputs from the inputs.
///
/// # Panics
/// If the block does not settle.
pub fn settle<T: Block>(block: &mut T) {
    for _ in 0..MAX_PASSES {
        block.update_all();
        if !block.has_changed() {
            return;
        }
    }
    panic!("the block does not settle within {MAX_PASSES} delta cycles");
}

/// Runs a clock cycle: inputs settle, the clock rises, outputs settle, the clock falls.
///
/// A closure returns the clock: `cycle(&mut block, |block| &mut block.clock)`.
///
/// # Panics
/// If the block does not settle.
pub fn cycle<T: Block>(block: &mut T, clock: fn(&mut T) -> &mut Signal<In, Clock>) {
    settle(block);
    for level in [true, false] {
        clock(block).next = level.into();
        settle(block);
    }
}

/// The block with its signals connected, ready to be driven or emitted.
#[must_use]
pub fn connected<T: Block>(mut block: T) -> T {
    block.connect_all();
    block
}
