//! Movement decoded at every tick: a network that runs free over a [`recording::Stream`], trained by truncated backpropagation,
//! and the linear filters that it is compared with.
//!
//! A network has a readout for each axis. Its scores become values in the unit of the recording by an affine map
//! ([`AffineReadout`]) that the companion of the image keeps. Nothing here looks into the future of a tick.

mod affine;
mod card;
mod counts;
mod decoder;
mod fit;
mod kalman;
mod lanes;
mod lesson;
mod model_run;
mod recurrent;
mod score;
mod training;
mod wiener;

pub use affine::AffineReadout;
pub use card::{FilterReport, FurtherStretches, MovementCard, MovementReport, OperationsPerTick, Task};
pub use decoder::{MovementDecoder, is_movement_decoder};
pub use fit::{MovementEpoch, MovementFitOptions, TrainedMovement, fit_movement};
pub use kalman::{Kalman, KalmanOptions};
pub use model_run::ModelRun;
pub use recurrent::Recurrent;
pub use score::{MovementScore, MovementTally};
pub use training::{
    MovementFold, MovementOptions, MovementPlan, MovementProgress, TrainedMovementDecoder, train_movement_decoder,
};
pub use wiener::{Wiener, WienerOptions};

use std::ops::Range;

use recording::Stream;

/// How long a network runs before it is scored, milliseconds: after that, what it has not seen before its start no longer shows.
pub const WARM_UP_MS: u32 = 500;

/// A stretch of ticks that is run from a restart, and the part of it that is scored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The ticks to run.
    pub ticks: Range<usize>,
    /// The first tick that may be scored.
    pub first_scored: usize,
}

/// Each range, within a recording, run on its own: it starts as early as the warm-up needs it, and if the recording begins later, the
/// first ticks of the range are not scored.
#[must_use]
pub fn runs(stream: &Stream, ranges: &[Range<usize>]) -> Vec<Run> {
    let warm_up = WARM_UP_MS.div_ceil(stream.tick_ms) as usize;
    let run = |range: &Range<usize>| {
        let start = range.start.saturating_sub(warm_up).max(stream.part_of(range.start).ticks.start);
        Run { ticks: start..range.end, first_scored: range.start.max(start + warm_up) }
    };
    ranges.iter().filter(|range| !range.is_empty()).map(run).collect()
}

/// A value for each axis after every tick, from the spikes up to its end.
pub trait Filter {
    /// Calls `each` with every tick of `ticks` and its values, in order.
    fn values(&self, stream: &Stream, ticks: Range<usize>, each: &mut dyn FnMut(usize, &[f64]));

    /// How well the values of these runs are those of the labels, over the scored ticks.
    fn score(&self, stream: &Stream, runs: &[Run]) -> MovementScore {
        let mut tally = MovementTally::new(stream.axes.len());
        for run in runs {
            self.values(stream, run.ticks.clone(), &mut |tick, values| {
                if tick >= run.first_scored && stream.is_scored(tick) {
                    tally.add(stream.label(tick), values);
                }
            });
        }
        tally.score()
    }
}
