//! The units of a recording compared with those of the training.

use std::fmt;

use recording::UnitMatch;
use serde::Serialize;

use super::TrainedUnit;

/// How the units of a recording were matched with the channels of the network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MatchedUnits {
    /// What they were matched by.
    pub by: MatchedBy,
    /// Correlation of the logarithms of mean rates, -1 to 1: near 1 for the same units, near 0 for others. None for fewer than
    /// three units, and for companions of older versions.
    pub rate_correlation: Option<f64>,
}

/// What units were matched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// By their ids, whatever their order.
    Id,
    /// By row: there are no ids, or they only number the rows.
    Row,
    /// By row, and their ids are not those of the training.
    RowOtherIds,
}

/// Added to rates before their logarithm, spikes per second, so that a silent unit has one.
const SILENT_HZ: f64 = 0.1;
/// Below this correlation of rates the units are probably others.
const LEAST_CORRELATION: f64 = 0.5;

impl MatchedUnits {
    pub(crate) fn of(matched: &UnitMatch, trained: &[TrainedUnit], rates_hz: &[f64]) -> Self {
        let by = match matched {
            UnitMatch::ById(_) => MatchedBy::Id,
            UnitMatch::ByRow => MatchedBy::Row,
            UnitMatch::OtherIds => MatchedBy::RowOtherIds,
        };
        let logarithm = |rate_hz: f64| (rate_hz + SILENT_HZ).ln();
        let pairs: Vec<(f64, f64)> = trained
            .iter()
            .zip(rates_hz)
            .map(|(unit, &rate_hz)| (logarithm(unit.rate_hz), logarithm(rate_hz)))
            .collect();
        Self { by, rate_correlation: correlation(&pairs) }
    }

    /// Whether a person should look: nothing says that these are the units of the training.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.by != MatchedBy::Id || self.rate_correlation.is_some_and(|correlation| correlation < LEAST_CORRELATION)
    }
}

impl fmt::Display for MatchedUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.by {
            MatchedBy::Id => "matched by id",
            MatchedBy::Row => "matched by row only, since no ids tell whether they are those of the training",
            MatchedBy::RowOtherIds => "matched by row only, and their ids are not those of the training",
        })?;
        match self.rate_correlation {
            Some(correlation) if correlation < LEAST_CORRELATION => {
                write!(
                    f,
                    "; their mean rates hardly agree (correlation {correlation:.2}): they are probably other units"
                )
            }
            Some(correlation) => write!(f, "; their mean rates agree (correlation {correlation:.2})"),
            None => Ok(()),
        }
    }
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
