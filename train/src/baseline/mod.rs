//! What a network is compared with: the classical decoders, which see only the spike count of every channel, and recurrent
//! float networks ([`recurrent`]).

pub mod recurrent;

pub use crate::classical::{BaselineError, Lda, PoissonNaiveBayes, counts};
