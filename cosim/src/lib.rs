//! The Verilog of the core behind a Rust API, made of the rust-hdl sources by the build.
//!
//! A [`Simulator`] is one instance of a top module. Instances share nothing, so that tests run as many as they like.
//! A [`SimulatedBoard`] is one behind its serial line, and [`pty`] makes a serial port of that.

mod board;
pub mod core_pins;
mod faulty_wire;
mod ffi;
mod line;
pub mod lockstep;
pub mod model;
#[cfg(unix)]
pub mod pty;
mod simulator;
pub mod small;
pub mod uart;
mod waveform;

pub use board::SimulatedBoard;
pub use faulty_wire::{Faults, FaultyWire};
pub use simulator::{SerialPins, Simulator, Top};
pub use waveform::{TraceError, Traced};

/// For `benches/cycles.rs` alone.
#[doc(hidden)]
pub use ffi::hand_written_loop;
