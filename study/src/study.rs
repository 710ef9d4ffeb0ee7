//! A whole study of a recording: plan it, estimate its duration, run it, write its report.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use recording::{Recording, write_whole};
use serde::Serialize;
use train::network::Network;

pub use crate::options::StudyOptions;

use crate::error::StudyError;
use crate::experiments::{self, Experiment};
use crate::report::sections::topology;
use crate::report::{Claim, Source, StudyReport};
use crate::results::{NOT_MEASURED, Results};
use crate::run::Run;
use crate::runner::{Progress, Runner, Simulator, run_all};
use crate::store::{Entry, Store};

/// What a study has yet to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Runs in all.
    pub n_runs: usize,
    /// Those that have a result already.
    pub n_known: usize,
    /// Time for the others, seconds.
    pub seconds: f64,
}

/// A study of one recording, ready to run.
pub struct Study<'a> {
    recording: &'a Recording,
    options: &'a StudyOptions,
    runner: Runner<'a>,
    /// That of the first topology, before training.
    network: Network,
    experiments: Vec<Experiment>,
    runs: Vec<Run>,
    store: Store,
    is_measured: bool,
}

/// All results, as JSON.
#[derive(Serialize)]
struct Everything<'a> {
    program: &'a str,
    recording: &'a str,
    recording_sha256: &'a str,
    options: &'a StudyOptions,
    claims: &'a [Claim],
    /// Why no run has what a core counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_measured: Option<&'a str>,
    cells: &'a [Entry],
}

/// Name of the file with all results.
pub const EVERYTHING: &str = "report.json";

/// Name of the folder with the result of each run, which only the folder of a study has.
pub const CELLS: &str = "cells";

const PROGRAM: &str = concat!("motorsrnn ", env!("CARGO_PKG_VERSION"));

impl<'a> Study<'a> {
    /// Cuts the recording into windows and plans the runs; results are kept under `folder`.
    ///
    /// # Errors
    /// Windows that cannot be cut, options that do not fit the recording, a folder that cannot be created.
    pub fn new(
        recording: &'a Recording,
        options: &'a StudyOptions,
        folder: &Path,
        simulator: Option<Simulator<'a>>,
        interrupted: &'a AtomicBool,
    ) -> Result<Self, StudyError> {
        let plan = &options.plan;
        let angles = options.angles_rad.clone();
        let runner = Runner::new(recording, &options.windows, angles, plan, simulator, interrupted)?;
        let n_classes = runner.angles_rad().len();
        let experiments = experiments::possible(plan, n_classes);
        if experiments.is_empty() {
            return Err(StudyError::TooFewDirections { n_classes });
        }
        let n_trials = runner.dataset(plan.ticks_ms[0]).n_trials;
        if plan.folds > n_trials {
            return Err(StudyError::TooManyFolds { folds: plan.folds, n_trials });
        }
        let network = runner.first_network()?;
        let runs = experiments::runs(plan, &experiments, &network);
        let depends_on = (
            PROGRAM,
            &recording.sha256,
            &options.windows,
            runner.angles_rad(),
            (plan.epoch_share, &plan.noise_rates_hz),
            &plan.topologies,
            simulator.map(|simulator| simulator.core),
        );
        let description = serde_json::to_string(&depends_on).map_err(StudyError::Json)?;
        let store = Store::open(&folder.join(CELLS), description)?;
        Ok(Self { recording, options, runner, network, experiments, runs, store, is_measured: simulator.is_some() })
    }

    /// How much there is left to do, and how long it will take. Every kind of decoder is trained for two epochs to find out.
    ///
    /// # Errors
    /// A decoder that cannot be trained, a store that cannot be read.
    pub fn workload(&self) -> Result<Workload, StudyError> {
        let mut workload = Workload { n_runs: self.runs.len(), n_known: 0, seconds: 0.0 };
        for run in &self.runs {
            if self.store.get(run)?.is_some() {
                workload.n_known += 1;
            } else {
                workload.seconds += self.runner.seconds(run)?;
            }
        }
        workload.seconds /= self.options.n_threads.max(1) as f64;
        Ok(workload)
    }

