//! Places drawn at random, each with the same probability.

use rand::{Rng, RngExt};

/// Appends each of `n_places` with probability `rate` to each tick, ascending.
pub(super) fn scatter(rate: f64, n_places: usize, rng: &mut impl Rng, ticks: &mut [Vec<u16>]) {
    if rate > 0.0 {
        let mut place = skip(rate, rng);
        while place < ticks.len() * n_places {
            ticks[place / n_places].push((place % n_places) as u16);
            place += 1 + skip(rate, rng);
        }
    }
}

/// Failures before the next success of independent trials of probability `rate`.
fn skip(rate: f64, rng: &mut impl Rng) -> usize {
    let uniform: f64 = 1.0 - rng.random::<f64>();
    (uniform.ln() / (1.0 - rate).ln()) as usize
}
