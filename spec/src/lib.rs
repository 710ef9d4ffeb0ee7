//! The contracts of motorSRNN: arithmetic, network image, wire protocol, core configurations and boards.
//!
//! This crate depends on no other room. Facts that two rooms need are here and nowhere else.
#![deny(missing_docs)]
// `cast_precision_loss` is on in this crate alone: numbers of the contracts stay whole, while `recording` and `host` turn counts
// into shares and times, far below the 2^53 that a float holds exactly.
#![warn(
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]

pub mod arrival;
pub mod board;
pub mod checksum;
pub mod core;
pub mod digest;
pub mod fixed;
pub mod image;
pub mod learn;
pub mod lif;
pub mod manifest;
pub mod trace;
pub mod vectors;
pub mod wire;
