//! Angles: differences, means, and the test of uniformity. All in radians.

use std::f64::consts::{PI, TAU};

use serde::{Deserialize, Serialize};

/// Rayleigh's test of uniform angles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rayleigh {
    /// Length of the mean resultant, 0 (uniform, or cancelling) to 1 (all equal).
    pub resultant: f64,
    /// Probability of at least this length if the angles are uniform.
    pub p: f64,
}

/// The same angle from 0 (inclusive) to 2 pi (exclusive).
#[must_use]
pub fn normalize_angle(angle: f64) -> f64 {
    let angle = angle.rem_euclid(TAU);
    if angle < TAU { angle } else { 0.0 }
}

/// `to - from` on the circle, above -pi, at most pi.
#[must_use]
pub fn circular_difference(to: f64, from: f64) -> f64 {
    PI - normalize_angle(PI - (to - from))
}

/// Mean of the angles' unit vectors (Fisher 1993, Statistical Analysis of Circular Data, equation 2.8): length 0 to 1, and
/// direction 0 to 2 pi; `None` if there are no angles.
#[must_use]
pub fn mean_resultant(angles: &[f64]) -> Option<(f64, f64)> {
    let (sin, cos) = angles.iter().fold((0.0, 0.0), |(sin, cos), angle| (sin + angle.sin(), cos + angle.cos()));
    let length = sin.hypot(cos) / angles.len() as f64;
    (!angles.is_empty()).then(|| (length.min(1.0), normalize_angle(sin.atan2(cos))))
}

/// Direction of the mean resultant, 0 to 2 pi; `None` if there are no angles or they cancel.
#[must_use]
pub fn circular_mean(angles: &[f64]) -> Option<f64> {
    mean_resultant(angles).filter(|(length, _)| *length > 1e-12).map(|(_, direction)| direction)
}

/// Rayleigh's test of uniformity, with Zar's approximation of p = exp(sqrt(1 + 4n + 4(n² - (nR)²)) - (1 + 2n)) (Zar 1999,
/// Biostatistical Analysis, equation 27.4); `None` if there are no angles.
#[must_use]
pub fn rayleigh(angles: &[f64]) -> Option<Rayleigh> {
    let (resultant, _) = mean_resultant(angles)?;
    let n = angles.len() as f64;
    let inner = 1.0 + 4.0 * n + 4.0 * n * n * (1.0 - resultant * resultant);
    Some(Rayleigh { resultant, p: (inner.sqrt() - (1.0 + 2.0 * n)).exp().min(1.0) })
}
