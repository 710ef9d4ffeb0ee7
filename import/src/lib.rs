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
//! | [`Imported`] | a graph becomes an image and its companion |
//! | [`fidelity`] | how faithful that is on given events |
//! | [`events`] | events and outputs of an archive, events of a recording |
//! | [`nirdata`] | events of NIRData |
//! | [`export`] | an image as a NIR graph, its runs as NIRData |
//! | [`npz`] | NumPy's archives, in which traces come |
#![deny(missing_docs)]
#![warn(clippy::cast_lossless, clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]

pub mod calibration;
pub mod card;
mod coarse;
pub mod conventions;
mod error;
pub mod events;
pub mod export;
pub mod fidelity;
pub mod forced;
mod imported;
pub mod mapping;
pub mod network;
pub mod nir;
pub mod nirdata;
pub mod npz;
pub mod quantize;
pub mod twin;

pub use card::ImportCard;
pub use error::{GraphError, ImportError, NodeError, Unsaid};
pub use fidelity::Fidelity;
pub use imported::{ImportOptions, Imported, calibration_hash};
