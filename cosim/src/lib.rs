//! The Verilog of the core behind a Rust API, made of the rust-hdl sources by the build.
//!
//! A [`Simulator`] is one instance of a top module. Instances share nothing, so that tests run as many as they like.

pub mod core_pins;
mod ffi;
pub mod lockstep;
pub mod model;
mod simulator;
pub mod small;

pub use simulator::{SerialPins, Simulator, Top, TraceError};

/// For `benches/cycles.rs` alone.
#[doc(hidden)]
pub use ffi::hand_written_loop;
