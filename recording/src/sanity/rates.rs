//! Firing rates of the units.

use serde::Serialize;

use super::low_median_high;
use crate::Recording;

/// Above this mean rate, in spikes per second, a unit is hardly one neuron.
pub const FAST_HZ: f64 = 200.0;

/// Firing rates: spikes per second from the first to the last spike of all units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rates {
    /// The rate of each chosen unit.
    pub by_unit_hz: Vec<f64>,
    /// Lowest, median and highest rate; none without units.
    pub low_median_high_hz: Option<[f64; 3]>,
    /// Units without a spike.
    pub empty: Vec<UnitRow>,
    /// Units above [`FAST_HZ`].
    pub fast: Vec<UnitRow>,
}

/// A unit: its row, and its id in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitRow {
    /// Row in the table of units, from 0.
    pub row: usize,
    /// Its id, if the file has ids that do more than number the rows.
    pub id: Option<String>,
}

impl Rates {
    pub(super) fn of(recording: &Recording, units: &[usize]) -> Rates {
        let of_all_hz = recording.mean_rates_hz();
        let ids = recording.unit_ids();
        let named = |is_meant: &dyn Fn(usize) -> bool| {
            let rows = units.iter().copied().filter(|&row| is_meant(row));
            rows.map(|row| UnitRow { row, id: ids.as_ref().map(|ids| ids[row].clone()) }).collect()
        };
        let by_unit_hz: Vec<f64> = units.iter().map(|&row| of_all_hz[row]).collect();
        Rates {
            empty: named(&|row| recording.units[row].is_empty()),
            fast: named(&|row| of_all_hz[row] > FAST_HZ),
            low_median_high_hz: low_median_high(by_unit_hz.clone()),
            by_unit_hz,
        }
    }
}
