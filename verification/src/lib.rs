//! Checks of the hardware that take too long for every test run: [gate-level simulation](gates), [mutation] and [coverage].

pub mod coverage;
pub mod gates;
pub mod mutation;
