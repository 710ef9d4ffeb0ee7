//! The core of motorSRNN in rust-hdl, one block per file.
//!
//! Rules that every block follows unless it states otherwise:
//! * One clock, no reset: registers are 0 after configuration. Memories start undefined.
//! * A *stream* is `data`, `valid`, `ready`; a *transfer* is a cycle in which both are high; `valid` never waits for `ready`.
//! * A *strobe* is high for one cycle.
//! * The word that a memory returns for an address written in the same cycle is undefined and never used.

pub mod board;
pub mod cast;
pub mod core;
pub mod emit;
pub mod fifo;
pub mod link;
pub mod lint;
mod literals;
pub mod multiplier;
pub mod ram;
pub mod setting;
pub mod technology;
pub mod testbench;
pub mod top;
