//! Small blocks and the faults that the lint finds in them.

use hdl::emit::verilog;
use hdl::lint::{Fault, lint};
use rust_hdl::prelude::Block;

/// Defines a block with these fields (`= value` in place of a default) and this update.
macro_rules! block {
    ($name:ident { $($field:ident: $kind:ty $(= $value:expr)?),* $(,)? } $($update:tt)*) => {
        #[derive(LogicBlock)]
        struct $name { $(pub $field: $kind),* }

        impl $name {
            fn new() -> Self {
                Self { $($field: $crate::lint_support::block!(@value $($value)?)),* }
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

/// The only fault of a block.
pub fn only_fault(block: impl Block) -> Fault {
    let mut faults = faults(block);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults.remove(0)
}

/// Asserts that a block has Verilog.
pub fn clean(mut block: impl Block) {
    block.connect_all();
    if let Err(error) = verilog(&block, "top") {
        panic!("{error}");
    }
}
