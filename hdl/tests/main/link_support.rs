//! Shared by the tests of the link: frames to send, and bytes as levels of a line.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use spec::vectors::{FrameVector, Vectors};
use spec::wire::{Frame, PAYLOAD_MAX_BYTES};

/// A configuration with this many cases, the same on every run.
pub fn seeded(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(0x6c69_6e6b), ..ProptestConfig::default() }
}

/// The frames of the vector file.
pub fn frame_vectors() -> Vec<FrameVector> {
    let frames = Vectors::parse(include_str!("../../../spec/vectors/contract.txt")).unwrap().frames;
    assert!(!frames.is_empty());
    frames
}

/// Frames with at most `max_payload` bytes of payload, with few zeros, many, only zeros, or none.
pub fn frames(max_payload: usize) -> impl Strategy<Value = Frame> {
    assert!(max_payload <= PAYLOAD_MAX_BYTES);
    let payload = prop_oneof![
        vec(any::<u8>(), 0..=max_payload),
        vec(0..2_u8, 0..=max_payload),
        vec(Just(0_u8), 0..=max_payload),
        vec(1..=u8::MAX, 0..=max_payload),
    ];
    let number = || prop_oneof![any::<u8>(), Just(0_u8)];
    (number(), number(), payload).prop_map(|(sequence, opcode, payload)| Frame { sequence, opcode, payload })
}

/// Levels of a line, one per clock, that carries `bytes` with `bit_clocks` per bit, shifted by `phase` clocks; idle at both ends.
pub fn levels(bytes: &[u8], bit_clocks: f64, phase: f64) -> Vec<bool> {
    let bits: Vec<bool> = bytes.iter().flat_map(|byte| byte_bits(*byte)).collect();
    let n_idle = (2.0 * bit_clocks).ceil() as usize;
    let n_clocks = n_idle + (bits.len() as f64 * bit_clocks).ceil() as usize + n_idle;
    let bit_at = |clock: usize| ((clock as f64 - n_idle as f64 + phase) / bit_clocks).floor();
    (0..n_clocks)
        .map(|clock| bit_at(clock) < 0.0 || bits.get(bit_at(clock) as usize).copied().unwrap_or(true))
        .collect()
}

/// The bits of a byte on the line, with start and stop bit.
pub fn byte_bits(byte: u8) -> [bool; 10] {
    std::array::from_fn(|bit| match bit {
        0 => false,
        9 => true,
        _ => byte >> (bit - 1) & 1 == 1,
    })
}
