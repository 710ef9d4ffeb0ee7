//! Gate-level simulation: netlists after synthesis or read back from a bitstream, driven through the pins of the serial line.
//!
//! A netlist is compiled into a program of its own, which runs as a child process.

pub mod decode;
pub mod error;
pub mod ice40;
pub mod netlist;
pub mod pins;
pub mod program;
