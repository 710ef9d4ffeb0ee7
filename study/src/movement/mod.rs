//! A study of movement that is decoded at every tick: R² of every decoder, over lag, synapses and bits of a weight, with
//! NeuroBench's metrics beside published ones.

mod overview;
mod run;
mod section;

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use recording::{BlockOptions, Content, Movement, Recording, Series, Stream, StreamOptions, StreamSplit, write_whole};
use serde::Serialize;
use train::baseline::recurrent::{Cell, RecurrentSizes};
use train::movement::{
    Filter, Kalman, KalmanOptions, MovementEpoch, MovementOptions, MovementPlan, Wiener, WienerOptions, runs,
};
use train::network::Network;
use train::{Topology, TrainError};

pub use overview::{MovementSession, write_movement_overview};
pub use run::{MovementCondition, MovementMethod, MovementOutcome, MovementRun};

use crate::cells::{self, CODE, Cells, Divisible, OnProgress, PlannedCell, Reporting, Unit};
use crate::cost::{self, Extent};
use crate::error::StudyError;
use crate::neurobench::of_free_run;
use crate::report::{Source, StudyReport};
use crate::runner::run_all;
use crate::store::{Entry, Store};
use crate::study::{CELLS, EVERYTHING};

/// A result of a run.
pub type MovementEntry = Entry<MovementRun, MovementOutcome>;

const PROGRAM: &str = concat!("motorsrnn ", env!("CARGO_PKG_VERSION"));
/// Bits of a weight, but where they are compared.
const WEIGHT_BITS: u32 = 8;

/// Ticks in a step of the optimizer, about.
const TICKS_OF_STEP: f64 = 1600.0;

/// What to study, and how.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MovementStudyOptions {
    /// How the session becomes a stream.
    pub stream: StreamOptions,
    /// Areas and projections; must be able to run free.
    pub topology: Topology,
    /// Blocks, each tested once.
    pub folds: usize,
    /// Repetitions of what is random, each with the next seed.
    pub seeds: u64,
    /// The first seed.
    pub first_seed: u64,
    /// Passes over the training ticks; by default by their number.
    pub epochs: Option<usize>,
    /// Lags to compare with none, milliseconds.
    pub lags_ms: Vec<i32>,
    /// Parts of the standard number of synapses to compare with it.
    pub divisors: Vec<usize>,
    /// Bits of a weight to compare with 8.
    pub weight_bits: Vec<u32>,
    /// Threads, at least 1; no result depends on their number.
    #[serde(skip)]
    pub n_threads: usize,
}

impl MovementStudyOptions {
    /// Everything, with seeds from 1 on.
    #[must_use]
    pub fn full(stream: StreamOptions, topology: Topology, seeds: u64) -> Self {
        Self {
            stream,
            topology,
            folds: 5,
            seeds,
            first_seed: 1,
            epochs: None,
            lags_ms: vec![-100, -50, 50, 100],
            divisors: vec![2, 4, 8],
            weight_bits: vec![6, 4],
            n_threads: 1,
        }
    }

    /// A first look: fewer blocks and sizes.
    #[must_use]
    pub fn quick(stream: StreamOptions, topology: Topology, seeds: u64) -> Self {
        Self {
            folds: 3,
            lags_ms: vec![-100, 100],
            divisors: vec![4],
            weight_bits: vec![4],
            ..Self::full(stream, topology, seeds)
        }
    }
}

/// A study of the movement in one recording, ready to run.
pub struct MovementStudy<'a> {
    recording: &'a Recording,
    movement: &'a Movement,
    options: &'a MovementStudyOptions,
    /// Without lag or filled gaps, unless the options ask for them.
    stream: Stream,
    n_synapses: usize,
    cells: Cells<MovementRun>,
}

impl Unit for MovementRun {
    type Outcome = MovementOutcome;
}

/// What the results of a study in a store are of.
#[derive(Serialize)]
struct Manifest<'a> {
    program: &'a str,
    /// Identifies the code that results depend on.
    code: &'a str,
    recording: &'a str,
    recording_sha256: &'a str,
    target: &'a str,
    options: &'a MovementStudyOptions,
    /// Id and name of each.
    cells: Vec<(&'a str, String)>,
}

/// All results, as JSON.
#[derive(Serialize)]
struct Everything<'a> {
    program: &'a str,
    recording: &'a str,
    recording_sha256: &'a str,
    target: &'a str,
    options: &'a MovementStudyOptions,
    cells: &'a [MovementEntry],
}

