//! Experiments with trained networks: what they cost, and how that compares.
#![deny(missing_docs)]

pub mod energy;
pub mod neurobench;
