//! Decoders of classes: trained, loaded, saved.

use std::num::NonZero;
use std::path::Path;
use std::thread;

use numpy::{PyArray1, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use recording::{Dataset, Fold, Recording, RecordingIdentity, Split, Tables, TrialTable};
use serde::Deserialize;
use spec::core::{NamedCore, core_named};
use train::decoder::{HeldOutTrial, Origin, TrainingOverlap};
use train::fit::FitOptions;
use train::{Decoder, DecoderOptions, Pruning, Topology, train_decoder};

use crate::errors::{cut as not_cut, image, recording as refused, training, value};
use crate::network::Network;
use crate::session::RecordingData;
use crate::windows::{WindowsData, warnings};
use crate::work;

/// How to train, as Python's `Decoder` has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    topology: String,
    core: Option<String>,
    weight_bits: u32,
    pub seed: u64,
    folds: usize,
    synapses: Option<usize>,
    epochs: Option<usize>,
    threads: Option<usize>,
}

/// How the trials are divided, in place of folds.
#[derive(FromPyObject)]
enum Division {
    /// By a column of the trials with `train` and `test`.
    Column(String),
    /// These trials are the test.
    Test(Vec<usize>),
}

impl Parameters {
    /// Reads JSON.
    ///
    /// # Errors
    /// A value of another type, or out of its range.
    pub fn parse(text: &str) -> PyResult<Self> {
        let parameters: Self = serde_json::from_str(text).map_err(value)?;
        if !(4..=8).contains(&parameters.weight_bits) {
            return Err(value(format_args!("weight_bits is {}; give 4 to 8", parameters.weight_bits)));
        }
        if i64::try_from(parameters.seed).is_err() {
            return Err(value(format_args!("seed is {}; give 0 to {}", parameters.seed, i64::MAX)));
        }
        Ok(parameters)
    }

    fn core(&self) -> PyResult<Option<NamedCore>> {
        let named = |name: &String| {
            let names: Vec<&str> = spec::core::CORES.iter().map(|core| core.name).collect();
            core_named(name).ok_or_else(|| value(format_args!("core is {name}; give one of {}", names.join(", "))))
        };
        self.core.as_ref().map(named).transpose()
    }

    /// The folds that the seed draws.
    pub fn folds(&self, dataset: &Dataset) -> PyResult<Split> {
        Split::k_fold(dataset, self.folds, self.seed).map_err(|error| refused(&error))
    }

    /// The standard training with what is given here.
    pub fn fit_options(&self, dataset: &Dataset, split: &Split) -> FitOptions {
        let standard = FitOptions::for_split(dataset, split);
        let n_threads = self.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get));
        FitOptions { epochs: self.epochs.unwrap_or(standard.epochs), n_threads, ..standard }
    }
}

/// A network image that decides between classes, and its companion.
#[pyclass(frozen, module = "motorsrnn._motorsrnn")]
pub struct TrainedDecoder {
    decoder: Decoder,
}

#[pymethods]
impl TrainedDecoder {
    /// Reads an image and the companion beside it.
    #[staticmethod]
    fn load(py: Python<'_>, path: &str) -> PyResult<Self> {
        let decoder = py.detach(|| Decoder::load(Path::new(path))).map_err(image)?;
        Ok(Self { decoder })
    }

    /// Reads the bytes of an image and the text of its companion.
    #[staticmethod]
    fn parse(bytes: Vec<u8>, card: &str) -> PyResult<Self> {
        Ok(Self { decoder: Decoder::parse(Path::new("decoder.img"), bytes, card).map_err(image)? })
    }

    /// Writes the image, and the companion beside it.
    fn save(&self, py: Python<'_>, path: &str) -> PyResult<()> {
        py.detach(|| self.decoder.save(Path::new(path))).map_err(image)
    }

    /// The network.
    fn network(&self) -> Network {
        let Self { decoder } = self;
        Network { bytes: decoder.bytes().to_vec(), image: decoder.network().clone(), core: *decoder.core() }
    }

