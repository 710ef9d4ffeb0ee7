//! A known pattern of spikes.

/// Whether a channel fires in a tick: 20 spikes a second, the same in every language.
pub fn fires(tick: u32, channel: u32) -> bool {
    let mixed = tick.wrapping_mul(1_000_003).wrapping_add(channel.wrapping_mul(7_919));
    let mixed = (mixed ^ mixed >> 15).wrapping_mul(2_246_822_519);
    (mixed ^ mixed >> 13).is_multiple_of(50)
}

/// The channels that fire in a tick, ascending.
pub fn firing(tick: u32, n_channels: u16) -> Vec<u16> {
    (0..n_channels).filter(|channel| fires(tick, (*channel).into())).collect()
}
