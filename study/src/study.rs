//! A whole study of a recording: plan, estimate, run, report.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use recording::{Recording, WindowOptions, write_whole};
use serde::Serialize;
use train::network::Network;

use crate::cell::Cell;
use crate::error::StudyError;
use crate::laboratory::{Laboratory, Measure};
use crate::plan::{Experiment, Extent};
use crate::report::sections::{ablation, accuracy, early, energy, noise, similarity, sparsity, topology, tuning};
use crate::report::{Claim, Report, Source};
use crate::results::Results;
use crate::run::{Progress, run_cells};
use crate::store::{Entry, Store};

/// What to study, and how.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StudyOptions {
    /// How much of everything.
    pub extent: Extent,
    /// How windows are cut; the length of a tick is the extent's.
    pub windows: WindowOptions,
    /// Angle of each class, radians; evenly spaced from 0 on where there are none.
    pub angles_rad: Option<Vec<f64>>,
    /// Cells worked on at a time, at least 1; no result depends on it.
    #[serde(skip)]
    pub n_threads: usize,
}

/// What a study will take.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimated {
    /// Cells in all.
    pub n_cells: usize,
    /// Those that have a result already.
    pub n_known: usize,
    /// Time for the others, seconds.
    pub seconds: f64,
}

/// A study of one recording, ready to run.
pub struct Study<'a> {
    recording: &'a Recording,
    options: &'a StudyOptions,
    laboratory: Laboratory<'a>,
    /// The first topology's, before training.
    network: Network,
    experiments: Vec<Experiment>,
    cells: Vec<Cell>,
    store: Store,
}

/// Everything that came out, as JSON.
#[derive(Serialize)]
struct Everything<'a> {
    program: &'a str,
    recording: &'a str,
    recording_sha256: &'a str,
    options: &'a StudyOptions,
    claims: &'a [Claim],
    cells: &'a [Entry],
}

/// Name of the file with everything.
pub const EVERYTHING: &str = "report.json";

/// Name of the folder with the results of single trainings, which tells a study's folder from others.
pub const CELLS: &str = "cells";

const PROGRAM: &str = concat!("motorsrnn ", env!("CARGO_PKG_VERSION"));

impl<'a> Study<'a> {
    /// Cuts the recording and plans the cells; results are kept under `folder`.
    ///
    /// # Errors
    /// Windows that cannot be cut, topologies that cannot be read, options that do not fit the recording, a folder that
    /// cannot be made.
    pub fn new(
        recording: &'a Recording,
        options: &'a StudyOptions,
        folder: &Path,
        measure: &'a Measure<'a>,
        interrupted: &'a AtomicBool,
    ) -> Result<Self, StudyError> {
        let angles = options.angles_rad.clone();
        let laboratory = Laboratory::new(recording, &options.windows, angles, &options.extent, measure, interrupted)?;
        let n_classes = laboratory.angles_rad().len();
        let experiments = options.extent.experiments_of(n_classes);
        if experiments.is_empty() {
            let cause = format!("{n_classes} classes, and these experiments need three directions; ask for others");
            return Err(StudyError::Option(cause));
        }
        let n_trials = laboratory.dataset(options.extent.ticks_ms[0]).n_trials;
        if options.extent.folds > n_trials {
            let folds = options.extent.folds;
            let cause = format!("{folds} folds need as many trials, and there are {n_trials}; use fewer");
            return Err(StudyError::Option(cause));
        }
        let network = laboratory.first_network()?;
        let cells = options.extent.cells(&experiments, &network);
        let depends_on = (
            PROGRAM,
            &recording.sha256,
            &options.windows,
            laboratory.angles_rad(),
            (options.extent.epoch_share, &options.extent.noise_rates_hz),
            &options.extent.topologies,
        );
        let study = serde_json::to_string(&depends_on).map_err(StudyError::Json)?;
        let store = Store::open(&folder.join(CELLS), study)?;
        Ok(Self { recording, options, laboratory, network, experiments, cells, store })
    }

    /// How long it will take, told by training every kind of decoder for two epochs on some of the windows.
    ///
    /// # Errors
    /// A decoder that cannot be trained, a store that cannot be read.
    pub fn estimate(&self) -> Result<Estimated, StudyError> {
        let mut estimated = Estimated { n_cells: self.cells.len(), n_known: 0, seconds: 0.0 };
        for cell in &self.cells {
            if self.store.get(cell)?.is_some() {
                estimated.n_known += 1;
            } else {
                estimated.seconds += self.laboratory.seconds(cell)?;
            }
        }
        estimated.seconds /= self.options.n_threads.max(1) as f64;
        Ok(estimated)
    }

