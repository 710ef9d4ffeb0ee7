//! Live decoding through the program: what is decided is what `decode` decides, and every exception is said.

mod counters;
pub mod feed;
mod files;
mod intan;
pub mod loopback;
mod lsl;
mod memory;
mod pty;
mod sessions;
