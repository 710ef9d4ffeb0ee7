//! Spikes from an acquisition system as they arrive, assembled into ticks; decisions on their way out.
#![warn(missing_docs)]

pub mod arrival;
pub mod clock;
pub mod histogram;
pub mod sink;
pub mod source;
pub mod ticks;
pub mod window;
