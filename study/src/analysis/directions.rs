//! The directions of the trials of a recording.

use std::f64::consts::TAU;

use super::AnalysisError;
use super::statistics::circular_difference;

/// The class of each trial and the angle of each class.
#[derive(Clone, Debug, PartialEq)]
pub struct Directions {
    class: Vec<usize>,
    angles_rad: Vec<f64>,
}

/// Angles of `n` classes, evenly spaced from 0, radians.
#[must_use]
pub fn evenly_spaced_angles(n: usize) -> Vec<f64> {
    (0..n).map(|class| TAU * class as f64 / n as f64).collect()
}

impl Directions {
    /// `class` of each trial, an index into `angles_rad`.
    ///
    /// # Errors
    /// Fewer than two classes, angles that are not finite or coincide, a trial of an unknown class, a class without trials.
    pub fn new(class: Vec<usize>, angles_rad: Vec<f64>) -> Result<Self, AnalysisError> {
        let refuse = |cause: String, next_step| Err(AnalysisError::new("directions", cause, next_step));
        if angles_rad.len() < 2 {
            return refuse(format!("{} class(es)", angles_rad.len()), "give trials of at least two directions");
        }
        for (index, angle) in angles_rad.iter().enumerate() {
            if !angle.is_finite() {
                return refuse(format!("the angle of class {index} is {angle}"), "give angles in radians");
            }
            let coincides = |other: &f64| circular_difference(*angle, *other).abs() < 1e-9;
            if let Some(other) = angles_rad[..index].iter().position(coincides) {
                return refuse(format!("classes {other} and {index} have the same angle"), "merge the two classes");
            }
        }
        if let Some(trial) = class.iter().position(|&class| class >= angles_rad.len()) {
            let cause = format!("trial {trial} is of class {}, and there are {}", class[trial], angles_rad.len());
            return refuse(cause, "give an angle for each class");
        }
        if let Some(empty) = (0..angles_rad.len()).find(|empty| !class.contains(empty)) {
            return refuse(format!("class {empty} has no trials"), "leave the class out");
        }
        Ok(Self { class, angles_rad })
    }

    /// Number of trials.
    #[must_use]
    pub fn n_trials(&self) -> usize {
        self.class.len()
    }

    /// Number of classes.
    #[must_use]
    pub fn n_classes(&self) -> usize {
        self.angles_rad.len()
    }

    /// Class of each trial.
    #[must_use]
    pub fn class(&self) -> &[usize] {
        &self.class
    }

    /// Angle of each class, radians.
    #[must_use]
    pub fn angles_rad(&self) -> &[f64] {
        &self.angles_rad
    }

    /// Number of trials of each class.
    #[must_use]
    pub fn trials_of_classes(&self) -> Vec<usize> {
        let mut trials = vec![0; self.n_classes()];
        for &class in &self.class {
            trials[class] += 1;
        }
        trials
    }
}
