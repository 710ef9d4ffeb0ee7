//! Synthetic sessions: cosine-tuned Poisson units with refractoriness and trial-to-trial gain.
//!
//! A tuned unit fires at `baseline + modulation * cos(direction - preferred direction)` throughout the trial
//! (Georgopoulos et al. 1982, J Neurosci 2:1527, equation 1), never below zero, times a gain that the units of a trial
//! share; an untuned unit fires at its baseline. Intervals are exponential after an absolute refractory period. Units
//! are silent between trials.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::{Column, Error, NamedColumn, Recording, TrialTable};

/// Spike times are multiples of this clock's period: a power of two, so that they compress well and exactly.
const CLOCK_HZ: f64 = 16_384.0;
const GAP_MS: u32 = 500;
/// The go cue falls uniformly into this part of the trial.
const GO_CUE_PART: (f64, f64) = (0.2, 0.4);
/// One of so many trials of a direction is a test trial.
const TEST_EVERY: usize = 5;
/// How far before a trial the units start, in refractory periods, so that its first spikes are not special.
const RUN_IN_PERIODS: f64 = 20.0;
/// The most trials and spikes together, which fit into the memory of any machine that trains.
const SPIKES_MAX: f64 = 5e7;
/// No unit fires faster than this part of the limit that its refractory period sets.
const RATE_PART_MAX: f64 = 0.9;

/// Options of a synthetic session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SyntheticOptions {
    /// Number of units, 1 to 65,536.
    pub n_channels: usize,
    /// Number of reach directions, evenly spaced from 0 degrees: 4 or 8.
    pub n_directions: usize,
    /// Trials of each direction, at least 1; their order is random.
    pub trials_per_direction: usize,
    /// Length of a trial, milliseconds, at least 1.
    pub trial_ms: u32,
    /// Range of the baselines, spikes per second, uniform.
    pub baseline_hz: (f64, f64),
    /// Range of the modulation depths of tuned units, spikes per second, uniform.
    pub modulation_hz: (f64, f64),
    /// Part of the units that is tuned, 0 to 1.
    pub tuned_fraction: f64,
    /// Absolute refractory period, milliseconds, at least 0.
    pub refractory_ms: f64,
    /// Standard deviation of the logarithm of the trials' gain, whose mean is 1; 0 to 2.
    pub trial_gain_sd: f64,
    /// The seed of everything random.
    pub seed: u64,
}

impl Default for SyntheticOptions {
    fn default() -> Self {
        SyntheticOptions {
            n_channels: 64,
            n_directions: 8,
            trials_per_direction: 20,
            trial_ms: 600,
            baseline_hz: (4.0, 20.0),
            modulation_hz: (4.0, 16.0),
            tuned_fraction: 0.8,
            refractory_ms: 2.0,
            trial_gain_sd: 0.2,
            seed: 1,
        }
    }
}

/// Generates a session; equal options give an equal recording.
///
/// Trial columns: `target_direction` (degrees), `go_cue_time` (seconds), `split` (`train`, and `test` for every fifth
/// trial of a direction). Unit columns, the ground truth: `preferred_direction_deg`, `modulation_hz` (0 for untuned
/// units), `baseline_hz`.
///
/// # Errors
/// [`Error::BadOption`] for an option outside its range.
pub fn generate(options: &SyntheticOptions) -> Result<Recording, Error> {
    options.check()?;
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let trials = Trial::sequence(options, &mut rng);
    let tuning = Tuning::population(options, &mut rng);
    let units = tuning.iter().enumerate().map(|(channel, tuning)| {
        // Each unit has a random stream of its own, so that adding units does not change the others.
        let mut rng = rng.clone();
        rng.set_stream(channel as u64 + 1);
        rng.set_word_pos(0);
        trials.iter().flat_map(|trial| spike_train(tuning, trial, options, &mut rng)).collect()
    });
    let name =
        format!("synthetic_{}directions_{}channels_seed{}", options.n_directions, options.n_channels, options.seed);
    Recording::generated(name, options.describe(), units.collect(), Tuning::columns(&tuning), Trial::table(&trials))
}

