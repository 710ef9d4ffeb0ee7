//! What analyses look at: spikes of a population in trials of known direction.

use std::f64::consts::TAU;
use std::ops::Range;

use recording::Dataset;

use super::AnalysisError;
use super::statistics::circular_difference;

/// Spikes of a population by tick, one window a trial.
///
/// Windows of one trial are not independent, and permuting them as if they were makes tests lie; so a trial gives one.
#[derive(Clone, Debug, PartialEq)]
pub struct SpikeTrains {
    n_units: usize,
    n_ticks: usize,
    tick_ms: f64,
    trials: Vec<Vec<Vec<u16>>>,
    directions: Directions,
}

/// Spike counts of a population, one row a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Responses {
    n_units: usize,
    duration_ms: f64,
    /// `[trial][unit]`, row-major.
    counts: Vec<f64>,
    directions: Directions,
}

/// The class of each trial and the angle of each class.
#[derive(Clone, Debug, PartialEq)]
pub struct Directions {
    class: Vec<usize>,
    angles_rad: Vec<f64>,
}

/// Angles of `n` classes evenly spaced from 0, radians.
#[must_use]
pub fn evenly_spaced_angles(n: usize) -> Vec<f64> {
    (0..n).map(|class| TAU * class as f64 / n as f64).collect()
}

/// Angles of classes whose names are degrees, radians.
///
/// # Errors
/// A name that is not a number.
pub fn angles_of_degrees(names: &[String]) -> Result<Vec<f64>, AnalysisError> {
    let radians = |name: &String| {
        let degrees = name.trim().parse::<f64>().ok().filter(|degrees| degrees.is_finite());
        degrees.map(f64::to_radians).ok_or_else(|| {
            AnalysisError::new("classes", format!("`{name}` is not an angle in degrees"), "give the classes' angles")
        })
    };
    names.iter().map(radians).collect()
}

impl Directions {
    /// `class` of each trial, an index into `angles_rad`.
    ///
    /// # Errors
    /// Fewer than two classes, angles that are not finite or coincide, a trial of no class, a class without trials.
    pub fn new(class: Vec<usize>, angles_rad: Vec<f64>) -> Result<Self, AnalysisError> {
        let refuse = |cause: String, next_step| Err(AnalysisError::new("directions", cause, next_step));
        if angles_rad.len() < 2 {
            return refuse(format!("{} class(es)", angles_rad.len()), "give trials of at least two directions");
        }
        for (index, angle) in angles_rad.iter().enumerate() {
            if !angle.is_finite() {
                return refuse(format!("the angle of class {index} is {angle}"), "give angles in radians");
            }
            let coincides = |other: &f64| circular_difference(*angle, *other).abs() < 1e-9;
            if let Some(other) = angles_rad[..index].iter().position(coincides) {
                return refuse(format!("classes {other} and {index} have the same angle"), "merge the two classes");
            }
        }
        if let Some(trial) = class.iter().position(|&class| class >= angles_rad.len()) {
            let cause = format!("trial {trial} is of class {} and there are {}", class[trial], angles_rad.len());
            return refuse(cause, "give an angle for each class");
        }
        if let Some(empty) = (0..angles_rad.len()).find(|empty| !class.contains(empty)) {
            return refuse(format!("class {empty} has no trials"), "leave the class out");
        }
        Ok(Self { class, angles_rad })
    }

    /// Number of trials.
    #[must_use]
    pub fn n_trials(&self) -> usize {
        self.class.len()
    }

    /// Number of classes.
    #[must_use]
    pub fn n_classes(&self) -> usize {
        self.angles_rad.len()
    }

    /// Class of each trial.
    #[must_use]
    pub fn class(&self) -> &[usize] {
        &self.class
    }

    /// Angle of each class, radians.
    #[must_use]
    pub fn angles_rad(&self) -> &[f64] {
        &self.angles_rad
    }

    /// Trials of each class.
    #[must_use]
    pub fn trials_of_classes(&self) -> Vec<usize> {
        let mut trials = vec![0; self.n_classes()];
        for &class in &self.class {
            trials[class] += 1;
        }
        trials
    }
}

