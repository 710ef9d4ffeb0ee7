//! The training ticks side by side: each lane is a sequence of windows that follow one another, with the state of the network
//! carried from window to window.

use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A window of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// Its first tick; a segment may begin before its recording, where nothing spikes.
    pub(super) start: i64,
    /// Whether the network restarts before it.
    pub(super) restarts: bool,
    /// The ticks whose error counts, in this window and its neighbours.
    pub(super) learned: Range<usize>,
}

/// How lanes are laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct LaneOptions {
    pub(super) n_lanes: usize,
    pub(super) window_ticks: usize,
    /// Ticks that the network runs before the error counts.
    pub(super) warm_up_ticks: usize,
}

/// The windows of each lane, the longest lane first. Every tick of `ranges` is learned once; where windows begin is drawn anew from
/// `seed`.
pub(super) fn lanes(ranges: &[Range<usize>], options: LaneOptions, seed: u64) -> Vec<Vec<Window>> {
    /// Windows of a segment, at least: most of its time is not the warm-up.
    const LEAST_WINDOWS: usize = 8;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let n_ticks: usize = ranges.iter().map(Range::len).sum();
    let longest = n_ticks.div_ceil(options.n_lanes.max(1)).max(LEAST_WINDOWS * options.window_ticks);
    let mut segments: Vec<Range<usize>> = Vec::new();
    for range in ranges.iter().filter(|range| !range.is_empty()) {
        // Of equal length, so that none is a small rest.
        let n_segments = range.len().div_ceil(longest);
        let edge = |segment: usize| range.start + range.len() * segment / n_segments;
        segments.extend((0..n_segments).map(|segment| edge(segment)..edge(segment + 1)));
    }
    let mut lanes: Vec<Vec<Window>> = vec![Vec::new(); options.n_lanes.clamp(1, segments.len().max(1))];
    for learned in segments {
        let ahead = options.warm_up_ticks + rng.random_range(0..options.window_ticks);
        let start = learned.start as i64 - ahead as i64;
        let n_windows = (learned.len() + ahead).div_ceil(options.window_ticks);
        let windows = (0..n_windows).map(|window| Window {
            start: start + (window * options.window_ticks) as i64,
            restarts: window == 0,
            learned: learned.clone(),
        });
        if let Some(lane) = lanes.iter_mut().min_by_key(|lane| lane.len()) {
            lane.extend(windows);
        }
    }
    lanes.sort_by_key(|lane| std::cmp::Reverse(lane.len()));
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned_ticks(lanes: &[Vec<Window>], window_ticks: usize) -> Vec<usize> {
        let of_window = |window: &Window| {
            let ticks = window.start..window.start + window_ticks as i64;
            let learned = window.learned.clone();
            ticks.filter_map(move |tick| usize::try_from(tick).ok()).filter(move |tick| learned.contains(tick))
        };
        let mut ticks: Vec<usize> = lanes.iter().flatten().flat_map(of_window).collect();
        ticks.sort_unstable();
        ticks
    }

    #[test]
    fn every_tick_is_learned_once_after_its_warm_up() {
        let options = LaneOptions { n_lanes: 4, window_ticks: 10, warm_up_ticks: 25 };
        let ranges = [3..7, 50..901, 1000..1200];
        for seed in 0..5 {
            let lanes = lanes(&ranges, options, seed);
            assert_eq!(lanes.len(), 4);
            assert!(lanes.windows(2).all(|pair| pair[0].len() >= pair[1].len()));
            assert_eq!(learned_ticks(&lanes, 10), ranges.iter().cloned().flatten().collect::<Vec<_>>());
            for lane in &lanes {
                for pair in lane.windows(2).filter(|pair| !pair[1].restarts) {
                    assert_eq!(pair[1].start, pair[0].start + 10);
                }
                for first in lane.iter().filter(|window| window.restarts) {
                    assert!(first.start + 25 <= first.learned.start as i64);
                }
            }
        }
        assert_ne!(lanes(&ranges, options, 1), lanes(&ranges, options, 2));
    }

    #[test]
    fn little_data_has_few_lanes() {
        let options = LaneOptions { n_lanes: 32, window_ticks: 50, warm_up_ticks: 100 };
        assert_eq!(lanes(std::slice::from_ref(&(0..900)), options, 1).len(), 3);
    }
}
