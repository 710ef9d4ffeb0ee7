//! What runs cost: figures that no clock touches, so that every machine deals the cells of a study alike.
//!
//! They are seconds of one core of an AMD EPYC (Zen 5); docs/study.md says how well they hold.

use std::ops::ControlFlow;
use std::time::Instant;

use train::Topology;
use train::data::TrainingSample;
use train::fit::{FitOptions, fit};
use train::network::Network;

/// How much slower than the processor of the costs this one is: the time of a small training over what it takes there.
pub(crate) fn slowness() -> f64 {
    todo!()
}
