//! The direction of each class: as given, or as the labels tell it; never guessed.

use recording::Dataset;
use serde::Serialize;

use crate::error::StudyError;

/// The directions of the classes as a person gives them, degrees.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum GivenAngles {
    /// In the order of the classes.
    InOrder(Vec<f64>),
    /// By the names of the classes.
    ByName(Vec<(String, f64)>),
}

/// The directions of the classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Angles {
    /// Of each class, radians.
    pub rad: Vec<f64>,
    /// Where they come from, in words.
    pub source: String,
}

impl Angles {
    /// The directions of the classes: those that are given, else those that the labels tell; none if they tell none.
    ///
    /// # Errors
    /// Angles that are not one for each class.
    pub fn of(given: Option<&GivenAngles>, dataset: &Dataset) -> Result<Option<Self>, StudyError> {
        let given_deg = match given {
            None => {
                let of_labels = |angles: &recording::ClassAngles| Self {
                    rad: angles.degrees.iter().map(|angle| angle.to_radians()).collect(),
                    source: format!("labels of column {}, {}", dataset.label_column, angles.source),
                };
                return Ok(dataset.angles.as_ref().map(of_labels));
            }
            Some(GivenAngles::InOrder(angles)) => {
                let (n_angles, n_classes) = (angles.len(), dataset.classes.len());
                if n_angles != n_classes {
                    return Err(StudyError::Angles { n_angles, n_classes });
                }
                angles.clone()
            }
            Some(GivenAngles::ByName(angles)) => {
                let classes = &dataset.classes;
                let of = |class: &String| angles.iter().find(|(name, _)| name == class).map(|(_, angle)| *angle);
                let unknown = angles.iter().map(|(name, _)| name).find(|name| !classes.contains(name));
                let without = classes.iter().find(|class| of(class).is_none());
                if let Some(name) = unknown.or(without) {
                    return Err(StudyError::AnglesOfClasses { name: name.clone(), classes: classes.join(", ") });
                }
                classes.iter().filter_map(of).collect()
            }
        };
        let rad = given_deg.iter().map(|angle| angle.to_radians()).collect();
        Ok(Some(Self { rad, source: "as given, in degrees".to_owned() }))
    }

    /// Class by class, in whole degrees, and where they come from.
    #[must_use]
    pub fn describe(&self, classes: &[String]) -> String {
        let each = classes.iter().zip(&self.rad).map(|(class, angle)| format!("{class}={:.0}", angle.to_degrees()));
        format!("{} degrees ({})", each.collect::<Vec<_>>().join(", "), self.source)
    }
}
