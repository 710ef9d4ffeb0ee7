//! Subspaces that two populations share: canonical correlations on held-out trials.

use nalgebra::DMatrix;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::principal::Principal;
use crate::analysis::statistics::{NullDistribution, pearson, rng};
use crate::analysis::{AnalysisError, Responses};

/// Principal components of each population that are kept (Gallego et al. 2018, Nat Commun 9:4233).
const N_COMPONENTS: usize = 10;
/// What is added to the variance of each component, as a part of their mean variance.
const RIDGE: f64 = 0.1;
/// Folds over trials.
const N_FOLDS: usize = 5;

/// Canonical correlations of two populations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharedSubspace {
    /// Mean over folds of the correlations on the fitted trials, 0 to 1. Overfitted: not a result.
    pub fitted: Vec<f64>,
    /// Mean over folds of the correlations on held-out trials, -1 to 1, in the order of the fitted ones. It is 0 on average if
    /// nothing is shared, but folds depend on each other and single results scatter: compare it with the controls.
    pub held_out: Vec<f64>,
    /// Mean of `held_out` over controls with the trials of one population shuffled; empty if there are none.
    pub shuffled: Vec<f64>,
    /// 95 % quantile of `held_out` over the controls; empty if there are none.
    pub shuffled_upper_95: Vec<f64>,
    /// One-sided p of the largest held-out correlation against the largest of each control; `None` if there are none.
    pub p: Option<f64>,
}

/// Canonical correlations (Hotelling 1936, Biometrika 28:321) of the counts of two populations in the same trials, with a
/// ridge (Vinod 1976, J Econometrics 4:147) and cross-validated: the singular values of
/// (Saa + ridge)^(-1/2) Sab (Sbb + ridge)^(-1/2), and the correlations of held-out trials along its singular vectors.
///
/// # Errors
/// Populations of different trials, fewer than 15 trials.
pub fn shared_subspace(
    a: &Responses,
    b: &Responses,
    n_shuffles: usize,
    seed: u64,
) -> Result<SharedSubspace, AnalysisError> {
    if a.directions() != b.directions() {
        let cause = "the two are not of the same trials in the same order";
        return Err(AnalysisError::new("populations", cause, "give both in the trials that they share"));
    }
    let n_trials = a.directions().n_trials();
    if n_trials < 3 * N_FOLDS {
        let cause = format!("{n_trials} are too few for {N_FOLDS} folds");
        return Err(AnalysisError::new("trials", cause, "give at least three for each fold"));
    }
    let mut rng = rng(seed, 0);
    let class = a.directions().class();
    let folds: Vec<Fold> = test_sides(class, &mut rng).into_iter().map(|test| Fold::new(a, b, test)).collect();
    let in_place: Vec<usize> = (0..n_trials).collect();
    let (fitted, held_out) = correlations(&folds, &in_place);
    let controls: Vec<Vec<f64>> =
        (0..n_shuffles).map(|_| correlations(&folds, &exchange(&folds, n_trials, &mut rng)).1).collect();
    let of_component: Vec<NullDistribution> = held_out
        .iter()
        .enumerate()
        .map(|(k, &observed)| NullDistribution { observed, null: controls.iter().map(|control| control[k]).collect() })
        .filter(|control| !control.null.is_empty())
        .collect();
    let largest = |held_out: &Vec<f64>| held_out.iter().copied().fold(-1.0, f64::max);
    let strongest = NullDistribution { observed: largest(&held_out), null: controls.iter().map(largest).collect() };
    Ok(SharedSubspace {
        fitted,
        shuffled: of_component.iter().map(NullDistribution::mean).collect(),
        shuffled_upper_95: of_component.iter().map(NullDistribution::upper_95).collect(),
        p: (!strongest.null.is_empty()).then(|| strongest.p()),
        held_out,
    })
}

/// Trials on both sides of a fold, and the two populations in whitened components fitted to the training side.
struct Fold {
    train: Vec<usize>,
    test: Vec<usize>,
    /// `[trial][component]` of all trials.
    a: DMatrix<f64>,
    /// The same of the other population.
    b: DMatrix<f64>,
}

impl Fold {
    fn new(a: &Responses, b: &Responses, test: Vec<usize>) -> Self {
        let train: Vec<usize> = (0..a.directions().n_trials()).filter(|trial| !test.contains(trial)).collect();
        let (a, b) = (whitened(a, &train), whitened(b, &train));
        Self { train, test, a, b }
    }

