//! Numbers from one type to another.

use live::arrival::Nanoseconds;

/// A millisecond.
pub(super) const MS: Nanoseconds = 1_000_000;

/// A time in ms.
pub(super) fn to_ms(time: Nanoseconds) -> f64 {
    time as f64 / MS as f64
}

/// A time given in ms.
#[expect(clippy::cast_possible_truncation, reason = "what does not fit becomes the longest time")]
pub(super) fn of_ms(ms: f64) -> Nanoseconds {
    (ms * MS as f64).round() as Nanoseconds
}

/// The next whole number, 0 for a negative one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what does not fit becomes an end")]
pub(super) fn count(number: f64) -> usize {
    number.ceil() as usize
}

/// The power of 2, rounded up, that a duration in us has.
#[expect(clippy::cast_possible_truncation, reason = "it is small")]
pub(super) fn doubling(us: f64) -> i32 {
    us.log2().ceil() as i32
}
