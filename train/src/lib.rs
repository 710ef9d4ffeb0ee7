//! Training: from windows of spikes to a network image, with the integer network of the device as the forward pass.
//!
//! The groups depend on each other in this order only, each on those above it:
//!
//! | group | what it does |
//! | --- | --- |
//! | [`network`] | topology, initial values, parameters, pruning, ablation, quantization |
//! | [`pass`] | forward and backward pass, surrogate derivative, loss, observation of a running network |
//! | `classical` | LDA and naive Bayes on spike counts; exported by [`baseline`] |
//! | [`data`] | samples, augmentation, noise, targets |
//! | [`fit`] | calibration, optimizer, epochs |
//! | [`compile`] | network image |
//! | [`baseline`] | the decoders that a network is compared with, GRU and LSTM among them |
//! | [`decoder`] | a data set in, an image and its companion file out |
//! | [`adapt`] | readouts that are taught while the decoder is in use |
//! | [`drift`] | windows of later days, made by rule |
//! | [`movement`] | a stream in, an image that decodes movement at every tick out; Wiener and Kalman filters beside it |
#![deny(missing_docs)]

pub mod adapt;
pub mod baseline;
mod classical;
pub mod compile;
pub mod data;
pub mod decoder;
pub mod drift;
mod error;
pub mod fit;
pub mod movement;
pub mod network;
pub mod pass;
mod range;

pub use data::{Augmentation, Distillation};
pub use decoder::{Decoder, DecoderCard, DecoderOptions, train_decoder};
pub use error::TrainError;
pub use network::{Ablation, Pruning, Topology};
