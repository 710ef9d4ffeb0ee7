//! Arrays of NumPy as spikes: checked, never cast.

use numpy::ndarray::{ArrayView1, ArrayView2};
use numpy::{PyArray1, PyArray3, PyArrayMethods, PyReadonlyArray3, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList, PyTuple};

use crate::errors::{type_of, value};

/// Windows of spikes, booleans of shape (windows, ticks, channels).
///
/// # Errors
/// Another type, shape or number of channels.
pub fn windows<'py>(x: &Bound<'py, PyAny>, n_channels: Option<usize>) -> PyResult<PyReadonlyArray3<'py, bool>> {
    const EXPECTED: &str = "windows are a bool array of shape (windows, ticks, channels)";
    let Ok(array) = x.cast::<PyUntypedArray>() else {
        return Err(type_of(format_args!("X is a {}; {EXPECTED}", x.get_type().name()?)));
    };
    let Ok(booleans) = x.cast::<PyArray3<bool>>() else {
        if array.ndim() != 3 {
            return Err(value(format_args!("X has the shape {:?}; {EXPECTED}", array.shape())));
        }
        let dtype = array.dtype();
        return Err(type_of(format_args!("X has the dtype {}; {EXPECTED}, true where a channel spikes", dtype.str()?)));
    };
    let found = booleans.shape()[2];
    if let Some(expected) = n_channels.filter(|expected| *expected != found) {
        return Err(value(format_args!(
            "X has {found} channels, the network has {expected}; give the units of its training"
        )));
    }
    Ok(booleans.try_readonly()?)
}

/// The channels that spike, ascending.
pub fn channels(row: ArrayView1<'_, bool>, channels: &mut Vec<u16>) {
    channels.clear();
    channels.extend((0..=u16::MAX).zip(row).filter(|(_, spikes)| **spikes).map(|(channel, _)| channel));
}

/// The channels of every tick of a window.
pub fn ticks(window: ArrayView2<'_, bool>) -> Vec<Vec<u16>> {
    let tick = |row| {
        let mut of_tick = Vec::new();
        channels(row, &mut of_tick);
        of_tick
    };
    window.outer_iter().map(tick).collect()
}

/// Whether it is a list or tuple of numbers of channels; truth values are a row, which is an array.
fn is_list(events: &Bound<'_, PyAny>) -> PyResult<bool> {
    if !events.is_instance_of::<PyList>() && !events.is_instance_of::<PyTuple>() {
        return Ok(false);
    }
    for event in events.try_iter()? {
        if event?.is_instance_of::<PyBool>() {
            return Err(type_of("events are truth values; give a row as an array of bool, or the channels that spike"));
        }
    }
    Ok(true)
}

/// The events of a tick: channels that spike as uint16, or a row of booleans. Appends the channels.
///
/// # Errors
/// Another type or width.
pub fn events(events: &Bound<'_, PyAny>, n_channels: usize, into: &mut Vec<u16>) -> PyResult<()> {
    into.clear();
    if let Ok(array) = events.cast::<PyArray1<u16>>() {
        let array = array.try_readonly()?;
        match array.as_slice() {
            Ok(slice) => into.extend_from_slice(slice),
            Err(_) => into.extend(array.as_array()),
        }
    } else if let Ok(row) = events.cast::<PyArray1<bool>>() {
        if row.len() != n_channels {
            let found = row.len();
            return Err(value(format_args!("the row has {found} channels, the network has {n_channels}")));
        }
        channels(row.try_readonly()?.as_array(), into);
    } else if is_list(events)? {
        into.extend(events.extract::<Vec<u16>>()?);
    } else {
        let found = match events.cast::<PyUntypedArray>() {
            Ok(array) => format!("an array of {} with the shape {:?}", array.dtype().str()?, array.shape()),
            Err(_) => format!("a {}", events.get_type().name()?),
        };
        return Err(type_of(format_args!(
            "events are {found}; give the channels that spike, ascending, as an array of uint16, or a row of bool"
        )));
    }
    Ok(())
}
