//! Spikes from an acquisition system as they arrive, assembled into ticks; decisions on their way out.
#![warn(missing_docs)]

pub mod arrival;
pub mod clock;
pub mod histogram;
pub mod loopback;
#[cfg(all(unix, feature = "lsl"))]
pub mod lsl;
#[cfg(all(unix, any(feature = "intan", feature = "lsl", feature = "open-ephys")))]
mod net;
pub mod sink;
pub mod source;
pub mod ticks;
pub mod window;
