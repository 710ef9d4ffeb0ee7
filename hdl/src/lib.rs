//! The core of motorSRNN in rust-hdl, one block a file.
//!
//! Rules that every block follows, and says where it does not:
//! * One clock, no reset: registers start at 0 when the chip is configured. Memories start undefined.
//! * A *stream* is `data`, `valid`, `ready`; a *transfer* is a cycle in which both are high; `valid` never waits for `ready`.
//! * A *strobe* is high for one cycle.
//! * Nothing is read and written at the same address of a memory in the same cycle by anyone who uses what was read.

pub mod board;
pub mod cast;
pub mod core;
pub mod emit;
pub mod fifo;
pub mod link;
pub mod lint;
pub mod multiplier;
pub mod ram;
pub mod setting;
pub mod technology;
pub mod testbench;
pub mod top;
