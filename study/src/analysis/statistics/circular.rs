//! Angles: means, spreads, and whether they have a direction. All angles in radians.

use std::f64::consts::{PI, TAU};

use serde::{Deserialize, Serialize};

/// Whether angles have a common direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rayleigh {
    /// Length of the mean resultant, 0 (spread evenly, or in balance) to 1 (all equal).
    pub resultant: f64,
    /// Probability of at least this length if angles are uniform.
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
/// direction 0 to 2 pi; `None` of no angles.
#[must_use]
pub fn mean_resultant(angles: &[f64]) -> Option<(f64, f64)> {
    let (sin, cos) = angles.iter().fold((0.0, 0.0), |(sin, cos), angle| (sin + angle.sin(), cos + angle.cos()));
    let length = sin.hypot(cos) / angles.len() as f64;
    (!angles.is_empty()).then(|| (length.min(1.0), normalize_angle(sin.atan2(cos))))
}

/// Direction of the mean resultant, 0 to 2 pi; `None` of no angles or where they cancel.
#[must_use]
pub fn circular_mean(angles: &[f64]) -> Option<f64> {
    mean_resultant(angles).filter(|(length, _)| *length > 1e-12).map(|(_, direction)| direction)
}

/// Circular standard deviation sqrt(-2 ln R), radians (Fisher 1993, equation 2.12); `None` of no angles or where they cancel.
#[must_use]
pub fn circular_sd(angles: &[f64]) -> Option<f64> {
    let (length, _) = mean_resultant(angles)?;
    (length > 1e-12).then(|| (-2.0 * length.ln()).max(0.0).sqrt())
}

/// Rayleigh's test of uniformity, with Zar's approximation of p = exp(sqrt(1 + 4n + 4(n² - (nR)²)) - (1 + 2n)) (Zar 1999,
/// Biostatistical Analysis, equation 27.4); `None` of no angles.
#[must_use]
pub fn rayleigh(angles: &[f64]) -> Option<Rayleigh> {
    let (resultant, _) = mean_resultant(angles)?;
    let n = angles.len() as f64;
    let inner = 1.0 + 4.0 * n + 4.0 * n * n * (1.0 - resultant * resultant);
    Some(Rayleigh { resultant, p: (inner.sqrt() - (1.0 + 2.0 * n)).exp().min(1.0) })
}
