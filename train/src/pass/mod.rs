//! The passes over a network: forward on integers, backward on their real values, and the loss in between.

mod backward;
mod forward;
mod loss;
mod observe;
mod surrogate;
mod trace;

pub use backward::{Adjoint, BackwardScratch, ResetGradient};
pub(crate) use forward::record;
pub use forward::{IntegerState, class_of, scores};
pub use loss::{ChunkLoss, TickLoss};
pub use observe::{Activity, Observer};
pub use surrogate::Surrogate;
pub use trace::{Arrival, Trace};
