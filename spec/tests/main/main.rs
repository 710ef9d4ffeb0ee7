//! The contracts, from outside the crate.

mod arrival;
mod frames;
mod images;
mod learn;
mod lif_edges;
mod plastic;
mod support;
mod vectors;
