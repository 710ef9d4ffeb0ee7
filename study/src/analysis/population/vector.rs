//! The population vector (Georgopoulos, Schwartz & Kettner 1986, Science 233:1416).

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::analysis::statistics::{NullDistribution, circular_difference, mean, quantile, rng};
use crate::analysis::tuning::coefficients;
use crate::analysis::{AnalysisError, Directions, Responses};

/// How well the population vector points in the direction of a held-out trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PopulationVector {
    /// Absolute error of each trial, degrees, 0 to 180; `None` if the vector is zero.
    pub errors_deg: Vec<Option<f64>>,
    /// Their mean, degrees; `None` if no trial has a vector.
    pub mean_error_deg: Option<f64>,
    /// Their median, degrees; `None` if no trial has a vector.
    pub median_error_deg: Option<f64>,
    /// Mean error with the directions of the trials permuted, degrees, about 90; `None` without shuffles.
    pub shuffled_error_deg: Option<f64>,
    /// One-sided permutation p of an error this small; `None` without shuffles.
    pub p: Option<f64>,
}

/// Leaves out one trial at a time: the cosines of all units are fitted on the others, and the vector is
/// sum over units of (rate - b0) times the unit vector of the preferred direction (equation 1 with the weight d - b).
///
/// Every unit counts; one without tuning adds noise but no direction. `n_shuffles` is the number of controls, 0 for none.
///
/// # Errors
/// Fewer than three directions, or a direction with a single trial.
pub fn population_vector(
    responses: &Responses,
    n_shuffles: usize,
    seed: u64,
) -> Result<PopulationVector, AnalysisError> {
    let directions = responses.directions();
    if directions.n_classes() < 3 || directions.trials_of_classes().contains(&1) {
        let cause = "fewer than three directions, or one with a single trial";
        return Err(AnalysisError::new("directions", cause, "give two trials or more of three directions or more"));
    }
    let errors_deg = errors_deg(responses, directions.class());
    let defined: Vec<f64> = errors_deg.iter().flatten().copied().collect();
    let mut class = directions.class().to_vec();
    let mut rng = rng(seed, 0);
    let null: Vec<f64> = (0..n_shuffles)
        .filter_map(|_| {
            class.shuffle(&mut rng);
            let errors: Vec<f64> = self::errors_deg(responses, &class).into_iter().flatten().collect();
            mean(&errors).map(|error| -error)
        })
        .collect();
    let mean_error_deg = mean(&defined);
    let control = mean_error_deg.filter(|_| !null.is_empty()).map(|error| NullDistribution { observed: -error, null });
    Ok(PopulationVector {
        errors_deg,
        mean_error_deg,
        median_error_deg: quantile(&defined, 0.5),
        shuffled_error_deg: control.as_ref().map(|control| -control.mean()),
        p: control.as_ref().map(NullDistribution::p),
    })
}

fn errors_deg(responses: &Responses, class: &[usize]) -> Vec<Option<f64>> {
    let directions = responses.directions();
    let n_units = responses.n_units();
    let mut sums = vec![0.0; n_units * directions.n_classes()];
    responses.class_sums(class, &mut sums);
    let mut trials: Vec<f64> = directions.trials_of_classes().into_iter().map(|n| n as f64).collect();
    responses
        .rows()
        .zip(class)
        .map(|(row, &class)| {
            trials[class] -= 1.0;
            let vector = vector(row, class, &sums, &trials, directions);
            trials[class] += 1.0;
            vector.map(|angle| circular_difference(angle, directions.angles_rad()[class]).abs().to_degrees())
        })
        .collect()
}

/// Direction of the population vector of `row`, a trial of `class` that is still in `sums` and no longer in `trials`.
fn vector(row: &[f64], class: usize, sums: &[f64], trials: &[f64], directions: &Directions) -> Option<f64> {
    let n_units = row.len();
    let (mut x, mut y) = (0.0, 0.0);
    for (unit, count) in row.iter().enumerate() {
        let mut of_classes: Vec<f64> = sums.iter().skip(unit).step_by(n_units).copied().collect();
        of_classes[class] -= count;
        let [b0, b1, b2] = coefficients(&of_classes, trials, directions.angles_rad())?;
        let depth = b1.hypot(b2);
        if depth > 1e-12 {
            x += (count - b0) * b2 / depth;
            y += (count - b0) * b1 / depth;
        }
    }
    (x.hypot(y) > 1e-12).then(|| y.atan2(x))
}
