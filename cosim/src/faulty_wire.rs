//! A wire that injects faults into the bytes sent over it, the same ones for the same seed.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::uart::Symbol;

/// Probabilities of faults, for each byte unless stated otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faults {
    /// A data bit is inverted; for each bit.
    pub flip: f64,
    /// A byte is lost.
    pub drop: f64,
    /// A byte is sent twice.
    pub double: f64,
    /// A random byte is inserted before this one.
    pub insert: f64,
    /// The stop bit is low.
    pub framing: f64,
    /// The line is idle after a byte.
    pub pause: f64,
    /// The longest such pause, in bits.
    pub max_pause_bits: u32,
    /// Baud rate of the sender relative to the receiver's; only in the direction to the board.
    pub speed: f64,
}

impl Default for Faults {
    fn default() -> Self {
        Self { flip: 0.0, drop: 0.0, double: 0.0, insert: 0.0, framing: 0.0, pause: 0.0, max_pause_bits: 0, speed: 1.0 }
    }
}

/// A wire in one direction.
#[derive(Clone, Debug)]
pub struct FaultyWire {
    faults: Faults,
    random: ChaCha8Rng,
    n_faults: u64,
}

impl FaultyWire {
    /// A wire with these faults, drawn from the seed.
    #[must_use]
    pub fn new(seed: u64, faults: Faults) -> Self {
        Self { faults, random: ChaCha8Rng::seed_from_u64(seed), n_faults: 0 }
    }

    /// Baud rate of the sender relative to the receiver's.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.faults.speed
    }

    /// Faults injected so far, including pauses.
    #[must_use]
    pub fn n_faults(&self) -> u64 {
        self.n_faults
    }

    /// Sends a byte; calls `deliver` for each byte that arrives.
    pub fn pass(&mut self, byte: u8, mut deliver: impl FnMut(Symbol)) {
        if self.draw(self.faults.insert) {
            let noise = self.random.next_u32() as u8;
            deliver(noise.into());
        }
        if self.draw(self.faults.drop) {
            return;
        }
        let n_times = 1 + u8::from(self.draw(self.faults.double));
        for _ in 0..n_times {
            let mut symbol = Symbol::from(byte);
            for bit in 0..8 {
                symbol.data ^= u8::from(self.draw(self.faults.flip)) << bit;
            }
            symbol.stop = !self.draw(self.faults.framing);
            if !symbol.stop {
                // The line must be high before the next start bit.
                symbol.pause_bits = 1;
            }
            if self.faults.max_pause_bits > 0 && self.draw(self.faults.pause) {
                symbol.pause_bits += self.random.random_range(1..=self.faults.max_pause_bits);
            }
            deliver(symbol);
        }
    }

    /// Whether a fault of this probability occurs; counts it.
    fn draw(&mut self, probability: f64) -> bool {
        let is_faulty = probability > 0.0 && self.random.random_bool(probability);
        self.n_faults += u64::from(is_faulty);
        is_faulty
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(wire: &mut FaultyWire, bytes: impl IntoIterator<Item = u8>) -> Vec<Symbol> {
        let mut symbols = Vec::new();
        bytes.into_iter().for_each(|byte| wire.pass(byte, |symbol| symbols.push(symbol)));
        symbols
    }

    #[test]
    fn without_faults_nothing_changes() {
        let mut wire = FaultyWire::new(1, Faults::default());
        let expected: Vec<Symbol> = (0..=255).map(Symbol::from).collect();
        assert_eq!(pass(&mut wire, 0..=255), expected);
        assert_eq!(wire.n_faults(), 0);
    }

    #[test]
    fn a_seed_gives_the_same_faults_and_another_seed_others() {
        let faults = Faults { flip: 0.01, drop: 0.1, double: 0.1, insert: 0.1, framing: 0.05, ..Faults::default() };
        let run = |seed| pass(&mut FaultyWire::new(seed, faults), [7; 500]);
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn faults_are_as_frequent_as_configured() {
        let mut wire = FaultyWire::new(3, Faults { drop: 0.25, ..Faults::default() });
        let n_left = pass(&mut wire, [0; 10_000]).len();
        assert!((7_300..7_700).contains(&n_left), "{n_left}");
        assert_eq!(wire.n_faults(), 10_000 - n_left as u64);
    }
}
