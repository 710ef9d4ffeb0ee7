//! The population's rate from trial to trial, in which drift and pauses show.

use recording::{Chosen, Recording};

use super::sample;
use crate::report::Figure;
use crate::report::plot::{Axes, points};

/// The most trials that are drawn.
const MOST_TRIALS: usize = 2000;
/// The running mean goes over one of so many parts of the trials.
const PARTS: usize = 20;
/// ... and over no fewer trials than these.
const FEWEST: usize = 5;

/// The rate in each trial over its start, and the caption; none without a trial that lasts.
pub(super) fn rate_by_trial(recording: &Recording, chosen: &Chosen) -> Option<(Figure, String)> {
    let trials = &recording.trials;
    let usable = chosen.trials.iter().filter(|&&trial| trials.has_usable_times(trial));
    let mut lasting: Vec<(f64, f64)> = usable.map(|&trial| (trials.start_s[trial], trials.stop_s[trial])).collect();
    lasting.retain(|(start, stop)| stop > start);
    lasting.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let n_units = chosen.units.len().max(1) as f64;
    let drawn = sample(&lasting, MOST_TRIALS);
    let rates: Vec<(f64, f64)> = drawn
        .iter()
        .map(|&(start, stop)| {
            let n_before = |unit: &Vec<f64>, time: f64| unit.partition_point(|&spike| spike < time);
            let units = chosen.units.iter().map(|&unit| &recording.units[unit]);
            let n_spikes: usize = units.map(|unit| n_before(unit, stop) - n_before(unit, start)).sum();
            (start, n_spikes as f64 / (stop - start) / n_units)
        })
        .collect();
    if rates.is_empty() {
        return None;
    }
    let width = (rates.len() / PARTS).max(FEWEST);
    let mean =
        |values: &[(f64, f64)], of: fn(&(f64, f64)) -> f64| values.iter().map(of).sum::<f64>() / values.len() as f64;
    let running: Vec<_> = rates.windows(width).map(|near| (mean(near, |it| it.0), mean(near, |it| it.1))).collect();
    let axes = Axes {
        x: "start of the trial (s)".to_owned(),
        y: "mean rate of the units (spikes/s)".to_owned(),
        ..Axes::default()
    };
    let mut caption = format!("Mean rate of all units in each trial, and its running mean over {width} trials.");
    if drawn.len() < lasting.len() {
        caption += &format!(" {} of {} trials are drawn, evenly spread.", drawn.len(), lasting.len());
    }
    Some((points(&rates, &running, &axes), caption))
}
