//! Spike counts of the last bins, at every tick.

use std::collections::VecDeque;
use std::ops::Range;

use recording::Stream;

/// The counts of each channel in the last bins, the latest bin first; every spike counts, however many a tick has.
pub(super) struct Counts<'a> {
    stream: &'a Stream,
    bin_ticks: usize,
    /// `[n_bins][n_channels]`
    values: Vec<f64>,
    /// The spikes of the last ticks, the latest first, as many as the bins hold.
    recent: VecDeque<Vec<u16>>,
    next: usize,
}

impl<'a> Counts<'a> {
    pub(super) fn new(stream: &'a Stream, n_bins: usize, bin_ticks: usize) -> Self {
        let values = vec![0.0; n_bins * stream.n_channels];
        let recent = (0..n_bins * bin_ticks).map(|_| Vec::new()).collect();
        Self { stream, bin_ticks, values, recent, next: 0 }
    }

    /// Calls `each` with the counts at the end of every tick of `ticks`, which lie within a recording.
    pub(super) fn run(&mut self, ticks: Range<usize>, mut each: impl FnMut(usize, &[f64])) {
        self.values.fill(0.0);
        self.recent.iter_mut().for_each(Vec::clear);
        let first = self.stream.part_of(ticks.start).ticks.start;
        self.next = ticks.start.saturating_sub(self.recent.len()).max(first);
        while self.next < ticks.start {
            self.advance();
        }
        for tick in ticks {
            self.advance();
            each(tick, &self.values);
        }
    }

    fn advance(&mut self) {
        let n_channels = self.stream.n_channels;
        let n_bins = self.recent.len() / self.bin_ticks;
        // The last tick of each bin passes to the next bin, that of the last bin falls out.
        for bin in 0..n_bins {
            for &channel in &self.recent[(bin + 1) * self.bin_ticks - 1] {
                self.values[bin * n_channels + usize::from(channel)] -= 1.0;
                if bin + 1 < n_bins {
                    self.values[(bin + 1) * n_channels + usize::from(channel)] += 1.0;
                }
            }
        }
        let mut latest = self.recent.pop_back().unwrap_or_default();
        latest.clear();
        latest.extend(self.stream.counted(self.next..self.next + 1).map(|(_, channel)| channel));
        latest.iter().for_each(|&channel| self.values[usize::from(channel)] += 1.0);
        self.recent.push_front(latest);
        self.next += 1;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use recording::{Column, NamedColumn, Recording, Series, Stream, StreamOptions, Times, TrialTable};

    use super::*;

    /// Units with these spike times, and a label for each 10 ms.
    pub(in crate::movement) fn stream(units: Vec<Vec<f64>>, labels: &[Vec<f64>]) -> Stream {
        let ids = Column::Integer((0..).take(units.len()).collect());
        let columns = vec![NamedColumn { name: "id".into(), description: String::new(), values: ids }];
        let recording =
            Recording::generated("test".into(), String::new(), units, columns, TrialTable::default()).unwrap();
        let n_axes = labels.first().map_or(1, Vec::len);
        let series = Series {
            name: "velocity".into(),
            path: "velocity".into(),
            unit: "cm/s".into(),
            description: String::new(),
            axes: (0..n_axes).map(|axis| format!("axis{axis}")).collect(),
            // At the middle of their ticks.
            times: Times::Regular { start_s: 0.005, rate_hz: 100.0 },
            values: labels.concat(),
        };
        Stream::of(&recording, &series, None, &StreamOptions { tick_ms: 10, ..StreamOptions::default() }).unwrap()
    }

    #[test]
    fn counts_are_those_of_the_last_bins_from_any_start() {
        let spikes = vec![vec![0.0, 0.001, 0.012, 0.033, 0.034, 0.071], vec![0.025, 0.0995]];
        let stream = stream(spikes.clone(), &vec![vec![0.0]; 10]);
        let expected = |tick: usize, bin: usize, channel: usize| {
            let range =
                (tick as f64 - 2.0 * (bin + 1) as f64 + 1.0) * 0.01..(tick as f64 - 2.0 * bin as f64 + 1.0) * 0.01;
            spikes[channel].iter().filter(|time| range.contains(*time)).count() as f64
        };
        for start in [0, 1, 5, 9] {
            Counts::new(&stream, 3, 2).run(start..10, |tick, values| {
                for bin in 0..3 {
                    for channel in 0..2 {
                        assert_eq!(values[2 * bin + channel], expected(tick, bin, channel), "{tick} {bin} {channel}");
                    }
                }
            });
        }
    }
}
