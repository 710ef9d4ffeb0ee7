//! Sign extension that rust-hdl translates and that is right for every value.

use rust_hdl::prelude::*;

/// `x` in `M` bits; emitted as `$signed(x)`, which a wider signed context extends.
///
/// rust-hdl knows the function by the beginning of its name. Its own `signed_bit_cast` recurses for ever on the most
/// negative value.
///
/// # Panics
/// If a width is above 32 or the result is narrower than `x`.
#[must_use]
pub fn signed_cast_extend<const M: usize, const N: usize>(x: Signed<N>) -> Signed<M> {
    assert!(N <= M && M <= 32);
    let raw = x.inner().to_u32();
    let extended = if N < 32 && x.sign_bit() { raw | (u32::MAX << N) } else { raw };
    let mask = if M == 32 { u32::MAX } else { (1 << M) - 1 };
    signed_cast(Bits::<M>::from(u64::from(extended & mask)))
}
