"""Networks trained elsewhere: NIR files of snnTorch, Norse, Rockpool, sinabs, spyx, stork or your own."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _html, _motorsrnn, _program
from ._board import Board
from ._motorsrnn import Error, ImageError, Live


class ImportedNetwork:
    """A network image that :func:`import_nir` made; :func:`load` loads it again."""

    def __init__(self, image: bytes, card: str) -> None:
        #: The companion of the image: how the file was read, outputs, populations.
        self.card: Mapping[str, Any] = json.loads(card)
        self._card_text = card
        self.network = _motorsrnn.Network(image, self.card["core"])
        if self.network.sha256 != self.card["network_hash"]:
            raise ImageError("the companion belongs to another image; put the two that belong together side by side")
        #: How faithful the import is, as ``motorsrnn import --json`` prints it; empty for one that was loaded.
        self.report: Mapping[str, Any] = {}

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ImportedNetwork:
        """Loads an image and its companion.

        Raises:
            ImageError: a file is missing or damaged.
        """
        try:
            return cls(Path(path).read_bytes(), Path(os.fspath(path) + ".json").read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError) as error:
            if isinstance(error, ImageError):
                raise
            raise ImageError(f"{os.fspath(path)}: {error}; import it again") from error

    @property
    def image(self) -> bytes:
        """The network image, which a board loads."""
        return self.network.bytes

    @property
    def outputs(self) -> list[str]:
        """Names of the outputs, in the order of the values."""
        return [output["name"] for output in self.card["outputs"]]

    @property
    def n_channels(self) -> int:
        """Channels of the network."""
        return self.network.n_channels // self._max_count

    @property
    def _max_count(self) -> int:
        return int(self.card["max_count"])

    def values(self, X: NDArray[np.bool_] | NDArray[np.uint8]) -> NDArray[np.float64]:
        """The value of each output after every tick of a run from a restart, float64 of shape (ticks, outputs).

        Args:
            X: bool of shape (ticks, channels), or uint8 numbers of events up to the largest count of the import.
        """
        events = self._events(X)
        lags = [int(output["lag_ticks"]) for output in self.card["outputs"]]
        lead_in = int(self.card["lead_in_ticks"])
        shift = max([lead_in, *lags])
        padded = np.zeros((len(events) + shift, events.shape[1]), dtype=np.bool_)
        padded[lead_in : lead_in + len(events)] = events
        scores = self.network.scores(padded[np.newaxis])[0]
        values = np.zeros((len(events), len(lags)))
        for column, (output, lag) in enumerate(zip(self.card["outputs"], lags)):
            at = np.arange(len(events)) + lag
            known = at >= 0
            found = np.zeros(len(events))
            found[known] = scores[at[known], output["readout"]]
            values[:, column] = output["scale"] * found + output["offset"]
        return values

    def _events(self, X: Any) -> NDArray[np.bool_]:
        if not isinstance(X, np.ndarray) or X.dtype not in (np.bool_, np.uint8):
            raise TypeError("X must be an array of bool or uint8 of shape (ticks, channels)")
        if X.ndim != 2 or X.shape[1] != self.n_channels:
            raise Error(f"X has the shape {X.shape}; give (ticks, {self.n_channels})")
        if X.size and X.max() > self._max_count:
            raise Error(f"X has {X.max()} events in a tick, and the network takes {self._max_count}")
        # A channel of the network is so many of the image: as many are active as there are events.
        copies = np.arange(self._max_count) < X[:, :, np.newaxis]
        return copies.reshape(len(X), -1)

    def live(self) -> Live:
        """The reference model, a tick at a time; its ticks have scores, of which :attr:`card` says what they mean."""
        return self.network.live()

    def open(self, board: str = "sim", *, baud: int | str = "auto", in_flight: int = 1) -> Board:
        """Opens a board and loads the network into it; see :meth:`Decoder.open`."""
        return Board(self.network, board, baud, in_flight)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the image, and its companion ``<path>.json`` beside it.

        Raises:
            ImageError: a file cannot be written.
        """
        try:
            Path(os.fspath(path) + ".json").write_text(self._card_text, encoding="utf-8")
            Path(path).write_bytes(self.image)
        except OSError as error:
            raise ImageError(f"cannot write {os.fspath(path)}: {error}") from error

    def _rows(self) -> list[tuple[str, object]]:
        return [
            ("from", f"{self.card['source']}, {self.card['read_as']['producer']}"),
            ("network", f"{self.n_channels} channels, {self.network.n_neurons} neurons, {self.network.n_synapses} synapses"),
            ("outputs", f"{self.card['output']}: {', '.join(self.outputs)}"),
            ("core", self.network.core),
            ("image", self.network.sha256),
        ]

    def __repr__(self) -> str:
        return _html.text("Imported network", [], self._rows())

    def _repr_html_(self) -> str:
        return _html.table("Imported network", [], self._rows())


def import_nir(path: str | os.PathLike[str], producer: str, **options: Any) -> ImportedNetwork:
    """Imports a network that was trained elsewhere.

    Args:
        path: a NIR file.
        producer: who wrote it: ``snntorch``, ``norse``, ``rockpool``, ``sinabs``, ``spyx``, ``stork`` or ``nir``.
        options: options of ``motorsrnn import --help`` as keywords, with ``_`` for ``-``: ``dt="4ms"``, ``reset="subtract"``,
            ``core="ecp5-25f"``, ``calibrate="session.nwb"``.

    Raises:
        Error: the file, or what it does not say and no option does.
    """
    given = [text for name, value in options.items() for text in _program.option(name, value)]
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "network.img"
        outcome = _program.run(["import", path, "--from", producer, "--output", image, "--json", *given])
        imported = ImportedNetwork.load(image)
    imported.report = outcome.objects[-1]
    for warning in imported.card["warnings"]:
        warnings.warn(f"{os.fspath(path)}: {warning}", stacklevel=2)
    return imported
