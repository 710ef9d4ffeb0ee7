//! The hardware below its sources: netlists after synthesis, read back from bitstreams, and simulated through their pins.
//!
//! Every program that simulates a netlist is a process of its own; bits of the serial line go in and come out.

pub mod decode;
pub mod error;
pub mod ice40;
pub mod netlist;
pub mod pins;
pub mod program;
