//! The Python package, tested in Python.

mod verify;