impl SyntheticOptions {
    fn check(&self) -> Result<(), Error> {
        let bad = |option, cause| Err(Error::BadOption { option, cause });
        if !(1..=usize::from(u16::MAX) + 1).contains(&self.n_channels) {
            return bad("n_channels", format!("{} must be from 1 to {}", self.n_channels, usize::from(u16::MAX) + 1));
        }
        if ![4, 8].contains(&self.n_directions) {
            return bad("n_directions", format!("{} must be 4 or 8", self.n_directions));
        }
        if self.trials_per_direction == 0 {
            return bad("trials_per_direction", "0 must be 1 or more".into());
        }
        if self.trial_ms == 0 {
            return bad("trial_ms", "0 must be 1 or more".into());
        }
        for (option, (low, high)) in [("baseline_hz", self.baseline_hz), ("modulation_hz", self.modulation_hz)] {
            if !(0.0 <= low && low <= high && high <= 1000.0) {
                return bad(option, format!("{low} to {high} must ascend and be within 0 to 1000"));
            }
        }
        for (option, value, most) in [
            ("tuned_fraction", self.tuned_fraction, 1.0),
            ("refractory_ms", self.refractory_ms, 1000.0),
            ("trial_gain_sd", self.trial_gain_sd, 2.0),
        ] {
            if !(0.0..=most).contains(&value) {
                return bad(option, format!("{value} must be from 0 to {most}"));
            }
        }
        let trial_s = f64::from(self.trial_ms) / 1e3;
        let spikes_a_trial = self.n_channels as f64 * trial_s * (self.baseline_hz.1 + self.modulation_hz.1);
        let n_trials = self.n_directions as f64 * self.trials_per_direction as f64;
        if n_trials * (1.0 + spikes_a_trial) > SPIKES_MAX {
            let n_spikes = n_trials * spikes_a_trial;
            let cause =
                format!("{n_trials} trials with up to {n_spikes:.0} spikes are too many; use fewer or shorter ones");
            return bad("trials_per_direction", cause);
        }
        Ok(())
    }

    fn describe(&self) -> String {
        format!(
            "Synthetic centre-out session, not a recording: {} units, {:.0} % of them cosine tuned, {} directions x {} \
             trials of {} ms, baseline {} to {} Hz, modulation {} to {} Hz, refractory period {} ms, trial gain sd {}, \
             seed {}",
            self.n_channels,
            100.0 * self.tuned_fraction,
            self.n_directions,
            self.trials_per_direction,
            self.trial_ms,
            self.baseline_hz.0,
            self.baseline_hz.1,
            self.modulation_hz.0,
            self.modulation_hz.1,
            self.refractory_ms,
            self.trial_gain_sd,
            self.seed,
        )
    }
}

struct Trial {
    start_s: f64,
    stop_s: f64,
    go_cue_s: f64,
    direction_deg: f64,
    is_test: bool,
    gain: f64,
}

impl Trial {
    fn sequence(options: &SyntheticOptions, rng: &mut ChaCha8Rng) -> Vec<Trial> {
        let repetitions =
            (0..options.n_directions).flat_map(|d| (0..options.trials_per_direction).map(move |r| (d, r)));
        let mut order: Vec<(usize, usize)> = repetitions.collect();
        order.shuffle(rng);
        let trial = |(position, (direction, repetition)): (usize, (usize, usize))| {
            // Whole milliseconds, divided last, so that starts and stops print short.
            let period_ms = u64::from(options.trial_ms) + u64::from(GAP_MS);
            let start_ms = u64::from(GAP_MS) + position as u64 * period_ms;
            let go_cue_ms = (f64::from(options.trial_ms) * rng.random_range(GO_CUE_PART.0..GO_CUE_PART.1)).round();
            let z: f64 = StandardNormal.sample(rng);
            Trial {
                start_s: start_ms as f64 / 1e3,
                stop_s: (start_ms + u64::from(options.trial_ms)) as f64 / 1e3,
                go_cue_s: (start_ms as f64 + go_cue_ms) / 1e3,
                direction_deg: 360.0 * direction as f64 / options.n_directions as f64,
                is_test: repetition % TEST_EVERY == TEST_EVERY - 1,
                gain: (options.trial_gain_sd * z - options.trial_gain_sd.powi(2) / 2.0).exp(),
            }
        };
        order.into_iter().enumerate().map(trial).collect()
    }

