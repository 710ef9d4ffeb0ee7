//! Digests to compare results: of an image's bytes, and of every score of every tick.

use sha2::{Digest, Sha256};

/// SHA-256 of `bytes`, in hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 over scores as little-endian 16-bit words, in the order given: window by window, tick by tick, class by class.
///
/// Equal digests mean that every score has the same bits.
#[derive(Clone, Debug, Default)]
pub struct ScoresDigest(Sha256);

impl ScoresDigest {
    /// Adds the scores of the next tick, by class.
    pub fn add_tick(&mut self, scores: &[i16]) {
        for score in scores {
            self.0.update(score.to_le_bytes());
        }
    }

    /// The digest in hexadecimal.
    #[must_use]
    pub fn hex(self) -> String {
        hex(&self.0.finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_hash_as_their_little_endian_bytes() {
        let mut digest = ScoresDigest::default();
        digest.add_tick(&[1, -2]);
        digest.add_tick(&[0x0403]);
        assert_eq!(digest.hex(), sha256_hex(&[1, 0, 0xfe, 0xff, 3, 4]));
    }
}
