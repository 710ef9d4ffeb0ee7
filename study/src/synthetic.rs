//! Sessions of which everything is known: tuned, selective, untuned and silent units, and when their tuning sets in.
//!
//! What [`recording::generate`] does not have: units that tell directions apart without a cosine, silent ones, an onset. A
//! unit fires as a Poisson process, at its baseline until its onset in the trial, and from there at
//! - cosine: baseline + depth cos(direction - preferred direction);
//! - selective: baseline ± depth cos(2 direction), which is (+ - + -) at four directions;
//! - untuned: baseline.

use std::f64::consts::TAU;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1};
use recording::{Column, Error, NamedColumn, Recording, TrialTable};
use serde::{Deserialize, Serialize};

use crate::analysis::responses::{Directions, evenly_spaced_angles};
use crate::analysis::{AnalysisError, SpikeTrains};

/// Pause between trials, milliseconds.
const GAP_MS: u32 = 500;
/// More trials times units than any study has.
const MAX_TRAINS: usize = 50_000_000;

/// What a session is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionOptions {
    /// Units, 1 to 65,536.
    pub n_units: usize,
    /// Directions, evenly spaced from 0, at least 3.
    pub n_directions: usize,
    /// Trials of each direction, at least 1, in random order.
    pub trials_per_direction: usize,
    /// Length of a trial, at least 1 ms.
    pub trial_ms: u32,
    /// Part of the units that is cosine tuned.
    pub tuned_fraction: f64,
    /// Part that is selective without a cosine; above 0 with four directions or more only.
    pub selective_fraction: f64,
    /// Part that never fires. The rest is untuned; the three parts are at most 1 together.
    pub silent_fraction: f64,
    /// Range of baselines, spikes per second, uniform.
    pub baseline_hz: (f64, f64),
    /// Depth of modulation as a part of the baseline, range, uniform, within 0 to 1, so that no rate falls below 0.
    pub depth: (f64, f64),
    /// Time in the trial at which tuning sets in, milliseconds, range, uniform over units, at least 0.
    pub onset_ms: (f64, f64),
    /// Everything random derives from it.
    pub seed: u64,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            n_units: 60,
            n_directions: 4,
            trials_per_direction: 30,
            trial_ms: 400,
            tuned_fraction: 0.5,
            selective_fraction: 0.15,
            silent_fraction: 0.05,
            baseline_hz: (15.0, 40.0),
            depth: (0.6, 0.9),
            onset_ms: (0.0, 0.0),
            seed: 1,
        }
    }
}

/// What a unit is made to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitKind {
    /// Cosine tuned.
    Cosine,
    /// Tells directions apart, but not by a cosine.
    Selective,
    /// Fires the same in all directions.
    Untuned,
    /// Never fires.
    Silent,
}

/// The truth about a unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitTruth {
    /// What it is.
    pub kind: UnitKind,
    /// Baseline, spikes per second; 0 of a silent unit.
    pub baseline_hz: f64,
    /// Depth of modulation, spikes per second; 0 of untuned and silent units.
    pub depth_hz: f64,
    /// Preferred direction, radians, 0 to 2 pi; `None` of any unit but a cosine.
    pub preferred_rad: Option<f64>,
    /// Sign of a selective unit's contrast; 0 of any other.
    pub contrast: f64,
    /// When tuning sets in, milliseconds after the start of the trial.
    pub onset_ms: f64,
}

/// A session and the truth about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// What it was made of.
    pub options: SessionOptions,
    /// The units.
    pub units: Vec<UnitTruth>,
    /// Direction of each trial, in the order of the session.
    pub class: Vec<usize>,
    /// `[unit][trial]`: spike times in milliseconds after the start of the trial, ascending.
    spikes_ms: Vec<Vec<Vec<f64>>>,
}

/// Makes a session; the same options give the same one.
///
/// # Errors
/// Options out of range.
pub fn session(options: &SessionOptions) -> Result<Session, AnalysisError> {
    options.check()?;
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut class: Vec<usize> =
        (0..options.n_directions * options.trials_per_direction).map(|trial| trial % options.n_directions).collect();
    class.shuffle(&mut rng);
    let units = options.population(&mut rng);
    let angles_rad = evenly_spaced_angles(options.n_directions);
    let of_unit = |(index, unit): (usize, &UnitTruth)| {
        // A stream of its own, so that the spikes of a unit do not depend on those of others.
        let mut rng = rng.clone();
        rng.set_stream(index as u64 + 1);
        rng.set_word_pos(0);
        class.iter().map(|&class| unit.spikes_ms(angles_rad[class], options.trial_ms, &mut rng)).collect()
    };
    let spikes_ms = units.iter().enumerate().map(of_unit).collect();
    Ok(Session { options: options.clone(), units, class, spikes_ms })
}

