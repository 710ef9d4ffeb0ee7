//! Number formats of the core: range, step, and the rounding and saturating operations in which every width is stated.

use ::fixed::types::extra::U14;
use ::fixed::{FixedI16, FixedU16};

/// A multiplicative decay per tick: unsigned, 14 fraction bits, step 2^-14, range 0 to 1 inclusive.
///
/// 1 (raw [`DECAY_ONE_RAW`]) keeps a value for ever and 0 drops it at once. Raw values above [`DECAY_ONE_RAW`] are
/// refused by the network image.
pub type Decay = FixedU16<U14>;

/// A membrane potential, synaptic current, adaptation, threshold or bias: signed 16 bits, step 1, range -32,768 to 32,767.
///
/// The unit is one weight step of the neuron that owns the value; each neuron has a step of its own.
pub type Level = FixedI16<::fixed::types::extra::U0>;

/// Fraction bits of a [`Decay`].
pub const DECAY_FRACTION_BITS: u32 = Decay::FRAC_NBITS;

/// The raw value of a decay of exactly 1.
pub const DECAY_ONE_RAW: u16 = 1 << DECAY_FRACTION_BITS;

/// The decay nearest to `factor`, clamped to the range 0 to 1, as a raw value.
#[must_use]
pub fn decay_from_real(factor: f64) -> u16 {
    let clamped = if factor.is_nan() { 0.0 } else { factor.clamp(0.0, 1.0) };
    Decay::from_num(clamped).to_bits()
}

/// The factor that a raw decay stands for.
#[must_use]
pub fn decay_to_real(raw: u16) -> f64 {
    Decay::from_bits(raw).to_num()
}

/// `level * decay`, rounded towards minus infinity: 16 x 15 bits make 31, of which the shift leaves 16.
///
/// The magnitude never grows, since a decay is at most 1. -1 stays -1 under every decay but 0.
#[must_use]
#[inline]
pub fn decay_floor_shift(level: i16, decay_raw: u16) -> i16 {
    debug_assert!(decay_raw <= DECAY_ONE_RAW);
    ((i32::from(level) * i32::from(decay_raw)) >> DECAY_FRACTION_BITS) as i16
}

/// `value` brought into the range of a [`Level`], from any width up to 32 bits.
#[must_use]
#[inline]
pub fn saturate(value: i32) -> i16 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}
