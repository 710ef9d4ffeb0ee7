//! Networks trained elsewhere, as NIR files.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`nir`] | a file becomes a flat graph of checked nodes |
//! | [`conventions`] | what a file does not say: time step, integrator, reset |
//! | [`network`] | the graph as populations with weights and delays between them |
//! | [`twin`] | runs these populations in real numbers, as the framework does |
//! | [`mapping`] | the populations as neurons and synapses of a core, in real numbers |
//! | [`calibration`] | rates and ranges on events |
//! | [`mod@quantize`] | the mapping in integers |
//! | [`forced`] | integer neurons fed the spikes of the float twin |
//! | [`npz`] | NumPy's archives, in which traces come |
#![deny(missing_docs)]
#![warn(clippy::cast_lossless, clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]

pub mod calibration;
pub mod conventions;
mod error;
pub mod forced;
pub mod mapping;
pub mod network;
pub mod nir;
pub mod npz;
pub mod quantize;
pub mod twin;

pub use error::{GraphError, ImportError, NodeError, Unsaid};
