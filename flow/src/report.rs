//! nextpnr's report: frequencies and resources.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use spec::manifest::Used;

use crate::error::FlowError;
use crate::files;

/// The parts of a report that are used.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct NextpnrReport {
    /// Frequencies, by clock net.
    fmax: BTreeMap<String, Clock>,
    /// Cells, by kind.
    utilization: BTreeMap<String, Used>,
}

/// Frequencies of a clock in MHz.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
struct Clock {
    /// The maximum that the critical path allows.
    achieved: f64,
    /// The constraint.
    constraint: f64,
}

impl NextpnrReport {
    /// Reads a report.
    ///
    /// # Errors
    /// The file cannot be read, or is not a report.
    pub fn read(path: &Path) -> Result<Self, FlowError> {
        let bad = |reason: String| FlowError::Report { path: path.to_owned(), reason };
        let report: Self = serde_json::from_slice(&files::read(path)?).map_err(|error| bad(error.to_string()))?;
        if report.fmax.is_empty() {
            return Err(bad("it has no clock".to_owned()));
        }
        Ok(report)
    }

    /// The frequency of the slowest clock, if every clock meets its constraint and no constraint is below `clock_hz`.
    #[must_use]
    pub fn met(&self, clock_hz: u32) -> Option<f64> {
        let clock_mhz = f64::from(clock_hz) / 1e6;
        // nextpnr rounds constraints to picoseconds.
        let least_constraint = clock_mhz * (1.0 - 1e-4);
        let is_met = |clock: &Clock| {
            clock.constraint >= least_constraint && clock.achieved >= clock_mhz && clock.achieved >= clock.constraint
        };
        // One of them is the core's; the others only drive its start-up.
        self.fmax.values().all(is_met).then(|| self.fmax.values().map(|clock| clock.achieved).fold(f64::MAX, f64::min))
    }

    /// The frequency that each clock reaches, for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let clocks = self.fmax.iter();
        let texts =
            clocks.map(|(net, clock)| format!("{net} reaches {:.2} of {:.2} MHz", clock.achieved, clock.constraint));
        texts.collect::<Vec<_>>().join(", ")
    }

    /// Used cells, by kind.
    #[must_use]
    pub fn resources(&self) -> BTreeMap<String, Used> {
        let used = self.utilization.iter().filter(|(_, cells)| cells.used > 0 && cells.available > 0);
        used.map(|(kind, cells)| (kind.clone(), *cells)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(clocks: &[(f64, f64)]) -> NextpnrReport {
        let fmax = clocks
            .iter()
            .enumerate()
            .map(|(number, &(achieved, constraint))| (format!("clock {number}"), Clock { achieved, constraint }));
        NextpnrReport { fmax: fmax.collect(), utilization: BTreeMap::new() }
    }

    #[test]
    fn timing_is_met_at_exactly_the_clock() {
        assert_eq!(report(&[(24.0, 24.0)]).met(24_000_000), Some(24.0));
        assert_eq!(report(&[(23.99, 24.0)]).met(24_000_000), None);
        assert_eq!(report(&[(60.0, 48.0), (24.5, 24.0)]).met(24_000_000), Some(24.5));
    }

    #[test]
    fn a_constraint_below_the_clock_is_not_met() {
        assert_eq!(report(&[(100.0, 12.0)]).met(24_000_000), None);
    }

    #[test]
    fn one_failing_clock_is_enough() {
        assert_eq!(report(&[(60.0, 24.0), (47.0, 48.0)]).met(24_000_000), None);
    }
}
