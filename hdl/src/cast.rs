//! Casts that rust-hdl lacks. It recognizes a cast by the prefix of its name.

use rust_hdl::prelude::*;

/// Sign extension, or the low bits; `$signed(x)` in Verilog. rust-hdl's `signed_bit_cast` recurses endlessly on the most negative value.
///
/// # Panics
/// If a type has more than 32 bits.
#[must_use]
pub fn signed_cast_ext<const M: usize, const N: usize>(x: Signed<N>) -> Signed<M> {
    assert!(N <= 32 && M <= 32, "cast of {N} to {M} bits");
    let raw = u64::from(x.inner().to_u32());
    let extended = if x.sign_bit() { raw | (u64::MAX << N) } else { raw };
    signed_cast(Bits::from(extended & ((1 << M) - 1)))
}