    /// Correlations of training and of held-out trials, population b in the trials that `partner` names.
    fn correlations(&self, partner: &[usize]) -> (Vec<f64>, Vec<f64>) {
        let of_b =
            |trials: &[usize]| self.b.select_rows(&trials.iter().map(|&trial| partner[trial]).collect::<Vec<usize>>());
        let (train_a, train_b) = (self.a.select_rows(&self.train), of_b(&self.train));
        let (test_a, test_b) = (self.a.select_rows(&self.test), of_b(&self.test));
        let svd = train_a.tr_mul(&train_b).svd(true, true);
        let (Some(left), Some(right)) = (svd.u, svd.v_t) else { return (Vec::new(), Vec::new()) };
        let mut order: Vec<usize> = (0..svd.singular_values.len()).collect();
        order.sort_by(|&x, &y| svd.singular_values[y].total_cmp(&svd.singular_values[x]));
        let along = |a: &DMatrix<f64>, b: &DMatrix<f64>, k: usize| {
            let (x, y) = (a * left.column(k), b * right.row(k).transpose());
            pearson(x.as_slice(), y.as_slice()).map_or(0.0, |correlation| correlation.coefficient)
        };
        let of_sides = |a, b| order.iter().map(|&k| along(a, b, k)).collect();
        (of_sides(&train_a, &train_b), of_sides(&test_a, &test_b))
    }
}

/// All trials in the first principal components of the training trials, each divided by its regularized deviation.
fn whitened(responses: &Responses, train: &[usize]) -> DMatrix<f64> {
    let rows: Vec<f64> = responses.rows().flatten().copied().collect();
    let mut all = DMatrix::from_row_slice(responses.directions().n_trials(), responses.n_units(), &rows);
    let principal = Principal::of(all.select_rows(train));
    let n_components = N_COMPONENTS.min(principal.variances.len());
    let variances = &principal.variances[..n_components];
    let ridge = RIDGE * variances.iter().sum::<f64>() / n_components as f64;
    for (mut column, mean) in all.column_iter_mut().zip(&principal.mean) {
        column.add_scalar_mut(-mean);
    }
    let mut scores = all * principal.components.columns(0, n_components);
    for (mut column, variance) in scores.column_iter_mut().zip(variances) {
        let sd = (variance + ridge).sqrt();
        column *= if sd > 0.0 { 1.0 / sd } else { 0.0 };
    }
    scores
}

/// Means over folds of as many correlations as every fold has.
fn correlations(folds: &[Fold], partner: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let (fitted, held_out): (Vec<_>, Vec<_>) = folds.iter().map(|fold| fold.correlations(partner)).unzip();
    (mean_of_lists(&fitted), mean_of_lists(&held_out))
}

fn mean_of_lists(lists: &[Vec<f64>]) -> Vec<f64> {
    let n = lists.iter().map(Vec::len).min().unwrap_or(0);
    (0..n).map(|k| lists.iter().map(|list| list[k]).sum::<f64>() / lists.len() as f64).collect()
}

/// Held-out trials of each fold, balanced over the classes.
fn test_sides(class: &[usize], rng: &mut ChaCha8Rng) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..class.len()).collect();
    order.shuffle(rng);
    order.sort_by_key(|&trial| class[trial]);
    (0..N_FOLDS).map(|fold| order.iter().skip(fold).step_by(N_FOLDS).copied().collect()).collect()
}

/// For each trial, the trial whose counts of population b it gets: one of the same fold, so that none changes sides.
fn exchange(folds: &[Fold], n_trials: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut partner: Vec<usize> = (0..n_trials).collect();
    for fold in folds {
        let mut shuffled = fold.test.clone();
        shuffled.shuffle(rng);
        for (&trial, other) in fold.test.iter().zip(shuffled) {
            partner[trial] = other;
        }
    }
    partner
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::analysis::{Directions, evenly_spaced_angles};

    /// Counts of six units in 40 trials; those of the trials in `raised` are far larger and otherwise mixed.
    fn responses(seed: u64, raised: &[usize]) -> Responses {
        let mut rng = rng(seed, 0);
        let count =
            |trial: usize, unit: usize, count: u32| if raised.contains(&trial) { count * unit as u32 } else { count };
        let counts: Vec<Vec<u32>> = (0..40)
            .map(|trial| (0..6).map(|unit| count(trial, unit, rng.random_range(0..20 + 5 * unit as u32))).collect())
            .collect();
        let class = (0..40).map(|trial| trial % 4).collect();
        Responses::new(&counts, 1e3, Directions::new(class, evenly_spaced_angles(4)).unwrap()).unwrap()
    }

    #[test]
    fn components_and_scales_are_those_of_the_training_trials_alone() {
        let test: Vec<usize> = (0..40).filter(|trial| trial % 5 == 2).collect();
        let fold = |raised: &[usize]| Fold::new(&responses(1, raised), &responses(2, raised), test.clone());
        let (plain, held_out_differ, training_differs) = (fold(&[]), fold(&test), fold(&[0, 1]));
        let train = |fold: &Fold| (fold.a.select_rows(&fold.train), fold.b.select_rows(&fold.train));
        assert_eq!(train(&plain), train(&held_out_differ), "held-out trials take part in the fit");
        assert_ne!(plain.a.select_rows(&test), held_out_differ.a.select_rows(&test), "nothing differed");
        assert_ne!(train(&plain), train(&training_differs), "training trials take no part in the fit");
        let in_place: Vec<usize> = (0..40).collect();
        assert_eq!(plain.correlations(&in_place).0, held_out_differ.correlations(&in_place).0);
    }
}
