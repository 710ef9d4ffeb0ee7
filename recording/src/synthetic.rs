//! Synthetic sessions: cosine-tuned units, Poisson or more regular, with refractoriness, trial-to-trial gain and noise that
//! units share.
//!
//! A tuned unit fires at `baseline + modulation * cos(direction - preferred direction)` throughout the trial
//! (Georgopoulos et al. 1982, J Neurosci 2:1527, equation 1), never below zero, times a gain that the units of a trial
//! share; an untuned unit fires at its baseline. Intervals are exponential, or gamma distributed for units that are more
//! regular, after an absolute refractory period. Units are silent between trials.

use std::f64::consts::SQRT_2;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, Gamma, StandardNormal};
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
/// Mean intervals by which units that are no Poisson processes start before a trial.
const RUN_IN_INTERVALS: f64 = 20.0;
/// Smallest Fano factor.
const FANO_MIN: f64 = 1e-3;
/// Correlation over units of the sensitivity to shared noise with the cosine of the preferred direction.
const ALIGNED_PART: f64 = 0.6;
/// Directions in which the noise that units share acts, in degrees.
const NOISE_DIRECTIONS_DEG: [f64; 2] = [0.0, 90.0];

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
    /// Range of the baselines, spikes per second.
    pub baseline_hz: (f64, f64),
    /// Range of the modulation depths of tuned units, spikes per second.
    pub modulation_hz: (f64, f64),
    /// How baselines and depths lie in their ranges.
    pub rate_spread: RateSpread,
    /// Range of the units' Fano factors (variance of the spikes in a long window over their mean, without the refractory
    /// period), uniform, 0.001 to 1. 1 is a Poisson process; lower ones are more regular, their intervals gamma distributed.
    pub fano_factor: (f64, f64),
    /// Standard deviation over trials, spikes per second, of each of two noises that units share: they add to the rate of a
    /// unit as a change of direction does, and as its own random sensitivity tells, in proportion to its baseline. 0 to 1,000.
    pub shared_noise_hz: f64,
    /// Part of the units that is tuned, 0 to 1.
    pub tuned_fraction: f64,
    /// Absolute refractory period, milliseconds, at least 0.
    pub refractory_ms: f64,
    /// Standard deviation of the logarithm of the trials' gain, whose mean is 1; 0 to 2.
    pub trial_gain_sd: f64,
    /// The seed of everything random.
    pub seed: u64,
}

/// How the rates of a population lie in a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RateSpread {
    /// Anywhere within it alike.
    #[default]
    Uniform,
    /// Log-normal, one standard deviation either side of the median within it.
    LogNormal,
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
            rate_spread: RateSpread::Uniform,
            fano_factor: (1.0, 1.0),
            shared_noise_hz: 0.0,
            tuned_fraction: 0.8,
            refractory_ms: 2.0,
            trial_gain_sd: 0.2,
            seed: 1,
        }
    }
}

impl SyntheticOptions {
    /// Units of motor cortex that are weakly tuned and far more regular than Poisson processes, each in its own measure: to
    /// decode them, a decoder must know their variances.
    #[must_use]
    pub fn regular_units() -> Self {
        Self {
            baseline_hz: about(25.0, 0.5),
            modulation_hz: about(6.0, 0.3),
            fano_factor: (0.01, 0.81),
            ..Self::plain_units()
        }
    }

    /// Poisson units whose rates share noise over trials: to decode them, a decoder must know their correlations.
    #[must_use]
    pub fn shared_noise() -> Self {
        Self {
            baseline_hz: about(15.0, 0.5),
            modulation_hz: about(12.0, 0.3),
            shared_noise_hz: 4.0,
            ..Self::plain_units()
        }
    }

    /// All tuned, with log-normal rates, in short trials without gain and refractory period.
    fn plain_units() -> Self {
        Self {
            n_channels: 45,
            trials_per_direction: 28,
            trial_ms: 200,
            rate_spread: RateSpread::LogNormal,
            tuned_fraction: 1.0,
            refractory_ms: 0.0,
            trial_gain_sd: 0.0,
            ..Self::default()
        }
    }
}