    /// Runs what is not known yet, and writes the report: the page, a CSV file for each plot, and everything as JSON.
    ///
    /// # Errors
    /// A cell that fails, an interruption (what is worked out is kept), files that cannot be written.
    pub fn run(
        &self,
        folder: &Path,
        interrupted: &AtomicBool,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Report, StudyError> {
        let work = |cell: &Cell| self.laboratory.work(cell);
        let entries = run_cells(&self.cells, &self.store, self.options.n_threads, interrupted, &work, progress)?;
        let report = self.report(&entries);
        let everything = Everything {
            program: PROGRAM,
            recording: &self.recording.name,
            recording_sha256: &self.recording.sha256,
            options: self.options,
            claims: &report.claims,
            cells: &entries,
        };
        let bytes = serde_json::to_vec(&everything).map_err(StudyError::Json)?;
        let path = folder.join(EVERYTHING);
        write_whole(&path, &bytes).map_err(|cause| StudyError::unwritable(&path, cause))?;
        report.write(folder)?;
        Ok(report)
    }

    fn report(&self, entries: &[Entry]) -> Report {
        let extent = &self.options.extent;
        let dataset = self.laboratory.dataset(extent.ticks_ms[0]);
        let angles_rad = self.laboratory.angles_rad();
        let results = Results { entries, extent, dataset, angles_rad, network: &self.network };
        let mut claims = Vec::new();
        let mut sections = vec![topology::section(&extent.topologies, dataset.n_channels, dataset.classes.len())];
        let runs = |experiment| self.experiments.contains(&experiment);
        if runs(Experiment::Accuracy) {
            sections.extend([accuracy::section(&results), early::section(&results), energy::section(&results)]);
            claims.extend(accuracy::claims(&results));
            claims.extend(early::claims(&results));
            claims.extend(energy::claims(&results));
        }
        if runs(Experiment::Noise) {
            sections.push(noise::section(&results));
            claims.extend(noise::claims(&results));
        }
        if runs(Experiment::Tuning) {
            sections.push(tuning::section(&results));
            claims.extend(tuning::claims(&results));
        }
        if runs(Experiment::Similarity) {
            sections.push(similarity::section(&results));
        }
        if runs(Experiment::Ablation) {
            sections.push(ablation::section(&results));
            claims.extend(ablation::claims(&results));
        }
        if runs(Experiment::Sparsity) {
            sections.push(sparsity::section(&results));
            claims.extend(sparsity::claims(&results));
        }
        let scores: Vec<&str> = entries
            .iter()
            .filter_map(|entry| entry.outcome.measured.as_ref().map(|measured| measured.scores_hash.as_str()))
            .collect();
        Report {
            title: format!("{}, {} targets", self.recording.name, dataset.classes.len()),
            claims,
            grounds: self.grounds(),
            provenance: vec![
                ("program".to_owned(), PROGRAM.to_owned()),
                ("recording".to_owned(), self.recording.name.clone()),
                ("SHA-256 of the recording".to_owned(), self.recording.sha256.clone()),
                ("options".to_owned(), serde_json::to_string(self.options).unwrap_or_default()),
                ("seeds".to_owned(), format!("1 to {}", extent.seeds)),
                ("cells".to_owned(), entries.len().to_string()),
                ("SHA-256 of the cells' results".to_owned(), digest(entries)),
                (
                    "seconds of one core".to_owned(),
                    format!("{:.0}", entries.iter().map(|entry| entry.seconds).sum::<f64>()),
                ),
                ("networks run on the core".to_owned(), scores.len().to_string()),
            ],
            sections,
        }
    }

    /// What the numbers rest on.
    fn grounds(&self) -> Vec<(Source, String)> {
        let left_out = (self.experiments.len() < self.options.extent.experiments.len()).then(|| {
            let words =
                "With two targets there is no direction to be tuned to: tuning, similarity and ablation are left out.";
            (Source::Choice, words.to_owned())
        });
        let angles = if self.options.angles_rad.is_some() {
            "Angles of the targets as given."
        } else {
            "Angles of the targets evenly spaced, in the order of the labels: give --angles where the recording's are others."
        };
        [
            (Source::Paper, "Task, windows of 50 ms, fSNN, GRU and LSTM as baselines, the orderings in the table above."),
            (
                Source::Lineage,
                "Adaptive leaky integrate-and-fire neurons with trained time constants, backpropagation through time with a \
                 surrogate gradient, one leaky integrator a class, a loss at every tick.",
            ),
            (Source::Inference, "Areas and projections of the topologies; feedback is what goes from a later area to an earlier one."),
            (
                Source::Choice,
                "Sizes, densities, every projection taking one tick, integers in the forward pass, a classical decoder as second \
                 teacher of networks and baselines alike, tests, thresholds and corrections of the tuning analysis, what counts as \
                 similar.",
            ),
            (Source::Choice, angles),
        ]
        .map(|(source, what)| (source, what.to_owned()))
        .into_iter()
        .chain(left_out)
        .collect()
    }
}

/// Equal for equal results: times are left out.
fn digest(entries: &[Entry]) -> String {
    let results: Vec<_> = entries.iter().map(|entry| (&entry.cell, &entry.outcome)).collect();
    spec::digest::sha256_hex(&serde_json::to_vec(&results).unwrap_or_default())
}
