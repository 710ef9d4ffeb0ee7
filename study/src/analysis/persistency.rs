//! Persistency: whether it is the same units that stay tuned, and to the same direction.

use std::f64::consts::FRAC_PI_2;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::AnalysisError;
use super::cultivation::tuned_over_epochs;
use super::statistics::{
    NullDistribution, circular_difference, circular_mean, circular_sd, mean_resultant, rayleigh, rng,
};
use super::tuning::{TuningClass, UnitTuning};

/// Tuning of the same units `lag` epochs apart, over all pairs of such epochs.
///
/// Chance is by permutation: the course of one unit up to an epoch goes on with that of another. One permutation serves
/// all pairs of epochs, which keeps the dependence between epochs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Persistency {
    /// Epochs between the two.
    pub lag: usize,
    /// Units looked at.
    pub n_units: usize,
    /// P(tuned at e + lag | tuned at e), 0 to 1; `None` where no unit is tuned before.
    pub probability: Option<f64>,
    /// The same if tuning at the two epochs were independent: product of the marginals, 0 to 1; `None` as above.
    pub chance: Option<f64>,
    /// One-sided permutation p of the probability; `None` as above.
    pub p: Option<f64>,
    /// Change of the preferred direction; `None` where no unit is tuned at both epochs.
    pub change: Option<DirectionChange>,
}

/// How the preferred direction changes between two epochs, over units tuned at both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectionChange {
    /// Pairs of epochs and units.
    pub n_pairs: usize,
    /// Mean absolute change, radians, 0 to pi.
    pub mean_absolute_rad: f64,
    /// The same if the later direction were uniform: pi / 2.
    pub uniform_rad: f64,
    /// The same if units were permuted, which keeps a preferred direction that all share; `None` without a valid pair.
    pub permuted_rad: Option<f64>,
    /// One-sided permutation p of directions being kept.
    pub p: f64,
    /// Length of the mean resultant of the changes, 0 to 1.
    pub resultant: f64,
    /// Circular standard deviation of the changes, radians; `None` where they cancel.
    pub sd_rad: Option<f64>,
    /// Rayleigh p of the units' mean changes being uniform (one value a unit, so that they are independent).
    pub rayleigh_p: f64,
}

/// Which units persistency is asked of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitChoice {
    /// Those that fire in every epoch: a silent unit stays untuned without telling anything of tuning.
    #[default]
    AlwaysActive,
    /// All.
    All,
}

/// `epochs[epoch][unit]`: the same units in each epoch. `lag` from 1 to the number of epochs less 1.
///
/// # Errors
/// No epochs, no units, different numbers of units, a lag out of range.
pub fn persist(
    epochs: &[Vec<UnitTuning>],
    lag: usize,
    choice: UnitChoice,
    n_permutations: usize,
    seed: u64,
) -> Result<Persistency, AnalysisError> {
    tuned_over_epochs(epochs)?;
    if lag == 0 || lag >= epochs.len() {
        let cause = format!("{lag} with {} epochs", epochs.len());
        return Err(AnalysisError::new("lag", cause, "give at least 1 and less than there are epochs"));
    }
    let is_chosen =
        |unit: usize| choice == UnitChoice::All || epochs.iter().all(|epoch| epoch[unit].class != TuningClass::Silent);
    let units: Vec<usize> = (0..epochs[0].len()).filter(|&unit| is_chosen(unit)).collect();
    let preferred: Vec<Vec<Option<f64>>> =
        epochs.iter().map(|epoch| units.iter().map(|&unit| epoch[unit].preferred_rad()).collect()).collect();
    let pairs = Pairs { preferred: &preferred, lag };

    let mut later: Vec<usize> = (0..units.len()).collect();
    let observed = pairs.compare(&later);
    let mut rng = rng(seed, 0);
    let null: Vec<Kept> = (0..n_permutations)
        .map(|_| {
            later.shuffle(&mut rng);
            pairs.compare(&later)
        })
        .collect();
    let tuned_before = pairs.tuned_before();
    let share = |count: f64| (tuned_before > 0).then(|| count / tuned_before as f64);
    let tuned_twice = NullDistribution {
        observed: observed.n_pairs as f64,
        null: null.iter().map(|kept| kept.n_pairs as f64).collect(),
    };
    Ok(Persistency {
        lag,
        n_units: units.len(),
        probability: share(tuned_twice.observed),
        chance: share(pairs.expected_twice()),
        p: share(0.0).map(|_| tuned_twice.p()),
        change: pairs.change(&observed, &null),
    })
}

