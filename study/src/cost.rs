//! What runs cost: figures that no clock touches, so that every machine deals the cells of a study alike.

/// How much slower than the processor of the costs this one is.
pub(crate) fn slowness() -> f64 {
    1.0
}