    /// The bytes of the image, plastic readouts included.
    fn image<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.decoder.file_bytes())
    }

    /// The text of the companion.
    fn card(&self) -> PyResult<String> {
        serde_json::to_string(self.decoder.card()).map_err(value)
    }

    /// A recording cut as that of the training.
    fn cut(&self, py: Python<'_>, recording: &RecordingData) -> PyResult<WindowsData> {
        let recording = &recording.recording;
        let options = &self.decoder.card().windows;
        let cut = py.detach(|| self.decoder.cut_with(recording, options)).map_err(|error| not_cut(&error))?;
        let mut warnings = warnings(&[recording], &cut.dataset);
        let overlap = self.decoder.overlap_of_windows(&recording.identity(), &cut.dataset);
        if cut.units.is_doubtful() && overlap != TrainingOverlap::AllButHeldOut {
            warnings.push(format!("the units were {}", cut.units));
        }
        Ok(WindowsData { dataset: cut.dataset, options: options.clone(), warnings })
    }

    /// Of each window, whether it is the first of a trial that the training has not seen.
    fn held_out<'py>(
        &self,
        py: Python<'py>,
        recording: &RecordingData,
        windows: &WindowsData,
    ) -> PyResult<Bound<'py, PyArray1<bool>>> {
        let identity = recording.recording.identity();
        let held_out = self.decoder.held_out(&identity, &windows.dataset).map_err(value)?;
        let is_held_out =
            windows.dataset.samples.iter().map(|sample| held_out.iter().any(|other| std::ptr::eq(*other, sample)));
        Ok(Vec::from_iter(is_held_out).to_pyarray(py))
    }
}

/// What was decided of the held-out trials: trial, fold, class, and the decisions of the network, of LDA and of naive Bayes.
type HeldOut = [Vec<usize>; 6];

/// Trains a network on windows. Without `recordings`, they are arrays. `division` is a column of the trials with `train` and
/// `test`, or the trials to test with; without it, trials are in folds. `progress` is called with fold, folds, epoch, epochs and
/// loss after each epoch.
///
/// # Errors
/// What cannot be trained, what `progress` raises, Ctrl-C.
#[pyfunction]
#[pyo3(signature = (windows, recordings, parameters, division=None, progress=None))]
pub fn fit(
    py: Python<'_>,
    windows: &WindowsData,
    recordings: Vec<Py<RecordingData>>,
    parameters: &str,
    division: Option<Bound<'_, PyAny>>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(TrainedDecoder, HeldOut)> {
    let parameters = Parameters::parse(parameters)?;
    let WindowsData { dataset, options: window_options, .. } = windows;
    let tables = recordings.first().map(|first| first.get().tables.clone()).unwrap_or_default();
    let sources: Vec<&Recording> = recordings.iter().map(|recording| &recording.get().recording).collect();
    let division = division.map(|division| division.extract::<Division>()).transpose()?;
    let (split, split_column) = match division {
        None => (parameters.folds(dataset)?, None),
        Some(Division::Test(test)) => (single(dataset, &test), None),
        Some(Division::Column(column)) => {
            let split = TrialTable::joined_text(&sources, &column)
                .and_then(|trials| Split::by_column(dataset, &trials, &column))
                .map_err(|error| refused(&error))?;
            (split, Some(column))
        }
    };
    let origin = origin(&sources, &tables, windows);
    let pruning = parameters.synapses.map(Pruning::to);
    let options = DecoderOptions {
        topology: Topology::load(&parameters.topology).map_err(training)?,
        core: parameters.core()?,
        weight_bits: parameters.weight_bits,
        seed: parameters.seed,
        split_column,
        fit: FitOptions { pruning, ..parameters.fit_options(dataset, &split) },
        start: None,
        plastic: None,
    };
    let trained = work::run(
        py,
        |reporter| {
            train_decoder(&origin, dataset, &split, window_options, &options, &mut |progress| {
                reporter.report((
                    progress.fold,
                    progress.folds,
                    progress.epoch.epoch,
                    progress.epochs,
                    progress.epoch.loss,
                ))
            })
        },
        |py, report| progress.as_ref().map_or(Ok(()), |progress| progress.call1(py, report).map(drop)),
    )?;
    let trained = trained.map_err(training)?;
    let held_out = columns(&trained.held_out);
    Ok((TrainedDecoder { decoder: trained.decoder }, held_out))
}

/// Where the windows come from.
fn origin(recordings: &[&Recording], tables: &Tables, windows: &WindowsData) -> Origin {
    Origin::of(recordings, tables, &windows.dataset)
        .unwrap_or_else(|| Origin::from(RecordingIdentity::of_arrays(windows.sha256())))
}

/// A single fold that tests these trials.
fn single(dataset: &Dataset, test: &[usize]) -> Split {
    let mut trials: Vec<usize> = dataset.samples.iter().map(|sample| sample.trial).collect();
    trials.dedup();
    let (test_trials, train_trials) = trials.into_iter().partition(|trial| test.contains(trial));
    Split { folds: vec![Fold { train_trials, test_trials }], ignored: Vec::new() }
}

fn columns(held_out: &[HeldOutTrial]) -> HeldOut {
    let column = |of: fn(&HeldOutTrial) -> usize| held_out.iter().map(of).collect();
    [
        column(|trial| trial.trial),
        column(|trial| trial.fold),
        column(|trial| trial.class),
        column(|trial| trial.network),
        column(|trial| trial.lda),
        column(|trial| trial.poisson_naive_bayes),
    ]
}
