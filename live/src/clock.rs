//! The host's monotonic clock.

use crate::arrival::Nanoseconds;

/// The time now. On Unix it is that of `CLOCK_MONOTONIC`, which LSL uses, too.
#[cfg(unix)]
#[must_use]
pub fn now() -> Nanoseconds {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// The time since the first call.
#[cfg(not(unix))]
#[must_use]
pub fn now() -> Nanoseconds {
    static FIRST: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let elapsed = FIRST.get_or_init(std::time::Instant::now).elapsed();
    Nanoseconds::try_from(elapsed.as_nanos()).unwrap_or(Nanoseconds::MAX)
}
