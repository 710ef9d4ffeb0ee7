"""Spike times and trials of other libraries, by what their objects can do; none of them is imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._motorsrnn import Error

#: Names of the columns with start and stop of a trial, in seconds.
_START = ("start_time", "start", "start_s")
_STOP = ("stop_time", "stop", "end", "stop_s", "end_time")


def spike_times(units: Any) -> tuple[list[NDArray[np.float64]], Any]:
    """Spike times of each unit, seconds, ascending, and the ids of the units if there are any.

    ``units`` may be a sequence or a mapping of arrays, pynapple's ``TsGroup``, Neo's ``SpikeTrain`` objects, a sorting of
    SpikeInterface, or the ``units`` of pynwb.
    """
    ids: list[Any] | None = None
    trains: list[Any]
    if hasattr(units, "get_unit_spike_train"):
        ids = list(units.unit_ids)
        trains = [units.get_unit_spike_train(unit, return_times=True) for unit in ids]
    elif hasattr(units, "get_unit_spike_times"):
        ids = list(units.id[:])
        trains = [units.get_unit_spike_times(row) for row in range(len(ids))]
    elif isinstance(units, Mapping):
        ids = list(units.keys())
        trains = [units[unit] for unit in ids]
    elif isinstance(units, (str, bytes)) or not isinstance(units, Iterable):
        raise TypeError(f"units are a {type(units).__name__}; give the spike times of each unit in seconds")
    else:
        trains = list(units)
    times = [_times(train, number) for number, train in enumerate(trains)]
    return times, None if ids is None else _column("id", ids)


def _times(train: Any, number: int) -> NDArray[np.float64]:
    """Spike times of a unit, seconds, ascending."""
    if hasattr(train, "rescale"):  # Neo: a quantity in any unit of time
        train = train.rescale("s").magnitude
    elif callable(getattr(train, "times", None)):  # pynapple: an index of times
        train = train.times()
    times = np.asarray(train)
    if times.size == 0:
        return np.empty(0)
    if times.dtype != np.float64:
        raise TypeError(f"unit {number}: the spike times have the dtype {times.dtype}; give float64, in seconds")
    if times.ndim != 1:
        raise Error(f"unit {number}: the spike times have the shape {times.shape}; give one dimension")
    if not np.isfinite(times).all():
        raise Error(f"unit {number}: a spike time is not finite; leave it out")
    return np.ascontiguousarray(np.sort(times))


def trial_table(
    trials: Any,
) -> tuple[list[float], list[float], list[tuple[str, Any]]]:
    """Start and stop of each trial, seconds, and the other columns.

    ``trials`` may be a mapping of columns, a DataFrame, a structured array, pynapple's ``IntervalSet`` or a table of pynwb.
    """
    columns = {str(name): values for name, values in _columns(trials).items()}
    start = _take(columns, _START)
    stop = _take(columns, _STOP)
    others = [(name, _column(name, values)) for name, values in columns.items()]
    return start, stop, others


def _columns(trials: Any) -> dict[Any, Any]:
    if isinstance(trials, Mapping):
        return dict(trials)
    if hasattr(trials, "colnames"):  # pynwb
        return {name: trials[name][:] for name in trials.colnames}
    if hasattr(trials, "metadata_columns"):  # pynapple
        others = {name: trials.get_info(name) for name in trials.metadata_columns}
        return {"start": np.asarray(trials.start), "end": np.asarray(trials.end), **others}
    if hasattr(trials, "columns"):  # pandas
        return {name: trials[name].to_numpy() for name in trials.columns}
    names = getattr(getattr(trials, "dtype", None), "names", None)
    if names:
        return {name: trials[name] for name in names}
    raise TypeError(f"trials are a {type(trials).__name__}; give a mapping of columns or a table")


def _take(columns: dict[str, Any], names: tuple[str, ...]) -> list[float]:
    for name in names:
        if name in columns:
            times = np.asarray(columns.pop(name))
            if times.dtype != np.float64:
                raise TypeError(f"column {name} of the trials has the dtype {times.dtype}; give float64, in seconds")
            return [float(time) for time in times]
    raise Error(f"the trials have no column {names[0]}; they have {', '.join(columns) or 'none'}")


def _column(name: str, values: Any) -> Any:
    """A column as the native module takes it: float64, int64, pairs of float64, or text."""
    array = np.asarray(values)
    if array.dtype.kind in "fiu" and array.dtype.itemsize <= 8 or array.dtype.kind == "b":
        # Labels, not spikes: a wider number is the same label.
        kind = np.float64 if array.dtype.kind == "f" else np.int64
        return np.ascontiguousarray(array.astype(kind))
    if array.dtype.kind in "USTO" and array.ndim == 1:
        texts = [_text(value) for value in array.tolist()]
        if None not in texts:
            return texts
    raise TypeError(f"column {name} of the trials has the dtype {array.dtype} and {array.ndim} dimensions; give numbers or text")


def _text(value: Any) -> str | None:
    """A text, empty if it is missing; None for what is no text."""
    if value is None or value != value:
        return ""
    if isinstance(value, bytes):
        return value.decode()
    return str(value) if isinstance(value, (str, bool, int, float)) else None
