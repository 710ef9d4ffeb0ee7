//! Number formats of the core: range, step, and the rounding and saturating operations, each with its widths.

use ::fixed::types::extra::{U0, U14};
use ::fixed::{FixedI16, FixedI32, FixedU16};

/// A multiplicative decay per tick: unsigned, 14 fraction bits, step 2^-14, range 0 to 1 inclusive.
///
/// 1 (raw [`DECAY_ONE_RAW`]) keeps a value for ever and 0 drops it at once. The network image refuses raw values above
/// [`DECAY_ONE_RAW`].
pub type Decay = FixedU16<U14>;

/// A membrane potential, synaptic current, adaptation, threshold or bias: signed 16 bits, step 1, range -32,768 to 32,767.
///
/// The unit is one weight step of the neuron that has the value; each neuron has a step of its own.
pub type Level = FixedI16<U0>;

/// A level times a decay: 16 x 15 bits make 31, of which 14 are fraction bits.
type Product = FixedI32<U14>;

/// Fraction bits of a [`Decay`].
pub const DECAY_FRACTION_BITS: u32 = Decay::FRAC_NBITS;

/// The raw value of a decay of exactly 1.
pub const DECAY_ONE_RAW: u16 = 1 << DECAY_FRACTION_BITS;

/// The decay nearest to `factor`, clamped to the range 0 to 1, as a raw value. NaN becomes 0.
#[must_use]
pub fn decay_from_real(factor: f64) -> u16 {
    let clamped = if factor.is_nan() { 0.0 } else { factor.clamp(0.0, 1.0) };
    Decay::from_num(clamped).to_bits()
}

/// The factor of a raw decay.
#[must_use]
pub fn decay_to_real(raw: u16) -> f64 {
    Decay::from_bits(raw).to_num()
}

/// `level * decay`, rounded towards minus infinity.
///
/// The magnitude never grows, since a decay is at most 1. -1 stays -1 under every decay but 0.
#[must_use]
#[inline]
pub fn decay_floor_shift(level: i16, decay_raw: u16) -> i16 {
    debug_assert!(decay_raw <= DECAY_ONE_RAW);
    Product::from_bits(i32::from(level) * i32::from(decay_raw)).wrapping_to_num()
}

/// `value` limited to the range of a [`Level`].
// Not `Level::saturating_from_num`, which branches: this is the innermost loop of training and model.
#[must_use]
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
pub fn saturate(value: i32) -> i16 {
    value.clamp(i32::from(Level::MIN.to_bits()), i32::from(Level::MAX.to_bits())) as i16
}
