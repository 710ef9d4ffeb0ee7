//! Training: topology, surrogate-gradient learning with the integer network as the forward pass, and what becomes of it.
#![deny(missing_docs)]

pub mod ablation;
mod augmentation;
pub mod backward;
pub mod baseline;
mod batch;
mod calibration;
pub mod card;
mod chunk;
pub mod columns;
pub mod compile;
pub mod decoder;
mod epochs;
pub mod error;
mod exchange;
pub mod fit;
pub mod forward;
mod initial;
pub mod loss;
mod lower;
pub mod network;
pub mod noise;
pub mod observe;
pub mod optimizer;
pub mod parameters;
pub mod prune;
pub mod quantize;
mod rates;
pub mod surrogate;
mod teacher;
pub mod topology;
mod topology_check;
pub mod trace;

pub use ablation::Ablation;
pub use augmentation::Augmentation;
pub use card::DecoderCard;
pub use decoder::{Decoder, DecoderOptions, train_decoder};
pub use prune::Pruning;
pub use rates::RateBand;
pub use teacher::Distillation;
pub use topology::Topology;
