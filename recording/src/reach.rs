//! Synthetic sessions of continuous reaching: one target after the other at random places, and units tuned to the velocity of the hand.
//!
//! Reaches follow the trajectory of minimum jerk (Flash and Hogan 1985, J Neurosci 5:1688, equation 3). A unit fires at its mean rate,
//! changed by the velocity in its preferred direction and by the speed of the hand some time later (Moran and Schwartz 1999, J
//! Neurophysiol 82:2676, equation 2), as a Poisson process.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::{Column, Error, NamedColumn, Recording, Series, Times, TrialTable};

/// Spike times are multiples of this clock's period: a power of two, so that they compress well and exactly.
const CLOCK_HZ: f64 = 16_384.0;
/// Samples of the hand, per second.
const RATE_HZ: f64 = 250.0;
/// Steps of the simulation, per second.
const STEPS_HZ: f64 = 1000.0;
/// Targets lie within so many centimetres of the centre, in x and in y.
const REACH_CM: f64 = 8.0;
/// A reach takes so many seconds and so many more a centimetre; both vary by this part.
const DURATION_S: (f64, f64, f64) = (0.35, 0.03, 0.15);
/// The hand rests on a target for so many seconds.
const REST_S: (f64, f64) = (0.05, 0.3);
/// The hand follows the activity of a unit by so many seconds.
const LEAD_S: (f64, f64) = (0.06, 0.14);
/// Mean rate of the median unit, spikes per second, and the standard deviation of the logarithm over units.
const MEAN_HZ: (f64, f64) = (6.0, 0.6);
/// The change of a rate at this speed, as part of the mean rate, by the velocity and by the speed.
const TUNING: (f64, f64) = (0.4, 0.2);
const SPEED_CM_S: f64 = 10.0;
/// Values are multiples of this, so that they compress well.
const STEP: f64 = 1.0 / 1024.0;

/// Options of a session of continuous reaching.
#[derive(Clone, Debug, PartialEq)]
pub struct ReachOptions {
    /// Number of units, 1 to 65,536.
    pub n_channels: usize,
    /// Length, minutes, 1 to 600.
    pub minutes: u32,
    /// The seed of everything random.
    pub seed: u64,
}

impl Default for ReachOptions {
    fn default() -> Self {
        ReachOptions { n_channels: 96, minutes: 3, seed: 1 }
    }
}

