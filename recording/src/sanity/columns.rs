//! What the columns of a table hold.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::low_median_high;
use crate::{Column, NamedColumn};

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// The column's name in the file.
    pub name: String,
    /// The kind of its values.
    pub holds: Holds,
    /// Number of distinct values.
    pub n_labels: usize,
    /// The distinct values, numbers in numeric order, text in alphabetical order; none if there are too many.
    pub labels: Option<Vec<String>>,
    /// How many rows have each of the `labels`.
    pub counts: Option<Vec<usize>>,
    /// Rows whose value is missing.
    pub n_missing: usize,
    /// The least and the greatest value, of pairs that of all numbers; none if all are missing, and of vectors.
    pub range: Option<ValueRange>,
}

/// The kind of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Real numbers or integers.
    Numbers,
    /// Text.
    Text,
    /// Two numbers per row; their labels are directions in degrees.
    Vectors,
    /// Two numbers per row that are no vector, such as the start and the stop of an interval.
    Pairs,
}

/// The ends of a column's values.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ValueRange {
    /// Of numbers.
    Numbers([f64; 2]),
    /// Of text, in alphabetical order.
    Text([String; 2]),
}

impl ColumnSummary {
    /// What a column holds in these rows.
    pub(super) fn of(column: &NamedColumn, rows: &[usize], most_values: usize) -> ColumnSummary {
        let NamedColumn { name, values, .. } = column;
        let mut counts: HashMap<String, usize> = HashMap::new();
        let mut n_missing = 0;
        let of_rows = values.labels_of_rows();
        for &row in rows {
            match &of_rows[row] {
                Some(label) => *counts.entry(label.clone()).or_default() += 1,
                None => n_missing += 1,
            }
        }
        // All labels are in order; those of other rows are dropped.
        let labels: Vec<String> = values.labels().into_iter().filter(|label| counts.contains_key(label)).collect();
        let holds = match values {
            Column::Real(_) | Column::Integer(_) => Holds::Numbers,
            Column::Text(_) => Holds::Text,
            Column::Vector(_) => Holds::Vectors,
        };
        // Numbers that are all different name nothing: their range says more.
        let is_measure = holds == Holds::Numbers && labels.len() > 1 && labels.len() + n_missing == rows.len();
        let is_listed = labels.len() <= most_values && !is_measure;
        ColumnSummary {
            name: name.clone(),
            holds,
            n_labels: labels.len(),
            counts: is_listed.then(|| labels.iter().map(|label| counts[label]).collect()),
            n_missing,
            range: ValueRange::of(values, rows, &labels),
            labels: is_listed.then_some(labels),
        }
    }

    /// What a column of pairs holds in these rows.
    pub(super) fn of_pairs(name: &str, pairs: &[[f64; 2]], rows: &[usize]) -> ColumnSummary {
        let known: Vec<[f64; 2]> =
            rows.iter().map(|&row| pairs[row]).filter(|pair| pair.iter().all(|number| number.is_finite())).collect();
        let numbers: Vec<f64> = known.as_flattened().to_vec();
        let distinct: HashSet<[u64; 2]> = known.iter().map(|pair| pair.map(f64::to_bits)).collect();
        ColumnSummary {
            name: name.to_owned(),
            holds: Holds::Pairs,
            n_labels: distinct.len(),
            labels: None,
            counts: None,
            n_missing: rows.len() - known.len(),
            range: low_median_high(numbers).map(|[low, _, high]| ValueRange::Numbers([low, high])),
        }
    }

    /// Whether these can be the labels of classes.
    pub fn can_be_classes(&self) -> bool {
        self.labels.as_ref().is_some_and(|labels| labels.len() > 1)
    }
}

impl ValueRange {
    fn of(values: &Column, rows: &[usize], labels: &[String]) -> Option<ValueRange> {
        let numbers = |number: &dyn Fn(usize) -> f64| {
            let finite = rows.iter().map(|&row| number(row)).filter(|number| number.is_finite());
            let (least, greatest) = finite
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| (low.min(number), high.max(number)));
            (least <= greatest).then_some(ValueRange::Numbers([least, greatest]))
        };
        match values {
            Column::Real(values) => numbers(&|row| values[row]),
            Column::Integer(values) => numbers(&|row| values[row] as f64),
            Column::Text(_) => Some(ValueRange::Text([labels.first()?.clone(), labels.last()?.clone()])),
            Column::Vector(_) => None,
        }
    }
}
