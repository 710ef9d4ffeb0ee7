//! Which units of two recordings are the same: by their ids, where these mean something.

use std::collections::{HashMap, HashSet};

use crate::Recording;

/// The unit column with the ids.
const ID: &str = "id";

/// How the units of a recording were matched with those expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitMatch {
    /// By id: for each expected unit the row of the unit with its id.
    ById(Vec<usize>),
    /// By row only: one of the two has no ids, or ids that only number the rows.
    ByRow,
    /// By row only, although both have ids, and these are not the same.
    OtherIds,
}

impl Recording {
    /// The id of each unit; none if the file has no ids, if two units have the same, or if the ids only number the rows from 0 or
    /// 1, as the tools write them by default: they say nothing about which cell is which.
    pub fn unit_ids(&self) -> Option<Vec<String>> {
        let ids = self.distinct_ids()?;
        let number_rows = |first: usize| ids.iter().enumerate().all(|(row, id)| *id == (row + first).to_string());
        (!number_rows(0) && !number_rows(1)).then_some(ids)
    }

    /// The id of each unit, even if ids only number the rows; none if the file has no ids or two units have the same.
    pub(crate) fn distinct_ids(&self) -> Option<Vec<String>> {
        let column = self.unit_columns.iter().find(|column| column.name == ID)?;
        let ids = column.values.labels_of_rows().into_iter().collect::<Option<Vec<String>>>()?;
        let differ = ids.iter().collect::<HashSet<_>>().len() == ids.len();
        differ.then_some(ids)
    }
}

impl UnitMatch {
    /// Matches as many units as are expected.
    pub fn of(expected: Option<&[String]>, found: Option<&[String]>) -> UnitMatch {
        let (Some(expected), Some(found)) = (expected, found) else { return UnitMatch::ByRow };
        let rows: HashMap<&String, usize> = found.iter().enumerate().map(|(row, id)| (id, row)).collect();
        match expected.iter().map(|id| rows.get(id).copied()).collect() {
            Some(order) => UnitMatch::ById(order),
            None => UnitMatch::OtherIds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|&id| id.to_owned()).collect()
    }

    #[test]
    fn ids_match_in_any_order() {
        let (expected, found) = (ids(&["7", "3", "12"]), ids(&["12", "7", "3"]));
        assert_eq!(UnitMatch::of(Some(&expected), Some(&found)), UnitMatch::ById(vec![1, 2, 0]));
        assert_eq!(UnitMatch::of(Some(&expected), Some(&ids(&["12", "7", "4"]))), UnitMatch::OtherIds);
        assert_eq!(UnitMatch::of(None, Some(&found)), UnitMatch::ByRow);
    }
}
