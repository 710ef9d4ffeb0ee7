//! Driving a block by hand in rust-hdl's own simulator, without its threads.

use rust_hdl::prelude::*;

/// More delta passes than any block needs that has no combinational loop.
const MAX_PASSES: usize = 100;

/// Lets the outputs follow the inputs; to be called after inputs change and before outputs are looked at.
///
/// # Panics
/// If the block does not come to rest.
pub fn settle<T: Block>(block: &mut T) {
    for _ in 0..MAX_PASSES {
        block.update_all();
        if !block.has_changed() {
            return;
        }
    }
    panic!("the block does not come to rest within {MAX_PASSES} passes");
}

/// One clock cycle: inputs settle, the clock rises, outputs settle, the clock falls.
///
/// The clock is told by a closure: `cycle(&mut block, |block| &mut block.clock)`.
///
/// # Panics
/// If the block does not come to rest.
pub fn cycle<T: Block>(block: &mut T, clock: fn(&mut T) -> &mut Signal<In, Clock>) {
    settle(block);
    for level in [true, false] {
        clock(block).next = level.into();
        settle(block);
    }
}

/// The block, ready to be driven or turned into Verilog.
#[must_use]
pub fn connected<T: Block>(mut block: T) -> T {
    block.connect_all();
    block
}
