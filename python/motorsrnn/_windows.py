"""Labelled windows of spikes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import _html, _motorsrnn
from ._labels import labels_of, name_of
from ._motorsrnn import Error

if TYPE_CHECKING:
    from ._recording import Recording


class Windows:
    """Labelled windows of ticks, cut from recordings by :meth:`Recording.windows`.

    An index chooses windows: ``windows[mask]`` is a pair ``X, y`` of arrays.
    """

    def __init__(self, data: _motorsrnn.WindowsData, recordings: tuple[Recording, ...]) -> None:
        self._data = data
        self._recordings = recordings

    @cached_property
    def X(self) -> NDArray[np.bool_]:
        """Whether a channel spikes in a tick, bool of shape (windows, ticks, channels)."""
        return self._data.x()

    @cached_property
    def y(self) -> NDArray[Any]:
        """The label of each window, of shape (windows,): numbers where all labels are, else text."""
        labels: NDArray[Any] = self.classes[self._data.class_of()]
        return labels

    @cached_property
    def trials(self) -> NDArray[np.int64]:
        """The trial of each window: its row in the recording's table, ascending, of shape (windows,).

        Windows of one trial belong on one side of a split: pass them as ``groups``.
        """
        return self._data.trials()

    @cached_property
    def of_trial(self) -> NDArray[np.int64]:
        """Which window of its trial each is, from 0; tests use window 0."""
        return self._data.of_trial()

    @cached_property
    def offsets_ms(self) -> NDArray[np.float64]:
        """Start of each window after the time that it counts from, in milliseconds."""
        return self._data.offsets_ms()

    @cached_property
    def classes(self) -> NDArray[Any]:
        """The labels, each once, in the order of the scores."""
        return labels_of(self._data.classes)

    @property
    def tick_ms(self) -> int:
        """Length of a tick, milliseconds."""
        return self._data.tick_ms

    @property
    def label(self) -> str:
        """The column of the labels."""
        return self._data.label_column

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """What they were cut from."""
        return self._recordings

    @property
    def left_out(self) -> dict[str, int]:
        """Trials without a window, by cause."""
        return {cause: count for count, cause in self._data.left_out}

    @property
    def warnings(self) -> list[str]:
        """What is odd about them."""
        return self._data.warnings

    def __len__(self) -> int:
        return len(self.trials)

    def __getitem__(self, chosen: Any) -> tuple[NDArray[np.bool_], NDArray[Any]]:
        return self.X[chosen], self.y[chosen]

    def _rows(self) -> list[tuple[str, object]]:
        counts = [f"{label} ({int((self.y == label).sum())})" for label in self.classes]
        windows, ticks, channels = self.X.shape
        return [
            ("windows", f"{windows} of {ticks} ticks of {self.tick_ms} ms, {channels} channels"),
            ("trials", self._data.n_trials),
            ("left out", ", ".join(f"{count} {cause}" for cause, count in self.left_out.items()) or "none"),
            (f"classes of {self.label}", ", ".join(counts)),
        ]

    def __repr__(self) -> str:
        windows, ticks, channels = self.X.shape
        return f"<Windows: {windows} of {ticks} ticks of {self.tick_ms} ms, {channels} channels, {len(self.classes)} classes>"

    def _repr_html_(self) -> str:
        return _html.table("Windows", [], self._rows())


def windows_of_arrays(
    X: Any, y: Any, groups: Any, tick_ms: int
) -> tuple[_motorsrnn.WindowsData, NDArray[Any], NDArray[np.intp]]:
    """Arrays as windows, their classes, and the order that brings them by trial."""
    labels = np.asarray(y)
    if labels.ndim != 1:
        raise Error(f"y has the shape {labels.shape}; give a label for each window")
    _check_labels(labels)
    classes, class_of = np.unique(labels, return_inverse=True)
    trials = _trials(groups, len(labels))
    order = np.argsort(trials, kind="stable")
    if isinstance(X, np.ndarray) and X.ndim == 3 and len(X) == len(labels) == len(trials):
        X = X[order]
    names = [name_of(label) for label in classes]
    data = _motorsrnn.WindowsData.from_arrays(
        X, class_of[order].tolist(), trials[order].tolist(), names, tick_ms
    )
    return data, classes, order


def _check_labels(labels: NDArray[Any]) -> None:
    """Refuses labels that a saved decoder would not have, and those that are missing."""
    if labels.dtype.kind not in "iufUO":
        raise Error(f"y is of {labels.dtype}; give labels as numbers or text, such as y.astype(int)")
    if labels.dtype.kind == "O" and len({isinstance(label, str) for label in labels}) > 1:
        raise Error("y has text and other labels; give labels of one kind")
    missing = [place for place, label in enumerate(labels.tolist()) if label is None or label != label]
    if missing:
        raise Error(f"{len(missing)} windows have no label, the first is {missing[0]}; leave them out")


def _trials(groups: Any, n_windows: int) -> NDArray[Any]:
    """The trial of each window; without groups, each is one."""
    if groups is None:
        return np.arange(n_windows)
    trials = np.asarray(groups)
    if trials.ndim != 1 or len(trials) != n_windows:
        raise Error(f"groups have the shape {trials.shape} and y has {n_windows} labels; give one for each window")
    if trials.dtype.kind in "iu" and (trials >= 0).all():
        return trials
    return np.unique(trials, return_inverse=True)[1]
