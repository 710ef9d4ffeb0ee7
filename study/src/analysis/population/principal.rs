//! Principal components: trajectory of each direction, and the number of dimensions that a population uses.

use nalgebra::{DMatrix, SymmetricEigen};
use serde::{Deserialize, Serialize};

use crate::analysis::statistics::mean;
use crate::analysis::{AnalysisError, Responses, SpikeTrains};

/// Smoothing kernels reach this many standard deviations.
const KERNEL_REACH: f64 = 4.0;

/// Condition-averaged activity in its principal components.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trajectories {
    /// Share of the variance over directions and ticks that each component explains, 0 to 1, descending; 0 if there is no
    /// variance.
    pub explained: Vec<f64>,
    /// `[component][unit]`: the components, unit vectors, whose largest entry is positive.
    pub components: Vec<Vec<f64>>,
    /// `[class][component][tick]`: the path of each direction, spikes per second about the mean over all.
    pub paths_hz: Vec<Vec<Vec<f64>>>,
    /// Participation ratio of the same variance; `None` if there is none.
    pub participation_ratio: Option<f64>,
}

/// How many dimensions the activity uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dimensionality {
    /// Participation ratio of the covariance of counts over trials: 1 to the number of units; `None` without variance.
    /// Independent noise of the units raises it.
    pub of_trials: Option<f64>,
    /// The same of the class means, 1 to directions - 1; `None` without variance. Cosine tuning uses two.
    pub of_class_means: Option<f64>,
}

/// Rates of each unit averaged over the trials of a direction, smoothed by a Gaussian of `smoothing_ms` standard deviation
/// (0: not at all) that is cut at the window's ends and normalized there, in the first `n_components` principal components.
///
/// # Errors
/// No components, a smoothing below 0.
pub fn trajectories(
    trains: &SpikeTrains,
    smoothing_ms: f64,
    n_components: usize,
) -> Result<Trajectories, AnalysisError> {
    if n_components == 0 {
        return Err(AnalysisError::new("n_components", "0", "give at least 1"));
    }
    if !(smoothing_ms >= 0.0 && smoothing_ms.is_finite()) {
        return Err(AnalysisError::new("smoothing_ms", format!("{smoothing_ms}"), "give 0 or more"));
    }
    let (n_units, n_ticks) = (trains.n_units(), trains.n_ticks());
    let n_classes = trains.directions().n_classes();
    let trials_of_classes = trains.directions().trials_of_classes();
    let mut rates = DMatrix::zeros(n_classes * n_ticks, n_units);
    for (ticks, &class) in trains.trials().iter().zip(trains.directions().class()) {
        let rate_hz = 1e3 / (trains.tick_ms() * trials_of_classes[class] as f64);
        for (tick, units) in ticks.iter().enumerate() {
            for &unit in units {
                rates[(class * n_ticks + tick, usize::from(unit))] += rate_hz;
            }
        }
    }
    let smoother = smoother(n_ticks, smoothing_ms / trains.tick_ms());
    for class in 0..n_classes {
        let smoothed = &smoother * rates.rows(class * n_ticks, n_ticks);
        rates.rows_mut(class * n_ticks, n_ticks).copy_from(&smoothed);
    }
    let principal = Principal::of(rates);
    let n_components = n_components.min(principal.variances.len());
    let scores = &principal.centred * principal.components.columns(0, n_components);
    let path = |class: usize, component: usize| -> Vec<f64> {
        scores.view((class * n_ticks, component), (n_ticks, 1)).iter().copied().collect()
    };
    let total: f64 = principal.variances.iter().sum();
    let part = |variance: &f64| if total > 0.0 { variance / total } else { 0.0 };
    Ok(Trajectories {
        explained: principal.variances.iter().take(n_components).map(part).collect(),
        components: (0..n_components).map(|k| principal.components.column(k).iter().copied().collect()).collect(),
        paths_hz: (0..n_classes)
            .map(|class| (0..n_components).map(|component| path(class, component)).collect())
            .collect(),
        participation_ratio: participation_ratio(&principal.variances),
    })
}

