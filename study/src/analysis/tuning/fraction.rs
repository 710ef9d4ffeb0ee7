//! The tuned fraction of a population, its controls, and its comparison with that of the inputs.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use statrs::distribution::{Binomial, DiscreteCDF};

use super::{TuningClass, TuningOptions, UnitTuning, tune};
use crate::analysis::statistics::{Interval, fisher_exact, mean, newcombe_interval, quantile, rng, wilson_interval};
use crate::analysis::{AnalysisError, Responses};

const CONFIDENCE: f64 = 0.95;

/// How many units of a population are tuned. Intervals are Wilson's, of 95 %: over units, with the trials as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TunedFraction {
    /// Units.
    pub n_units: usize,
    /// Silent ones.
    pub n_silent: usize,
    /// Those with a direction effect that is not a cosine.
    pub n_selective: usize,
    /// Cosine-tuned ones.
    pub n_tuned: usize,
    /// Tuned among all units, 0 to 1; 0 of no units.
    pub fraction: f64,
    /// Its interval.
    pub interval: Interval,
    /// Tuned among the units that fire, 0 to 1; `None` where none does.
    pub fraction_of_active: Option<f64>,
    /// Its interval.
    pub interval_of_active: Interval,
    /// Part of the units with a direction effect that would pass as cosine if their class means were arbitrary (Gaussian and
    /// independent): P(Beta(1, (directions - 3) / 2) >= threshold) = (1 - threshold)^((directions - 3) / 2).
    pub arbitrary_pass_rate: f64,
    /// Probability of at least `n_tuned` passing at that rate among those with a direction effect (binomial, one-sided). Not
    /// small: the population shows selectivity, not cosines.
    pub arbitrary_p: f64,
}

/// Tuned units of an area against those of its inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    /// The area.
    pub area: TunedFraction,
    /// The inputs.
    pub inputs: TunedFraction,
    /// Fraction of the area less that of the inputs, -1 to 1.
    pub difference: f64,
    /// Newcombe's interval of the difference, 95 %.
    pub interval: Interval,
    /// Fisher's exact p of the two fractions being equal, two-sided.
    pub p: f64,
}

/// Tuned fractions with the directions of trials permuted: what the procedure finds where there is nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShuffledControl {
    /// Fraction of all units in each shuffle.
    pub fractions: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// What 95 % of them stay below.
    pub upper_95: f64,
}

/// Counts the units; `n_directions` and `min_cosine_share` as in the tuning.
#[must_use]
pub fn tuned_fraction(units: &[UnitTuning], n_directions: usize, min_cosine_share: f64) -> TunedFraction {
    let count = |class| units.iter().filter(|unit| unit.class == class).count();
    let (n_units, n_silent) = (units.len(), count(TuningClass::Silent));
    let (n_selective, n_tuned) = (count(TuningClass::Selective), count(TuningClass::CosineTuned));
    let n_active = n_units - n_silent;
    let part = |n: usize| (n > 0).then(|| n_tuned as f64 / n as f64);
    let arbitrary_pass_rate = (1.0 - min_cosine_share).max(0.0).powf(n_directions.saturating_sub(3) as f64 / 2.0);
    TunedFraction {
        n_units,
        n_silent,
        n_selective,
        n_tuned,
        fraction: part(n_units).unwrap_or(0.0),
        interval: wilson_interval(n_tuned, n_units, CONFIDENCE),
        fraction_of_active: part(n_active),
        interval_of_active: wilson_interval(n_tuned, n_active, CONFIDENCE),
        arbitrary_pass_rate,
        arbitrary_p: binomial_at_least(n_tuned, n_tuned + n_selective, arbitrary_pass_rate),
    }
}

/// Whether an area holds a larger tuned fraction than its inputs, over all units of both, silent ones included.
#[must_use]
pub fn capture(area: &[UnitTuning], inputs: &[UnitTuning], n_directions: usize, min_cosine_share: f64) -> Capture {
    let (area, inputs) =
        (tuned_fraction(area, n_directions, min_cosine_share), tuned_fraction(inputs, n_directions, min_cosine_share));
    let (of_area, of_inputs) = ((area.n_tuned, area.n_units), (inputs.n_tuned, inputs.n_units));
    Capture {
        difference: area.fraction - inputs.fraction,
        interval: newcombe_interval(of_area, of_inputs, CONFIDENCE),
        p: fisher_exact(of_area, of_inputs),
        area,
        inputs,
    }
}

/// Repeats the tuning `n_shuffles` times, at least once, with the directions of trials permuted.
///
/// # Errors
/// What [`tune`] refuses.
pub fn shuffled_control(
    responses: &Responses,
    options: &TuningOptions,
    n_shuffles: usize,
) -> Result<ShuffledControl, AnalysisError> {
    let mut rng = rng(options.seed, 1);
    let mut class = responses.directions().class().to_vec();
    let fractions = (0..n_shuffles.max(1)).map(|_| {
        class.shuffle(&mut rng);
        let units = tune(&responses.with_class(class.clone()), options)?;
        Ok(units.iter().filter(|unit| unit.is_tuned()).count() as f64 / units.len() as f64)
    });
    let fractions = fractions.collect::<Result<Vec<f64>, AnalysisError>>()?;
    Ok(ShuffledControl {
        mean: mean(&fractions).unwrap_or(0.0),
        upper_95: quantile(&fractions, 0.95).unwrap_or(0.0),
        fractions,
    })
}

/// P(X >= `least`) of a binomial X.
fn binomial_at_least(least: usize, n: usize, p: f64) -> f64 {
    if least == 0 {
        return 1.0;
    }
    Binomial::new(p, n as u64).map_or(1.0, |binomial| binomial.sf(least as u64 - 1))
}
