//! The bit-exact reference of the core, and a board made of it behind the wire protocol.
//!
//! [`Core`] knows no clock, no file, no floating point and no lane: lanes are a matter of speed, not of results.
#![deny(missing_docs)]

mod board;
mod core;
pub mod network;

pub use board::ModelBoard;
pub use core::{Core, TickError, TickOutcome};
