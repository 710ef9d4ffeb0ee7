//! The contracts of motorSRNN: arithmetic, network image, wire protocol, core configurations and boards.
//!
//! Nothing here depends on another room. What two rooms need lives here and nowhere else.
#![deny(missing_docs)]

pub mod board;
pub mod checksum;
pub mod core;
pub mod digest;
pub mod fixed;
pub mod image;
pub mod lif;
pub mod manifest;
pub mod trace;
pub mod vectors;
pub mod wire;
