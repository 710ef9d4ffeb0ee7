//! Which units of two recordings are the same: by their ids, where these mean something.

use std::collections::{HashMap, HashSet};

use crate::Recording;
use crate::table::ID;

/// The column in which NeuroConv and SpikeInterface keep the ids of a sorter where those of the table only number its rows.
const UNIT_NAME: &str = "unit_name";

/// The ids of some units of a recording, all different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitIds {
    /// One for each unit.
    pub ids: Vec<String>,
    /// Whether they only number the rows from 0 or 1, as the tools write them by default: by themselves, they say nothing about
    /// which cell is which.
    pub number_rows: bool,
}

/// How the units of a recording were matched with those expected. Places count from 0 in the list of the units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitMatch {
    /// By id: for each expected unit the place of the unit with its id.
    ById(Vec<usize>),
    /// By row only: one of the two has no ids, or they only number the rows.
    ByRow,
    /// Some ids of one are not those of the other.
    OtherIds {
        /// For each expected unit the place of the unit with its id, and else of the next one that no id matches.
        order: Vec<usize>,
        /// How many were matched by id.
        n_by_id: usize,
    },
}

impl Recording {
    /// The id of each unit; none if the file has no ids, if two units have the same, or if the ids only number the rows
    /// ([`UnitIds::number_rows`]).
    pub fn unit_ids(&self) -> Option<Vec<String>> {
        let all = UnitIds::of(self, &Vec::from_iter(0..self.n_channels()))?;
        (!all.number_rows).then_some(all.ids)
    }
}

impl UnitIds {
    /// The ids of these units (rows), or their names where the ids only number the rows and the names do not; none if the file has
    /// no ids, or two of the units have the same.
    pub fn of(recording: &Recording, rows: &[usize]) -> Option<UnitIds> {
        let ids = Self::in_column(recording, ID, rows);
        match &ids {
            Some(UnitIds { number_rows: false, .. }) => ids,
            _ => Self::in_column(recording, UNIT_NAME, rows).filter(|names| !names.number_rows).or(ids),
        }
    }

    fn in_column(recording: &Recording, name: &str, rows: &[usize]) -> Option<UnitIds> {
        let column = recording.unit_columns.iter().find(|column| column.name == name)?;
        let of_all = column.values.labels_of_rows();
        let of_rows = |rows: &[usize]| rows.iter().map(|&row| of_all[row].clone()).collect::<Option<Vec<String>>>();
        let ids = of_rows(rows)?;
        if ids.iter().collect::<HashSet<_>>().len() < ids.len() {
            return None;
        }
        let mut ascending = rows.to_vec();
        ascending.sort_unstable();
        let number = |ids: Option<Vec<String>>| {
            let starts_at =
                |first: usize| ids.iter().flatten().enumerate().all(|(place, id)| *id == (place + first).to_string());
            ids.is_some() && (starts_at(0) || starts_at(1))
        };
        let all = Vec::from_iter(0..of_all.len());
        Some(UnitIds { number_rows: number(of_rows(&all)) || number(of_rows(&ascending)), ids })
    }
}

impl UnitMatch {
    /// Matches as many units as are expected: by the ids that both have. Ids that number the rows of both tell nothing, and those
    /// that number the rows of one tell the order of the other only if it has the same.
    pub fn of(expected: Option<&UnitIds>, found: Option<&UnitIds>) -> UnitMatch {
        let (Some(expected), Some(found)) = (expected, found) else { return UnitMatch::ByRow };
        if expected.number_rows && found.number_rows {
            return UnitMatch::ByRow;
        }
        let places: HashMap<&String, usize> = found.ids.iter().enumerate().map(|(place, id)| (id, place)).collect();
        let by_id: Vec<Option<usize>> = expected.ids.iter().map(|id| places.get(id).copied()).collect();
        if let Some(order) = by_id.iter().copied().collect() {
            return UnitMatch::ById(order);
        }
        if expected.number_rows || found.number_rows {
            return UnitMatch::ByRow;
        }
        let taken: HashSet<usize> = by_id.iter().flatten().copied().collect();
        let mut others = (0..found.ids.len()).filter(|place| !taken.contains(place));
        let order = by_id.into_iter().filter_map(|place| place.or_else(|| others.next())).collect();
        UnitMatch::OtherIds { order, n_by_id: taken.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[&str], number_rows: bool) -> UnitIds {
        UnitIds { ids: ids.iter().map(|&id| id.to_owned()).collect(), number_rows }
    }

    fn matched(expected: &UnitIds, found: &UnitIds) -> UnitMatch {
        UnitMatch::of(Some(expected), Some(found))
    }

    #[test]
    fn ids_match_in_any_order() {
        let (expected, found) = (ids(&["7", "3", "12"], false), ids(&["12", "7", "3"], false));
        assert_eq!(matched(&expected, &found), UnitMatch::ById(vec![1, 2, 0]));
        assert_eq!(UnitMatch::of(None, Some(&found)), UnitMatch::ByRow);
    }

    #[test]
    fn ids_that_both_have_match_and_the_others_follow_in_their_order() {
        let (expected, found) = (ids(&["7", "3", "12", "5"], false), ids(&["12", "4", "3", "8"], false));
        assert_eq!(matched(&expected, &found), UnitMatch::OtherIds { order: vec![1, 2, 0, 3], n_by_id: 2 });
    }

    #[test]
    fn ids_that_number_rows_tell_the_order_of_others_only() {
        let (rows, permuted) = (ids(&["0", "1", "2"], true), ids(&["2", "0", "1"], false));
        assert_eq!(matched(&rows, &permuted), UnitMatch::ById(vec![1, 2, 0]));
        assert_eq!(matched(&permuted, &rows), UnitMatch::ById(vec![2, 0, 1]));
        assert_eq!(matched(&rows, &rows), UnitMatch::ByRow);
        assert_eq!(matched(&rows, &ids(&["2", "7", "9"], false)), UnitMatch::ByRow);
    }
}
