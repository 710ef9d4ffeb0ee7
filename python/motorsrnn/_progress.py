"""The progress of long work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class Progress:
    """How far a training is."""

    #: Epochs that have ended, of all folds.
    done: int
    #: Epochs of all folds.
    total: int
    #: The fold whose epoch has just ended, from 0.
    fold: int
    #: Its mean loss; NaN of a decoder that the network is compared with.
    loss: float


#: ``True`` shows a bar (of tqdm, if it is installed), a function is called with every :class:`Progress`.
Report = Union[bool, Callable[[Progress], None]]


class Reporter:
    """Passes progress on, as asked."""

    def __init__(self, report: Report, what: str) -> None:
        self._report = report
        self._what = what
        self._done = 0
        self._bar: _Bar | None = None

    def __call__(self, fold: int, total: int, loss: float) -> None:
        self._done += 1
        if callable(self._report):
            self._report(Progress(self._done, total, fold, loss))
        elif self._report:
            if self._bar is None:
                self._bar = _Bar(total, self._what)
            self._bar.step(self._done)

    def close(self) -> None:
        """Ends the bar."""
        if self._bar is not None:
            self._bar.close()


class _Bar:
    """A bar of tqdm, or a line on standard error."""

    def __init__(self, total: int, what: str) -> None:
        self._total, self._what = total, what
        try:
            from tqdm.auto import tqdm
        except ImportError:
            self._tqdm = None
        else:
            self._tqdm = tqdm(total=total, desc=what)

    def step(self, done: int) -> None:
        if self._tqdm is not None:
            self._tqdm.update(1)
        else:
            print(f"\r{self._what} {done}/{self._total}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._tqdm is not None:
            self._tqdm.close()
        else:
            print(file=sys.stderr)
