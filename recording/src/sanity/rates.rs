//! Firing rates of the units.

use serde::Serialize;

use super::low_median_high;
use crate::{Column, Recording};

/// Above this mean rate, in spikes per second, a unit is hardly one neuron: noise, or times in the wrong unit.
pub const FAST_HZ: f64 = 200.0;

/// Firing rates: spikes per second from the first to the last spike of all units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rates {
    /// The rate of each unit; without any, if all spikes together take no time.
    pub by_unit_hz: Vec<f64>,
    /// Lowest, median and highest rate; none without rates.
    pub low_median_high_hz: Option<[f64; 3]>,
    /// Units without a spike.
    pub empty: Vec<UnitRow>,
    /// Units above [`FAST_HZ`].
    pub fast: Vec<UnitRow>,
}

/// A unit: its row, and its id in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitRow {
    /// Row in the table of units, which is its channel, from 0.
    pub row: usize,
    /// Its value in the column `id`, if there is one.
    pub id: Option<String>,
}

impl Rates {
    pub(super) fn of(recording: &Recording, spikes_s: Option<[f64; 2]>) -> Rates {
        let duration_s = spikes_s.map_or(0.0, |[first, last]| last - first);
        let has_rates = duration_s > 0.0;
        let rate = |unit: &Vec<f64>| unit.len() as f64 / duration_s;
        let by_unit_hz: Vec<f64> = recording.units.iter().filter(|_| has_rates).map(rate).collect();
        let units = |is_meant: &dyn Fn(usize) -> bool| {
            (0..recording.units.len()).filter(|&row| is_meant(row)).map(|row| UnitRow::of(recording, row)).collect()
        };
        Rates {
            empty: units(&|row| recording.units[row].is_empty()),
            fast: units(&|row| by_unit_hz.get(row).is_some_and(|&rate| rate > FAST_HZ)),
            low_median_high_hz: low_median_high(by_unit_hz.clone()),
            by_unit_hz,
        }
    }
}

impl UnitRow {
    fn of(recording: &Recording, row: usize) -> UnitRow {
        let ids = recording.unit_columns.iter().find(|column| column.name == "id").map(|column| &column.values);
        let id = match ids {
            Some(Column::Integer(ids)) => ids.get(row).map(i64::to_string),
            Some(Column::Text(ids)) => ids.get(row).cloned(),
            _ => None,
        };
        UnitRow { row, id }
    }
}
