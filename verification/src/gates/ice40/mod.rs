//! From an iCE40UP5K bitstream back to a netlist.
//!
//! `icepack` unpacks the bitstream into the bits of each tile; nextpnr's chip database gives the meaning of the bits. Nothing
//! that went into place and route is used.

pub mod bits;
pub mod cells;
pub mod chip;
pub mod database;
pub mod ports;
pub mod readback;
