"""Boards: serial devices, the simulated hardware, and the reference model behind the same wire protocol."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _html, _motorsrnn, _program
from ._motorsrnn import Tick


@dataclass(frozen=True, repr=False)
class Decoding:
    """What a board did in some windows."""

    #: The score of each readout after every tick, int16 of shape (windows, ticks, readouts).
    scores: NDArray[np.int16]
    #: From the first byte sent to the last byte of the answer, float64 microseconds of shape (windows, ticks).
    latency_us: NDArray[np.float64]
    #: How many neurons fired, uint32 of shape (windows, ticks).
    n_spikes: NDArray[np.uint32]
    #: The labels, in the order of the scores; None for a network that does not decide.
    classes: NDArray[Any] | None

    @property
    def decisions(self) -> NDArray[Any]:
        """The label that is decided for at the end of each window, or its number, of shape (windows,)."""
        return self.decisions_by_tick[:, -1]

    @property
    def decisions_by_tick(self) -> NDArray[Any]:
        """The label that is decided for after every tick, or its number, of shape (windows, ticks)."""
        numbers: NDArray[Any] = self.scores.argmax(axis=-1)
        return numbers if self.classes is None else self.classes[numbers]

    @property
    def scores_hash(self) -> str:
        """SHA-256 over all scores, as ``motorsrnn decode`` prints it."""
        from ._decoder import hash_of

        return hash_of(self.scores)

    def _rows(self) -> list[tuple[str, object]]:
        latencies = self.latency_us.ravel()
        at = np.percentile(latencies, [50, 99, 100]) if latencies.size else np.zeros(3)
        windows, ticks, _ = self.scores.shape
        return [
            ("windows", f"{windows} of {ticks} ticks"),
            ("latency", "p50 {:.1f} us, p99 {:.1f} us, max {:.1f} us".format(*at)),
            ("spikes in a window", f"{self.n_spikes.sum() / max(windows, 1):.0f}"),
            ("scores", self.scores_hash),
        ]

    def __repr__(self) -> str:
        return _html.text("Decoding", [], self._rows())

    def _repr_html_(self) -> str:
        return _html.table("Decoding", [], self._rows())


class Board:
    """A board with a network in it; :meth:`Decoder.open` opens one.

    It is a context manager: at its end, the port is free for other programs. A board gives the bits of the reference model;
    :attr:`Decoding.scores_hash` tells.
    """

    def __init__(
        self,
        network: _motorsrnn.Network,
        board: str | os.PathLike[str],
        baud: int | str,
        in_flight: int,
        *,
        labels: NDArray[Any] | None = None,
        scale: list[list[float]] | None = None,
        offset: list[float] | None = None,
    ) -> None:
        self._classes = labels
        listed = None if labels is None else labels.tolist()
        self._link = _motorsrnn.BoardLink.open(
            network, os.fspath(board), str(baud), in_flight, listed, scale, offset
        )

    def tick(self, events: Any) -> Tick:
        """Runs one tick and waits for the answer.

        Args:
            events: the channels that spike in this tick, as an array of uint16 (or a list), ascending; or bool of shape
                (channels,).

        Raises:
            BoardError: the link failed or the board restarted, which ends the window: call :meth:`restart`.
        """
        return self._link.tick(events)

    def restart(self) -> None:
        """Begins again: all states zero, the next tick is tick 0. Loads the network again if the board has lost it."""
        self._link.restart()

    def run(self, X: NDArray[np.bool_]) -> Decoding:
        """Runs windows, each from a restart.

        Args:
            X: bool of shape (windows, ticks, channels).
        """
        return Decoding(*self._link.run(X), self._classes)

    @property
    def statistics(self) -> dict[str, int]:
        """Counts of the link since it was opened: frames, resends, CRC errors and the like."""
        counts: dict[str, int] = json.loads(self._link.statistics())
        return counts

    @property
    def baud(self) -> int | None:
        """Baud rate; None without a serial device."""
        return self._link.baud

    def close(self) -> None:
        """Frees the port."""
        self._link.close()

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Rows(list[dict[str, Any]]):
    """Rows of a list, which a notebook shows as a table."""

    def _repr_html_(self) -> str:
        columns = [name for name, value in self[0].items() if not isinstance(value, dict)] if self else []
        return _html.table("", columns, [[row.get(column) for column in columns] for row in self])


def boards() -> list[dict[str, Any]]:
    """The supported boards: core, sizes, bitstream and tick rate of each.

    >>> [board["core"] for board in boards() if board["board"] == "icebreaker"]
    ['up5k']
    """
    return Rows(_program.run(["boards", "--json"]).objects)


def ports() -> list[dict[str, Any]]:
    """The serial ports of this machine."""
    return Rows(_program.run(["ports", "--json"]).objects)


@dataclass(frozen=True, repr=False)
class SelfTest:
    """The result of a self-test."""

    #: Whether every step passed or was skipped.
    passed: bool
    #: The steps.
    steps: list[dict[str, Any]]
    #: Verdict and circumstances.
    summary: dict[str, Any]

    def _rows(self) -> list[list[object]]:
        return [[step["step"], step["verdict"], step["reason"] or ""] for step in self.steps]

    def __repr__(self) -> str:
        return _html.text(f"Self-test: {'passed' if self.passed else 'FAILED'}", ["step", "verdict", ""], self._rows())

    def _repr_html_(self) -> str:
        return _html.table(
            f"Self-test: {'passed' if self.passed else 'FAILED'}", ["step", "verdict", ""], self._rows()
        )


def selftest(
    board: str,
    *,
    baud: int | str = "auto",
    core: str | None = None,
    network: str | os.PathLike[str] | None = None,
    seed: int = 1,
) -> SelfTest:
    """Tests a board: its link, memories and arithmetic, and a decode with a known result; overwrites the network on it.

    Args:
        board: the path of a serial device, ``sim`` or ``model``.
        baud: baud rate; ``auto`` tries those of all boards.
        core: the core that the board must have.
        network: the path of an image that is tested beside random ones.
        seed: the same seed repeats the same test.

    Raises:
        BoardError: there is no board.
    """
    arguments: list[str | os.PathLike[str]] = ["selftest", "--json", "--board", board]
    for name, value in [("baud", baud), ("core", core), ("network", network), ("seed", seed)]:
        arguments += _program.option(name, value)
    # A board that fails its test has a report, too.
    outcome = _program.run(arguments, accepted=(0, 4, 5))
    *steps, last = outcome.objects or [{}]
    if last.get("kind") != "selftest":
        raise _motorsrnn.BoardError("the self-test broke off; check the board's link")
    return SelfTest(outcome.code == 0, steps, last)