    /// Carries out the runs without a result, and writes the report: the page, a CSV file for each plot, and all results as
    /// JSON.
    ///
    /// # Errors
    /// A run that fails, an interruption (finished runs are kept), files that cannot be written.
    pub fn run(
        &self,
        folder: &Path,
        interrupted: &AtomicBool,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<StudyReport, StudyError> {
        let carry_out = |run: &Run| self.runner.run(run);
        let entries = run_all(&self.runs, &self.store, self.options.n_threads, interrupted, &carry_out, progress)?;
        let report = self.report(&entries);
        let everything = Everything {
            program: PROGRAM,
            recording: &self.recording.name,
            recording_sha256: &self.recording.sha256,
            options: self.options,
            claims: &report.claims,
            not_measured: (!self.is_measured).then_some(NOT_MEASURED),
            cells: &entries,
        };
        let bytes = serde_json::to_vec(&everything).map_err(StudyError::Json)?;
        let path = folder.join(EVERYTHING);
        write_whole(&path, &bytes).map_err(|cause| StudyError::unwritable(&path, cause))?;
        report.write(folder)?;
        Ok(report)
    }

    fn report(&self, entries: &[Entry]) -> StudyReport {
        let plan = &self.options.plan;
        let dataset = self.runner.dataset(plan.ticks_ms[0]);
        let results = Results {
            entries,
            plan,
            dataset,
            angles_rad: self.runner.angles_rad(),
            network: &self.network,
            is_measured: self.is_measured,
        };
        let mut claims = Vec::new();
        let mut sections = vec![topology::section(&plan.topologies, dataset.n_channels, dataset.classes.len())];
        for experiment in Experiment::ALL.into_iter().filter(|experiment| self.experiments.contains(experiment)) {
            let definition = experiment.definition();
            sections.extend(definition.sections.iter().map(|section| section(&results)));
            claims.extend(definition.claims.iter().flat_map(|claims| claims(&results)));
        }
        StudyReport {
            title: format!("{}, {} targets", self.recording.name, dataset.classes.len()),
            claims,
            grounds: self.grounds(),
            provenance: self.provenance(entries),
            sections,
        }
    }

    fn provenance(&self, entries: &[Entry]) -> Vec<(String, String)> {
        let seconds: f64 = entries.iter().map(|entry| entry.seconds).sum();
        let n_measured = entries.iter().filter(|entry| entry.outcome.measured.is_some()).count();
        let measured = if self.is_measured { n_measured.to_string() } else { NOT_MEASURED.to_owned() };
        [
            ("program", PROGRAM.to_owned()),
            ("recording", self.recording.name.clone()),
            ("SHA-256 of the recording", self.recording.sha256.clone()),
            ("options", serde_json::to_string(self.options).unwrap_or_default()),
            ("seeds", format!("1 to {}", self.options.plan.seeds)),
            ("runs", entries.len().to_string()),
            ("SHA-256 of the results", digest(entries)),
            ("seconds on one processor core", format!("{seconds:.0}")),
            ("networks run on the simulated core", measured),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// What the numbers rest on.
    fn grounds(&self) -> Vec<(Source, String)> {
        let left_out = (self.experiments.len() < self.options.plan.experiments.len()).then_some((
            Source::Choice,
            "With two targets there are no tuning curves: tuning, similarity and ablation are left out.",
        ));
        let angles = if self.options.angles_rad.is_some() {
            "The angles of the targets are as given."
        } else {
            "The angles of the targets are evenly spaced from 0, in the order of the labels, because none were given: if they \
             differ in the recording, give them with `--angles`."
        };
        [
            (
                Source::Paper,
                "The task, windows of 50 ms, fSNN, GRU and LSTM as baselines, and the orderings in the table above.",
            ),
            (
                Source::Lineage,
                "Adaptive leaky integrate-and-fire neurons with trained time constants, backpropagation through time with a \
                 surrogate gradient, one leaky integrator per class, a loss at every tick.",
            ),
            (
                Source::Inference,
                "The areas and projections of the topologies. Feedback is a projection from a later area to an earlier one.",
            ),
            (
                Source::Choice,
                "Sizes and densities; a delay of one tick in every projection; integers in the forward pass; a classical \
                 decoder as second teacher, of networks and baselines alike; the tests, thresholds and corrections of the \
                 tuning analysis; the measures of similarity.",
            ),
            (Source::Choice, angles),
        ]
        .into_iter()
        .chain(left_out)
        .map(|(source, what)| (source, what.to_owned()))
        .collect()
    }
}

/// Equal for equal results, whatever time they took.
fn digest(entries: &[Entry]) -> String {
    let results: Vec<_> = entries.iter().map(|entry| (&entry.run, &entry.outcome)).collect();
    spec::digest::sha256_hex(&serde_json::to_vec(&results).unwrap_or_default())
}
