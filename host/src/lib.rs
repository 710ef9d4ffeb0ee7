//! The host: the link to a board, decoding sessions over anything that reads and writes bytes, the self-test, and the command
//! line on top of them.
//!
//! Only [`cli`], [`verb`] and [`failure`] are the program: they parse arguments, set signal handlers, print, say which option
//! helps, and return an exit code. All else is a library that another program can call. The feature `sim` (default) brings the
//! simulated hardware.
#![deny(missing_docs)]
#![warn(clippy::cast_lossless, clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]

pub mod baud;
pub mod bitstream;
pub mod board;
pub mod cli;
pub mod evaluation;
pub mod failure;
pub mod interruption;
pub mod link;
pub mod port;
pub mod progress;
pub mod rate;
pub mod selftest;
mod serial;
pub mod serial_latency;
pub mod session;
pub mod shipped;
#[cfg(feature = "sim")]
pub mod simulation;
pub mod verb;
