"""Decoders of movement: a value for each axis after every tick."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _html, _motorsrnn
from ._board import Board
from ._motorsrnn import Error, Live
from ._recording import Recording, warn_of


class MovementStream:
    """A session in ticks, with the movement of each; :meth:`MovementDecoder.stream` makes one."""

    def __init__(self, data: _motorsrnn.Stream) -> None:
        self._data = data

    @cached_property
    def X(self) -> NDArray[np.bool_]:
        """Whether a channel spikes in a tick, bool of shape (ticks, channels)."""
        return self._data.x()

    @cached_property
    def movement(self) -> NDArray[np.float64]:
        """The movement in each tick, in :attr:`unit`, float64 of shape (ticks, axes); NaN where it is not known."""
        return self._data.movement()

    @cached_property
    def is_scored(self) -> NDArray[np.bool_]:
        """Whether a tick counts, bool of shape (ticks,)."""
        return self._data.is_scored()

    @cached_property
    def times_s(self) -> NDArray[np.float64]:
        """Start of each tick, seconds on the clock of the recording, float64 of shape (ticks,)."""
        return self._data.times_s()

    @property
    def held_out(self) -> list[tuple[int, int]]:
        """The ranges of ticks, first and one after the last, that the training has not seen.

        Raises:
            Error: the training may have seen a part of the recording, but it is unknown which.
        """
        return self._data.held_out

    @property
    def axes(self) -> list[str]:
        """Names of the axes."""
        return self._data.axes

    @property
    def unit(self) -> str:
        """Unit of the movement; may be empty."""
        return self._data.unit

    @property
    def tick_ms(self) -> int:
        """Length of a tick, milliseconds."""
        return self._data.tick_ms

    def __repr__(self) -> str:
        return f"<MovementStream: {len(self.X)} ticks of {self.tick_ms} ms, {self.X.shape[1]} channels>"


@dataclass(frozen=True, repr=False)
class MovementScore:
    """How well decoded values follow a movement."""

    #: R², mean over axes; None if the movement of an axis is constant.
    r2: float | None
    #: R² of each axis.
    r2_by_axis: dict[str, float | None]
    #: SHA-256 over the scores of every tick, as ``motorsrnn decode`` prints it.
    scores_hash: str

    def _rows(self) -> list[tuple[str, object]]:
        axes = [(axis, _shown(r2)) for axis, r2 in self.r2_by_axis.items()]
        return [("R²", _shown(self.r2)), *axes, ("scores", self.scores_hash)]

    def __repr__(self) -> str:
        return _html.text("Movement", [], self._rows())

    def _repr_html_(self) -> str:
        return _html.table("Movement", [], self._rows())


def _shown(r2: float | None) -> str:
    return "none" if r2 is None else f"{r2:.3f}"


class MovementDecoder:
    """A network that decodes movement at every tick; :func:`load` loads one that ``motorsrnn train --target`` trained.

    >>> from motorsrnn import load
    >>> decoder = load("examples/reach.img")
    >>> stream = decoder.stream(Recording("examples/reach.nwb"))
    >>> decoder.values(stream.X[:1000]).shape, stream.unit
    ((1000, 2), 'cm/s')
    """

    def __init__(self, trained: _motorsrnn.MovementDecoder) -> None:
        self._trained = trained
        self.network = trained.network()

    @property
    def card(self) -> Mapping[str, Any]:
        """The companion of the image: recording, options, seed, report."""
        card: dict[str, Any] = json.loads(self._trained.card())
        return card

    @property
    def image(self) -> bytes:
        """The network image, which a board loads."""
        return self.network.bytes

    @property
    def axes(self) -> list[str]:
        """Names of the axes, in the order of the values."""
        axes: list[str] = self.card["task"]["axes"]
        return axes

    @property
    def unit(self) -> str:
        """Unit of the values; may be empty."""
        return str(self.card["task"]["unit"])

    @cached_property
    def _readout(self) -> tuple[list[list[float]], list[float]]:
        readout = self.card["task"]["readout"]
        return readout["scale"], readout["offset"]

    def scores(self, X: NDArray[np.bool_]) -> NDArray[np.int16]:
        """The scores of a run over these ticks from a restart, int16 of shape (ticks, readouts).

        Args:
            X: bool of shape (ticks, channels).
        """
        if not isinstance(X, np.ndarray) or X.ndim != 2:
            raise Error("X must be a bool array of shape (ticks, channels)")
        scores: NDArray[np.int16] = self.network.scores(X[np.newaxis])[0]
        return scores

    def values(self, X: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The value of each axis after every tick of a run from a restart, in :attr:`unit`, float64 of shape (ticks, axes).

        Those of the first half second mean little: the network has not seen what was before.
        """
        scale, offset = self._readout
        values: NDArray[np.float64] = self.scores(X) @ np.array(scale).T + np.array(offset)
        return values

    def live(self) -> Live:
        """The reference model, a tick at a time: ``tick(events).values``."""
        return self.network.live(None, *self._readout)

    def open(self, board: str = "sim", *, baud: int | str = "auto", in_flight: int = 1) -> Board:
        """Opens a board and loads the network into it; see :meth:`Decoder.open`."""
        scale, offset = self._readout
        return Board(self.network, board, baud, in_flight, scale=scale, offset=offset)

    def stream(self, recording: Recording) -> MovementStream:
        """A recording as a stream like that of the training, its units matched by their ids.

        Raises:
            RecordingError: it has other units, or not the series of the movement.
        """
        data = self._trained.stream(recording._data)
        warn_of(data.warnings, recording.name)
        return MovementStream(data)

    def score(self, stream: MovementStream, ranges: list[tuple[int, int]] | None = None) -> MovementScore:
        """How well the values follow the movement, by the reference model.

        Args:
            stream: the session.
            ranges: ranges of ticks, by default those that the training has not seen; each is run from a restart, after a
                warm-up of half a second.
        """
        chosen = stream.held_out if ranges is None else ranges
        r2, by_axis, scores_hash = self._trained.score(stream._data, chosen)
        return MovementScore(r2, dict(zip(stream.axes, by_axis)), scores_hash)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the image, and its companion ``<path>.json`` beside it.

        Raises:
            ImageError: a file cannot be written.
        """
        self._trained.save(os.fspath(path))

    def __repr__(self) -> str:
        return f"<MovementDecoder of {', '.join(self.axes)}: {self.network.n_neurons} neurons>"
