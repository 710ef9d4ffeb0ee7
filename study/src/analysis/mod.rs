//! Analyses: pure functions from spikes, directions and weights to plain results. No file is read, nothing is trained.
//!
//! | question | function |
//! | --- | --- |
//! | which units are cosine tuned, and how | [`tuning::tune`] |
//! | does an area hold more tuned units than its inputs | [`tuning::capture`] |
//! | does tuning grow over epochs, and does it stay with the same units | [`cultivation::cultivate`], [`persistency::persist`] |
//! | what does the population say together | [`population`] |
//! | what do single neurons look like | [`single_unit`] |
//! | what does the circuit pass on | [`circuit`] |
//!
//! Everything random derives from a seed. A quantity that is not defined for its input (a mean of nothing, a preferred
//! direction of a silent unit) is `None`, never NaN, so that every result survives JSON.

pub mod circuit;
pub mod cultivation;
mod error;
pub mod persistency;
pub mod population;
pub mod responses;
pub mod single_unit;
pub mod statistics;
pub mod tuning;

pub use error::AnalysisError;
pub use responses::{Responses, SpikeTrains};
