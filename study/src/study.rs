//! A whole study of a recording: plan it, estimate its duration, run it, write its report.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use recording::{Content, IgnoredTrials, LeftOut, Recording, write_whole};
use serde::Serialize;
use spec::core::MAX_READOUTS;
use train::network::Network;

pub use crate::options::StudyOptions;

use crate::error::StudyError;
use crate::experiments::{self, Experiment};
use crate::plan::TUNING_FOLDS;
use crate::report::sections::topology;
use crate::report::{Claim, Source, StudyReport};
use crate::results::{NOT_MEASURED, Results};
use crate::run::Run;
use crate::runner::{Progress, Runner, Simulator, run_all};
use crate::store::{Entry, Store};
use crate::training::Training;

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
    training: Training,
}

/// All results, as JSON.
#[derive(Serialize)]
struct Everything<'a> {
    program: &'a str,
    recording: &'a str,
    recording_sha256: &'a str,
    options: &'a StudyOptions,
    claims: &'a [Claim],
    /// How much is trained.
    training: Training,
    /// Trials without windows, by cause.
    left_out: LeftOut,
    /// Trials that the split column puts on neither side.
    #[serde(skip_serializing_if = "<[IgnoredTrials]>::is_empty")]
    ignored: &'a [IgnoredTrials],
    /// The angles, and what is left out and why.
    notes: Vec<String>,
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
        let angles = options.angles.as_ref();
        let runner = Runner::new(recording, &options.windows, angles, plan, simulator, interrupted)?;
        let dataset = runner.dataset(plan.ticks_ms[0]);
        let n_classes = dataset.classes.len();
        if n_classes > usize::from(MAX_READOUTS) {
            return Err(StudyError::TooManyClasses { column: dataset.label_column.clone(), n_classes });
        }
        let experiments = experiments::possible(plan, runner.angles().map_or(0, |angles| angles.rad.len()));
        if experiments.is_empty() {
            return Err(match n_classes {
                0..=2 => StudyError::TooFewDirections { n_classes },
                _ => StudyError::no_directions(dataset),
            });
        }
        let n_trials = dataset.n_trials;
        if plan.folds > n_trials {
            return Err(StudyError::TooManyFolds { folds: plan.folds, n_trials });
        }
        let is_of_plan = |experiment: &Experiment| !experiment.definition().needs_directions;
        let training = runner.training(if experiments.iter().any(is_of_plan) { plan.folds } else { TUNING_FOLDS })?;
        let network = runner.first_network()?;
        let runs = experiments::runs(plan, &experiments, &network);
        let depends_on = (
            PROGRAM,
            (&recording.sha256, Content::of(recording).sha256),
            &options.windows,
            runner.angles().map(|angles| &angles.rad),
            (plan.epochs, &plan.split_column, &plan.noise_rates_hz),
            &plan.topologies,
            simulator.map(|simulator| simulator.core),
        );
        let description = serde_json::to_string(&depends_on).map_err(StudyError::Json)?;
        let store = Store::open(&folder.join(CELLS), description)?;
        let is_measured = simulator.is_some();
        Ok(Self { recording, options, runner, network, experiments, runs, store, is_measured, training })
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
            training: self.training,
            left_out: self.runner.dataset(self.options.plan.ticks_ms[0]).left_out,
            ignored: self.runner.sides_of_column().map_or(&[], |(_, _, ignored)| ignored),
            notes: self.notes(),
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
            angles_rad: self.runner.angles().map_or(&[], |angles| &angles.rad),
            network: &self.network,
            is_measured: self.is_measured,
            training: self.training,
        };
        let (mut claims, mut sections) = (Vec::new(), Vec::new());
        for experiment in Experiment::ALL.into_iter().filter(|experiment| self.experiments.contains(experiment)) {
            let definition = experiment.definition();
            sections.extend(definition.sections.iter().map(|section| section(&results)));
            claims.extend(definition.claims.iter().flat_map(|claims| claims(&results)));
        }
        // The front is what a reader wants first.
        let networks = usize::from(self.experiments.contains(&Experiment::Front));
        sections.insert(networks, topology::section(&plan.topologies, dataset.n_channels, dataset.classes.len()));
        StudyReport {
            title: format!("{}, {} targets", self.recording.name, dataset.classes.len()),
            claims,
            grounds: self.grounds(),
            provenance: self.provenance(entries),
            sections,
        }
    }

    /// What to know before the study starts: the angles, and which experiments and trials are left out, and why.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let dataset = self.runner.dataset(self.options.plan.ticks_ms[0]);
        let mut notes = Vec::new();
        if let Some(angles) = self.runner.angles() {
            notes.push(format!("Directions of the targets: {}.", angles.describe(&dataset.classes)));
        }
        let is_left_out = |experiment: &&Experiment| !self.experiments.contains(experiment);
        let left_out = self.options.plan.experiments.iter().filter(is_left_out);
        let left_out: Vec<String> = left_out.map(|experiment| format!("{experiment:?}").to_lowercase()).collect();
        if !left_out.is_empty() {
            let why = match self.runner.angles() {
                Some(_) => "a tuning curve needs three directions".to_owned(),
                None if dataset.classes.len() <= 2 => "a tuning curve needs three directions".to_owned(),
                None => StudyError::no_directions(dataset).to_string(),
            };
            notes.push(format!("Left out: {}, since {why}.", left_out.join(", ")));
        }
        notes.extend(self.note_of_split());
        if dataset.left_out.total() > 0 {
            notes.push(format!("Trials left out: {} ({}).", dataset.left_out.total(), dataset.left_out));
        }
        notes
    }

    /// What the split column does, if there is one.
    fn note_of_split(&self) -> Option<String> {
        let column = self.options.plan.split_column.as_ref()?;
        let (n_train, n_test, ignored) = self.runner.sides_of_column()?;
        let mut note = format!("Split by column {column}: {n_train} trials train, {n_test} are tested");
        if !ignored.is_empty() {
            let groups = ignored.iter().map(|group| format!("{} of `{}`", group.trials.len(), group.value));
            note += &format!("; ignored: {}", groups.collect::<Vec<_>>().join(", "));
        }
        if self.experiments.iter().any(|experiment| experiment.definition().needs_directions) {
            note += ". Tuning, similarity and ablation do not use it: half of these trials train and half are analysed";
        }
        Some(note + ".")
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
            ("training of networks, GRU and LSTM", self.training.to_string().replace('`', "")),
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
        let notes = self.notes();
        let notes = notes.iter().map(|note| (Source::Choice, note.as_str()));
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
        ]
        .into_iter()
        .chain(notes)
        .map(|(source, what)| (source, what.to_owned()))
        .collect()
    }
}

/// Equal for equal results, whatever time they took.
fn digest(entries: &[Entry]) -> String {
    let results: Vec<_> = entries.iter().map(|entry| (&entry.run, &entry.outcome)).collect();
    spec::digest::sha256_hex(&serde_json::to_vec(&results).unwrap_or_default())
}
