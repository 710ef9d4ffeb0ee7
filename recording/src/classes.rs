//! Classes from the labels of trials.

use std::cmp::Ordering;

use crate::{Column, Error, TrialTable};

/// Names of label columns, by default the first of them that the trials have.
pub const USUAL_LABEL_COLUMNS: [&str; 12] = [
    "target_label",
    "target_direction",
    "target_dir",
    "target_id",
    "direction",
    "target",
    "label",
    "condition",
    "condition_id",
    "trial_type",
    "class",
    "angle",
];

/// The classes of the trials.
pub(crate) struct Classes {
    /// The column they come from.
    pub(crate) column: String,
    /// Their names: numbers in numeric order, text in alphabetical order.
    pub(crate) names: Vec<String>,
    /// The class of each trial (row): an index into `names`, none for a trial of another class.
    pub(crate) of_trial: Vec<Option<usize>>,
    /// Trials whose label is missing.
    pub(crate) unlabelled: Vec<usize>,
}

/// The default label column: the first of [`USUAL_LABEL_COLUMNS`] that the trials have.
pub fn default_label_column(trials: &TrialTable) -> Option<&'static str> {
    USUAL_LABEL_COLUMNS.into_iter().find(|usual| trials.column(usual).is_ok())
}

impl Classes {
    /// Reads the classes from the column, all of them or those `wanted`.
    pub(crate) fn read(trials: &TrialTable, column: Option<&str>, wanted: Option<&[String]>) -> Result<Classes, Error> {
        let column = match column {
            Some(column) => column,
            None => {
                let available = || trials.describe_columns(trials.column_names());
                default_label_column(trials).ok_or_else(|| Error::NoLabelColumn { available: available() })?
            }
        };
        let values = trials.column(column)?;
        let labels = labels(values);
        let all = distinct(values, &labels);
        let names = match wanted {
            None => all,
            Some(wanted) => select(values, all, wanted, column)?,
        };
        if names.len() < 2 {
            let classes = if names.is_empty() { "no trial has a label".into() } else { names.join(", ") };
            return Err(Error::TooFewClasses { column: column.into(), n_classes: names.len(), classes });
        }
        let class = |label: &Option<String>| names.iter().position(|name| Some(name) == label.as_ref());
        Ok(Classes {
            column: column.into(),
            of_trial: labels.iter().map(class).collect(),
            unlabelled: (0..labels.len()).filter(|&trial| labels[trial].is_none()).collect(),
            names,
        })
    }
}

impl Column {
    /// The labels in this column, each once: numbers in numeric order, text in alphabetical order.
    pub fn labels(&self) -> Vec<String> {
        distinct(self, &labels(self))
    }
}

/// The label of each row as text; none if it is missing (NaN, infinite, empty).
fn labels(values: &Column) -> Vec<Option<String>> {
    match values {
        Column::Real(values) => values.iter().map(|&value| real_label(value)).collect(),
        Column::Integer(values) => values.iter().map(|value| Some(value.to_string())).collect(),
        Column::Text(values) => {
            values.iter().map(|value| Some(value.trim()).filter(|v| !v.is_empty()).map(str::to_owned)).collect()
        }
        Column::Vector(values) => {
            values.iter().map(|&[x, y]| Some(format!("{}, {}", real_label(x)?, real_label(y)?))).collect()
        }
    }
}

/// Shortest decimal of a finite number; minus zero is zero.
fn real_label(value: f64) -> Option<String> {
    value.is_finite().then(|| (value + 0.0).to_string())
}

fn distinct(values: &Column, labels: &[Option<String>]) -> Vec<String> {
    let mut names: Vec<String> = labels.iter().flatten().cloned().collect();
    names.sort_unstable();
    names.dedup();
    if !matches!(values, Column::Text(_)) {
        names.sort_by(|a, b| match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.total_cmp(&b),
            _ => Ordering::Equal,
        });
    }
    names
}

/// The `wanted` of all classes, in the order of the classes; numbers compare as numbers.
fn select(values: &Column, all: Vec<String>, wanted: &[String], column: &str) -> Result<Vec<String>, Error> {
    let canonical = |label: &str| match values {
        Column::Text(_) => None,
        _ => label.trim().parse().ok().and_then(real_label),
    };
    let mut chosen = Vec::new();
    for label in wanted {
        let name = canonical(label).unwrap_or_else(|| label.trim().to_owned());
        if !all.contains(&name) {
            let available = if all.is_empty() { "(no trial has a label)".to_owned() } else { all.join(", ") };
            return Err(Error::ClassWithoutTrials { class: label.clone(), column: column.into(), available });
        }
        chosen.push(name);
    }
    Ok(all.into_iter().filter(|name| chosen.contains(name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NamedColumn;

    fn table(name: &str, values: Column) -> TrialTable {
        let n_trials = values.len();
        let column = NamedColumn { name: name.into(), description: String::new(), values };
        TrialTable {
            start_s: vec![0.0; n_trials],
            stop_s: vec![1.0; n_trials],
            columns: vec![column],
            unreadable: Vec::new(),
        }
    }

    #[test]
    fn numbers_are_sorted_as_numbers_and_shown_short() {
        let trials = table("direction", Column::Real(vec![10.0, 8.0, 22.5, -0.0, f64::NAN, 0.0]));
        let classes = Classes::read(&trials, None, None).unwrap();
        assert_eq!(classes.names, ["0", "8", "10", "22.5"]);
        assert_eq!(classes.of_trial, [Some(2), Some(1), Some(3), Some(0), None, Some(0)]);
        assert_eq!(classes.unlabelled, [4]);
        assert_eq!(trials.column("direction").unwrap().labels(), classes.names);
    }

    #[test]
    fn wanted_classes_compare_as_numbers_and_keep_the_numeric_order() {
        let trials = table("direction", Column::Integer(vec![1, 10, 2]));
        let wanted = ["10.0".to_owned(), "2".to_owned(), "2".to_owned()];
        let classes = Classes::read(&trials, Some("direction"), Some(&wanted)).unwrap();
        assert_eq!(classes.names, ["2", "10"]);
        assert_eq!(classes.of_trial, [None, Some(1), Some(0)]);
    }

    #[test]
    fn a_class_without_trials_is_answered_with_the_known_labels() {
        let trials = table("side", Column::Text(vec!["left".into(), "right".into()]));
        let message = Classes::read(&trials, Some("side"), Some(&["up".to_owned()])).err().unwrap().to_string();
        assert!(message.contains("`up`") && message.contains("left, right"), "{message}");
    }

    #[test]
    fn one_class_is_refused() {
        let trials = table("side", Column::Text(vec!["left".into(), "left".into(), String::new()]));
        assert!(matches!(Classes::read(&trials, Some("side"), None), Err(Error::TooFewClasses { n_classes: 1, .. })));
    }

    #[test]
    fn no_usual_name_is_answered_with_the_columns() {
        let trials = table("reward", Column::Integer(vec![0, 1]));
        let message = Classes::read(&trials, None, None).err().unwrap().to_string();
        assert!(message.contains("reward"), "{message}");
    }
}
