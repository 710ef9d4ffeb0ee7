//! The cells of a study: its runs, each with an id and a cost, to be worked on any machine that has the recording and the store.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use spec::digest::sha256_hex;

use crate::cost;
use crate::error::StudyError;
use crate::runner::Progress;
use crate::store::{Entry, Store};

/// Identifies the code that results depend on.
pub(crate) const CODE: &str = env!("MOTORSRNN_CODE");

/// What is called after each run, from any thread.
pub type OnProgress<'a> = &'a (dyn Fn(Progress<'_>) + Sync);

/// A study that can be worked in parts, by several processes on several machines that share its store.
pub trait Divisible {
    /// Every cell, in the order of the study.
    ///
    /// # Errors
    /// A store that cannot be read.
    fn plan(&self) -> Result<Vec<PlannedCell>, StudyError>;

    /// Works the cells with these ids that have no result.
    ///
    /// # Errors
    /// A run that fails, an interruption (finished runs are kept), a store that cannot be used.
    fn work(&self, ids: &HashSet<String>, interrupted: &AtomicBool, progress: OnProgress<'_>)
    -> Result<(), StudyError>;
}

/// A study that writes a report of its results: a page, a CSV file for each plot, and all of them as JSON.
pub trait Reporting: Divisible {
    /// What it returns of the report.
    type Report;

    /// Writes the report of the results that there are. Returns the cells without a result, too.
    ///
    /// # Errors
    /// A store that cannot be read, files that cannot be written.
    fn gather(&self, folder: &Path) -> Result<(Self::Report, Vec<PlannedCell>), StudyError>;

    /// Carries out the runs without a result, and writes the report.
    ///
    /// # Errors
    /// A run that fails, an interruption (finished runs are kept), files that cannot be written.
    fn run(
        &self,
        folder: &Path,
        interrupted: &AtomicBool,
        progress: OnProgress<'_>,
    ) -> Result<Self::Report, StudyError> {
        let ids = self.plan()?.into_iter().map(|cell| cell.id).collect();
        self.work(&ids, interrupted, progress)?;
        Ok(self.gather(folder)?.0)
    }
}

/// A cell as others see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedCell {
    /// Name of its result in the store: a hash of all that the result depends on, 24 hexadecimal digits.
    pub id: String,
    /// What is run, in words.
    pub name: String,
    /// About how long it takes on one core, seconds of the processor that the costs were measured on.
    pub cost: f64,
    /// Whether it has a result.
    pub known: bool,
}

/// What a study has yet to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Workload {
    /// Runs in all.
    pub n_runs: usize,
    /// Those that have a result already.
    pub n_known: usize,
    /// Time for the others on this processor, seconds.
    pub seconds: f64,
}

impl Workload {
    /// Of cells that so many threads work; measures the speed of this processor for a moment.
    #[must_use]
    pub fn of(plan: &[PlannedCell], n_threads: usize) -> Self {
        let n_known = plan.iter().filter(|cell| cell.known).count();
        let cost: f64 = plan.iter().filter(|cell| !cell.known).map(|cell| cell.cost).sum();
        let seconds = if cost > 0.0 { cost * cost::slowness() / n_threads.max(1) as f64 } else { 0.0 };
        Self { n_runs: plan.len(), n_known, seconds }
    }
}

/// The part of each cell, from 0, if cells of these costs are dealt to `n_parts`: the longest first, each to the part with the
/// least to do. Every process deals alike.
#[must_use]
pub fn deal(costs: &[f64], n_parts: usize) -> Vec<usize> {
    let mut longest_first: Vec<usize> = (0..costs.len()).collect();
    longest_first.sort_by(|&one, &other| costs[other].total_cmp(&costs[one]));
    let (mut loads, mut parts) = (vec![0.0; n_parts.max(1)], vec![0; costs.len()]);
    for cell in longest_first {
        let part = (0..loads.len()).min_by(|&one, &other| f64::total_cmp(&loads[one], &loads[other])).unwrap_or(0);
        loads[part] += costs[cell];
        parts[cell] = part;
    }
    parts
}

/// What is run in a cell.
pub(crate) trait Unit: Clone + Display + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    /// Its result.
    type Outcome: Serialize + DeserializeOwned + Send + Sync;
}

/// A run with its place in the store.
pub(crate) struct Cell<R> {
    pub(crate) run: R,
    pub(crate) id: String,
    cost: f64,
}

