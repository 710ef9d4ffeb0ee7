//! The tuned fraction of a population.

use statrs::distribution::{Binomial, DiscreteCDF};

use super::{MIN_COSINE_SHARE, TuningClass, UnitTuning};
use crate::analysis::statistics::{Interval, wilson_interval};

const CONFIDENCE: f64 = 0.95;

/// How many units of a population are tuned.
#[derive(Clone, Debug, PartialEq)]
pub struct TunedFraction {
    /// Units.
    pub n_units: usize,
    /// Silent ones.
    pub n_silent: usize,
    /// Those with a direction effect that is not a cosine.
    pub n_selective: usize,
    /// Cosine-tuned ones.
    pub n_tuned: usize,
    /// Tuned units among all, 0 to 1; 0 if there are none.
    pub fraction: f64,
    /// Its 95 % interval (Wilson) over units, given the trials.
    pub interval: Interval,
    /// Share of the units with a direction effect that would pass as cosine if their class means were arbitrary (Gaussian and
    /// independent): P(Beta(1, (directions - 3) / 2) >= threshold) = (1 - threshold)^((directions - 3) / 2).
    pub arbitrary_pass_rate: f64,
    /// Probability that at least `n_tuned` of the units with a direction effect pass at that rate (binomial, one-sided). If it
    /// is not small, the population shows selectivity, not cosines.
    pub arbitrary_p: f64,
}

/// Counts the units.
#[must_use]
pub fn tuned_fraction(units: &[UnitTuning], n_directions: usize) -> TunedFraction {
    let count = |class| units.iter().filter(|unit| unit.class == class).count();
    let (n_units, n_silent) = (units.len(), count(TuningClass::Silent));
    let (n_selective, n_tuned) = (count(TuningClass::Selective), count(TuningClass::CosineTuned));
    let arbitrary_pass_rate = (1.0 - MIN_COSINE_SHARE).powf(n_directions.saturating_sub(3) as f64 / 2.0);
    TunedFraction {
        n_units,
        n_silent,
        n_selective,
        n_tuned,
        fraction: n_tuned as f64 / n_units.max(1) as f64,
        interval: wilson_interval(n_tuned, n_units, CONFIDENCE),
        arbitrary_pass_rate,
        arbitrary_p: binomial_at_least(n_tuned, n_tuned + n_selective, arbitrary_pass_rate),
    }
}

/// P(X >= `least`) of a binomial X.
fn binomial_at_least(least: usize, n: usize, p: f64) -> f64 {
    if least == 0 {
        return 1.0;
    }
    Binomial::new(p, n as u64).map_or(1.0, |binomial| binomial.sf(least as u64 - 1))
}
