//! Training as a user of the library sees it: networks, gradients, decoders, images.

mod ablation;
mod adapt;
mod adaptive;
mod baselines;
mod compile;
mod cross_validation;
mod gradient;
mod movement;
mod noise;
mod observe;
mod prune;
mod quantization;
mod recalibration;
mod recurrent;
#[path = "../../../tests/support/shared_data.rs"]
mod shared_data;
mod topology;
mod training;
