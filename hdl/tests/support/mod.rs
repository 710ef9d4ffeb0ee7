//! Tiny blocks, and what the lint says of them.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use hdl::emit::verilog;
use hdl::lint::{Fault, lint};
use rust_hdl::prelude::Block;

/// A block of the given fields (`= value` where `Default` does not do) and update.
macro_rules! block {
    ($name:ident { $($field:ident: $kind:ty $(= $value:expr)?),* $(,)? } $($update:tt)*) => {
        #[derive(LogicBlock)]
        struct $name { $(pub $field: $kind),* }

        impl $name {
            fn new() -> Self {
                Self { $($field: support::block!(@value $($value)?)),* }
            }
        }

        impl Logic for $name {
            $($update)*
        }
    };
    (@value $value:expr) => { $value };
    (@value) => { Default::default() };
}
pub(crate) use block;

/// All faults of a block.
pub fn faults(mut block: impl Block) -> Vec<Fault> {
    block.connect_all();
    lint(&block, "top")
}

/// The fault of a block that has one.
pub fn only_fault(block: impl Block) -> Fault {
    let mut faults = faults(block);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults.remove(0)
}

/// Asserts that Verilog comes of a block.
pub fn clean(mut block: impl Block) {
    block.connect_all();
    if let Err(error) = verilog(&block, "top") {
        panic!("{error}");
    }
}
