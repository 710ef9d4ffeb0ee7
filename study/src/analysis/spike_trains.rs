//! Spikes of a population in trials of known direction.

use std::ops::Range;

use super::{AnalysisError, Directions, Responses};

/// Spikes of a population by tick, one window per trial.
///
/// Windows of the same trial are not independent, and permuting them as if they were invalidates a test; so each trial gives
/// one window.
#[derive(Clone, Debug, PartialEq)]
pub struct SpikeTrains {
    n_units: usize,
    n_ticks: usize,
    tick_ms: f64,
    trials: Vec<Vec<Vec<u16>>>,
    directions: Directions,
}

impl SpikeTrains {
    /// `trials[trial][tick]` lists the units that spiked, each at most once; `tick_ms` is above 0.
    ///
    /// # Errors
    /// No units, trials of different lengths, a unit that does not exist or repeats, a number of trials other than that of `directions`.
    pub fn new(
        n_units: usize,
        tick_ms: f64,
        trials: Vec<Vec<Vec<u16>>>,
        directions: Directions,
    ) -> Result<Self, AnalysisError> {
        let refuse = |cause: String, next_step| Err(AnalysisError::new("spike trains", cause, next_step));
        AnalysisError::check_same_length("trials and their classes", trials.len(), directions.n_trials())?;
        AnalysisError::check_duration("tick", tick_ms)?;
        let n_ticks = trials.first().map_or(0, Vec::len);
        if n_units == 0 || n_ticks == 0 {
            return refuse(format!("{n_units} units, {n_ticks} ticks"), "give at least one of each");
        }
        let mut last_seen = vec![usize::MAX; n_units];
        for (index, ticks) in trials.iter().enumerate() {
            if ticks.len() != n_ticks {
                let cause = format!("trial {index} has {} ticks and the first {n_ticks}", ticks.len());
                return refuse(cause, "cut windows of one length");
            }
            for (tick, units) in ticks.iter().enumerate() {
                for &unit in units {
                    match last_seen.get_mut(usize::from(unit)) {
                        Some(seen) if *seen != index * n_ticks + tick => *seen = index * n_ticks + tick,
                        Some(_) => {
                            let cause = format!("unit {unit} spikes twice in tick {tick} of trial {index}");
                            return refuse(cause, "list each unit once a tick");
                        }
                        None => {
                            let cause = format!("unit {unit} in trial {index}, and there are {n_units} units");
                            return refuse(cause, "number the units from 0");
                        }
                    }
                }
            }
        }
        Ok(Self { n_units, n_ticks, tick_ms, trials, directions })
    }

    /// The units of `self`, and after them those of `other`, in the same trials.
    ///
    /// # Errors
    /// Different trials, ticks or directions; more units together than a 16-bit number counts.
    pub fn join(&self, other: &Self) -> Result<Self, AnalysisError> {
        let same =
            self.directions == other.directions && self.n_ticks == other.n_ticks && self.tick_ms == other.tick_ms;
        if !same || self.n_units + other.n_units > usize::from(u16::MAX) + 1 {
            let cause = "the two populations are not of the same trials, or too large together";
            return Err(AnalysisError::new("spike trains", cause, "join populations of the same windows"));
        }
        let mut joined = self.clone();
        joined.n_units += other.n_units;
        for (ticks, further) in joined.trials.iter_mut().zip(&other.trials) {
            for (units, further) in ticks.iter_mut().zip(further) {
                units.extend(further.iter().map(|&unit| (usize::from(unit) + self.n_units) as u16));
            }
        }
        Ok(joined)
    }

    /// The units of a range alone, as far as they exist, numbered from 0.
    ///
    /// # Errors
    /// A range without units.
    pub fn select(&self, units: Range<usize>) -> Result<Self, AnalysisError> {
        let units = units.start..units.end.min(self.n_units);
        if units.is_empty() {
            let cause = format!("no units in {units:?} of {}", self.n_units);
            return Err(AnalysisError::new("units", cause, "select units that exist"));
        }
        let of_tick = |tick: &Vec<u16>| {
            let selected = tick.iter().map(|&unit| usize::from(unit)).filter(|unit| units.contains(unit));
            selected.map(|unit| (unit - units.start) as u16).collect()
        };
        let of_trial = |ticks: &Vec<Vec<u16>>| ticks.iter().map(of_tick).collect();
        let trials = self.trials.iter().map(of_trial).collect();
        Ok(Self { n_units: units.len(), trials, directions: self.directions.clone(), ..*self })
    }

    /// Spike counts over all ticks.
    #[must_use]
    pub fn responses(&self) -> Responses {
        let mut counts = vec![0.0; self.trials.len() * self.n_units];
        for (ticks, row) in self.trials.iter().zip(counts.chunks_mut(self.n_units)) {
            for &unit in ticks.iter().flatten() {
                row[usize::from(unit)] += 1.0;
            }
        }
        Responses::of_rows(counts, self.n_units, self.n_ticks as f64 * self.tick_ms, self.directions.clone())
    }

    /// Number of units.
    #[must_use]
    pub fn n_units(&self) -> usize {
        self.n_units
    }

    /// Ticks of every trial.
    #[must_use]
    pub fn n_ticks(&self) -> usize {
        self.n_ticks
    }

    /// Tick length, milliseconds.
    #[must_use]
    pub fn tick_ms(&self) -> f64 {
        self.tick_ms
    }

    /// `[trial][tick]`: the units that spiked.
    #[must_use]
    pub fn trials(&self) -> &[Vec<Vec<u16>>] {
        &self.trials
    }

    /// Class of each trial and angle of each class.
    #[must_use]
    pub fn directions(&self) -> &Directions {
        &self.directions
    }
}
