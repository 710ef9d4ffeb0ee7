//! Windows of recordings or of arrays.

use numpy::ndarray::Array3;
use numpy::{IntoPyArray, PyArray1, PyArray3, ToPyArray};
use pyo3::prelude::*;
use recording::{Dataset, Error, Recording, Sample, WindowOptions, doubts_of_classes, doubts_of_trials};
use spec::digest::sha256_hex;

use crate::arrays;
use crate::errors::{recording as refused, value};
use crate::session::RecordingData;

/// Labelled windows of spikes.
#[pyclass(frozen, module = "motorsrnn._motorsrnn")]
pub struct WindowsData {
    pub dataset: Dataset,
    pub options: WindowOptions,
    pub warnings: Vec<String>,
}

#[pymethods]
impl WindowsData {
    /// Windows of an array of shape (windows, ticks, channels): for each its class (an index into `classes`) and its trial,
    /// ascending.
    #[staticmethod]
    fn from_arrays(
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        class_of: Vec<usize>,
        trials: Vec<usize>,
        classes: Vec<String>,
        tick_ms: u32,
    ) -> PyResult<Self> {
        let x = arrays::windows(x, None)?;
        let x = x.as_array();
        let (n_windows, n_ticks, n_channels) = x.dim();
        if class_of.len() != n_windows || trials.len() != n_windows {
            let (labels, groups) = (class_of.len(), trials.len());
            return Err(value(format_args!(
                "X has {n_windows} windows, y {labels} and groups {groups}; give one each"
            )));
        }
        let dataset = py.detach(|| {
            let mut window = 0;
            let sample = |index: usize| {
                let follows = index > 0 && trials[index - 1] == trials[index];
                window = if follows { window + 1 } else { 0 };
                let offset_ms = window as f64 * n_ticks as f64 * f64::from(tick_ms);
                let ticks = arrays::ticks(x.index_axis(numpy::ndarray::Axis(0), index));
                Sample { trial: trials[index], class: class_of[index], window, offset_ms, ticks }
            };
            let samples = (0..n_windows).map(sample).collect();
            Dataset::from_samples(n_channels, tick_ms, classes, samples)
        });
        let dataset = dataset.map_err(|error| match error {
            Error::BadSample { .. } => value(format_args!("X, y and groups: {error}")),
            error => refused(&error),
        })?;
        Ok(Self { dataset, options: WindowOptions::default(), warnings: Vec::new() })
    }

    /// The spikes, bool of shape (windows, ticks, channels).
    fn x<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray3<bool>> {
        let Dataset { samples, n_ticks, n_channels, .. } = &self.dataset;
        let x = py.detach(|| {
            let mut x = Array3::from_elem((samples.len(), *n_ticks, *n_channels), false);
            for (sample, mut window) in samples.iter().zip(x.outer_iter_mut()) {
                for (channels, mut row) in sample.ticks.iter().zip(window.outer_iter_mut()) {
                    channels.iter().for_each(|&channel| row[usize::from(channel)] = true);
                }
            }
            x
        });
        x.into_pyarray(py)
    }

    /// The class of each window, an index into `classes`.
    fn class_of<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        self.of_samples(py, |sample| sample.class)
    }

    /// The trial of each window.
    fn trials<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        self.of_samples(py, |sample| sample.trial)
    }

    /// Which window of its trial each is, from 0.
    fn of_trial<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        self.of_samples(py, |sample| sample.window)
    }

    /// Start of each window after the time that it counts from, milliseconds.
    fn offsets_ms<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        Vec::from_iter(self.dataset.samples.iter().map(|sample| sample.offset_ms)).to_pyarray(py)
    }

    #[getter]
    fn classes(&self) -> Vec<String> {
        self.dataset.classes.clone()
    }

    #[getter]
    fn tick_ms(&self) -> u32 {
        self.dataset.tick_ms
    }

    #[getter]
    fn n_trials(&self) -> usize {
        self.dataset.n_trials
    }

    #[getter]
    fn label_column(&self) -> &str {
        &self.dataset.label_column
    }

    /// Trials without windows, by cause, in words.
    #[getter]
    fn left_out(&self) -> Vec<(usize, &'static str)> {
        self.dataset.left_out.causes().into_iter().filter(|(count, _)| *count > 0).collect()
    }

    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}

impl WindowsData {
    fn of_samples<'py>(&self, py: Python<'py>, of: fn(&Sample) -> usize) -> Bound<'py, PyArray1<i64>> {
        let values = self.dataset.samples.iter().map(|sample| i64::try_from(of(sample)).unwrap_or(i64::MAX));
        Vec::from_iter(values).to_pyarray(py)
    }

    /// SHA-256 of the windows, by which those of arrays are known.
    pub fn sha256(&self) -> String {
        let mut bytes = Vec::new();
        let mut add = |number: usize| bytes.extend_from_slice(&(number as u64).to_le_bytes());
        for sample in &self.dataset.samples {
            [sample.trial, sample.class].into_iter().for_each(&mut add);
            for channels in &sample.ticks {
                add(channels.len());
                channels.iter().for_each(|&channel| add(channel.into()));
            }
        }
        sha256_hex(&bytes)
    }
}

/// Cuts recordings of one day into windows; `options` are those of the companion file, as JSON.
///
/// # Errors
/// What does not suit the recordings.
#[pyfunction]
pub fn cut(py: Python<'_>, recordings: Vec<Py<RecordingData>>, options: &str) -> PyResult<WindowsData> {
    let options: WindowOptions = serde_json::from_str(options).map_err(value)?;
    let recordings: Vec<&Recording> = recordings.iter().map(|recording| &recording.get().recording).collect();
    py.detach(|| {
        let dataset = Dataset::cut_all(&recordings, &options)?;
        let mut warnings = warnings(&recordings, &dataset);
        for recording in &recordings {
            warnings.extend(options.selection.choose(recording)?.warnings);
        }
        Ok(WindowsData { dataset, options, warnings })
    })
    .map_err(|error| refused(&error))
}

/// What is odd about windows and their labels.
pub fn warnings(recordings: &[&Recording], dataset: &Dataset) -> Vec<String> {
    let of_labels = recordings.iter().filter_map(|recording| recording.trials.doubt_of_labels(&dataset.label_column));
    let of_classes = doubts_of_classes(&dataset.label_column, &dataset.classes);
    of_labels.chain(of_classes).chain(dataset.doubt()).chain(doubts_of_trials(recordings, dataset)).collect()
}
