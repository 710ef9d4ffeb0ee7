//! Exceptions by kind.

use std::fmt::Display;

use host::failure::{Failure, FailureKind};
use pyo3::create_exception;
use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;

create_exception!(motorsrnn, Error, PyValueError, "An input, an option or a result that cannot be used.");
create_exception!(motorsrnn, ImageError, Error, "A network image or its companion that cannot be read or written.");
create_exception!(motorsrnn, RecordingError, Error, "A recording that cannot be read, or not be cut as asked.");
create_exception!(motorsrnn, TrainingError, Error, "A network that cannot be trained.");
create_exception!(motorsrnn, BoardError, PyOSError, "A board that is absent, or a link to it that failed.");
create_exception!(
    motorsrnn,
    Disagreement,
    PyRuntimeError,
    "A board whose scores differ from those of the reference model, or that fails its self-test."
);

/// Adds them to the module.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("Error", py.get_type::<Error>())?;
    module.add("ImageError", py.get_type::<ImageError>())?;
    module.add("RecordingError", py.get_type::<RecordingError>())?;
    module.add("TrainingError", py.get_type::<TrainingError>())?;
    module.add("BoardError", py.get_type::<BoardError>())?;
    module.add("Disagreement", py.get_type::<Disagreement>())
}

/// A value that is out of its range or does not fit another.
pub fn value(cause: impl Display) -> PyErr {
    Error::new_err(cause.to_string())
}

/// A value of another type.
pub fn type_of(cause: impl Display) -> PyErr {
    PyTypeError::new_err(cause.to_string())
}

/// An image or a companion.
pub fn image(cause: impl Display) -> PyErr {
    ImageError::new_err(cause.to_string())
}

/// A training.
pub fn training(cause: impl Display) -> PyErr {
    TrainingError::new_err(cause.to_string())
}

/// A recording, or an option of it.
pub fn recording(error: &recording::Error) -> PyErr {
    match error {
        recording::Error::BadOption { option, cause } => value(format_args!("{option}: {cause}")),
        error => RecordingError::new_err(error.to_string()),
    }
}

/// A recording that does not suit a decoder.
pub fn cut(error: &train::decoder::CutError) -> PyErr {
    match error {
        train::decoder::CutError::Recording(error) => recording(error),
        error => RecordingError::new_err(error.to_string()),
    }
}

/// A failure of a board.
pub fn failure(failure: &Failure) -> PyErr {
    match failure.kind() {
        FailureKind::NoBoard | FailureKind::Link => BoardError::new_err(failure.to_string()),
        FailureKind::Disagreement => Disagreement::new_err(failure.to_string()),
        FailureKind::Interrupted => PyKeyboardInterrupt::new_err(failure.to_string()),
        FailureKind::Input | FailureKind::ClosedPipe => value(failure.cause()),
    }
}
