//! Spikes at random in the silent gaps between pieces, so that silence does not tell a network when a piece begins.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Stream;

/// The seed of the spikes: the same recording is filled in the same way.
const SEED: u64 = 1;

impl Stream {
    /// Gives the ticks without label and without any spike spikes at random, each unit at its mean rate in the other ticks.
    pub(super) fn fill_gaps(&mut self) {
        let n_axes = self.axes.len();
        let is_gap =
            |stream: &Stream, tick: usize| stream.labels[tick * n_axes].is_nan() && stream.tick(tick).is_empty();
        let is_gap: Vec<bool> = (0..self.n_ticks()).map(|tick| is_gap(self, tick)).collect();
        let n_others = is_gap.iter().filter(|is_gap| !**is_gap).count();
        let mut counts = vec![0_u32; self.n_channels];
        self.channels.iter().for_each(|&channel| counts[usize::from(channel)] += 1);
        let rates: Vec<f64> = counts.iter().map(|&count| f64::from(count) / n_others.max(1) as f64).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        let (mut channels, mut row_ptr) = (Vec::with_capacity(self.channels.len()), vec![0]);
        for (tick, &is_gap) in is_gap.iter().enumerate() {
            if is_gap {
                let drawn = (0..=u16::MAX).zip(&rates).filter(|(_, rate)| rng.random::<f64>() < **rate);
                channels.extend(drawn.map(|(channel, _)| channel));
            } else {
                channels.extend_from_slice(self.tick(tick));
            }
            row_ptr.push(u32::try_from(channels.len()).unwrap_or(u32::MAX));
        }
        (self.channels, self.row_ptr) = (channels, row_ptr);
        self.n_filled = is_gap.len() - n_others;
    }
}
