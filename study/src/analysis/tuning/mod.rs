//! Cosine tuning (Georgopoulos et al. 1982, J Neurosci 2:1527, equation 1): rate = b0 + b1 sin(angle) + b2 cos(angle).
//!
//! A good fit of the class means proves nothing with few directions: three parameters fit the means of four directions of
//! an untuned unit with a mean R² of 2/3. So a unit is asked, in this order,
//! 1. whether it fires at all;
//! 2. whether its single trials depend on direction: between-class sum of squares against permuted trials, p corrected over
//!    units;
//! 3. how much of that dependence is cosine: the share of the cosine in the between-class variance, each part less what
//!    noise alone contributes ([`CosineFit::cosine_share`]).
//!
//! With four directions the third question has one degree of freedom, the (+ - + -) contrast, and a unit whose means are
//! arbitrary passes it by luck with probability `(1 - threshold)^(1/2)`; no analysis of one unit can do better. What a
//! population can say is whether more of its selective units pass than that: [`TunedFraction::arbitrary_p`].

mod cosine_fit;
mod direction_effect;
mod fraction;

pub(super) use cosine_fit::coefficients;
pub use cosine_fit::{CosineFit, LackOfFit};
pub use fraction::{Capture, ShuffledControl, TunedFraction, capture, shuffled_control, tuned_fraction};

use serde::{Deserialize, Serialize};

use super::statistics::Correction;
use super::{AnalysisError, Responses};

/// How tuning is decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TuningOptions {
    /// A unit with fewer spikes over all trials is silent and asked nothing; at least 1.
    pub min_spikes: u32,
    /// Largest corrected p of a direction effect, between 0 and 1.
    pub significance: f64,
    /// Correction over the units that are not silent. What is estimated is a fraction of units, and the false discovery
    /// rate bounds how much of it is false; Holm's bound on a single false unit would make the fraction of an area fall
    /// with the area's size.
    pub correction: Correction,
    /// Permutations of the trials. The smallest p is 1 / (1 + permutations), and one tuned unit among n needs it below
    /// significance / n.
    pub n_permutations: usize,
    /// Smallest [`CosineFit::cosine_share`] of a cosine-tuned unit, between 0 and 1. 0.7 is the R² that is usual for class
    /// means, here without the noise in it; at eight directions 5 % of arbitrarily selective units reach it, at four 55 %.
    pub min_cosine_share: f64,
    /// Everything random derives from it.
    pub seed: u64,
}

impl Default for TuningOptions {
    fn default() -> Self {
        Self {
            min_spikes: 1,
            significance: 0.05,
            correction: Correction::default(),
            n_permutations: 4999,
            min_cosine_share: 0.7,
            seed: 1,
        }
    }
}

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TuningClass {
    /// It hardly fires ([`TuningOptions::min_spikes`]).
    Silent,
    /// It fires, and no direction effect was found.
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
    /// Corrected p of the direction effect; `None` of a silent unit.
    pub direction_p: Option<f64>,
    /// The fit, whether or not the unit is tuned: read it together with `class`. `None` of a silent unit.
    pub fit: Option<CosineFit>,
}

impl UnitTuning {
    /// Whether the unit is cosine tuned.
    #[must_use]
    pub fn is_tuned(&self) -> bool {
        self.class == TuningClass::CosineTuned
    }

    /// Whether a direction effect was found.
    #[must_use]
    pub fn is_selective(&self) -> bool {
        matches!(self.class, TuningClass::Selective | TuningClass::CosineTuned)
    }

    /// Preferred direction of a cosine-tuned unit, radians, 0 to 2 pi; `None` of any other.
    #[must_use]
    pub fn preferred_rad(&self) -> Option<f64> {
        self.fit.filter(|_| self.is_tuned()).map(|fit| fit.preferred_rad)
    }
}

/// The tuning of each unit. Three directions are the least; with three, a cosine fits any means, so that every selective
/// unit counts as tuned.
///
/// # Errors
/// Fewer than three directions, fewer than two trials more than directions, options out of range, permutations too few
/// for any unit to be found.
pub fn tune(responses: &Responses, options: &TuningOptions) -> Result<Vec<UnitTuning>, AnalysisError> {
    options.check()?;
    let directions = responses.directions();
    let (n_trials, n_classes) = (directions.n_trials(), directions.n_classes());
    if n_classes < 3 {
        let cause = format!("{n_classes} directions, which any cosine fits");
        return Err(AnalysisError::new("directions", cause, "give trials of at least three directions"));
    }
    if n_trials < n_classes + 2 {
        let cause = format!("{n_trials} trials of {n_classes} directions leave nothing to tell noise from tuning by");
        return Err(AnalysisError::new("trials", cause, "give several trials of each direction"));
    }
    let n_spikes: Vec<u64> =
        (0..responses.n_units()).map(|unit| responses.of_unit(unit).iter().sum::<f64>() as u64).collect();
    let is_silent = |unit: usize| n_spikes[unit] < u64::from(options.min_spikes);
    let raw_p = direction_effect::p_values(responses, options.n_permutations, options.seed);
    let active: Vec<usize> = (0..responses.n_units()).filter(|&unit| !is_silent(unit)).collect();
    let corrected = options.correction.adjust(&active.iter().map(|&unit| raw_p[unit]).collect::<Vec<f64>>());
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
            Some(fit) if direction_p <= options.significance => {
                let is_cosine = fit.cosine_share.is_some_and(|share| share >= options.min_cosine_share);
                if is_cosine { TuningClass::CosineTuned } else { TuningClass::Selective }
            }
            _ => TuningClass::Untuned,
        };
    }
    Ok(units)
}

impl TuningOptions {
    fn check(&self) -> Result<(), AnalysisError> {
        AnalysisError::check_open_unit("significance", self.significance)?;
        AnalysisError::check_open_unit("min_cosine_share", self.min_cosine_share)?;
        if self.min_spikes == 0 {
            let next_step = "give 1 or more, so that a unit without spikes is silent";
            return Err(AnalysisError::new("min_spikes", "0 spikes", next_step));
        }
        if self.significance * (self.n_permutations + 1) as f64 <= 1.0 {
            let cause = format!("{} cannot give a p below {}", self.n_permutations, self.significance);
            return Err(AnalysisError::new("n_permutations", cause, "permute more often"));
        }
        Ok(())
    }
}
