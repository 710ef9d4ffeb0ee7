//! The units of a recording compared with those of a training, or of another recording.

use std::fmt;

use recording::{Recording, UnitIds, UnitMatch};
use serde::{Deserialize, Serialize};

use super::TrainedUnit;

/// How the units of a recording were matched with the channels of the network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MatchedUnits {
    /// What they were matched by.
    pub by: MatchedBy,
    /// How many of them were matched by their ids.
    pub n_by_id: usize,
    /// Correlation of the logarithms of mean rates, -1 to 1: near 1 for the same units, near 0 for others. None for fewer than
    /// three units, and for companions of older versions.
    pub rate_correlation: Option<f64>,
}

/// What units were matched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// By their ids, whatever their order.
    Id,
    /// By row: there are no ids, or they only number the rows.
    Row,
    /// By row, but for those whose ids are those of the training: other ids are not.
    RowOtherIds,
}

/// Added to rates before their logarithm, spikes per second, so that a silent unit has one.
const SILENT_HZ: f64 = 0.1;
/// Below this correlation of rates the units are probably others.
pub(super) const LEAST_CORRELATION: f64 = 0.5;

impl TrainedUnit {
    /// These units (rows) of a recording.
    pub(crate) fn all_of(recording: &Recording, rows: &[usize]) -> Vec<Self> {
        let (ids, rates_hz) = (UnitIds::of(recording, rows), recording.mean_rates_hz());
        let unit = |(place, &row): (usize, &usize)| {
            let id = |number_rows: bool| {
                let ids = ids.as_ref().filter(|ids| ids.number_rows == number_rows)?;
                Some(ids.ids[place].clone())
            };
            Self { id: id(false), row_id: id(true), rate_hz: (1e3 * rates_hz[row]).round() / 1e3 }
        };
        rows.iter().enumerate().map(unit).collect()
    }

    /// Finds the units of a training, in the order of the channels, among as many rows of a recording: by the ids that both have, as
    /// far as these tell ([`UnitMatch::of`]), else by row. Returns their rows, and how they were matched.
    #[must_use]
    pub fn find_in(units: &[Self], recording: &Recording, rows: Vec<usize>) -> (Vec<usize>, MatchedUnits) {
        Self::find_unless(units, recording, rows, || false)
    }

    /// As [`TrainedUnit::find_in`], but units of other ids stay in their rows if `stay` says so.
    pub(crate) fn find_unless(
        units: &[Self],
        recording: &Recording,
        mut rows: Vec<usize>,
        stay: impl FnOnce() -> bool,
    ) -> (Vec<usize>, MatchedUnits) {
        let trained = Self::ids_of(units).filter(|trained| trained.ids.len() == rows.len());
        let matched = UnitMatch::of(trained.as_ref(), UnitIds::of(recording, &rows).as_ref());
        if let UnitMatch::ById(order) | UnitMatch::OtherIds { order, .. } = &matched
            && !order.is_sorted()
            && !stay()
        {
            rows = order.iter().map(|&place| rows[place]).collect();
        }
        let rates_hz = recording.mean_rates_hz();
        let rates_hz: Vec<f64> = rows.iter().map(|&row| rates_hz[row]).collect();
        let trained_hz: Vec<f64> = units.iter().map(|unit| unit.rate_hz).collect();
        let found = MatchedUnits::of(&matched, &trained_hz, &rates_hz);
        (rows, found)
    }

    /// The ids of the units of a training, in the order of the channels.
    pub(crate) fn ids_of(units: &[Self]) -> Option<UnitIds> {
        let ids = |of: fn(&Self) -> Option<&String>| {
            units.iter().map(|unit| of(unit).cloned()).collect::<Option<Vec<String>>>()
        };
        let own = ids(|unit| unit.id.as_ref()).map(|ids| UnitIds { ids, number_rows: false });
        own.or_else(|| ids(|unit| unit.row_id.as_ref()).map(|ids| UnitIds { ids, number_rows: true }))
    }
}

impl MatchedUnits {
    /// Of the units of a recording and those of the first of a training on several; the rows are in the order of the channels.
    #[must_use]
    pub fn between(first: (&Recording, &[usize]), other: (&Recording, &[usize])) -> Self {
        let [ids, other_ids] = [first, other].map(|(recording, rows)| UnitIds::of(recording, rows));
        let [rates_hz, other_hz] = [first, other].map(|(recording, rows)| {
            let rates_hz = recording.mean_rates_hz();
            rows.iter().map(|&row| rates_hz[row]).collect::<Vec<f64>>()
        });
        Self::of(&UnitMatch::of(ids.as_ref(), other_ids.as_ref()), &rates_hz, &other_hz)
    }

    /// Of units with these rates, and of those that are expected.
    pub(crate) fn of(matched: &UnitMatch, expected_hz: &[f64], rates_hz: &[f64]) -> Self {
        let (by, n_by_id) = match matched {
            UnitMatch::ById(order) => (MatchedBy::Id, order.len()),
            UnitMatch::ByRow => (MatchedBy::Row, 0),
            UnitMatch::OtherIds { n_by_id, .. } => (MatchedBy::RowOtherIds, *n_by_id),
        };
        let pairs = expected_hz.iter().copied().zip(rates_hz.iter().copied());
        Self { by, n_by_id, rate_correlation: rate_correlation(pairs) }
    }

    /// Whether a person should look: nothing says that these are the units of the training.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.by != MatchedBy::Id || self.rate_correlation.is_some_and(|correlation| correlation < LEAST_CORRELATION)
    }
}

impl MatchedUnits {
    /// How they were matched, in words; `whose` units they were matched with.
    #[must_use]
    pub fn with_those_of(&self, whose: &str) -> String {
        let n_by_id = self.n_by_id;
        let how = match self.by {
            MatchedBy::Id => "matched by id".to_owned(),
            MatchedBy::Row => format!("matched by row only, since no ids tell whether they are those of {whose}"),
            MatchedBy::RowOtherIds if n_by_id == 0 => {
                format!("matched by row only, and their ids are not those of {whose}")
            }
            MatchedBy::RowOtherIds => {
                format!("matched by id where {whose} has it ({n_by_id}), and else by row only")
            }
        };
        match self.rate_correlation {
            Some(correlation) if correlation < LEAST_CORRELATION => format!(
                "{how}; their mean rates hardly agree (correlation {correlation:.2}): they are probably other units"
            ),
            Some(correlation) => format!("{how}; their mean rates agree (correlation {correlation:.2})"),
            None => how,
        }
    }
}

impl fmt::Display for MatchedUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_those_of("the training"))
    }
}

/// Correlation of the logarithms of pairs of rates; none for fewer than three.
pub(crate) fn rate_correlation(rates_hz: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let logarithm = |rate_hz: f64| (rate_hz + SILENT_HZ).ln();
    correlation(&rates_hz.map(|(one, other)| (logarithm(one), logarithm(other))).collect::<Vec<_>>())
}

/// Pearson's correlation; none for fewer than three pairs or without any variation.
fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (mean_x, mean_y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|(x, y)| of(x - mean_x, y - mean_y)).sum::<f64>();
    let norm = (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt();
    (pairs.len() >= 3 && norm > 0.0).then(|| sum(&|x, y| x * y) / norm)
}
