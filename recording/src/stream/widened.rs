//! A stream as a network takes it that was made elsewhere.

use super::Stream;

impl Stream {
    /// The same with `copies` channels in the place of each, of which as many spike as the unit has spikes in the tick, and `lead_in`
    /// empty ticks before the first.
    pub fn widened(mut self, copies: u16, lead_in: usize) -> Stream {
        let lead_in_s = lead_in as f64 * f64::from(self.tick_ms) / 1e3;
        let (mut channels, mut row_ptr) = (Vec::with_capacity(self.channels.len()), vec![0; lead_in + 1]);
        let mut lost = Vec::new();
        let mut more = self.lost.iter().peekable();
        for tick in 0..self.n_ticks() {
            for &channel in self.tick(tick) {
                let first = channel.saturating_mul(copies);
                channels.push(first);
                let mut n_spikes = 1;
                while let Some(&(lost_tick, _)) =
                    more.next_if(|&&(lost_tick, lost_of)| (lost_tick as usize, lost_of) == (tick, channel))
                {
                    match n_spikes < copies {
                        true => channels.push(first + n_spikes),
                        false => lost.push((lost_tick, first)),
                    }
                    n_spikes = n_spikes.saturating_add(1);
                }
            }
            row_ptr.push(u32::try_from(channels.len()).unwrap_or(u32::MAX));
        }
        let shift = u32::try_from(lead_in).unwrap_or(u32::MAX);
        lost.iter_mut().for_each(|(tick, _)| *tick += shift);
        let n_axes = self.axes.len();
        self.labels.splice(0..0, vec![f32::NAN; lead_in * n_axes]);
        self.is_scored.splice(0..0, vec![false; lead_in]);
        for (place, part) in self.parts.iter_mut().enumerate() {
            part.ticks.end += lead_in;
            match place {
                0 => part.start_s -= lead_in_s,
                _ => part.ticks.start += lead_in,
            }
        }
        Stream { n_channels: self.n_channels * usize::from(copies), channels, row_ptr, lost, ..self }
    }
}
