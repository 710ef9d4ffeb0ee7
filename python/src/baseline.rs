//! The decoders that a network is compared with, on the same folds.

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;
use train::baseline::BaselineMethod;
use train::baseline::recurrent::Cell;

use crate::decoder::Parameters;
use crate::errors::{training, value};
use crate::windows::WindowsData;
use crate::work;

/// Held-out windows, and what a decoder decided in them.
#[pyclass(frozen, module = "motorsrnn._motorsrnn")]
pub struct Tested {
    trials: Vec<usize>,
    folds: Vec<usize>,
    classes: Vec<usize>,
    decisions: Array2<i64>,
    n_hidden: Option<usize>,
}

#[pymethods]
impl Tested {
    fn trials<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        integers(&self.trials).to_pyarray(py)
    }

    fn folds<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        integers(&self.folds).to_pyarray(py)
    }

    fn classes<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        integers(&self.classes).to_pyarray(py)
    }

    /// The class decided for after each tick, of shape (windows, ticks).
    fn decisions<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<i64>> {
        self.decisions.clone().into_pyarray(py)
    }

    /// Hidden units of a GRU or LSTM.
    #[getter]
    fn n_hidden(&self) -> Option<usize> {
        self.n_hidden
    }
}

fn integers(numbers: &[usize]) -> Vec<i64> {
    numbers.iter().map(|&number| i64::try_from(number).unwrap_or(i64::MAX)).collect()
}

/// Cross-validates `lda`, `bayes`, `gru` or `lstm`; the latter two with as many parameters as the network has synapses.
/// `progress` is called with fold and epoch.
///
/// # Errors
/// An unknown name, windows that it cannot be fitted to, what `progress` raises, Ctrl-C.
#[pyfunction]
#[pyo3(signature = (windows, name, parameters, n_synapses, progress=None))]
pub fn baseline(
    py: Python<'_>,
    windows: &WindowsData,
    name: &str,
    parameters: &str,
    n_synapses: usize,
    progress: Option<Py<PyAny>>,
) -> PyResult<Tested> {
    let parameters = Parameters::parse(parameters)?;
    let dataset = &windows.dataset;
    let hidden = |cell: Cell| cell.hidden_size_for_parameters(n_synapses, dataset.n_channels, dataset.classes.len());
    let (method, n_hidden) = match name {
        "lda" => (BaselineMethod::Lda, None),
        "bayes" => (BaselineMethod::PoissonNaiveBayes, None),
        "gru" => (BaselineMethod::Gru { n_hidden: hidden(Cell::Gru) }, Some(hidden(Cell::Gru))),
        "lstm" => (BaselineMethod::Lstm { n_hidden: hidden(Cell::Lstm) }, Some(hidden(Cell::Lstm))),
        _ => return Err(value(format_args!("baseline {name}: give lda, bayes, gru or lstm"))),
    };
    let split = parameters.folds(dataset)?;
    let options = parameters.fit_options(dataset, &split);
    let tested = work::run(
        py,
        |reporter| {
            method.cross_validate(dataset, &split, &options, parameters.seed, &mut |fold, epoch| {
                reporter.report((fold, epoch.epoch, options.epochs))
            })
        },
        |py, report| progress.as_ref().map_or(Ok(()), |progress| progress.call1(py, report).map(drop)),
    )?
    .map_err(training)?;
    let folds =
        tested.iter().enumerate().flat_map(|(fold, windows)| std::iter::repeat_n(fold, windows.len())).collect();
    let all: Vec<_> = tested.into_iter().flatten().collect();
    let mut decisions = Array2::zeros((all.len(), dataset.n_ticks));
    for (window, mut row) in all.iter().zip(decisions.outer_iter_mut()) {
        row.iter_mut().zip(integers(&window.decisions)).for_each(|(place, class)| *place = class);
    }
    Ok(Tested {
        trials: all.iter().map(|window| window.trial).collect(),
        classes: all.iter().map(|window| window.class).collect(),
        folds,
        decisions,
        n_hidden,
    })
}