/// The range of one standard deviation of the logarithm either side of a median.
fn about(median: f64, log_sd: f64) -> (f64, f64) {
    (median * (-log_sd).exp(), median * log_sd.exp())
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
            ("shared_noise_hz", self.shared_noise_hz, 1000.0),
        ] {
            if !(0.0..=most).contains(&value) {
                return bad(option, format!("{value} must be from 0 to {most}"));
            }
        }
        let (low, high) = self.fano_factor;
        if !(FANO_MIN <= low && low <= high && high <= 1.0) {
            return bad("fano_factor", format!("{low} to {high} must ascend and be within {FANO_MIN} to 1"));
        }
        if self.rate_spread == RateSpread::LogNormal && (self.baseline_hz.0 == 0.0 || self.modulation_hz.0 == 0.0) {
            return bad("rate_spread", "log-normal needs ranges of rates above 0".into());
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

    /// What is not the default, since a description is part of the file.
    fn describe_noise(&self) -> String {
        let mut text = String::new();
        if self.rate_spread == RateSpread::LogNormal {
            text += " (log-normal)";
        }
        if self.fano_factor != (1.0, 1.0) {
            text += &format!(", Fano factor {} to {}", self.fano_factor.0, self.fano_factor.1);
        }
        if self.shared_noise_hz > 0.0 {
            text += &format!(", shared noise {} Hz", self.shared_noise_hz);
        }
        text
    }

    fn describe(&self) -> String {
        format!(
            "Synthetic centre-out session, not a recording: {} units, {:.0} % of them cosine tuned, {} directions x {} \
             trials of {} ms, baseline {} to {} Hz, modulation {} to {} Hz{}, refractory period {} ms, trial gain sd {}, \
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
            self.describe_noise(),
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
    /// The noises that units share, spikes per second.
    noise_hz: [f64; NOISE_DIRECTIONS_DEG.len()],
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
            let mut noise_hz = [0.0; NOISE_DIRECTIONS_DEG.len()];
            if options.shared_noise_hz > 0.0 {
                noise_hz =
                    noise_hz.map(|_| options.shared_noise_hz * Distribution::<f64>::sample(&StandardNormal, rng));
            }
            Trial {
                noise_hz,
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
    fano_factor: f64,
    /// Change of the rate with each shared noise.
    sensitivity: [f64; NOISE_DIRECTIONS_DEG.len()],
}

impl Tuning {
    fn population(options: &SyntheticOptions, rng: &mut ChaCha8Rng) -> Vec<Tuning> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the number of channels")]
        let n_tuned = (options.tuned_fraction * options.n_channels as f64).round() as usize;
        let mut is_tuned: Vec<bool> = (0..options.n_channels).map(|channel| channel < n_tuned).collect();
        is_tuned.shuffle(rng);
        is_tuned.into_iter().map(|is_tuned| Tuning::unit(is_tuned, options, rng)).collect()
    }

    fn unit(is_tuned: bool, options: &SyntheticOptions, rng: &mut ChaCha8Rng) -> Tuning {
        let uniform = |(low, high): (f64, f64), rng: &mut ChaCha8Rng| low + (high - low) * rng.random::<f64>();
        let rate = |(low, high): (f64, f64), rng: &mut ChaCha8Rng| match options.rate_spread {
            RateSpread::Uniform => uniform((low, high), rng),
            RateSpread::LogNormal => {
                let z: f64 = StandardNormal.sample(rng);
                (low * high).sqrt() * (high / low).powf(0.5 * z)
            }
        };
        let mut unit = Tuning {
            baseline_hz: rate(options.baseline_hz, rng),
            modulation_hz: rate(options.modulation_hz, rng) * f64::from(u8::from(is_tuned)),
            preferred_direction_deg: uniform((0.0, 360.0), rng),
            fano_factor: 1.0,
            sensitivity: [0.0; NOISE_DIRECTIONS_DEG.len()],
        };
        // What is not asked for draws nothing, so that sessions without it stay as they are.
        if options.fano_factor != (1.0, 1.0) {
            unit.fano_factor = uniform(options.fano_factor, rng);
        }
        if options.shared_noise_hz > 0.0 {
            let size = unit.baseline_hz / (options.baseline_hz.0 * options.baseline_hz.1).sqrt().max(f64::MIN_POSITIVE);
            unit.sensitivity = NOISE_DIRECTIONS_DEG.map(|direction_deg| {
                let angle = (unit.preferred_direction_deg - direction_deg).to_radians();
                let own: f64 = StandardNormal.sample(rng);
                size * (ALIGNED_PART * SQRT_2 * angle.cos() + (1.0 - ALIGNED_PART.powi(2)).sqrt() * own)
            });
        }
        unit
    }

    fn rate_hz(&self, trial: &Trial) -> f64 {
        let angle = (trial.direction_deg - self.preferred_direction_deg).to_radians();
        let noise_hz: f64 = self.sensitivity.iter().zip(trial.noise_hz).map(|(part, noise_hz)| part * noise_hz).sum();
        (self.baseline_hz + self.modulation_hz * angle.cos() + noise_hz).max(0.0)
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
    let rate_hz = (tuning.rate_hz(trial) * trial.gain).min(RATE_PART_MAX / refractory_s);
    let mut times = Vec::new();
    if rate_hz == 0.0 {
        return times;
    }
    // The hazard that gives this rate although the refractory period takes its part of every interval.
    let hazard_hz = rate_hz / (1.0 - rate_hz * refractory_s);
    let mut ready_s = trial.start_s - RUN_IN_PERIODS * refractory_s;
    // A process of intervals of that Fano factor; a Poisson process has no phase that a start could favour.
    let regular =
        if tuning.fano_factor < 1.0 { Gamma::new(1.0 / tuning.fano_factor, tuning.fano_factor).ok() } else { None };
    if regular.is_some() {
        ready_s -= (RUN_IN_INTERVALS + rng.random::<f64>()) / hazard_hz;
    }
    loop {
        let wait: f64 = if let Some(gamma) = &regular { gamma.sample(rng) } else { Exp1.sample(rng) };
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
