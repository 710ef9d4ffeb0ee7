"""Recordings: spike times and trials, from a file or from arrays."""

from __future__ import annotations

import json
import os
import tempfile
import warnings as python_warnings
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _html, _motorsrnn, _program, _spikes
from ._labels import name_of
from ._windows import Windows


class RecordingWarning(UserWarning):
    """Something odd about a recording, though it can be used."""


class Recording:
    """A recorded session.

    Args:
        path: an NWB 2.x file, or an event list ``t_ms,channel`` with its trials beside it.
        units_table: the table of an NWB file with the units, by default its ``units``.
        trials_table: that with the trials, by default its ``trials``.

    Raises:
        RecordingError: the file is missing, damaged, or no recording.

    >>> recording = Recording("examples/centre_out.nwb")
    >>> len(recording.units), recording.trials["target_direction"][:4]
    (64, array([180.,  90., 180., 180.]))
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        units_table: str | None = None,
        trials_table: str | None = None,
    ) -> None:
        self._data = _motorsrnn.RecordingData.open(os.fspath(path), units_table, trials_table)
        warn_of(self._data.warnings, self.name)

    @classmethod
    def from_spikes(cls, units: Any, trials: Any, *, name: str = "session") -> Recording:
        """A session of spike times and trials.

        Args:
            units: spike times of each unit, float64 seconds: a sequence or mapping of arrays, pynapple's ``TsGroup``, Neo's
                ``SpikeTrain`` objects, a sorting of SpikeInterface, or the ``units`` of pynwb.
            trials: a mapping of columns, a DataFrame, a structured array, pynapple's ``IntervalSet``, or a table of pynwb; with
                ``start_time`` and ``stop_time`` (or ``start`` and ``stop`` or ``end``) in seconds, and a column of labels.
            name: what to call it.

        Raises:
            TypeError: times that are not float64.
            RecordingError, Error: times or columns that cannot be used.

        >>> rng = np.random.default_rng(1)
        >>> units = [np.sort(rng.uniform(0, 20, 200)) for _ in range(8)]
        >>> start = np.arange(20.0)
        >>> trials = {"start": start, "stop": start + 0.5, "target": np.tile([0, 90], 10)}
        >>> recording = Recording.from_spikes(units, trials)
        >>> recording.windows("target").X.shape
        (20, 50, 8)
        """
        times, ids = _spikes.spike_times(units)
        start, stop, columns = _spikes.trial_table(trials)
        recording = cls.__new__(cls)
        # The ids of a table are numbers; names have a column of their own.
        unit_columns = [] if ids is None else [("id" if isinstance(ids, np.ndarray) else "unit_name", ids)]
        recording._data = _motorsrnn.RecordingData.from_spikes(name, times, unit_columns, start, stop, columns)
        warn_of(recording._data.warnings, name)
        return recording

    @property
    def name(self) -> str:
        """The name of the session: the file's without its ending."""
        return self._data.name

    @property
    def path(self) -> Path | None:
        """The file; None for a session of arrays."""
        return Path(self._data.path) if self._data.is_file else None

    @property
    def sha256(self) -> str:
        """SHA-256 of the file, or of the one that :meth:`save` would write."""
        return self._data.sha256

    @property
    def description(self) -> str:
        """What the file says about the session."""
        return self._data.description

    @property
    def warnings(self) -> list[str]:
        """What is odd about it."""
        return self._data.warnings

    @cached_property
    def units(self) -> list[NDArray[np.float64]]:
        """Spike times of each unit, seconds, ascending."""
        return self._data.units()

    @cached_property
    def unit_columns(self) -> dict[str, NDArray[Any]]:
        """Columns about the units."""
        return {name: np.asarray(values) for name, values in self._data.unit_columns().items()}

    @cached_property
    def trials(self) -> dict[str, NDArray[Any]]:
        """The trials by column: ``start_time`` and ``stop_time`` in seconds, and all others."""
        return {name: np.asarray(values) for name, values in self._data.trials().items()}

    def windows(
        self,
        label: str | None = None,
        *,
        classes: Sequence[object] | None = None,
        align: str = "start_time",
        offset_ms: int = 0,
        window_ms: int = 50,
        tick_ms: int = 1,
        stride_ms: int | None = None,
        units: str | None = None,
        where: str | None = None,
        align_relative: bool = False,
        bin_angles: int | None = None,
    ) -> Windows:
        """Cuts the trials into windows of ticks; options as those of ``motorsrnn train``.

        Args:
            label: column with the class of each trial, by default the first with a usual name.
            classes: the classes to keep, by default all.
            align: column with the time that windows count from, seconds.
            offset_ms: start of the window after that time; may be negative.
            window_ms: length of a window, a multiple of ``tick_ms``.
            tick_ms: length of a tick, at least 1.
            stride_ms: also later windows of each trial, one every so many milliseconds; they are trained on, and never tested.
            units: conditions on the columns of the units, as ``"location=M1,quality!=noise"``.
            where: conditions on those of the trials, as ``"result=R"``.
            align_relative: whether the times of ``align`` count from the start of their trial.
            bin_angles: makes so many classes of the angles in the label column.

        Raises:
            RecordingError: there is no such column, or a window or a class without trials.
            Error: an option out of its range.
        """
        return windows(
            [self],
            label,
            classes=classes,
            align=align,
            offset_ms=offset_ms,
            window_ms=window_ms,
            tick_ms=tick_ms,
            stride_ms=stride_ms,
            units=units,
            where=where,
            align_relative=align_relative,
            bin_angles=bin_angles,
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the session as an NWB file.

        Raises:
            RecordingError: the file cannot be written.
        """
        self._data.save(os.fspath(path))

    def page(self) -> _html.Page:
        """A page about the session, a ``str`` of HTML: what to check first, rates, and spikes around each event."""
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "page.html"
            with as_files([self]) as files:
                _program.run(["info", files[0], "--html", page, "--json"])
            return _html.Page(page.read_text(encoding="utf-8"))

    def _rows(self) -> list[tuple[str, object]]:
        others = [column for column in self.trials if column not in ("start_time", "stop_time")]
        return [
            ("units", self._data.n_units),
            ("spikes", self._data.n_spikes),
            ("trials", self._data.n_trials),
            ("columns", ", ".join(others) or "none"),
            ("warnings", len(self.warnings)),
        ]

    def __repr__(self) -> str:
        return f"<Recording {self.name}: {self._data.n_units} units, {self._data.n_trials} trials>"

    def _repr_html_(self) -> str:
        return _html.table(f"Recording {self.name}", [], self._rows())


def windows(
    recordings: Sequence[Recording],
    label: str | None = None,
    *,
    classes: Sequence[object] | None = None,
    align: str = "start_time",
    offset_ms: int = 0,
    window_ms: int = 50,
    tick_ms: int = 1,
    stride_ms: int | None = None,
    units: str | None = None,
    where: str | None = None,
    align_relative: bool = False,
    bin_angles: int | None = None,
) -> Windows:
    """Cuts several recordings of one day and the same units into one set of windows; see :meth:`Recording.windows`.

    Trials are numbered through.
    """
    options = {
        "label_column": label,
        "classes": None if classes is None else [name_of(one) for one in classes],
        "align_column": align,
        "offset_ms": float(offset_ms),
        "window_ms": window_ms,
        "stride_ms": stride_ms,
        "tick_ms": tick_ms,
        "selection": {"units": units, "trials": where},
        "align_relative": align_relative,
        "bin_angles": bin_angles,
    }
    data = _motorsrnn.cut([recording._data for recording in recordings], json.dumps(options))
    warn_of(data.warnings, ", ".join(recording.name for recording in recordings))
    return Windows(data, tuple(recordings))


def warn_of(messages: Sequence[str], name: str) -> None:
    """Warns of what is odd about a recording."""
    for message in messages:
        python_warnings.warn(f"{name}: {message}", RecordingWarning, stacklevel=4)


class as_files:
    """The files of recordings; those of arrays are written for the time of a ``with`` statement."""

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._recordings = recordings
        self._folder = tempfile.TemporaryDirectory()

    def __enter__(self) -> list[Path]:
        files = []
        for number, recording in enumerate(self._recordings):
            path = recording.path
            if path is None:
                # One folder each: names need not differ.
                folder = Path(self._folder.name) / str(number)
                folder.mkdir()
                path = folder / f"{recording.name}.nwb"
                recording.save(path)
            files.append(path)
        return files

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()
