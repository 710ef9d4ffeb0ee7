//! The Verilog of the core behind a Rust API, built from the rust-hdl sources.
//!
//! A [`Simulator`] is one instance of a top module. Instances share nothing, so tests may run any number of them.
//! A [`SimulatedBoard`] is a board behind its serial line, and [`pty`] turns one into a serial port of the system.

mod board;
#[cfg(feature = "all-models")]
pub mod core_pins;
mod faulty_wire;
mod ffi;
mod line;
#[cfg(feature = "all-models")]
pub mod lockstep;
pub mod model;
#[cfg(unix)]
pub mod pty;
mod simulator;
#[cfg(feature = "all-models")]
pub mod small;
mod top;
pub mod uart;
pub mod variables;
mod waveform;

pub use board::SimulatedBoard;
pub use faulty_wire::{Faults, FaultyWire};
pub use simulator::{SerialPins, Simulator};
pub use top::Top;
pub use waveform::{TraceError, Traced};

/// Identifies the Verilog of the boards.
pub const HARDWARE: &str = env!("MOTORSRNN_HARDWARE");

/// For `benches/cycles.rs` alone.
#[cfg(feature = "all-models")]
#[doc(hidden)]
pub use ffi::hand_written_loop;