/// Pairs of epochs a lag apart; `preferred[epoch][unit]`, `None` where the unit is not tuned.
struct Pairs<'a> {
    preferred: &'a [Vec<Option<f64>>],
    lag: usize,
}

/// Units tuned at both epochs, over the pairs of epochs.
struct Kept {
    n_pairs: usize,
    /// Sum of absolute changes.
    absolute_rad: f64,
}

impl Kept {
    fn mean_absolute_rad(&self) -> Option<f64> {
        (self.n_pairs > 0).then(|| self.absolute_rad / self.n_pairs as f64)
    }
}

impl Pairs<'_> {
    fn of_epochs(&self) -> impl Iterator<Item = (&[Option<f64>], &[Option<f64>])> {
        let before = self.preferred.iter().map(Vec::as_slice);
        before.zip(self.preferred[self.lag..].iter().map(Vec::as_slice))
    }

    /// Compares each unit with the later course of the unit that `later` names.
    fn compare(&self, later: &[usize]) -> Kept {
        let mut kept = Kept { n_pairs: 0, absolute_rad: 0.0 };
        for (before, after) in self.of_epochs() {
            for (before, &unit) in before.iter().zip(later) {
                if let (Some(before), Some(after)) = (before, after[unit]) {
                    kept.n_pairs += 1;
                    kept.absolute_rad += circular_difference(after, *before).abs();
                }
            }
        }
        kept
    }

    fn tuned_before(&self) -> usize {
        self.of_epochs().map(|(before, _)| before.iter().flatten().count()).sum()
    }

    fn expected_twice(&self) -> f64 {
        let expected = |(before, after): (&[Option<f64>], &[Option<f64>])| {
            (before.iter().flatten().count() * after.iter().flatten().count()) as f64 / before.len().max(1) as f64
        };
        self.of_epochs().map(expected).sum()
    }

    fn change(&self, observed: &Kept, null: &[Kept]) -> Option<DirectionChange> {
        let mean_absolute_rad = observed.mean_absolute_rad()?;
        let n_units = self.preferred[0].len();
        let of_unit = |unit: usize| -> Vec<f64> {
            let change = |(before, after): (&[Option<f64>], &[Option<f64>])| {
                Some(circular_difference(after[unit]?, before[unit]?))
            };
            self.of_epochs().filter_map(change).collect()
        };
        let changes: Vec<Vec<f64>> = (0..n_units).map(of_unit).collect();
        let all: Vec<f64> = changes.iter().flatten().copied().collect();
        let of_units: Vec<f64> = changes.iter().filter_map(|changes| circular_mean(changes)).collect();
        // Large is extreme, so that a small change is.
        let kept = NullDistribution {
            observed: -mean_absolute_rad,
            null: null.iter().filter_map(|kept| kept.mean_absolute_rad().map(|mean| -mean)).collect(),
        };
        Some(DirectionChange {
            n_pairs: observed.n_pairs,
            mean_absolute_rad,
            uniform_rad: FRAC_PI_2,
            permuted_rad: (!kept.null.is_empty()).then(|| -kept.mean()),
            p: kept.p(),
            resultant: mean_resultant(&all)?.0,
            sd_rad: circular_sd(&all),
            rayleigh_p: rayleigh(&of_units).map_or(1.0, |test| test.p),
        })
    }
}
