//! The papers' experiments on a recording: what is run, what is measured in a network and in the recording alike, what it
//! costs, and the report.
#![deny(missing_docs)]

pub mod analysis;
pub mod cell;
pub mod energy;
pub mod error;
pub mod image;
pub mod laboratory;
pub mod neurobench;
pub mod outcome;
pub mod plan;
pub mod report;
pub mod results;
pub mod run;
pub mod sessions;
pub mod similarity;
pub mod store;
pub mod study;
pub mod synthetic;
mod windows;
