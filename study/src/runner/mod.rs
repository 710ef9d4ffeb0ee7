//! Carries out the runs of a study on the windows of a recording.

mod baselines;
mod duration;
mod job;
mod network;
mod noise;
mod pool;
mod tuning;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use recording::{Dataset, Recording, Split, WindowOptions};
use train::Topology;
use train::network::Network;

pub use pool::{Progress, run_all};

use crate::angles::{Angles, GivenAngles};
use crate::error::StudyError;
use crate::outcome::{Measurement, Outcome};
use crate::plan::Plan;
use crate::run::Run;
use crate::windows::Windows;
use duration::Durations;
use job::Job;

/// Bits of a weight in every study.
pub const WEIGHT_BITS: u32 = 8;

/// A core in simulation, which counts what a network takes of it. A study runs without one too, and says so in its report.
#[derive(Clone, Copy)]
pub struct Simulator<'a> {
    /// Name of the core.
    pub core: &'a str,
    /// Runs windows on the core and reads its counters.
    pub measure: &'a Measure<'a>,
}

/// Takes a trained network and the ticks of some windows; gives what the core counted, `None` if the network does not fit it.
pub type Measure<'a> = dyn Fn(&Network, &[&[Vec<u16>]]) -> Result<Option<Measurement>, String> + Sync + 'a;

/// Carries out runs on the windows of a recording.
pub struct Runner<'a> {
    /// By tick length, milliseconds.
    windows: BTreeMap<u32, Windows>,
    angles: Option<Angles>,
    plan: &'a Plan,
    simulator: Option<Simulator<'a>>,
    interrupted: &'a AtomicBool,
    durations: Mutex<Durations>,
}

impl<'a> Runner<'a> {
    /// Cuts a recording into windows, for every tick length of the plan.
    ///
    /// # Errors
    /// Windows that cannot be cut, no topology, two of one name, angles that are not one per class.
    pub fn new(
        recording: &Recording,
        options: &WindowOptions,
        angles: Option<&GivenAngles>,
        plan: &'a Plan,
        simulator: Option<Simulator<'a>>,
        interrupted: &'a AtomicBool,
    ) -> Result<Self, StudyError> {
        let mut windows = BTreeMap::new();
        for &tick_ms in &plan.ticks_ms {
            windows.insert(tick_ms, Windows::cut(recording, &WindowOptions { tick_ms, ..options.clone() })?);
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = plan.topologies.iter().find(|topology| !names.insert(topology.name.as_str())) {
            return Err(StudyError::DuplicateTopology(twice.name.clone()));
        }
        if names.is_empty() {
            return Err(StudyError::NoTopology);
        }
        let angles = match windows.values().next() {
            Some(windows) => Angles::of(angles, &windows.dataset)?,
            None => None,
        };
        Ok(Self { windows, angles, plan, simulator, interrupted, durations: Mutex::default() })
    }

    /// Carries out a run.
    ///
    /// # Errors
    /// A decoder that cannot be trained, a simulator that fails, an interruption.
    pub fn run(&self, run: &Run) -> Result<Outcome, StudyError> {
        let windows = &self.windows[&run.tick_ms];
        let split = Split::k_fold(&windows.dataset, run.folds, run.seed)?;
        Job::new(self, run, windows, &split).carry_out()
    }

    /// The windows of a tick length that decoders are trained and tested on.
    #[must_use]
    pub fn dataset(&self, tick_ms: u32) -> &Dataset {
        &self.windows[&tick_ms].dataset
    }

    /// The direction of each class; none if it is unknown.
    #[must_use]
    pub fn angles(&self) -> Option<&Angles> {
        self.angles.as_ref()
    }

    /// The angle of each class, radians.
    ///
    /// # Errors
    /// Classes without directions.
    fn angles_rad(&self) -> Result<&[f64], StudyError> {
        let angles = self.angles.as_ref().map(|angles| angles.rad.as_slice());
        angles.ok_or_else(|| StudyError::no_directions(self.dataset(self.plan.ticks_ms[0])))
    }

    /// The network of the first topology, before training.
    ///
    /// # Errors
    /// Sizes that no network can have.
    pub fn first_network(&self) -> Result<Network, StudyError> {
        self.network(&self.plan.topologies[0].name, self.plan.ticks_ms[0], 1)
    }

    fn network(&self, topology: &str, tick_ms: u32, seed: u64) -> Result<Network, StudyError> {
        let dataset = self.dataset(tick_ms);
        let (n_channels, n_classes) = (dataset.n_channels, dataset.classes.len());
        Network::new(self.topology(topology)?, n_channels, n_classes, f64::from(tick_ms), WEIGHT_BITS, seed)
            .map_err(|cause| StudyError::Train { run: topology.to_owned(), cause })
    }

    fn topology(&self, name: &str) -> Result<&'a Topology, StudyError> {
        let found = self.plan.topologies.iter().find(|topology| topology.name == name);
        found.ok_or_else(|| StudyError::UnknownTopology(name.to_owned()))
    }
}
