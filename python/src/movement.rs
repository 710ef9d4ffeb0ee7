//! Decoders of movement, and sessions as streams of ticks.

use std::ops::Range;
use std::path::Path;

use model::Core;
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;
use recording::Movement;
use train::decoder::{CutError, HeldOutError, TrainingOverlap};
use train::movement::{ModelRun, MovementCard, MovementDecoder as Trained, runs};

use crate::errors::{cut, image, value};
use crate::network::Network;
use crate::session::RecordingData;

/// A network image that decodes movement at every tick, and its companion.
#[pyclass(frozen, module = "motorsrnn._motorsrnn")]
pub struct MovementDecoder {
    decoder: Trained,
}

/// A session in ticks, with the movement of each.
#[pyclass(frozen, module = "motorsrnn._motorsrnn")]
pub struct Stream {
    stream: recording::Stream,
    held_out: Result<Vec<Range<usize>>, HeldOutError>,
    warnings: Vec<String>,
}

#[pymethods]
impl MovementDecoder {
    /// Reads an image and the companion beside it.
    #[staticmethod]
    fn load(py: Python<'_>, path: &str) -> PyResult<Self> {
        let decoder = py.detach(|| Trained::load(Path::new(path))).map_err(image)?;
        Ok(Self { decoder })
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

    /// The text of the companion.
    fn card(&self) -> PyResult<String> {
        serde_json::to_string(self.decoder.card()).map_err(value)
    }

    /// A recording as a stream like that of the training.
    fn stream(&self, py: Python<'_>, recording: &RecordingData) -> PyResult<Stream> {
        let recording = &recording.recording;
        py.detach(|| {
            let MovementCard { task, stream: options, .. } = self.decoder.card();
            let movement = Movement::open(&recording.path, &task.target, &options.score_in)?;
            let (stream, units) = self.decoder.stream(recording, &movement, options)?;
            let identity = recording.identity();
            let is_of_training = self.decoder.overlap(&identity) == TrainingOverlap::AllButHeldOut;
            let is_doubtful = units.is_doubtful() && !is_of_training;
            let warnings = if is_doubtful { vec![format!("the units were {units}")] } else { Vec::new() };
            Ok(Stream { held_out: self.decoder.held_out(&identity, &stream), stream, warnings })
        })
        .map_err(|error: CutError| cut(&error))
    }

    /// How well the values of the reference model follow these ranges of ticks, each run from a restart after a warm-up: R²,
    /// R² of each axis, and the hash of all scores.
    fn score(
        &self,
        py: Python<'_>,
        stream: &Stream,
        ranges: Vec<(usize, usize)>,
    ) -> PyResult<(Option<f64>, Vec<Option<f64>>, String)> {
        let n_ticks = stream.stream.n_ticks();
        if let Some((start, stop)) = ranges.iter().find(|(start, stop)| start > stop || *stop > n_ticks) {
            return Err(value(format_args!("ticks {start} to {stop} are not within the {n_ticks} of the stream")));
        }
        let ranges: Vec<Range<usize>> = ranges.into_iter().map(|(start, stop)| start..stop).collect();
        let readout = &self.decoder.card().task.readout;
        let run = py.detach(|| {
            let runs = runs(&stream.stream, &ranges);
            ModelRun::of(Core::of(self.decoder.network()), readout, &stream.stream, &runs)
        });
        let run = run.map_err(value)?;
        Ok((run.score.r2, run.score.r2_by_axis, run.scores_hash))
    }
}

#[pymethods]
impl Stream {
    /// The spikes, bool of shape (ticks, channels).
    fn x<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<bool>> {
        let stream = &self.stream;
        let x = py.detach(|| {
            let mut x = Array2::from_elem((stream.n_ticks(), stream.n_channels), false);
            for (tick, mut row) in x.outer_iter_mut().enumerate() {
                stream.tick(tick).iter().for_each(|&channel| row[usize::from(channel)] = true);
            }
            x
        });
        x.into_pyarray(py)
    }

    /// The movement, float64 of shape (ticks, axes); NaN where it is not known.
    fn movement<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        let stream = &self.stream;
        let value = |(tick, axis): (usize, usize)| f64::from(stream.label(tick)[axis]);
        Array2::from_shape_fn((stream.n_ticks(), stream.axes.len()), value).into_pyarray(py)
    }

    /// Whether each tick counts.
    fn is_scored<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<bool>> {
        Vec::from_iter(self.stream.ticks().map(|tick| self.stream.is_scored(tick))).to_pyarray(py)
    }

    /// Start of each tick, seconds on the clock of the recording.
    fn times_s<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        Vec::from_iter(self.stream.ticks().map(|tick| self.stream.time_s(tick))).to_pyarray(py)
    }

    /// The ranges of ticks that the training has not seen.
    #[getter]
    fn held_out(&self) -> PyResult<Vec<(usize, usize)>> {
        let ranges = self.held_out.as_ref().map_err(value)?;
        Ok(ranges.iter().map(|range| (range.start, range.end)).collect())
    }

    #[getter]
    fn axes(&self) -> Vec<String> {
        self.stream.axes.clone()
    }

    #[getter]
    fn unit(&self) -> &str {
        &self.stream.unit
    }

    #[getter]
    fn tick_ms(&self) -> u32 {
        self.stream.tick_ms
    }

    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}
