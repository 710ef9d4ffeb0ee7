//! Persistency: whether the same units stay tuned, and to the same direction.

use rand::seq::SliceRandom;

use super::AnalysisError;
use super::statistics::{NullDistribution, circular_difference, rng};
use super::tuning::{TuningClass, UnitTuning};

/// Tuning of the same units `lag` epochs apart, over all pairs of such epochs and the units that fire in every epoch.
///
/// Chance is by permutation: the epochs of one unit up to a point are followed by those of another unit. One permutation serves
/// all pairs of epochs, which keeps the dependence between epochs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Persistency {
    /// P(tuned at e + lag | tuned at e), 0 to 1; `None` if no unit is tuned before.
    pub probability: Option<f64>,
    /// The same if tuning at the two epochs were independent: product of the marginals, 0 to 1; `None` as above.
    pub chance: Option<f64>,
    /// One-sided permutation p of the probability; `None` as above.
    pub p: Option<f64>,
    /// Change of the preferred direction; `None` if no unit is tuned at both epochs.
    pub change: Option<DirectionChange>,
}

/// How much the preferred direction changes between two epochs, over the units tuned at both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DirectionChange {
    /// Mean absolute change, radians, 0 to pi; pi / 2 if the later direction were uniform.
    pub mean_absolute_rad: f64,
    /// One-sided permutation p of a change this small.
    pub p: f64,
}

/// `epochs[epoch][unit]`: the same units in each epoch. `lag` is at least 1 and less than the number of epochs. A unit that is
/// silent in some epoch is left out: it stays untuned, which says nothing about tuning.
///
/// # Errors
/// No epochs, no units, different numbers of units, a lag out of range.
pub fn persist(
    epochs: &[Vec<UnitTuning>],
    lag: usize,
    n_permutations: usize,
    seed: u64,
) -> Result<Persistency, AnalysisError> {
    check(epochs, lag)?;
    let is_active = |unit: &usize| epochs.iter().all(|epoch| epoch[*unit].class != TuningClass::Silent);
    let units: Vec<usize> = (0..epochs[0].len()).filter(is_active).collect();
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
        probability: share(tuned_twice.observed),
        chance: share(pairs.expected_twice()),
        p: share(0.0).map(|_| tuned_twice.p()),
        change: observed.change(&null),
    })
}

fn check(epochs: &[Vec<UnitTuning>], lag: usize) -> Result<(), AnalysisError> {
    let n_units = epochs.first().map_or(0, Vec::len);
    if n_units == 0 {
        let next_step = "give the tuning of at least one unit in one epoch";
        return Err(AnalysisError::new("epochs", "no epoch or no unit", next_step));
    }
    for epoch in epochs {
        AnalysisError::check_same_length("units of two epochs", n_units, epoch.len())?;
    }
    if lag == 0 || lag >= epochs.len() {
        let cause = format!("{lag} with {} epochs", epochs.len());
        return Err(AnalysisError::new("lag", cause, "give at least 1, and less than the number of epochs"));
    }
    Ok(())
}

/// Pairs of epochs a lag apart; `preferred[epoch][unit]` is `None` where the unit is not tuned.
struct Pairs<'a> {
    preferred: &'a [Vec<Option<f64>>],
    lag: usize,
}

/// Units tuned at both epochs, over the pairs of epochs.
struct Kept {
    n_pairs: usize,
    /// Sum of the absolute changes of direction.
    absolute_rad: f64,
}

impl Kept {
    fn mean_absolute_rad(&self) -> Option<f64> {
        (self.n_pairs > 0).then(|| self.absolute_rad / self.n_pairs as f64)
    }

    fn change(&self, null: &[Self]) -> Option<DirectionChange> {
        let mean_absolute_rad = self.mean_absolute_rad()?;
        // A small change is the extreme one, hence the signs.
        let small = NullDistribution {
            observed: -mean_absolute_rad,
            null: null.iter().filter_map(|kept| kept.mean_absolute_rad().map(|mean| -mean)).collect(),
        };
        Some(DirectionChange { mean_absolute_rad, p: small.p() })
    }
}

impl Pairs<'_> {
    fn of_epochs(&self) -> impl Iterator<Item = (&[Option<f64>], &[Option<f64>])> {
        let before = self.preferred.iter().map(Vec::as_slice);
        before.zip(self.preferred[self.lag..].iter().map(Vec::as_slice))
    }

    /// Compares each unit with the later epochs of the unit that `later` names.
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
}
