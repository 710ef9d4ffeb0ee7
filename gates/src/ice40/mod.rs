//! From the bytes of an iCE40UP5K's bitstream back to a netlist.
//!
//! `icepack` unpacks the bytes into the bits of tiles; what the bits mean is read from nextpnr's own database of the chip. What
//! place and route was given plays no part.

pub mod bits;
pub mod cells;
pub mod database;
pub mod ports;
pub mod readback;
