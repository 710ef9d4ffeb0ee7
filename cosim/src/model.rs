//! The models and their ports, written by the build from the rust-hdl sources.
//!
//! The boards that the program simulates are always there; the feature `all-models` adds the tops of tests and benches.

use crate::simulator::{SerialPins, Simulator};
use crate::top::Top;

pub use crate::top::Model;

/// A value that must fit a port of so many bits.
#[cfg(feature = "all-models")]
macro_rules! unsigned_bits {
    ($value:expr, $bits:literal) => {{
        assert!($value >> $bits == 0, "{} has more than {} bits", $value, $bits);
        $value
    }};
}

/// The bits of a signed value that must fit a port of so many bits.
#[cfg(feature = "all-models")]
macro_rules! signed_bits {
    ($value:expr, $signed:ty, $unsigned:ty, $bits:literal) => {{
        const SHIFT: u32 = <$signed>::BITS - $bits;
        assert!(($value << SHIFT) >> SHIFT == $value, "{} has more than {} bits", $value, $bits);
        ($value.cast_unsigned() << SHIFT) >> SHIFT
    }};
}

/// A value of several words, the lowest first, that must fit a port of so many bits.
#[cfg(feature = "all-models")]
macro_rules! wide_bits {
    ($value:expr, $bits:literal) => {{
        const IN_LAST: u32 = $bits % 32;
        assert!(IN_LAST == 0 || $value[$value.len() - 1] >> IN_LAST == 0, "a value of more than {} bits", $bits);
        $value
    }};
}

include!(concat!(env!("OUT_DIR"), "/model.rs"));
