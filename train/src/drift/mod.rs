//! Windows of later days, made by rule from those of one recording: each night some units are replaced, and the others change
//! their gain and turn their preferred direction.
//!
//! It is made up, where no recording over days is at hand. Trials stay whole: units that have not been replaced share in a
//! window what they shared in the recorded trial. A unit that is replaced gets the spikes of another one in other trials, its
//! directions turned and perhaps mirrored, or its classes in another order where they have no directions; a gain removes spikes
//! at random, or adds some of further trials of the class; a turn mixes the spikes of the two classes beside the new direction.

mod pool;
mod unit;

pub use pool::{Place, Pool};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use recording::{Dataset, Sample};
use serde::{Deserialize, Serialize};

use unit::{Targets, Unit};

/// What a night does to the units of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Night {
    /// Share of the units that another one replaces, 0 to 1.
    pub replaced: f64,
    /// Standard deviation of the logarithm of the factor on the rate of each of the others.
    pub gain_sd: f64,
    /// Standard deviation of the turn of their preferred directions, degrees.
    pub turn_sd_deg: f64,
}

impl Night {
    /// Nothing changes.
    pub const CALM: Self = Self { replaced: 0.0, gain_sd: 0.0, turn_sd_deg: 0.0 };
    /// After ten of these 66 % of the units are the first ones: between the 43 % of Dickey et al. 2009 (J Neurophysiol
    /// 102:1331) after ten days and the 67 % of Vaidya et al. 2014 (Front Syst Neurosci 8:192) after fifteen.
    pub const MILD: Self = Self { replaced: 0.04, gain_sd: 0.1, turn_sd_deg: 5.0 };
    /// After ten of these 35 % of the units are the first ones: harsher than either.
    pub const HARSH: Self = Self { replaced: 0.1, gain_sd: 0.2, turn_sd_deg: 15.0 };
}

/// The units of a recording as the nights change them.
#[derive(Clone, Debug)]
pub struct Drift {
    targets: Targets,
    units: Vec<Unit>,
    rng: ChaCha8Rng,
}

impl Drift {
    /// The units as they were recorded; the same seed gives the same nights.
    #[must_use]
    pub fn new(dataset: &Dataset, seed: u64) -> Self {
        let targets = Targets::of(dataset);
        let units = (0..dataset.n_channels).map(|channel| Unit::recorded(channel, &targets)).collect();
        Self { targets, units, rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// Another night passes.
    pub fn sleep(&mut self, night: Night) {
        let n_units = self.units.len();
        for unit in &mut self.units {
            unit.sleep(night, n_units, &self.targets, &mut self.rng);
        }
    }

    /// These trials as the units fire in them today; the same seed gives the same windows.
    #[must_use]
    pub fn windows(&self, pool: &Pool, places: &[Place], seed: u64) -> Vec<Sample> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        places.iter().map(|place| self.window(pool, *place, &mut rng)).collect()
    }

    fn window(&self, pool: &Pool, place: Place, rng: &mut ChaCha8Rng) -> Sample {
        let mut ticks: Vec<Vec<u16>> = vec![Vec::new(); pool.n_ticks()];
        for (unit, channel) in self.units.iter().zip(0..) {
            unit.fire(pool, place, &self.targets, rng, &mut |tick| {
                let tick: &mut Vec<u16> = &mut ticks[tick];
                if tick.last() != Some(&channel) {
                    tick.push(channel);
                }
            });
        }
        Sample { trial: pool.trial(place), class: place.class, window: 0, offset_ms: 0.0, ticks }
    }
}