impl<'a> MovementStudy<'a> {
    /// Plans the runs; results are kept under `folder`, in [`CELLS`].
    ///
    /// # Errors
    /// A series that cannot be decoded, options out of range.
    pub fn new(
        recording: &'a Recording,
        movement: &'a Movement,
        options: &'a MovementStudyOptions,
        folder: &Path,
    ) -> Result<Self, StudyError> {
        let Movement { series, mask } = movement;
        let failed = |cause: TrainError| StudyError::Train { run: series.path.clone(), cause };
        options.topology.check_free_running().map_err(failed)?;
        let stream = Stream::of(recording, series, mask.as_ref(), &options.stream)?;
        if let Some(axis) = stream.constant_axis() {
            return Err(failed(TrainError::Constant { axis: axis.to_owned() }));
        }
        let store = Store::new(&folder.join(CELLS));
        let cells = Cells { cells: Vec::new(), store };
        let mut study = Self { recording, movement, options, stream, n_synapses: 0, cells };
        let plan = study.plan_of(&study.stream, &study.split(&study.stream)?, MovementCondition::Plain, 1)?;
        study.n_synapses = plan.fit.pruning.map_or(0, |pruning| pruning.n_synapses);
        let tick_ms = f64::from(study.stream.tick_ms);
        let (n_channels, n_axes) = (study.stream.n_channels, study.stream.axes.len());
        let network = Network::new(&options.topology, n_channels, n_axes, tick_ms, WEIGHT_BITS, 1).map_err(failed)?;
        study.cells.cells = study.all_cells(plan.fit.epochs, &network)?;
        Ok(study)
    }

    /// Keeps the results in this folder, which other studies may share.
    #[must_use]
    pub fn keep_in(mut self, store: &Path) -> Self {
        self.cells.store = Store::new(store);
        self
    }

    fn all_cells(&self, epochs: usize, network: &Network) -> Result<Vec<cells::Cell<MovementRun>>, StudyError> {
        let Self { recording, movement: Movement { series, mask }, options, .. } = self;
        let content = Content::of(recording).sha256;
        let of_recording = (&recording.sha256, content, &recording.units_table, &recording.trials_table);
        let of_series = (&series.path, series.sha256(), mask.as_ref().map(Series::sha256));
        let of_all = (of_recording, of_series, &options.stream, options.folds);
        let cell = |run: MovementRun| {
            let of_training = run.method.is_random().then_some((&options.topology, options.epochs));
            cells::Cell::new(&run, &(&of_all, of_training), self.cost(&run, epochs, network))
        };
        self.all_runs().into_iter().map(cell).collect()
    }

    /// The runs, each of every block and seed.
    fn all_runs(&self) -> Vec<MovementRun> {
        use MovementCondition::{FilledGaps, Lag, Plain, Synapses, WeightBits};
        use MovementMethod::{Network, Wiener};
        let MovementStudyOptions { lags_ms, divisors, weight_bits, folds, seeds, first_seed, stream, .. } =
            self.options;
        let mut setups: Vec<_> = MovementMethod::ALL.map(|method| (method, Plain)).to_vec();
        if self.is_in_trials() {
            setups.extend(MovementMethod::ALL.map(|method| (method, FilledGaps)));
        }
        let lags = lags_ms.iter().filter(|lag_ms| **lag_ms != stream.lag_ms);
        setups.extend(lags.flat_map(|&lag_ms| [(Network, Lag(lag_ms)), (Wiener, Lag(lag_ms))]));
        setups.extend(divisors.iter().map(|divisor| (Network, Synapses(self.n_synapses / divisor))));
        setups.extend(weight_bits.iter().map(|&bits| (Network, WeightBits(bits))));
        let of_setup = |(method, condition): (MovementMethod, MovementCondition)| {
            let seeds = if method.is_random() { *first_seed..first_seed + seeds } else { 1..2 };
            let of_fold = move |fold| seeds.clone().map(move |seed| MovementRun { method, condition, fold, seed });
            (0..*folds).flat_map(of_fold)
        };
        setups.into_iter().flat_map(of_setup).collect()
    }

