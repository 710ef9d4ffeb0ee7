//! Distribution of the preferred directions.

use serde::{Deserialize, Serialize};

use crate::analysis::statistics::{Rayleigh, circular_mean, rayleigh};
use crate::analysis::tuning::UnitTuning;

/// Preferred directions of the cosine-tuned units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreferredDirections {
    /// One per tuned unit, radians, 0 to 2 pi, in the order of the units.
    pub preferred_rad: Vec<f64>,
    /// Circular mean, radians; `None` if no unit is tuned or the directions cancel.
    pub mean_rad: Option<f64>,
    /// Test of uniformity: small p if one direction prevails. `None` if no unit is tuned.
    pub unimodal: Option<Rayleigh>,
    /// The same for doubled angles: small p if an axis prevails, as in motor cortex. `None` if no unit is tuned.
    pub axial: Option<Rayleigh>,
}

/// Collects the preferred directions of tuned units and tests whether they are uniform.
#[must_use]
pub fn preferred_directions(units: &[UnitTuning]) -> PreferredDirections {
    let preferred_rad: Vec<f64> = units.iter().filter_map(UnitTuning::preferred_rad).collect();
    let doubled: Vec<f64> = preferred_rad.iter().map(|angle| 2.0 * angle).collect();
    PreferredDirections {
        mean_rad: circular_mean(&preferred_rad),
        unimodal: rayleigh(&preferred_rad),
        axial: rayleigh(&doubled),
        preferred_rad,
    }
}
