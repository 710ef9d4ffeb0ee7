"""The network beside other decoders, on the same folds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _html, _motorsrnn
from ._decoder import Decoder
from ._progress import Report, Reporter
from ._windows import Windows

#: Names of the decoders that the network is compared with, as they are shown.
BASELINES = {"lda": "shrinkage LDA", "bayes": "Poisson naive Bayes", "gru": "GRU", "lstm": "LSTM"}


@dataclass(frozen=True, repr=False)
class Tested:
    """What a decoder decided in the held-out trials of all folds; arrays are of shape (trials,)."""

    #: What it is called.
    title: str
    #: The trials, as :attr:`Windows.trials`, by fold.
    trials: NDArray[np.int64]
    #: The fold of each trial, from 0.
    folds: NDArray[np.int64]
    #: The label of each trial.
    labels: NDArray[Any]
    #: The label that was decided for at the end of its window.
    decisions: NDArray[Any]

    @property
    def is_right(self) -> NDArray[np.bool_]:
        """Whether each decision is right."""
        right: NDArray[np.bool_] = self.decisions == self.labels
        return right

    @property
    def accuracy_by_fold(self) -> NDArray[np.float64]:
        """Share of right decisions in each fold, 0 to 1, of shape (folds,)."""
        return np.array([self.is_right[self.folds == fold].mean() for fold in range(int(self.folds.max()) + 1)])

    @property
    def accuracy(self) -> float:
        """Mean over the folds."""
        return float(self.accuracy_by_fold.mean())

    def __repr__(self) -> str:
        return f"<{self.title}: {_html.percent(self.accuracy)} of {len(self.trials)} trials>"


class CrossValidation(Mapping[str, Tested]):
    """The network and the decoders beside it, by name: ``network``, ``lda``, ``bayes``, ``gru``, ``lstm``."""

    def __init__(self, decoder: Decoder, tested: dict[str, Tested]) -> None:
        #: The decoder of the first fold, ready to be saved.
        self.decoder = decoder
        self._tested = tested

    def __getitem__(self, name: str) -> Tested:
        return self._tested[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tested)

    def __len__(self) -> int:
        return len(self._tested)

    @property
    def accuracy(self) -> float:
        """Mean accuracy of the network over the folds, 0 to 1."""
        return self["network"].accuracy

    def difference(self, name: str) -> tuple[float, float]:
        """Accuracy of the network less that of another decoder, and its standard error, paired over the trials."""
        pairs = self["network"].is_right.astype(np.float64) - self[name].is_right
        return float(pairs.mean()), float(pairs.std(ddof=1) / np.sqrt(len(pairs)))

    _COLUMNS = ("decoder", "accuracy", "network less this, points")

    def _rows(self) -> list[list[object]]:
        rows: list[list[object]] = []
        for name, tested in self.items():
            mean, error = (0.0, 0.0) if name == "network" else self.difference(name)
            paired = "" if name == "network" else f"{100 * mean:+.1f} ± {100 * error:.1f}"
            rows.append([tested.title, _html.percent(tested.accuracy), paired])
        return rows

    def _title(self) -> str:
        network = self["network"]
        return f"{len(network.trials)} held-out trials in {len(network.accuracy_by_fold)} folds"

    def __repr__(self) -> str:
        return _html.text(self._title(), self._COLUMNS, self._rows())

    def _repr_html_(self) -> str:
        return _html.table(self._title(), self._COLUMNS, self._rows())


def cross_validate(
    windows: Windows,
    decoder: Decoder | None = None,
    *,
    baselines: Sequence[str] = ("lda", "bayes"),
    folds: int | None = None,
    threads: int | None = None,
    progress: Report = False,
) -> CrossValidation:
    """Cross-validates a decoder over trials, beside other decoders on the same folds.

    Args:
        windows: the windows of a recording.
        decoder: its parameters are used; by default those of :class:`Decoder`.
        baselines: of ``lda`` (shrinkage LDA), ``bayes`` (Poisson naive Bayes), ``gru`` and ``lstm``; the latter two, in floats, with
            as many parameters as the network has synapses.
        folds: folds, by default those of the decoder.
        threads: threads, by default those of the decoder.
        progress: as of :meth:`Decoder.fit`.

    Raises:
        TrainingError: a decoder that cannot be trained.
        Error: an unknown baseline.
    """
    for name in baselines:
        if name not in BASELINES:
            raise _motorsrnn.Error(f"baseline {name}: give {', '.join(BASELINES)}")
    fitted = Decoder(**(decoder or Decoder()).get_params())
    if folds is not None:
        fitted.folds = folds
    if threads is not None:
        fitted.threads = threads
    fitted.fit(windows, progress=progress)
    trials, of_fold, of_class, network, _, _ = (np.asarray(column, dtype=np.int64) for column in fitted._held_out)
    classes = windows.classes
    tested = {"network": Tested("spiking network", trials, of_fold, classes[of_class], classes[network])}
    n_synapses = int(fitted.card["report"]["n_synapses"])
    for name in baselines:
        tested[name] = _baseline(windows, name, fitted, n_synapses, progress)
    return CrossValidation(fitted, tested)


def _baseline(windows: Windows, name: str, fitted: Decoder, n_synapses: int, progress: Report) -> Tested:
    reporter = Reporter(progress, BASELINES[name])

    def report(fold: int, epoch: int, epochs: int) -> None:
        reporter(fold, fitted.folds * epochs, float("nan"))

    try:
        found = _motorsrnn.baseline(
            windows._data, name, fitted._parameters(), n_synapses, report if progress else None
        )
    finally:
        reporter.close()
    hidden = "" if found.n_hidden is None else f", {found.n_hidden} units"
    classes = windows.classes
    return Tested(
        BASELINES[name] + hidden,
        found.trials(),
        found.folds(),
        classes[found.classes()],
        classes[found.decisions()[:, -1]],
    )
