//! A network, a tick at a time.

use std::sync::Arc;
use std::time::Duration;

use host::session::TickResult;
use model::{Core, TickOutcome};
use numpy::{PyArray1, ToPyArray};
use pyo3::prelude::*;
use train::movement::AffineReadout;

use crate::arrays;
use crate::errors::value;

/// What the scores of a network mean.
#[derive(Default)]
pub struct Meaning {
    /// The label of each class; none if the network does not decide.
    pub labels: Option<Vec<Py<PyAny>>>,
    /// How scores become values; none if it decides.
    pub readout: Option<AffineReadout>,
}

/// The reference model, a tick at a time. `Decoder.live` makes one.
#[pyclass(module = "motorsrnn")]
pub struct Live {
    core: Core,
    meaning: Arc<Meaning>,
    channels: Vec<u16>,
}

impl Live {
    pub fn new(core: Core, meaning: Meaning) -> Self {
        Self { core, meaning: Arc::new(meaning), channels: Vec::new() }
    }
}

#[pymethods]
impl Live {
    /// Runs one tick and returns what the network does in it.
    ///
    /// `events` are the channels that spike in this tick: an array of uint16 (or a list), ascending, each once; or a bool array
    /// of shape (channels,).
    ///
    /// Raises TypeError for another type, and Error for channels that do not ascend or that the network does not have; the
    /// state is then unchanged.
    fn tick(&mut self, events: &Bound<'_, PyAny>) -> PyResult<Tick> {
        arrays::events(events, self.core.n_channels().into(), &mut self.channels)?;
        let outcome = self.core.tick(&self.channels).map_err(value)?;
        Ok(Tick::of_model(&outcome, &self.meaning))
    }

    /// Begins again: all states zero, the next tick is tick 0.
    fn restart(&mut self) {
        self.core.restart();
    }

    /// Number of input channels.
    #[getter]
    fn n_channels(&self) -> u16 {
        self.core.n_channels()
    }

    /// Number of neurons, readouts included.
    #[getter]
    fn n_neurons(&self) -> usize {
        self.core.n_neurons()
    }
}

/// What a network does in a tick.
#[pyclass(frozen, module = "motorsrnn")]
pub struct Tick {
    number: u32,
    class: u8,
    /// The bits of the scores, then the neurons that fired: one allocation, since a tick takes but two microseconds.
    words: Vec<u16>,
    n_readouts: usize,
    n_spikes: usize,
    /// On a board.
    latency: Option<Duration>,
    meaning: Arc<Meaning>,
}

impl Tick {
    fn of_model(outcome: &TickOutcome<'_>, meaning: &Arc<Meaning>) -> Self {
        let scores = outcome.scores.iter().map(|score| score.cast_unsigned());
        Self {
            number: outcome.tick,
            class: outcome.class,
            words: scores.chain(outcome.spikes.iter().copied()).collect(),
            n_readouts: outcome.scores.len(),
            n_spikes: outcome.spikes.len(),
            latency: None,
            meaning: Arc::clone(meaning),
        }
    }

    /// Of a board, which only counts spikes.
    pub fn of_board(result: &TickResult, meaning: &Arc<Meaning>) -> Self {
        let TickResult { answer, latency } = result;
        Self {
            number: answer.tick,
            class: answer.class,
            words: answer.scores.iter().map(|score| score.cast_unsigned()).collect(),
            n_readouts: answer.scores.len(),
            n_spikes: answer.n_spikes.into(),
            latency: Some(*latency),
            meaning: Arc::clone(meaning),
        }
    }

    fn all_scores(&self) -> Vec<i16> {
        self.words[..self.n_readouts].iter().map(|score| score.cast_signed()).collect()
    }
}

#[pymethods]
impl Tick {
    /// Number of the tick since the restart, from 0.
    #[getter]
    fn tick(&self) -> u32 {
        self.number
    }

    /// The class with the highest score, of equals the first; None for a network that decodes movement.
    #[getter]
    fn decision(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let labels = self.meaning.labels.as_ref()?;
        labels.get(usize::from(self.class)).map(|label| label.clone_ref(py))
    }

    /// Number of that class, from 0.
    #[getter]
    fn decision_index(&self) -> u8 {
        self.class
    }

    /// The score of each readout, int16 of shape (classes,).
    #[getter]
    fn scores<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i16>> {
        self.all_scores().to_pyarray(py)
    }

    /// The value of each axis, in the unit of the recording, float64 of shape (axes,); None for a network that decides.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        let readout = self.meaning.readout.as_ref()?;
        let mut values = vec![0.0; readout.offset.len()];
        readout.apply(&self.all_scores(), &mut values);
        Some(values.to_pyarray(py))
    }

    /// The neurons that fired, ascending, uint16; None on a board, which only counts them.
    #[getter]
    fn spikes<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<u16>>> {
        self.latency.is_none().then(|| self.words[self.n_readouts..].to_pyarray(py))
    }

    /// How many neurons fired.
    #[getter]
    fn n_spikes(&self) -> usize {
        self.n_spikes
    }

    /// From the first byte sent to the last byte of the answer, in microseconds; None without a board.
    #[getter]
    fn latency_us(&self) -> Option<f64> {
        self.latency.map(|latency| latency.as_secs_f64() * 1e6)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let what = match (self.decision(py), self.values(py)) {
            (Some(decision), _) => format!("decision={}", decision.bind(py).repr()?),
            (None, Some(values)) => format!("values={}", values.str()?),
            (None, None) => format!("scores={:?}", self.all_scores()),
        };
        Ok(format!("Tick(tick={}, {what})", self.number))
    }
}
