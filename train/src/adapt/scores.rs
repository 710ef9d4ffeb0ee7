//! What taught readouts decide.

use spec::learn::Readout;

/// By how much the score of a decision leads the next one where it is sure: two natural units, in steps of a weight. Only
/// such a decision is taken for a label.
pub const SURE_LEAD: i32 = 46;

/// The score of each readout after a window: its start, the bias of every tick, and the weights of all events. `ticks` are the
/// channels that spike in each tick; channels without a weight count nothing.
#[must_use]
pub fn scores(readouts: &[Readout], ticks: &[Vec<u16>]) -> Vec<i32> {
    let score = |readout: &Readout| {
        let weights = ticks.iter().flatten().filter_map(|channel| readout.weights.get(usize::from(*channel)));
        let bias = i32::from(readout.bias) * i32::try_from(ticks.len()).unwrap_or(i32::MAX);
        i32::from(readout.start) + bias + weights.map(|weight| i32::from(*weight)).sum::<i32>()
    };
    readouts.iter().map(score).collect()
}