impl<R: Unit> Cell<R> {
    /// A run that takes `cost` seconds. `depends_on` is what its result depends on besides the run and the code, and nothing more.
    pub(crate) fn new(run: &R, depends_on: &impl Serialize, cost: f64) -> Result<Self, StudyError> {
        let text = serde_json::to_string(&(CODE, depends_on, run)).map_err(StudyError::Json)?;
        Ok(Self { run: run.clone(), id: sha256_hex(text.as_bytes())[..24].to_owned(), cost })
    }

    fn planned(&self, known: bool) -> PlannedCell {
        PlannedCell { id: self.id.clone(), name: self.run.to_string(), cost: self.cost, known }
    }
}

/// The cells of a study, and the store of their results.
pub(crate) struct Cells<R> {
    pub(crate) cells: Vec<Cell<R>>,
    pub(crate) store: Store,
}

/// A result of a cell.
pub(crate) type EntryOf<R> = Entry<R, <R as Unit>::Outcome>;

/// How long a result that another machine has just written may stay hidden by a network file system.
const LATE_TRIES: usize = 7;
const LATE_PAUSE: Duration = Duration::from_millis(500);

impl<R: Unit> Cells<R> {
    /// Id and name of each.
    pub(crate) fn names(&self) -> Vec<(&str, String)> {
        self.cells.iter().map(|cell| (cell.id.as_str(), cell.run.to_string())).collect()
    }

    pub(crate) fn with_ids(&self, ids: &HashSet<String>) -> Vec<&Cell<R>> {
        self.cells.iter().filter(|cell| ids.contains(&cell.id)).collect()
    }

    pub(crate) fn plan(&self) -> Result<Vec<PlannedCell>, StudyError> {
        self.cells.iter().map(|cell| Ok(cell.planned(self.store.has(&cell.id, &cell.run)?))).collect()
    }

    /// What the store has, and the cells that are missing after some seconds.
    pub(crate) fn gather(&self) -> Result<(Vec<EntryOf<R>>, Vec<PlannedCell>), StudyError> {
        let mut found = BTreeMap::new();
        for n_tries in 0..LATE_TRIES {
            for (place, cell) in self.cells.iter().enumerate() {
                if !found.contains_key(&place)
                    && let Some(entry) = self.store.get(&cell.id, &cell.run)?
                {
                    found.insert(place, entry);
                }
            }
            if found.len() == self.cells.len() {
                break;
            }
            if n_tries + 1 < LATE_TRIES {
                thread::sleep(LATE_PAUSE);
                self.store.look_again();
            }
        }
        let missing = self.cells.iter().enumerate().filter(|(place, _)| !found.contains_key(place));
        let missing = missing.map(|(_, cell)| cell.planned(false)).collect();
        Ok((found.into_values().collect(), missing))
    }
}

/// What to know about the results before they are believed: those that are missing, and processors that differ.
pub(crate) fn warnings<R, O>(entries: &[Entry<R, O>], n_missing: usize) -> Vec<String> {
    let mut warnings = Vec::new();
    if n_missing > 0 {
        let n_cells = entries.len() + n_missing;
        warnings.push(format!("{n_missing} of {n_cells} cells are missing; claims and figures are of the others"));
    }
    if entries.iter().any(|entry| entry.instructions != entries[0].instructions) {
        let by_level = instructions(entries);
        warnings.push(format!(
            "the results are from processors with different vector instructions ({by_level}); last digits of floats may differ"
        ));
    }
    warnings
}

/// How many results were computed with which vector instructions, in words.
pub(crate) fn instructions<R, O>(entries: &[Entry<R, O>]) -> String {
    let mut counts = BTreeMap::new();
    for entry in entries {
        *counts.entry(entry.instructions.as_str()).or_insert(0) += 1;
    }
    counts.iter().map(|(level, n)| format!("{level}: {n}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_dealt_once_and_the_parts_take_the_same() {
        // Like a study: a few long cells, many short ones.
        let costs: Vec<f64> =
            (0..1220).map(|cell| 0.5 + f64::from((cell * 7919 % 97) * u32::from(cell % 5 == 0))).collect();
        let parts = deal(&costs, 40);
        let mut loads = vec![0.0; 40];
        parts.iter().zip(&costs).for_each(|(&part, cost)| loads[part] += cost);
        let mean = costs.iter().sum::<f64>() / 40.0;
        let slowest = loads.into_iter().fold(0.0, f64::max);
        assert!(slowest <= 1.1 * mean, "{slowest} of {mean}");
    }

    #[test]
    fn more_parts_than_cells_leave_some_without_any() {
        assert_eq!(deal(&[1.0, 3.0, 2.0], 5), [2, 0, 1]);
        assert_eq!(deal(&[], 5), [0; 0]);
    }
}
