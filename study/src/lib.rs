//! The papers' experiments: what a population of neurons does, measured the same way in a network and in a recording.
#![deny(missing_docs)]

pub mod analysis;
pub mod synthetic;
