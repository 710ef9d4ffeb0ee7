//! Analyses: pure functions from spikes, directions and weights to plain results. No file is read, nothing is trained.
//!
//! | question | function |
//! | --- | --- |
//! | which units are cosine tuned, and how | [`tuning::tune`] |
//! | do the same units stay tuned | [`persistency::persist`] |
//! | what does the population encode together | [`population`] |
//! | how do single neurons fire | [`single_unit`] |
//! | what does the circuit transmit | [`circuit`] |
//!
//! Everything random derives from a seed. A quantity that is undefined for its input (a mean of nothing, a preferred direction
//! of a silent unit) is `None`, never NaN, so that every result survives JSON.

pub mod circuit;
mod directions;
mod error;
pub mod persistency;
pub mod population;
mod responses;
pub mod single_unit;
mod spike_trains;
pub mod statistics;
pub mod tuning;

pub use directions::{Directions, evenly_spaced_angles};
pub use error::AnalysisError;
pub use responses::Responses;
pub use spike_trains::SpikeTrains;
