//! A whole study of a recording: plan it, run it or parts of it, write its report.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use recording::{Content, IgnoredTrials, LeftOut, Recording, WindowOptions, write_whole};
use serde::Serialize;
use spec::core::MAX_READOUTS;
use train::network::Network;

pub use crate::options::StudyOptions;

use crate::cells::{self, CODE, Cell, Cells, Divisible, OnProgress, PlannedCell, Reporting, Unit};
use crate::error::StudyError;
use crate::experiments::{self, Experiment};
use crate::outcome::Outcome;
use crate::plan::TUNING_FOLDS;
use crate::report::sections::topology;
use crate::report::{Claim, Source, StudyReport};
use crate::results::{NOT_MEASURED, Results};
use crate::run::Run;
use crate::runner::{Runner, Simulator, run_all};
use crate::store::{Entry, Store};
use crate::training::Training;

/// A study of one recording, ready to run.
pub struct Study<'a> {
    recording: &'a Recording,
    options: &'a StudyOptions,
    runner: Runner<'a>,
    /// That of the first topology, before training.
    network: Network,
    experiments: Vec<Experiment>,
    cells: Cells<Run>,
    /// Name of the simulated core.
    core: Option<&'a str>,
    training: Training,
}

impl Unit for Run {
    type Outcome = Outcome;
}

/// What the results of a study in a store are of.
#[derive(Serialize)]
struct Manifest<'a> {
    program: &'a str,
    /// Identifies the code that results depend on.
    code: &'a str,
    recording: &'a str,
    recording_sha256: &'a str,
    options: &'a StudyOptions,
    core: Option<&'a str>,
    /// Id and name of each.
    cells: Vec<(&'a str, String)>,
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
    /// Cuts the recording into windows and plans the runs; results are kept under `folder`, in [`CELLS`].
    ///
    /// # Errors
    /// Windows that cannot be cut, options that do not fit the recording.
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
        let content = Content::of(recording).sha256;
        let of_recording = (&recording.sha256, content, &recording.units_table, &recording.trials_table);
        let (mut cells, mut costs): (_, Vec<(Run, f64)>) = (Vec::new(), Vec::new());
        for run in experiments::runs(plan, &experiments, &network) {
            let windows = WindowOptions { tick_ms: run.tick_ms, ..options.windows.clone() };
            let of_run = runner.depends_on(&run)?;
            let depends_on = (&of_recording, windows, &plan.split_column, of_run);
            // Folds and seeds cost the same.
            let kind = Run { fold: 0, seed: 1, ..run.clone() };
            let cost = match costs.iter().find(|(of, _)| *of == kind) {
                Some((_, cost)) => *cost,
                None => runner.cost(&kind)?,
            };
            costs.push((kind, cost));
            cells.push(Cell::new(&run, &depends_on, cost)?);
        }
        let cells = Cells { cells, store: Store::new(&folder.join(CELLS)) };
        let core = simulator.map(|simulator| simulator.core);
        Ok(Self { recording, options, runner, network, experiments, cells, core, training })
    }

    /// Keeps the results in this folder, which other studies may share.
    #[must_use]
    pub fn keep_in(mut self, store: &Path) -> Self {
        self.cells.store = Store::new(store);
        self
    }

    fn write(&self, folder: &Path, entries: &[Entry], n_missing: usize) -> Result<StudyReport, StudyError> {
        let report = self.report(entries, n_missing);
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
            not_measured: self.core.is_none().then_some(NOT_MEASURED),
            cells: entries,
        };
        let bytes = serde_json::to_vec(&everything).map_err(StudyError::Json)?;
        report.write(folder)?;
        let path = folder.join(EVERYTHING);
        write_whole(&path, &bytes).map_err(|cause| StudyError::unwritable(&path, cause))?;
        Ok(report)
    }

    fn report(&self, entries: &[Entry], n_missing: usize) -> StudyReport {
        let plan = &self.options.plan;
        let dataset = self.runner.dataset(plan.ticks_ms[0]);
        let results = Results {
            entries,
            plan,
            dataset,
            angles_rad: self.runner.angles().map_or(&[], |angles| &angles.rad),
            network: &self.network,
            is_measured: self.core.is_some(),
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
            warnings: cells::warnings(entries, n_missing),
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
        let plan = &self.options.plan;
        let seconds: f64 = entries.iter().map(|entry| entry.seconds).sum();
        let n_measured = entries.iter().filter(|entry| entry.outcome.measured.is_some()).count();
        let measured = if self.core.is_some() { n_measured.to_string() } else { NOT_MEASURED.to_owned() };
        [
            ("program", PROGRAM.to_owned()),
            ("recording", self.recording.name.clone()),
            ("SHA-256 of the recording", self.recording.sha256.clone()),
            ("options", serde_json::to_string(self.options).unwrap_or_default()),
            ("seeds", format!("{} to {}", plan.first_seed, (plan.first_seed + plan.seeds).saturating_sub(1))),
            ("training of networks, GRU and LSTM", self.training.to_string().replace('`', "")),
            ("runs", entries.len().to_string()),
            ("SHA-256 of the results", digest(entries)),
            ("vector instructions", cells::instructions(entries)),
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

impl Study<'_> {
    /// What the store says of the study.
    fn manifest(&self) -> Manifest<'_> {
        Manifest {
            program: PROGRAM,
            code: CODE,
            recording: &self.recording.name,
            recording_sha256: &self.recording.sha256,
            options: self.options,
            core: self.core,
            cells: self.cells.names(),
        }
    }
}

impl Divisible for Study<'_> {
    fn work(
        &self,
        ids: &HashSet<String>,
        interrupted: &AtomicBool,
        progress: OnProgress<'_>,
    ) -> Result<(), StudyError> {
        self.cells.store.begin(&self.manifest())?;
        let carry_out = |run: &Run| self.runner.run(run);
        run_all(&self.cells.with_ids(ids), &self.cells.store, self.options.n_threads, interrupted, &carry_out, progress)
            .map(drop)
    }

    fn plan(&self) -> Result<Vec<PlannedCell>, StudyError> {
        self.cells.plan()
    }
}

impl Reporting for Study<'_> {
    type Report = StudyReport;

    fn gather(&self, folder: &Path) -> Result<(StudyReport, Vec<PlannedCell>), StudyError> {
        let (entries, missing) = self.cells.gather()?;
        Ok((self.write(folder, &entries, missing.len())?, missing))
    }
}

/// Equal for equal results, whatever time they took.
fn digest(entries: &[Entry]) -> String {
    let results: Vec<_> = entries.iter().map(|entry| (&entry.run, &entry.outcome)).collect();
    spec::digest::sha256_hex(&serde_json::to_vec(&results).unwrap_or_default())
}