    /// About how long a run takes on one core, seconds. `epochs` are those of a training.
    fn cost(&self, run: &MovementRun, epochs: usize, network: &Network) -> f64 {
        let Stream { n_channels, axes, .. } = &self.stream;
        let n_ticks = self.stream.n_ticks() as f64;
        let n_trained = n_ticks * epochs as f64;
        let extent = Extent { n_ticks: n_trained, n_steps: n_trained / TICKS_OF_STEP };
        let recurrent = |cell: Cell| {
            let n_hidden = cell.hidden_size_for_parameters(self.n_synapses, *n_channels, axes.len());
            extent.recurrent(cell, RecurrentSizes { n_channels: *n_channels, n_hidden, n_classes: axes.len() })
        };
        match run.method {
            MovementMethod::Network => extent.spiking(network),
            MovementMethod::Gru => recurrent(Cell::Gru),
            MovementMethod::Lstm => recurrent(Cell::Lstm),
            MovementMethod::Wiener => cost::wiener(*n_channels, n_ticks),
            MovementMethod::Kalman => cost::kalman(*n_channels, n_ticks),
        }
    }

    /// The session in ticks.
    #[must_use]
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Whether pieces are trials, with silence between them.
    fn is_in_trials(&self) -> bool {
        self.stream.is_in_trials() && !self.options.stream.fill_gaps
    }

    fn write(
        &self,
        folder: &Path,
        entries: &[MovementEntry],
        n_missing: usize,
    ) -> Result<(StudyReport, MovementSession), StudyError> {
        let report = self.report(entries, n_missing);
        let everything = Everything {
            program: PROGRAM,
            recording: &self.recording.name,
            recording_sha256: &self.recording.sha256,
            target: &self.stream.target,
            options: self.options,
            cells: entries,
        };
        let bytes = serde_json::to_vec(&everything).map_err(StudyError::Json)?;
        report.write(folder)?;
        let path = folder.join(EVERYTHING);
        write_whole(&path, &bytes).map_err(|cause| StudyError::unwritable(&path, cause))?;
        let session = MovementSession::new(self.recording, &self.stream, self.is_in_trials(), entries);
        Ok((report, session))
    }

    fn carry_out(&self, run: &MovementRun, interrupted: &AtomicBool) -> Result<MovementOutcome, StudyError> {
        let name = format!("{}, {}", run.method, run.condition);
        let failed = |cause: TrainError| match cause {
            TrainError::Stopped => StudyError::Interrupted,
            cause => StudyError::Train { run: name.clone(), cause },
        };
        let other;
        let stream = match run.condition {
            MovementCondition::Lag(lag_ms) => {
                other = self.other_stream(&StreamOptions { lag_ms, ..self.options.stream.clone() })?;
                &other
            }
            MovementCondition::FilledGaps => {
                other = self.other_stream(&StreamOptions { fill_gaps: true, ..self.options.stream.clone() })?;
                &other
            }
            _ => &self.stream,
        };
        let split = self.split(stream)?;
        let fold = &split.folds[run.fold];
        let (validation, test) = (runs(stream, &fold.validation), runs(stream, &fold.test));
        let linear = |filter: &dyn Filter, n_parameters: usize| MovementOutcome {
            score: filter.score(stream, &test),
            n_parameters,
            metrics: None,
            operations: None,
        };
        let mut on_epoch = |_: &MovementEpoch| match interrupted.load(Ordering::SeqCst) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let recurrent = |cell, on_epoch: &mut dyn FnMut(&MovementEpoch) -> ControlFlow<()>| {
            let plan = self.plan_of(stream, &split, run.condition, run.seed)?;
            let trained = plan.train_recurrent(cell, stream, fold, run.fold, on_epoch).map_err(failed)?;
            Ok(linear(&trained, trained.n_parameters()))
        };
        match run.method {
            MovementMethod::Wiener => {
                let options = WienerOptions::default();
                let filter = Wiener::fit(stream, &fold.train, &validation, &options).map_err(failed)?;
                Ok(linear(&filter, filter.n_parameters()))
            }
            MovementMethod::Kalman => {
                let options = KalmanOptions::default();
                let filter = Kalman::fit(stream, &fold.train, &validation, &options).map_err(failed)?;
                Ok(linear(&filter, filter.n_parameters()))
            }
            MovementMethod::Gru => recurrent(Cell::Gru, &mut on_epoch),
            MovementMethod::Lstm => recurrent(Cell::Lstm, &mut on_epoch),
            MovementMethod::Network => {
                let plan = self.plan_of(stream, &split, run.condition, run.seed)?;
                let trained = plan.train(stream, fold, run.fold, &mut on_epoch);
                let trained = trained.map_err(|cause| movement_failed(&name, cause))?;
                let (network, quantized) = (&trained.trained.network, &trained.trained.quantized);
                Ok(MovementOutcome {
                    score: trained.model.score.clone(),
                    n_parameters: trained.image.n_synapses(),
                    metrics: Some(of_free_run(network, quantized, stream, &test)),
                    operations: Some(trained.model.operations),
                })
            }
        }
    }

