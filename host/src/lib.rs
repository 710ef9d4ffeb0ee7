//! The host: the command line, the link to a board, and decoding sessions over anything that reads and writes bytes.
#![deny(missing_docs)]

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
pub mod session;
pub mod shipped;
pub mod verb;
