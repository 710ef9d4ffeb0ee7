//! `train --target` and `decode` of movement at every tick.

mod args;
pub(super) mod csv;
mod decode;
mod imported;
mod plot;
mod study;
mod train;

pub use args::{MovementArgs, MovementOutputArgs, SplitKind, TargetArgs};
pub(super) use decode::run as decode;
pub(super) use imported::run as decode_imported;
pub(super) use study::run as study;
pub(super) use train::run as train;

use std::ops::Range;

use ::recording::Stream;
use ::train::movement::MovementScore;

/// An R² or a correlation, or that there is none.
fn shown(figure: Option<f64>) -> String {
    figure.map_or_else(|| "none (constant)".to_owned(), |figure| format!("{figure:.3}"))
}

/// R² of a score in words: mean and by axis.
fn r2_text(score: &MovementScore, axes: &[String]) -> String {
    let by_axis: Vec<String> =
        axes.iter().zip(&score.r2_by_axis).map(|(axis, r2)| format!("{axis} {}", shown(*r2))).collect();
    format!("{} ({})", shown(score.r2), by_axis.join(", "))
}

/// What silent gaps between trials do to an R², to be said wherever one is given.
fn warning_of_trials(stream: &Stream, is_filled: bool) -> Option<String> {
    (stream.is_in_trials() && !is_filled).then(|| {
        format!(
            "the labels of {} are in {} pieces with time between them, as of trials: if nothing spikes there, the silence tells a \
             network with memory when a movement starts, which no filter of fixed length uses; compare them with `--fill-gaps`",
            stream.target,
            stream.pieces().len()
        )
    })
}

/// Ticks in ranges.
fn n_ticks(ranges: &[Range<usize>]) -> usize {
    ranges.iter().map(Range::len).sum()
}