    fn other_stream(&self, options: &StreamOptions) -> Result<Stream, StudyError> {
        Ok(Stream::of(self.recording, &self.movement.series, self.movement.mask.as_ref(), options)?)
    }

    /// Blocks with gaps; where labels are in trials, a block begins with one.
    fn split(&self, stream: &Stream) -> Result<StreamSplit, StudyError> {
        let trials =
            stream.trials(&[self.recording], &self.options.stream.selection).filter(|_| self.stream.is_in_trials());
        Ok(StreamSplit::blocks(stream, self.options.folds, trials.as_deref(), &BlockOptions::default())?)
    }

    fn plan_of(
        &self,
        stream: &Stream,
        split: &StreamSplit,
        condition: MovementCondition,
        seed: u64,
    ) -> Result<MovementPlan, StudyError> {
        let options = MovementOptions {
            topology: self.options.topology.clone(),
            n_neurons: None,
            n_synapses: match condition {
                MovementCondition::Synapses(n_synapses) => Some(n_synapses),
                _ => None,
            },
            epochs: self.options.epochs,
            core: None,
            weight_bits: match condition {
                MovementCondition::WeightBits(bits) => bits,
                _ => WEIGHT_BITS,
            },
            seed,
            split: String::new(),
            baselines: Vec::new(),
            n_threads: 1,
        };
        MovementPlan::new(stream, split, &options).map_err(|cause| movement_failed(&condition.to_string(), cause))
    }

    fn report(&self, entries: &[MovementEntry], n_missing: usize) -> StudyReport {
        let seconds: f64 = entries.iter().map(|entry| entry.seconds).sum();
        StudyReport {
            title: format!("{}, {}", self.recording.name, self.stream.target),
            warnings: cells::warnings(entries, n_missing),
            claims: section::claims(entries, self.is_in_trials()),
            grounds: vec![(
                Source::Choice,
                "Sizes, training and splits; R² as in NeuroBench; a network, a GRU and an LSTM of each block and seed."
                    .to_owned(),
            )],
            provenance: [
                ("program", PROGRAM.to_owned()),
                ("recording", self.recording.name.clone()),
                ("SHA-256 of the recording", self.recording.sha256.clone()),
                ("options", serde_json::to_string(self.options).unwrap_or_default()),
                ("runs", entries.len().to_string()),
                ("vector instructions", cells::instructions(entries)),
                ("seconds on one processor core", format!("{seconds:.0}")),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec(),
            sections: vec![section::section(&section::Facts {
                entries,
                stream: &self.stream,
                options: &self.options.stream,
                folds: self.options.folds,
                seeds: self.options.seeds,
                n_synapses: self.n_synapses,
                is_in_trials: self.is_in_trials(),
            })],
        }
    }
}

impl MovementStudy<'_> {
    /// What the store says of the study.
    fn manifest(&self) -> Manifest<'_> {
        Manifest {
            program: PROGRAM,
            code: CODE,
            recording: &self.recording.name,
            recording_sha256: &self.recording.sha256,
            target: &self.stream.target,
            options: self.options,
            cells: self.cells.names(),
        }
    }
}

impl Divisible for MovementStudy<'_> {
    fn work(
        &self,
        ids: &HashSet<String>,
        interrupted: &AtomicBool,
        progress: OnProgress<'_>,
    ) -> Result<(), StudyError> {
        self.cells.store.begin(&self.manifest())?;
        let carry_out = |run: &MovementRun| self.carry_out(run, interrupted);
        run_all(&self.cells.with_ids(ids), &self.cells.store, self.options.n_threads, interrupted, &carry_out, progress)
            .map(drop)
    }

    fn plan(&self) -> Result<Vec<PlannedCell>, StudyError> {
        self.cells.plan()
    }
}

impl Reporting for MovementStudy<'_> {
    type Report = (StudyReport, MovementSession);

    fn gather(&self, folder: &Path) -> Result<(Self::Report, Vec<PlannedCell>), StudyError> {
        let (entries, missing) = self.cells.gather()?;
        Ok((self.write(folder, &entries, missing.len())?, missing))
    }
}

fn movement_failed(run: &str, cause: train::decoder::DecoderError) -> StudyError {
    match cause {
        train::decoder::DecoderError::Train(TrainError::Stopped) => StudyError::Interrupted,
        cause => StudyError::Movement { run: run.to_owned(), cause: Box::new(cause) },
    }
}