/// Generates a session, and its series `hand_pos` and `hand_vel` (means over 4 ms, at their middle); equal options give equal ones.
///
/// # Errors
/// [`Error::BadOption`] for an option outside its range.
pub fn generate_reach(options: &ReachOptions) -> Result<(Recording, Vec<Series>), Error> {
    let bad = |option, cause| Err(Error::BadOption { option, cause });
    let most_channels = usize::from(u16::MAX) + 1;
    if !(1..=most_channels).contains(&options.n_channels) {
        return bad("n_channels", format!("{} must be from 1 to {most_channels}", options.n_channels));
    }
    if !(1..=600).contains(&options.minutes) {
        return bad("minutes", format!("{} must be from 1 to 600", options.minutes));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let session = Session::draw(60.0 * f64::from(options.minutes), &mut rng);
    let units = (0..options.n_channels).map(|channel| {
        // Each unit has a random stream of its own, so that adding units does not change the others.
        let mut rng = rng.clone();
        rng.set_stream(channel as u64 + 1);
        rng.set_word_pos(0);
        session.spike_train(&mut rng)
    });
    let name = format!("reach_{}min_{}channels_seed{}", options.minutes, options.n_channels, options.seed);
    let description = format!(
        "Synthetic reaching to random targets, not a recording: {} minutes, {} units tuned to velocity and speed of the hand, seed {}",
        options.minutes, options.n_channels, options.seed
    );
    let recording = Recording::generated(name, description, units.collect(), Vec::new(), session.trials())?;
    Ok((recording, session.series()))
}

/// The hand at every step, and the reaches.
struct Session {
    position: Vec<[f64; 2]>,
    /// Start, stop and target of each reach, rest included.
    reaches: Vec<(f64, f64, [f64; 2])>,
}

impl Session {
    fn draw(length_s: f64, rng: &mut impl Rng) -> Session {
        let n_steps = count(length_s * STEPS_HZ);
        let mut session = Session { position: Vec::with_capacity(n_steps + 1), reaches: Vec::new() };
        let mut hand = [0.0; 2];
        while session.position.len() <= n_steps {
            let target = [(); 2].map(|()| rng.random_range(-REACH_CM..REACH_CM));
            let distance = (target[0] - hand[0]).hypot(target[1] - hand[1]);
            let (least_s, by_cm, part) = DURATION_S;
            let duration_s = (least_s + by_cm * distance) * rng.random_range(1.0 - part..1.0 + part);
            let n_move = count(duration_s * STEPS_HZ).max(1);
            let n_rest = count(rng.random_range(REST_S.0..REST_S.1) * STEPS_HZ);
            let start = session.position.len();
            for step in 0..n_move + n_rest {
                let part = (step as f64 / n_move as f64).min(1.0);
                let done = part.powi(3) * (10.0 - 15.0 * part + 6.0 * part * part);
                session.position.push([0, 1].map(|axis| hand[axis] + done * (target[axis] - hand[axis])));
            }
            let stop = session.position.len().min(n_steps);
            session.reaches.push((start as f64 / STEPS_HZ, stop as f64 / STEPS_HZ, target));
            hand = target;
        }
        session.position.truncate(n_steps + 1);
        session
    }

    /// Velocity over a step, centimetres per second; the hand rests after the session.
    fn velocity(&self, step: usize) -> [f64; 2] {
        match (self.position.get(step), self.position.get(step + 1)) {
            (Some(now), Some(next)) => [0, 1].map(|axis| (next[axis] - now[axis]) * STEPS_HZ),
            _ => [0.0; 2],
        }
    }

    fn spike_train(&self, rng: &mut impl Rng) -> Vec<f64> {
        let z: f64 = StandardNormal.sample(rng);
        let mean_hz = MEAN_HZ.0 * (MEAN_HZ.1 * z).exp();
        let preferred = rng.random_range(0.0..std::f64::consts::TAU);
        let (x, y) = (preferred.cos(), preferred.sin());
        let of_speed = TUNING.1 * rng.random_range(-0.5..1.5);
        let lead = count(rng.random_range(LEAD_S.0..LEAD_S.1) * STEPS_HZ);
        let mut times = Vec::new();
        for step in 0..self.position.len() - 1 {
            let [vx, vy] = self.velocity(step + lead);
            let drive = TUNING.0 * (vx * x + vy * y) + of_speed * vx.hypot(vy);
            let rate_hz = (mean_hz * (1.0 + drive / SPEED_CM_S)).max(0.0);
            if rng.random::<f64>() < rate_hz / STEPS_HZ {
                let time_s = (step as f64 + rng.random::<f64>()) / STEPS_HZ;
                times.push((time_s * CLOCK_HZ).floor() / CLOCK_HZ);
            }
        }
        times
    }

    fn trials(&self) -> TrialTable {
        let column = |axis: usize, name: &str| NamedColumn {
            name: name.into(),
            description: "place of the target, cm".into(),
            values: Column::Real(self.reaches.iter().map(|(.., target)| rounded(target[axis])).collect()),
        };
        TrialTable {
            start_s: self.reaches.iter().map(|reach| reach.0).collect(),
            stop_s: self.reaches.iter().map(|reach| reach.1).collect(),
            columns: vec![column(0, "target_x"), column(1, "target_y")],
            unreadable: Vec::new(),
        }
    }

    fn series(&self) -> Vec<Series> {
        let steps = count(STEPS_HZ / RATE_HZ);
        let places: Vec<[f64; 2]> = self.position.iter().copied().step_by(steps).collect();
        let change = |pair: &[[f64; 2]]| [0, 1].map(|axis| rounded((pair[1][axis] - pair[0][axis]) * RATE_HZ));
        let series = |name: &str, unit: &str, description: &str, start_s: f64, values: Vec<f64>| Series {
            name: name.into(),
            path: format!("processing/behavior/{name}"),
            unit: unit.into(),
            description: description.into(),
            axes: vec!["x".into(), "y".into()],
            times: Times::Regular { start_s, rate_hz: RATE_HZ },
            values,
        };
        let positions = places.iter().flat_map(|place| place.map(rounded)).collect();
        vec![
            series("hand_pos", "cm", "x, y", 0.0, positions),
            series(
                "hand_vel",
                "cm/s",
                "x, y: means over a sample, at its middle",
                0.5 / RATE_HZ,
                places.windows(2).flat_map(change).collect(),
            ),
        ]
    }
}

fn rounded(value: f64) -> f64 {
    (value / STEP).round() * STEP
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a session has fewer than 2^32 steps")]
fn count(steps: f64) -> usize {
    steps.round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Stream, StreamOptions};

    #[test]
    fn equal_options_give_an_equal_session_of_the_length_asked_for() {
        let options = ReachOptions { n_channels: 12, minutes: 1, seed: 3 };
        let (recording, series) = generate_reach(&options).unwrap();
        assert_eq!((recording.clone(), series.clone()), generate_reach(&options).unwrap());
        assert_eq!((series[1].len(), series[0].len()), (15_000, 15_001));
        let rate_hz = recording.n_spikes() as f64 / 60.0 / 12.0;
        assert!((3.0..15.0).contains(&rate_hz), "{rate_hz}");
        assert!(recording.trials.len() > 40);
        assert!(generate_reach(&ReachOptions { minutes: 0, ..options }).is_err());
    }

    #[test]
    fn the_change_of_the_position_is_the_velocity() {
        let (recording, series) = generate_reach(&ReachOptions { n_channels: 4, minutes: 1, seed: 1 }).unwrap();
        let of = |series: &Series, derivative: bool| {
            Stream::of(&recording, series, None, &StreamOptions { derivative, ..StreamOptions::default() }).unwrap()
        };
        let (velocity, change) = (of(&series[1], false), of(&series[0], true));
        for tick in 100..10_000 {
            for (one, other) in velocity.label(tick).iter().zip(change.label(tick)) {
                assert!((one - other).abs() < 0.3, "{one} {other}");
            }
        }
    }
}