    fn table(trials: &[Trial]) -> TrialTable {
        let side = |trial: &Trial| if trial.is_test { "test" } else { "train" }.to_owned();
        TrialTable {
            start_s: trials.iter().map(|trial| trial.start_s).collect(),
            stop_s: trials.iter().map(|trial| trial.stop_s).collect(),
            columns: vec![
                NamedColumn {
                    name: "target_direction".into(),
                    description: "reach direction, degrees".into(),
                    values: Column::Real(trials.iter().map(|trial| trial.direction_deg).collect()),
                },
                NamedColumn {
                    name: "go_cue_time".into(),
                    description: "go cue, seconds".into(),
                    values: Column::Real(trials.iter().map(|trial| trial.go_cue_s).collect()),
                },
                NamedColumn {
                    name: "split".into(),
                    description: "side of the trial: train or test".into(),
                    values: Column::Text(trials.iter().map(side).collect()),
                },
            ],
            unreadable: Vec::new(),
        }
    }
}

struct Tuning {
    baseline_hz: f64,
    modulation_hz: f64,
    preferred_direction_deg: f64,
}

impl Tuning {
    fn population(options: &SyntheticOptions, rng: &mut ChaCha8Rng) -> Vec<Tuning> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the number of channels")]
        let n_tuned = (options.tuned_fraction * options.n_channels as f64).round() as usize;
        let mut is_tuned: Vec<bool> = (0..options.n_channels).map(|channel| channel < n_tuned).collect();
        is_tuned.shuffle(rng);
        let mut uniform = |(low, high): (f64, f64)| low + (high - low) * rng.random::<f64>();
        let tuning = |is_tuned| Tuning {
            baseline_hz: uniform(options.baseline_hz),
            modulation_hz: uniform(options.modulation_hz) * f64::from(u8::from(is_tuned)),
            preferred_direction_deg: uniform((0.0, 360.0)),
        };
        is_tuned.into_iter().map(tuning).collect()
    }

    fn rate_hz(&self, direction_deg: f64) -> f64 {
        let angle = (direction_deg - self.preferred_direction_deg).to_radians();
        (self.baseline_hz + self.modulation_hz * angle.cos()).max(0.0)
    }

    fn columns(tuning: &[Tuning]) -> Vec<NamedColumn> {
        let column = |name: &str, description: &str, value: fn(&Tuning) -> f64| NamedColumn {
            name: name.into(),
            description: description.into(),
            values: Column::Real(tuning.iter().map(value).collect()),
        };
        vec![
            column("preferred_direction_deg", "true preferred direction, degrees", |t| t.preferred_direction_deg),
            column("modulation_hz", "true modulation depth, spikes per second", |t| t.modulation_hz),
            column("baseline_hz", "true baseline rate, spikes per second", |t| t.baseline_hz),
        ]
    }
}

/// Spike times of one unit in one trial: `start_s <= time < stop_s`, intervals of at least the refractory period.
fn spike_train(tuning: &Tuning, trial: &Trial, options: &SyntheticOptions, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let refractory_s = options.refractory_ms / 1e3;
    let rate_hz = (tuning.rate_hz(trial.direction_deg) * trial.gain).min(RATE_PART_MAX / refractory_s);
    let mut times = Vec::new();
    if rate_hz == 0.0 {
        return times;
    }
    // The hazard that gives this rate although the refractory period takes its part of every interval.
    let hazard_hz = rate_hz / (1.0 - rate_hz * refractory_s);
    let mut ready_s = trial.start_s - RUN_IN_PERIODS * refractory_s;
    loop {
        let wait: f64 = Exp1.sample(rng);
        let time = ((ready_s + wait / hazard_hz) * CLOCK_HZ).ceil() / CLOCK_HZ;
        if time >= trial.stop_s {
            return times;
        }
        if time >= trial.start_s {
            times.push(time);
        }
        ready_s = time + refractory_s;
    }
}