impl SpikeTrains {
    /// `trials[trial][tick]` lists the units that spiked, each at most once; `tick_ms` is above 0.
    ///
    /// # Errors
    /// No units, trials of different lengths, a unit that does not exist or repeats, numbers of trials that differ.
    pub fn new(
        n_units: usize,
        tick_ms: f64,
        trials: Vec<Vec<Vec<u16>>>,
        directions: Directions,
    ) -> Result<Self, AnalysisError> {
        let refuse = |cause: String, next_step| Err(AnalysisError::new("spike trains", cause, next_step));
        AnalysisError::check_same_length("trials and their classes", trials.len(), directions.n_trials())?;
        check_duration("tick", tick_ms)?;
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
                            let cause = format!("unit {unit} of trial {index} and there are {n_units}");
                            return refuse(cause, "number the units from 0");
                        }
                    }
                }
            }
        }
        Ok(Self { n_units, n_ticks, tick_ms, trials, directions })
    }

    /// The input channels in chosen samples of a dataset, one a trial; `angles_rad` of each class of the dataset.
    ///
    /// # Errors
    /// A sample that does not exist, two of one trial, and what [`SpikeTrains::new`] and [`Directions::new`] refuse.
    pub fn from_dataset(dataset: &Dataset, samples: &[usize], angles_rad: Vec<f64>) -> Result<Self, AnalysisError> {
        let chosen = one_a_trial(dataset, samples)?;
        let class = chosen.iter().map(|sample| sample.class).collect();
        let trials = chosen.iter().map(|sample| sample.ticks.clone()).collect();
        Self::new(dataset.n_channels, f64::from(dataset.tick_ms), trials, Directions::new(class, angles_rad)?)
    }

    /// The units of `self` and behind them those of `other`, in the same trials.
    ///
    /// # Errors
    /// Trials, ticks or directions that differ; more units together than a 16-bit number counts.
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

    /// The units of a range alone, numbered from 0; those that exist.
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
        self.responses_in(0..self.n_ticks)
    }

    /// Spike counts over the ticks of a range, of those that exist.
    #[must_use]
    pub fn responses_in(&self, ticks: Range<usize>) -> Responses {
        let ticks = ticks.start.min(self.n_ticks)..ticks.end.min(self.n_ticks);
        let mut counts = vec![0.0; self.trials.len() * self.n_units];
        for (trial, row) in self.trials.iter().zip(counts.chunks_mut(self.n_units)) {
            for &unit in trial[ticks.clone()].iter().flatten() {
                row[usize::from(unit)] += 1.0;
            }
        }
        let duration_ms = ticks.len().max(1) as f64 * self.tick_ms;
        Responses { n_units: self.n_units, duration_ms, counts, directions: self.directions.clone() }
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

    /// Length of a tick, milliseconds.
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

impl Responses {
    /// `counts[trial][unit]` over `duration_ms`.
    ///
    /// # Errors
    /// No units, rows of different lengths, a duration that is not above 0, numbers of trials that differ.
    pub fn new(counts: &[Vec<u32>], duration_ms: f64, directions: Directions) -> Result<Self, AnalysisError> {
        AnalysisError::check_same_length("trials and their classes", counts.len(), directions.n_trials())?;
        check_duration("window", duration_ms)?;
        let n_units = counts.first().map_or(0, Vec::len);
        if n_units == 0 || counts.iter().any(|row| row.len() != n_units) {
            let cause = "trials without units, or with different numbers of them";
            return Err(AnalysisError::new("counts", cause, "give one count for each unit in each trial"));
        }
        let counts = counts.iter().flatten().map(|&count| f64::from(count)).collect();
        Ok(Self { n_units, duration_ms, counts, directions })
    }

    /// The same counts with other classes.
    pub(crate) fn with_class(&self, class: Vec<usize>) -> Self {
        Self { directions: Directions { class, ..self.directions.clone() }, ..self.clone() }
    }

    /// Number of units.
    #[must_use]
    pub fn n_units(&self) -> usize {
        self.n_units
    }

    /// Time over which spikes are counted, milliseconds.
    #[must_use]
    pub fn duration_ms(&self) -> f64 {
        self.duration_ms
    }

    /// Counts of the units in each trial.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.counts.chunks(self.n_units)
    }

    /// Counts of a unit over trials.
    #[must_use]
    pub fn of_unit(&self, unit: usize) -> Vec<f64> {
        self.rows().map(|row| row[unit]).collect()
    }

    /// Class of each trial and angle of each class.
    #[must_use]
    pub fn directions(&self) -> &Directions {
        &self.directions
    }

    /// Factor from spikes in the window to spikes per second.
    #[must_use]
    pub fn hz_per_spike(&self) -> f64 {
        1e3 / self.duration_ms
    }

    /// Sums of counts, `[class][unit]`, row-major, with the classes that are given.
    pub(crate) fn class_sums(&self, class: &[usize], sums: &mut [f64]) {
        sums.fill(0.0);
        for (row, &class) in self.rows().zip(class) {
            for (sum, count) in sums[class * self.n_units..].iter_mut().zip(row) {
                *sum += count;
            }
        }
    }
}

fn check_duration(input: &'static str, duration_ms: f64) -> Result<(), AnalysisError> {
    if duration_ms > 0.0 && duration_ms.is_finite() {
        return Ok(());
    }
    Err(AnalysisError::new(input, format!("{duration_ms} ms"), "give a length above 0"))
}

fn one_a_trial<'a>(dataset: &'a Dataset, samples: &[usize]) -> Result<Vec<&'a recording::Sample>, AnalysisError> {
    let mut chosen = Vec::with_capacity(samples.len());
    let mut trials = Vec::with_capacity(samples.len());
    for &index in samples {
        let Some(sample) = dataset.samples.get(index) else {
            let cause = format!("sample {index} and there are {}", dataset.samples.len());
            return Err(AnalysisError::new("samples", cause, "choose samples that exist"));
        };
        chosen.push(sample);
        trials.push(sample.trial);
    }
    trials.sort_unstable();
    if let Some(twice) = trials.windows(2).find(|pair| pair[0] == pair[1]) {
        let cause = format!("two windows of trial {}, which are not independent", twice[0]);
        return Err(AnalysisError::new("samples", cause, "choose one a trial, such as Dataset::primary_samples"));
    }
    Ok(chosen)
}
