//! Environment variables by which commands change the models and the length of their tests.

/// Makes the build script put coverage counters or faults into models, see `build/instrument.rs`.
pub const INSTRUMENT: &str = "MOTORSRNN_INSTRUMENT";

/// Multiplies the length of the random lockstep, and lets gate-level simulations decode all windows.
pub const SOAK: &str = "MOTORSRNN_SOAK";

/// Proptest's seed of random tests.
pub const SEED: &str = "PROPTEST_RNG_SEED";
