//! The native module of the Python package `motorsrnn`: what takes time, behind the annotated Python that users see.
//!
//! Arrays are checked for type and shape and never cast. Long calls release the interpreter, and Ctrl-C ends them.

mod arrays;
mod baseline;
mod board;
mod decoder;
mod errors;
mod live;
mod movement;
mod network;
mod session;
mod windows;
mod work;

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;

/// Runs the program `motorsrnn` with these arguments, the first being its name; returns its exit code. Once in a process.
#[pyfunction]
fn run(py: Python<'_>, arguments: Vec<String>) -> PyResult<u8> {
    static HAS_RUN: AtomicBool = AtomicBool::new(false);
    if HAS_RUN.swap(true, Ordering::SeqCst) {
        return Err(pyo3::exceptions::PyRuntimeError::new_err("the program runs once in a process; start another"));
    }
    Ok(py.detach(|| host::cli::run_from(arguments)))
}

#[pymodule]
fn _motorsrnn(module: &Bound<'_, PyModule>) -> PyResult<()> {
    errors::add_to(module)?;
    module.add_class::<baseline::Tested>()?;
    module.add_class::<board::BoardLink>()?;
    module.add_class::<decoder::TrainedDecoder>()?;
    module.add_class::<live::Live>()?;
    module.add_class::<live::Tick>()?;
    module.add_class::<movement::MovementDecoder>()?;
    module.add_class::<movement::Stream>()?;
    module.add_class::<network::Network>()?;
    module.add_class::<session::RecordingData>()?;
    module.add_class::<windows::WindowsData>()?;
    module.add_function(wrap_pyfunction!(baseline::baseline, module)?)?;
    module.add_function(wrap_pyfunction!(decoder::fit, module)?)?;
    module.add_function(wrap_pyfunction!(windows::cut, module)?)?;
    module.add_function(wrap_pyfunction!(run, module)?)?;
    Ok(())
}
