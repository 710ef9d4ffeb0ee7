"""Decoders of classes: the estimator."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _html, _motorsrnn
from ._board import Board
from ._labels import labels_of
from ._motorsrnn import Error, Live
from ._movement import MovementDecoder
from ._progress import Report, Reporter
from ._recording import Recording, warn_of
from ._windows import Windows, windows_of_arrays


class Decoder:
    """A recurrent spiking network that decides between classes, an estimator in the sense of scikit-learn.

    :meth:`fit` does what ``motorsrnn train`` does: it cross-validates over trials and keeps the network of the first fold, which
    has not seen the trials of that fold. To train on other parts, see ``test`` there.

    Args:
        topology: ``T1`` to ``T6``, ``direct``, or the path of a TOML file.
        core: the core that the image is laid out for (see :func:`boards`), by default the smallest that holds the network.
        weight_bits: bits of a weight, 4 to 8.
        seed: seed of split, topology and training.
        folds: folds of the cross-validation, at least 2.
        synapses: prunes to so many synapses, by default not at all.
        epochs: passes over the training windows, by default by their number.
        tick_ms: length of a tick of the arrays that are fitted, milliseconds; :class:`Windows` have their own.
        threads: threads of the training, by default one per processor; the result does not depend on them.

    >>> decoder = load("examples/decoder.img")
    >>> decoder.classes_
    array([  0,  90, 180, 270])
    >>> decoder.card["topology"]["name"], decoder.core
    ('T6', 'ecp5-25f')
    """

    #: The labels, in the order of the scores, of shape (classes,).
    classes_: NDArray[Any]
    _estimator_type = "classifier"

    def __init__(
        self,
        *,
        topology: str = "T6",
        core: str | None = None,
        weight_bits: int = 8,
        seed: int = 1,
        folds: int = 5,
        synapses: int | None = None,
        epochs: int | None = None,
        tick_ms: int = 1,
        threads: int | None = None,
    ) -> None:
        self.topology = topology
        self.core = core
        self.weight_bits = weight_bits
        self.seed = seed
        self.folds = folds
        self.synapses = synapses
        self.epochs = epochs
        self.tick_ms = tick_ms
        self.threads = threads
        self._trained: _motorsrnn.TrainedDecoder | None = None
        self._network: _motorsrnn.Network | None = None

    # scikit-learn

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters of the constructor."""
        return {name: getattr(self, name) for name in inspect.signature(Decoder).parameters}

    def set_params(self, **parameters: Any) -> Decoder:
        """Sets parameters of the constructor.

        Raises:
            Error: there is no such parameter.
        """
        known = self.get_params()
        for name, value in parameters.items():
            if name not in known:
                raise Error(f"there is no parameter {name}; there are {', '.join(known)}")
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(two_d_array=False, three_d_array=True),
        )

    def __sklearn_is_fitted__(self) -> bool:
        return self._trained is not None

    # Training

    def fit(
        self,
        X: NDArray[np.bool_] | Windows,
        y: Any = None,
        groups: Any = None,
        *,
        test: str | NDArray[np.bool_] | None = None,
        progress: Report = False,
    ) -> Decoder:
        """Trains the network.

        Args:
            X: :class:`Windows`, whose recordings are then remembered with the decoder; or bool of shape
                (windows, ticks, channels).
            y: the label of each window, of shape (windows,); None for :class:`Windows`.
            groups: the trial of each window, of shape (windows,); windows of one trial stay together, and only the first is
                tested. By default each window is a trial.
            test: what to hold out in place of folds: bool of shape (windows,), true for the windows of trials to test with, or,
                for :class:`Windows`, a column of the trials with ``train`` and ``test``.
            progress: True for a bar, or a function that is called with a :class:`Progress` after each epoch.

        Raises:
            TypeError: X is not bool.
            TrainingError: a network that cannot be trained, or that the core does not hold.
            Error: shapes, labels or options that cannot be used.
            KeyboardInterrupt: Ctrl-C, which ends the training within an epoch.
        """
        data, classes, recordings, order = self._windows_to_fit(X, y, groups)
        division = _division(test, data.trials(), order)
        reporter = Reporter(progress, "training")

        def report(fold: int, folds: int, epoch: int, epochs: int, loss: float) -> None:
            reporter(fold, folds * epochs, loss)

        try:
            trained, held_out = _motorsrnn.fit(
                data, [one._data for one in recordings], self._parameters(), division, report if progress else None
            )
        finally:
            reporter.close()
        self._adopt(trained, classes)
        self._held_out = held_out
        return self

    def _windows_to_fit(
        self, X: Any, y: Any, groups: Any
    ) -> tuple[_motorsrnn.WindowsData, NDArray[Any], tuple[Recording, ...], NDArray[np.intp] | None]:
        """The windows with their classes and recordings; of arrays also the order that brings them by trial."""
        if isinstance(X, Windows):
            if y is not None or groups is not None:
                raise Error("windows have their own labels and trials; leave y and groups out")
            return X._data, X.classes, X.recordings, None
        if y is None:
            raise Error("y is missing; give a label for each window")
        data, classes, order = windows_of_arrays(X, y, groups, self.tick_ms)
        return data, classes, (), order

    def _parameters(self, **others: Any) -> str:
        """The parameters as the native module reads them."""
        parameters = {**self.get_params(), **others}
        del parameters["tick_ms"]
        for name in ("weight_bits", "seed", "folds", "synapses", "epochs", "threads"):
            value = parameters[name]
            if value is None:
                continue
            if isinstance(value, (bool, float, str)) or not hasattr(value, "__index__"):
                raise TypeError(f"{name} is {value!r}; give an integer")
            least = 0 if name == "seed" else 1
            if value.__index__() < least:
                raise Error(f"{name} is {value}; give {least} or more")
            parameters[name] = value.__index__()
        parameters["topology"] = os.fspath(parameters["topology"])
        return json.dumps(parameters)

    def _adopt(self, trained: _motorsrnn.TrainedDecoder, classes: NDArray[Any]) -> None:
        self._trained, self._network = trained, trained.network()
        self.classes_ = classes

    # Decoding

    @property
    def network(self) -> _motorsrnn.Network:
        """The network in the image, with its sizes: ``n_channels``, ``n_neurons``, ``n_synapses``, ``core``.

        Raises:
            Error: the decoder is not fitted.
        """
        if self._network is None:
            raise Error("the decoder is not fitted; call fit, or load an image")
        return self._network

    def scores(self, X: NDArray[np.bool_] | Windows) -> NDArray[np.int16]:
        """The score of each class after every tick, int16 of shape (windows, ticks, classes), by the reference model.

        Each window starts from a restart.
        """
        return self.network.scores(X.X if isinstance(X, Windows) else X)

    def decision_function(self, X: NDArray[np.bool_] | Windows) -> NDArray[np.int16]:
        """The score of each class at the end of each window, int16 of shape (windows, classes)."""
        return self.scores(X)[:, -1]

    def predict(self, X: NDArray[np.bool_] | Windows) -> NDArray[Any]:
        """The label that is decided for at the end of each window, of shape (windows,)."""
        labels: NDArray[Any] = self.classes_[self.decision_function(X).argmax(axis=-1)]
        return labels

    def predict_by_tick(self, X: NDArray[np.bool_] | Windows) -> NDArray[Any]:
        """The label that is decided for after every tick, of shape (windows, ticks)."""
        labels: NDArray[Any] = self.classes_[self.scores(X).argmax(axis=-1)]
        return labels

    def score(self, X: NDArray[np.bool_] | Windows, y: Any = None) -> float:
        """The share of windows whose label is decided for at their end, 0 to 1."""
        labels = X.y if isinstance(X, Windows) and y is None else np.asarray(y)
        decided = self.predict(X)
        if labels.shape != decided.shape:
            raise Error(f"y has the shape {labels.shape}; give a label for each of the {len(decided)} windows")
        return float((decided == labels).mean())

    def scores_hash(self, X: NDArray[np.bool_] | Windows) -> str:
        """SHA-256 over all scores, as ``motorsrnn decode`` prints it: equal hashes mean equal bits."""
        return hash_of(self.scores(X))

    def live(self) -> Live:
        """The reference model, a tick at a time."""
        return self.network.live(self.classes_.tolist())

    def open(self, board: str = "sim", *, baud: int | str = "auto", in_flight: int = 1) -> Board:
        """Opens a board and loads the network into it.

        Args:
            board: the path of a serial device, ``sim`` for the simulated hardware, or ``model`` for the reference model.
            baud: baud rate of the device; ``auto`` tries those of all boards.
            in_flight: frames of :meth:`Board.run` that may wait for an answer, 1 to 64; 1 gives the lowest latency.

        Raises:
            BoardError: there is no board, or the link to it failed.
        """
        return Board(self.network, board, baud, in_flight, labels=self.classes_)

    # Recordings

    def windows(self, recording: Recording) -> Windows:
        """Cuts a recording like that of the training, its units matched by their ids.

        Raises:
            RecordingError: it has other units, classes or columns.
        """
        data = self._fitted().cut(recording._data)
        warn_of(data.warnings, recording.name)
        return Windows(data, (recording,))

    def held_out(self, windows: Windows) -> NDArray[np.bool_]:
        """Which windows are the first of a trial that the training has not seen, bool of shape (windows,).

        Raises:
            Error: the training may have seen some of the trials, but it is unknown which.
        """
        if len(windows.recordings) != 1:
            raise Error(f"the windows are of {len(windows.recordings)} recordings; give those of one")
        return self._fitted().held_out(windows.recordings[0]._data, windows._data)

    # Files

    def _fitted(self) -> _motorsrnn.TrainedDecoder:
        if self._trained is None:
            raise Error("the decoder is not fitted; call fit, or load an image")
        return self._trained

    @property
    def image(self) -> bytes:
        """The network as a board loads it: without plastic readouts, if the file has such."""
        return self.network.bytes

    @property
    def card(self) -> Mapping[str, Any]:
        """The companion of the image: recording, options, seed, report, held-out trials."""
        card: dict[str, Any] = json.loads(self._fitted().card())
        return card

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the image, and its companion ``<path>.json`` beside it, for :func:`load` and the program.

        Raises:
            ImageError: a file cannot be written.
        """
        self._fitted().save(os.fspath(path))

    def __getstate__(self) -> dict[str, Any]:
        state = {**self.__dict__, "_network": None, "_trained": None}
        if self._trained is not None:
            state["_trained"] = (self._trained.image(), self._trained.card())
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if state["_trained"] is not None:
            self._adopt(_motorsrnn.TrainedDecoder.parse(*state["_trained"]), self.classes_)

    def __repr__(self) -> str:
        defaults = {name: parameter.default for name, parameter in inspect.signature(Decoder).parameters.items()}
        others = [f"{name}={value!r}" for name, value in self.get_params().items() if value != defaults[name]]
        return f"Decoder({', '.join(others)})"

    def _repr_html_(self) -> str:
        if self._trained is None:
            return _html.table(repr(self), [], [("", "not fitted")])
        card = self.card
        report = card["report"]
        over = f"mean of {report['folds']} folds" if report["folds"] > 1 else "held-out trials"
        rows = [
            ("recording", card["recording"]["name"]),
            ("classes", ", ".join(card["classes"])),
            ("accuracy", f"{_html.percent(report['accuracy_mean'])}, {over}"),
            ("shrinkage LDA", _html.percent(report["lda"])),
            ("Poisson naive Bayes", _html.percent(report["poisson_naive_bayes"])),
            ("largest class", _html.percent(report["chance"])),
            ("network", f"{card['topology']['name']}, {report['n_neurons']} neurons, {report['n_synapses']} synapses"),
            ("core", card["core"]),
            ("image", card["network_hash"]),
        ]
        return _html.table("Decoder", [], rows)


def _division(test: Any, trials: NDArray[np.int64], order: NDArray[np.intp] | None) -> str | list[int] | None:
    """What to hold out: a column or trials; None for folds. ``trials`` are in the order that ``order`` brings windows into."""
    if test is None:
        return None
    if isinstance(test, str):
        if order is not None:
            raise Error(f"test is a column, {test}, and arrays have none; give bool of shape (windows,)")
        return test
    mask = np.asarray(test)
    if mask.dtype != np.bool_:
        raise TypeError(f"test has the dtype {mask.dtype}; give bool of shape (windows,)")
    if mask.shape != trials.shape:
        raise Error(f"test has the shape {mask.shape}; give one bool for each of the {len(trials)} windows")
    mask = mask if order is None else mask[order]
    of_test, of_training = set(trials[mask].tolist()), set(trials[~mask].tolist())
    if of_test & of_training:
        raise Error(f"test divides the windows of trial {min(of_test & of_training)}; put all on one side")
    return sorted(of_test)


def hash_of(scores: NDArray[np.int16]) -> str:
    """SHA-256 over scores as little-endian 16-bit words."""
    return hashlib.sha256(np.ascontiguousarray(scores, dtype="<i2").tobytes()).hexdigest()


def load(path: str | os.PathLike[str]) -> Any:
    """Loads a network image with its companion ``<path>.json``.

    Returns a :class:`Decoder`, a :class:`MovementDecoder` or an :class:`ImportedNetwork`, whatever the companion says.

    Raises:
        ImageError: a file is missing or damaged, or the two do not belong together.
    """
    from ._imported import ImportedNetwork

    kind = _kind(Path(os.fspath(path) + ".json"))
    if kind == "import":
        return ImportedNetwork.load(path)
    if kind == "movement":
        return MovementDecoder(_motorsrnn.MovementDecoder.load(os.fspath(path)))
    trained = _motorsrnn.TrainedDecoder.load(os.fspath(path))
    card = json.loads(trained.card())
    report = card["report"]
    decoder = Decoder(
        topology=card["topology"]["name"],
        core=card["core"],
        weight_bits=card["weight_bits"],
        seed=report["seed"],
        folds=max(report["folds"], 2),
        epochs=card["training"]["epochs"],
        tick_ms=card["windows"]["tick_ms"],
    )
    decoder._adopt(trained, labels_of(card["classes"]))
    return decoder


def _kind(companion: Path) -> str:
    """What kind of network a companion is of, as far as it can be read."""
    try:
        card = json.loads(companion.read_bytes())
    except (OSError, ValueError):
        return ""
    if not isinstance(card, dict):
        return ""
    return "movement" if "task" in card else str(card.get("kind", ""))