impl Session {
    /// Windows of `window_ms` from `offset_ms` into each trial; a unit spikes at most once a tick.
    ///
    /// # Errors
    /// A window that leaves the trial or is no multiple of the tick.
    pub fn spike_trains(&self, offset_ms: u32, window_ms: u32, tick_ms: u32) -> Result<SpikeTrains, AnalysisError> {
        let ends_in_trial = offset_ms.checked_add(window_ms).is_some_and(|end_ms| end_ms <= self.options.trial_ms);
        if tick_ms == 0 || window_ms == 0 || !window_ms.is_multiple_of(tick_ms) || !ends_in_trial {
            let cause = format!("{window_ms} ms from {offset_ms} ms in ticks of {tick_ms} ms");
            return Err(AnalysisError::new("window", cause, "give whole ticks that lie in the trial"));
        }
        let n_ticks = (window_ms / tick_ms) as usize;
        let mut trials = vec![vec![Vec::new(); n_ticks]; self.class.len()];
        for (unit, of_unit) in self.spikes_ms.iter().enumerate() {
            for (ticks, spikes_ms) in trials.iter_mut().zip(of_unit) {
                for time_ms in spikes_ms {
                    let tick = ((time_ms - f64::from(offset_ms)) / f64::from(tick_ms)).floor();
                    let in_window = tick >= 0.0 && tick < n_ticks as f64;
                    if in_window && ticks[tick as usize].last() != Some(&(unit as u16)) {
                        ticks[tick as usize].push(unit as u16);
                    }
                }
            }
        }
        let directions = Directions::new(self.class.clone(), evenly_spaced_angles(self.options.n_directions))?;
        SpikeTrains::new(self.options.n_units, f64::from(tick_ms), trials, directions)
    }

    /// The session as a recording, as of a file: trials with `target_direction` in degrees, and the truth as unit columns.
    ///
    /// # Errors
    /// What [`Recording::generated`] refuses.
    pub fn recording(&self) -> Result<Recording, Error> {
        let period_ms = f64::from(self.options.trial_ms + GAP_MS);
        let start_ms = |trial: usize| f64::from(GAP_MS) + trial as f64 * period_ms;
        let of_session = |of_unit: &Vec<Vec<f64>>| {
            let trials = of_unit.iter().enumerate();
            trials.flat_map(|(trial, spikes)| spikes.iter().map(move |time| (start_ms(trial) + time) / 1e3)).collect()
        };
        let degrees = |&class: &usize| 360.0 * class as f64 / self.options.n_directions as f64;
        let trials = TrialTable {
            start_s: (0..self.class.len()).map(|trial| start_ms(trial) / 1e3).collect(),
            stop_s: (0..self.class.len())
                .map(|trial| (start_ms(trial) + f64::from(self.options.trial_ms)) / 1e3)
                .collect(),
            columns: vec![NamedColumn {
                name: "target_direction".into(),
                description: "reach direction, degrees".into(),
                values: Column::Real(self.class.iter().map(degrees).collect()),
            }],
            unreadable: Vec::new(),
        };
        let truth = |name: &str, description: &str, value: fn(&UnitTruth) -> f64| NamedColumn {
            name: name.into(),
            description: description.into(),
            values: Column::Real(self.units.iter().map(value).collect()),
        };
        let unit_columns = vec![
            NamedColumn {
                name: "kind".into(),
                description: "what the unit was made to be".into(),
                values: Column::Text(self.units.iter().map(|unit| unit.kind.name().to_owned()).collect()),
            },
            truth("baseline_hz", "true baseline, spikes per second", |unit| unit.baseline_hz),
            truth("depth_hz", "true depth of modulation, spikes per second", |unit| unit.depth_hz),
            truth("preferred_direction_deg", "true preferred direction, degrees", |unit| {
                unit.preferred_rad.map_or(f64::NAN, f64::to_degrees)
            }),
            truth("onset_ms", "true onset of tuning in the trial, milliseconds", |unit| unit.onset_ms),
        ];
        let name = format!(
            "known_{}directions_{}units_seed{}",
            self.options.n_directions,
            self.units.len(),
            self.options.seed
        );
        let description = "Synthetic session of known tuning, not a recording".to_owned();
        let units = self.spikes_ms.iter().map(of_session).collect();
        Recording::generated(name, description, units, unit_columns, trials)
    }
}

impl UnitKind {
    fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::Selective => "selective",
            Self::Untuned => "untuned",
            Self::Silent => "silent",
        }
    }
}

impl UnitTruth {
    /// Rate after the onset, spikes per second.
    #[must_use]
    pub fn rate_hz(&self, direction_rad: f64) -> f64 {
        let cosine = self.preferred_rad.map_or(0.0, |preferred| (direction_rad - preferred).cos());
        self.baseline_hz + self.depth_hz * (cosine + self.contrast * (2.0 * direction_rad).cos())
    }

