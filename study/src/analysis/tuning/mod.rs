//! Cosine tuning (Georgopoulos et al. 1982, J Neurosci 2:1527, equation 1): rate = b0 + b1 sin(angle) + b2 cos(angle).
//!
//! With few directions a good fit of the class means proves nothing: three parameters fit the means of four directions of
//! an untuned unit with a mean R² of 2/3. So the analysis asks of a unit, in this order,
//! 1. whether it fires at all;
//! 2. whether its single trials depend on direction: between-class sum of squares against permuted trials, p corrected over
//!    units;
//! 3. how much of that dependence is cosine: the share of the cosine in the between-class variance, each part less what
//!    noise alone contributes ([`CosineFit::cosine_share`]).
//!
//! With four directions the third question has one degree of freedom, the (+ - + -) contrast, and a unit whose means are
//! arbitrary passes it by chance with probability `(1 - threshold)^(1/2)`; no analysis of a single unit can do better. A
//! population can show whether more of its selective units pass than that: [`TunedFraction::arbitrary_p`].

mod cosine_fit;
mod direction_effect;
mod fraction;

pub(super) use cosine_fit::coefficients;
pub use cosine_fit::{CosineFit, LackOfFit};
pub use fraction::{TunedFraction, tuned_fraction};

use serde::{Deserialize, Serialize};

use super::statistics::benjamini_hochberg;
use super::{AnalysisError, Responses};

/// Largest corrected p of a direction effect.
pub const SIGNIFICANCE: f64 = 0.05;

/// Smallest [`CosineFit::cosine_share`] of a cosine-tuned unit. 0.7 is the usual R² for class means, here without their noise;
/// at eight directions 5 % of arbitrarily selective units reach it, at four 55 %.
pub const MIN_COSINE_SHARE: f64 = 0.7;

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TuningClass {
    /// It never fires.
    Silent,
    /// It fires, and has no direction effect.
    Untuned,
    /// Its rate depends on direction, but not as a cosine.
    Selective,
    /// Its rate depends on direction as a cosine.
    CosineTuned,
}

/// The tuning of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitTuning {
    /// What the unit is.
    pub class: TuningClass,
    /// Spikes over all trials.
    pub n_spikes: u64,
    /// Mean rate over all trials, spikes per second.
    pub rate_hz: f64,
    /// Corrected p of the direction effect; `None` for a silent unit.
    pub direction_p: Option<f64>,
    /// The fit, whether or not the unit is tuned: see `class`. `None` for a silent unit.
    pub fit: Option<CosineFit>,
}

impl UnitTuning {
    /// Whether the unit is cosine tuned.
    #[must_use]
    pub fn is_tuned(&self) -> bool {
        self.class == TuningClass::CosineTuned
    }

    /// Preferred direction of a cosine-tuned unit, radians, 0 to 2 pi; `None` for any other.
    #[must_use]
    pub fn preferred_rad(&self) -> Option<f64> {
        self.fit.filter(|_| self.is_tuned()).map(|fit| fit.preferred_rad)
    }
}

/// The tuning of each unit. At least three directions are needed; with three, a cosine fits any means, so every selective unit
/// counts as tuned.
///
/// p values are corrected over the units that fire. What is estimated is a fraction of units, and the false discovery rate
/// bounds how much of it is false. The smallest p is 1 / (1 + `n_permutations`); a single tuned unit among n needs one below
/// [`SIGNIFICANCE`] / n.
///
/// # Errors
/// Fewer than three directions, fewer than two trials more than directions, too few permutations for any unit to be tuned.
pub fn tune(responses: &Responses, n_permutations: usize, seed: u64) -> Result<Vec<UnitTuning>, AnalysisError> {
    if SIGNIFICANCE * (n_permutations + 1) as f64 <= 1.0 {
        let cause = format!("{n_permutations} cannot give a p below {SIGNIFICANCE}");
        return Err(AnalysisError::new("n_permutations", cause, "permute more often"));
    }
    let directions = responses.directions();
    let (n_trials, n_classes) = (directions.n_trials(), directions.n_classes());
    if n_classes < 3 {
        let cause = format!("{n_classes} directions, which any cosine fits");
        return Err(AnalysisError::new("directions", cause, "give trials of at least three directions"));
    }
    if n_trials < n_classes + 2 {
        let cause = format!("{n_trials} trials of {n_classes} directions are too few to tell tuning from noise");
        return Err(AnalysisError::new("trials", cause, "give several trials of each direction"));
    }
    let n_spikes: Vec<u64> =
        (0..responses.n_units()).map(|unit| responses.of_unit(unit).iter().sum::<f64>() as u64).collect();
    let raw_p = direction_effect::p_values(responses, n_permutations, seed);
    let active: Vec<usize> = (0..responses.n_units()).filter(|&unit| n_spikes[unit] > 0).collect();
    let corrected = benjamini_hochberg(&active.iter().map(|&unit| raw_p[unit]).collect::<Vec<f64>>());
    let duration_s = n_trials as f64 * responses.duration_ms() / 1e3;
    let mut units: Vec<UnitTuning> = n_spikes
        .iter()
        .map(|&n_spikes| UnitTuning {
            class: TuningClass::Silent,
            n_spikes,
            rate_hz: n_spikes as f64 / duration_s,
            direction_p: None,
            fit: None,
        })
        .collect();
    for (&unit, direction_p) in active.iter().zip(corrected) {
        let fit = CosineFit::of(&responses.of_unit(unit), directions, responses.hz_per_spike());
        units[unit].direction_p = Some(direction_p);
        units[unit].fit = fit;
        units[unit].class = match fit {
            Some(fit) if direction_p <= SIGNIFICANCE => {
                let is_cosine = fit.cosine_share.is_some_and(|share| share >= MIN_COSINE_SHARE);
                if is_cosine { TuningClass::CosineTuned } else { TuningClass::Selective }
            }
            _ => TuningClass::Untuned,
        };
    }
    Ok(units)
}