/// (sum of variances)² / sum of squared variances (Gao & Ganguli 2015, Curr Opin Neurobiol 32:148): 1 if one component has
/// all the variance, the number of components if all have the same. `None` without variance.
#[must_use]
pub fn participation_ratio(variances: &[f64]) -> Option<f64> {
    let (sum, squares) = variances.iter().fold((0.0, 0.0), |(sum, squares), v| (sum + v, squares + v * v));
    (squares > 0.0).then(|| sum * sum / squares)
}

/// Participation ratios of single trials and of class means.
#[must_use]
pub fn dimensionality(responses: &Responses) -> Dimensionality {
    let (n_units, directions) = (responses.n_units(), responses.directions());
    let rows: Vec<f64> = responses.rows().flatten().copied().collect();
    let trials = DMatrix::from_row_slice(directions.n_trials(), n_units, &rows);
    let mut means = vec![0.0; directions.n_classes() * n_units];
    responses.class_sums(directions.class(), &mut means);
    for (of_class, n) in means.chunks_mut(n_units).zip(directions.trials_of_classes()) {
        of_class.iter_mut().for_each(|sum| *sum /= n as f64);
    }
    let means = DMatrix::from_row_slice(directions.n_classes(), n_units, &means);
    Dimensionality {
        of_trials: participation_ratio(&Principal::of(trials).variances),
        of_class_means: participation_ratio(&Principal::of(means).variances),
    }
}

/// Principal components of the columns of a matrix of rows.
pub(super) struct Principal {
    /// The rows less their mean.
    pub(super) centred: DMatrix<f64>,
    /// Mean of the rows.
    pub(super) mean: Vec<f64>,
    /// Variance of each component, descending, at least 0.
    pub(super) variances: Vec<f64>,
    /// Unit vectors, one a column, largest entry positive.
    pub(super) components: DMatrix<f64>,
}

impl Principal {
    pub(super) fn of(mut rows: DMatrix<f64>) -> Self {
        let mut means = Vec::with_capacity(rows.ncols());
        for mut column in rows.column_iter_mut() {
            let mean = mean(column.as_slice()).unwrap_or(0.0);
            column.add_scalar_mut(-mean);
            means.push(mean);
        }
        let covariance = rows.tr_mul(&rows) / rows.nrows().saturating_sub(1).max(1) as f64;
        let trace = covariance.trace();
        let eigen = SymmetricEigen::new(covariance);
        let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let mut components = DMatrix::zeros(rows.ncols(), order.len());
        for (to, &from) in order.iter().enumerate() {
            let column = eigen.eigenvectors.column(from);
            let largest = column[column.icamax()];
            components.set_column(to, &(column * largest.signum()));
        }
        // Rounding errors are no variance.
        let variance = |&index: &usize| {
            let variance = eigen.eigenvalues[index];
            if variance > 1e-12 * trace { variance } else { 0.0 }
        };
        Self { centred: rows, mean: means, variances: order.iter().map(variance).collect(), components }
    }
}

/// `[tick][tick]` weights of a Gaussian of `sd_ticks`, each row of sum 1.
fn smoother(n_ticks: usize, sd_ticks: f64) -> DMatrix<f64> {
    let weight = |row: usize, column: usize| {
        let distance = row.abs_diff(column) as f64;
        match distance {
            0.0 => 1.0,
            _ if distance > KERNEL_REACH * sd_ticks => 0.0,
            _ => (-0.5 * (distance / sd_ticks).powi(2)).exp(),
        }
    };
    let mut smoother = DMatrix::from_fn(n_ticks, n_ticks, weight);
    for mut row in smoother.row_iter_mut() {
        let sum = row.sum();
        row /= sum;
    }
    smoother
}