    fn spikes_ms(&self, direction_rad: f64, trial_ms: u32, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let trial_ms = f64::from(trial_ms);
        let onset_ms = self.onset_ms.min(trial_ms);
        let before = poisson_ms(self.baseline_hz, 0.0, onset_ms, rng);
        let after = poisson_ms(self.rate_hz(direction_rad), onset_ms, trial_ms, rng);
        before.into_iter().chain(after).collect()
    }
}

impl SessionOptions {
    fn population(&self, rng: &mut ChaCha8Rng) -> Vec<UnitTruth> {
        let mut kinds = Vec::with_capacity(self.n_units);
        for (kind, part) in [
            (UnitKind::Cosine, self.tuned_fraction),
            (UnitKind::Selective, self.selective_fraction),
            (UnitKind::Silent, self.silent_fraction),
            (UnitKind::Untuned, 1.0),
        ] {
            let n_more = (part * self.n_units as f64).round() as usize;
            kinds.extend(std::iter::repeat_n(kind, n_more.min(self.n_units - kinds.len())));
        }
        kinds.shuffle(rng);
        let unit = |kind| {
            let mut uniform = |(low, high): (f64, f64)| low + (high - low) * rng.random::<f64>();
            let (baseline_hz, depth) = (uniform(self.baseline_hz), uniform(self.depth));
            let (preferred_rad, onset_ms) = (uniform((0.0, TAU)), uniform(self.onset_ms));
            let sign = if rng.random() { 1.0 } else { -1.0 };
            let is_modulated = matches!(kind, UnitKind::Cosine | UnitKind::Selective);
            let baseline_hz = if kind == UnitKind::Silent { 0.0 } else { baseline_hz };
            UnitTruth {
                kind,
                baseline_hz,
                depth_hz: if is_modulated { depth * baseline_hz } else { 0.0 },
                preferred_rad: (kind == UnitKind::Cosine).then_some(preferred_rad),
                contrast: if kind == UnitKind::Selective { sign } else { 0.0 },
                onset_ms,
            }
        };
        kinds.into_iter().map(unit).collect()
    }

    fn check(&self) -> Result<(), AnalysisError> {
        let refuse = |input, cause: String, next_step| Err(AnalysisError::new(input, cause, next_step));
        let parts = [self.tuned_fraction, self.selective_fraction, self.silent_fraction];
        if !(1..=usize::from(u16::MAX) + 1).contains(&self.n_units) {
            return refuse("n_units", self.n_units.to_string(), "give 1 to 65,536");
        }
        if self.n_directions < 3 || (self.n_directions == 3 && self.selective_fraction > 0.0) {
            let next_step = "give 3 or more, and 4 or more where units are selective without a cosine";
            return refuse("n_directions", self.n_directions.to_string(), next_step);
        }
        if self.trials_per_direction == 0 || self.trial_ms == 0 {
            let cause = format!("{} a direction, of {} ms", self.trials_per_direction, self.trial_ms);
            return refuse("trials", cause, "give 1 or more, of 1 ms or more");
        }
        let n_trains = self.n_directions.saturating_mul(self.trials_per_direction).saturating_mul(self.n_units);
        if n_trains > MAX_TRAINS {
            return refuse("trials", format!("{n_trains} of them times units"), "give fewer trials or units");
        }
        if !parts.iter().all(|part| (0.0..=1.0).contains(part)) || parts.iter().sum::<f64>() > 1.0 + 1e-9 {
            return refuse("fractions", format!("{parts:?}"), "give parts of 0 to 1, at most 1 together");
        }
        for (input, (low, high), most) in [
            ("baseline_hz", self.baseline_hz, 1000.0),
            ("depth", self.depth, 1.0),
            ("onset_ms", self.onset_ms, f64::from(u32::MAX)),
        ] {
            if !(0.0 <= low && low <= high && high <= most) {
                let next_step = "give a rising range within 0 to 1000 Hz, 0 to 1 of the baseline, 0 ms or more";
                return refuse(input, format!("{low} to {high}"), next_step);
            }
        }
        Ok(())
    }
}

/// Times of a Poisson process from `start_ms` to before `stop_ms`.
fn poisson_ms(rate_hz: f64, start_ms: f64, stop_ms: f64, rng: &mut ChaCha8Rng) -> Vec<f64> {
    if rate_hz <= 0.0 {
        return Vec::new();
    }
    let next = |time_ms: f64, rng: &mut ChaCha8Rng| {
        let wait: f64 = Exp1.sample(rng);
        Some(time_ms + 1e3 * wait / rate_hz).filter(|&time_ms| time_ms < stop_ms)
    };
    let first = next(start_ms, rng);
    std::iter::successors(first, |&time_ms| next(time_ms, rng)).collect()
}
