//! The tops that there are models of, and their ports: written by the build from the rust-hdl sources.

use crate::simulator::{SerialPins, Simulator, Top};

/// The bits of a value that must fit a port.
macro_rules! unsigned_bits {
    ($value:expr, $bits:literal) => {{
        assert!($value >> $bits == 0, "{} has more than {} bits", $value, $bits);
        $value
    }};
}

/// The bits of a signed value that must fit a port.
macro_rules! signed_bits {
    ($value:expr, $signed:ty, $unsigned:ty, $bits:literal) => {{
        const SHIFT: u32 = <$signed>::BITS - $bits;
        assert!(($value << SHIFT) >> SHIFT == $value, "{} has more than {} bits", $value, $bits);
        ($value.cast_unsigned() << SHIFT) >> SHIFT
    }};
}

include!(concat!(env!("OUT_DIR"), "/model.rs"));
