//! A network image, run on whole windows.

use model::Core;
use numpy::ndarray::{Array3, Axis};
use numpy::{IntoPyArray, PyArray3};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use spec::core::{NamedCore, core_named};
use spec::digest::sha256_hex;
use spec::image::NetworkImage;
use train::movement::AffineReadout;

use crate::arrays;
use crate::errors::{image, value};
use crate::live::{Live, Meaning};

/// Windows that are run before looking for Ctrl-C.
const WINDOWS_AT_A_TIME: usize = 16;

/// A network image and the core that it is laid out for.
#[pyclass(frozen, module = "motorsrnn._motorsrnn")]
pub struct Network {
    pub bytes: Vec<u8>,
    pub image: NetworkImage,
    pub core: NamedCore,
}

impl Network {
    /// The scores of every tick of every window, each from a restart.
    fn run(&self, py: Python<'_>, x: &Bound<'_, PyAny>) -> PyResult<Array3<i16>> {
        let x = arrays::windows(x, Some(self.image.n_channels.into()))?;
        let x = x.as_array();
        let (n_windows, n_ticks, _) = x.dim();
        let mut core = Core::of(&self.image);
        let mut scores = Array3::zeros((n_windows, n_ticks, core.n_readouts()));
        let chunks =
            scores.axis_chunks_iter_mut(Axis(0), WINDOWS_AT_A_TIME).zip(x.axis_chunks_iter(Axis(0), WINDOWS_AT_A_TIME));
        for (mut scores, x) in chunks {
            py.detach(|| {
                let mut channels = Vec::new();
                for (mut scores, window) in scores.outer_iter_mut().zip(x.outer_iter()) {
                    core.restart();
                    for (mut scores, row) in scores.outer_iter_mut().zip(window.outer_iter()) {
                        arrays::channels(row, &mut channels);
                        let outcome = core.tick(&channels)?;
                        scores.iter_mut().zip(outcome.scores).for_each(|(score, found)| *score = *found);
                    }
                }
                Ok(())
            })
            .map_err(|error: model::TickError| value(error))?;
            py.check_signals()?;
        }
        Ok(scores)
    }
}

#[pymethods]
impl Network {
    /// A network of the bytes of an image; `core` is the name of the core that it is laid out for.
    #[new]
    pub fn new(bytes: Vec<u8>, core: &str) -> PyResult<Self> {
        let decoded = NetworkImage::decode(&bytes).map_err(image)?;
        let core = core_named(core).ok_or_else(|| value(format_args!("core {core} is not known")))?;
        Ok(Self { bytes, image: decoded, core })
    }

    #[getter]
    fn bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.bytes)
    }

    #[getter]
    fn sha256(&self) -> String {
        sha256_hex(&self.bytes)
    }

    #[getter]
    fn core(&self) -> &'static str {
        self.core.name
    }

    #[getter]
    fn n_channels(&self) -> u16 {
        self.image.n_channels
    }

    #[getter]
    fn n_neurons(&self) -> usize {
        self.image.neurons.len()
    }

    #[getter]
    fn n_readouts(&self) -> usize {
        self.image.n_readouts()
    }

    #[getter]
    fn n_synapses(&self) -> usize {
        self.image.n_synapses()
    }

    /// The scores of every tick, int16 of shape (windows, ticks, readouts).
    fn scores<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray3<i16>>> {
        Ok(self.run(py, x)?.into_pyarray(py))
    }

    /// The reference model, restarted. `labels` are those of the classes; `scale` (axes, readouts) and `offset` (axes) make
    /// values of scores.
    #[pyo3(signature = (labels=None, scale=None, offset=None))]
    fn live(
        &self,
        labels: Option<Vec<Py<PyAny>>>,
        scale: Option<Vec<Vec<f64>>>,
        offset: Option<Vec<f64>>,
    ) -> PyResult<Live> {
        Ok(Live::new(Core::of(&self.image), meaning(labels, scale, offset)?))
    }
}

/// What scores mean.
///
/// # Errors
/// A scale and an offset that do not fit.
pub fn meaning(
    labels: Option<Vec<Py<PyAny>>>,
    scale: Option<Vec<Vec<f64>>>,
    offset: Option<Vec<f64>>,
) -> PyResult<Meaning> {
    let readout = match (scale, offset) {
        (Some(scale), Some(offset)) if scale.len() == offset.len() => Some(AffineReadout { scale, offset }),
        (None, None) => None,
        _ => return Err(value("scale and offset must have one entry for each axis")),
    };
    Ok(Meaning { labels, readout })
}
