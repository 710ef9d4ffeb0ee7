//! Cultivation: whether tuning grows over the epochs of a training, or the sessions of an animal.

use serde::{Deserialize, Serialize};

use super::AnalysisError;
use super::statistics::{Correlation, Interval, mann_kendall, mcnemar_exact, spearman, wilson_interval};
use super::tuning::UnitTuning;

/// Tuned fraction over epochs.
///
/// Epochs of one training depend on each other, so that the trends' p describe this training; that training cultivates
/// tuning is for the seeds to say: `change` of each as one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cultivation {
    /// Tuned among all units in each epoch, 0 to 1.
    pub fractions: Vec<f64>,
    /// Wilson's 95 % interval of each.
    pub intervals: Vec<Interval>,
    /// Rank correlation of fraction and epoch; `None` of fewer than three epochs or a constant fraction.
    pub spearman: Option<Correlation>,
    /// Mann-Kendall trend; `None` as above.
    pub mann_kendall: Option<Correlation>,
    /// Fraction in the last epoch less that in the first, -1 to 1.
    pub change: f64,
    /// Units untuned in the first epoch and tuned in the last.
    pub n_gained: usize,
    /// Units tuned in the first epoch and not in the last.
    pub n_lost: usize,
    /// McNemar's exact two-sided p of as many gained as lost, over units.
    pub change_p: f64,
}

/// `epochs[epoch][unit]`: the same units in each epoch.
///
/// # Errors
/// No epochs, no units, different numbers of units.
pub fn cultivate(epochs: &[Vec<UnitTuning>]) -> Result<Cultivation, AnalysisError> {
    let tuned = tuned_over_epochs(epochs)?;
    let n_units = tuned[0].len();
    let counts: Vec<usize> = tuned.iter().map(|units| units.iter().filter(|&&tuned| tuned).count()).collect();
    let fractions: Vec<f64> = counts.iter().map(|&count| count as f64 / n_units as f64).collect();
    let order: Vec<f64> = (0..epochs.len()).map(|epoch| epoch as f64).collect();
    let (first, last) = (&tuned[0], &tuned[tuned.len() - 1]);
    let changed = |from: bool| first.iter().zip(last).filter(|&(&a, &b)| a == from && b != from).count();
    let (n_gained, n_lost) = (changed(false), changed(true));
    Ok(Cultivation {
        intervals: counts.iter().map(|&count| wilson_interval(count, n_units, 0.95)).collect(),
        spearman: spearman(&order, &fractions),
        mann_kendall: mann_kendall(&fractions),
        change: (n_gained as f64 - n_lost as f64) / n_units as f64,
        n_gained,
        n_lost,
        change_p: mcnemar_exact(n_gained, n_lost),
        fractions,
    })
}

/// Whether each unit is tuned, `[epoch][unit]`.
///
/// # Errors
/// No epochs, no units, different numbers of units.
pub(super) fn tuned_over_epochs(epochs: &[Vec<UnitTuning>]) -> Result<Vec<Vec<bool>>, AnalysisError> {
    let n_units = epochs.first().map_or(0, Vec::len);
    if n_units == 0 {
        let next_step = "give the tuning of at least one unit in one epoch";
        return Err(AnalysisError::new("epochs", "no epoch or no unit", next_step));
    }
    for epoch in epochs {
        AnalysisError::check_same_length("units of two epochs", n_units, epoch.len())?;
    }
    Ok(epochs.iter().map(|units| units.iter().map(UnitTuning::is_tuned).collect()).collect())
}
