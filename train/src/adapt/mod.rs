//! A decoder that follows the drift of a recording: readouts that are taught after a window, beside the trained ones.
//!
//! The rule is that of [`spec::learn`]; here is what the host decides: which classes a label teaches and how strongly, and
//! whether to believe the trained readouts or the taught ones.

mod adapted;
mod adaptive;
mod first_means;
mod neighbours;
mod scores;
mod teacher;
mod trust;

pub use adapted::{Adapted, PlasticCard, TaughtSession};
pub use adaptive::{Adaptive, Decided};
pub use first_means::{FirstMeansError, first_means};
pub use neighbours::Neighbours;
pub use scores::{SURE_LEAD, scores};
pub use teacher::{Lesson, Teacher};
pub use trust::{Trust, Trusted};
