"""Decoders: the same bits and bytes as the program's."""

from __future__ import annotations

import json
import pickle
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import motorsrnn as ms
from motorsrnn import _program


def program(*arguments: object) -> list[dict[str, Any]]:
    return _program.run([str(argument) for argument in arguments]).objects


def test_scores_are_those_of_the_program(decoder: ms.Decoder, recording: ms.Recording) -> None:
    windows = decoder.windows(recording)
    held_out = decoder.held_out(windows)
    X, y = windows[held_out]
    decoding = program("decode", "examples/centre_out.nwb", "--network", "examples/decoder.img", "--json")[-1]
    assert decoder.scores_hash(X) == decoding["scores_hash"] == decoder.card["report"]["scores_hash"]
    assert decoder.score(X, y) == decoding["accuracy"] == (decoder.predict(X) == y).mean()
    by_tick = (decoder.predict_by_tick(X) == y[:, np.newaxis]).mean(axis=0)
    assert by_tick.tolist() == pytest.approx(decoding["accuracy_at_tick"])
    assert decoder.decision_function(X).dtype == np.int16
    assert sorted(set(windows.trials[held_out])) == list(decoder.card["held_out_trials"])


def test_fit_gives_the_bytes_of_train(
    windows: ms.Windows, brief: dict[str, Any], tmp_path: Path
) -> None:
    image = tmp_path / "program.img"
    options = [f"--{name}={value}" for name, value in brief.items()]
    program("train", "examples/centre_out.nwb", "-o", image, "--align", "go_cue_time", "--seed=3", "--json", *options)
    expected, companion = image.read_bytes(), json.loads((tmp_path / "program.img.json").read_text())

    of_windows = ms.Decoder(seed=3, **brief).fit(windows)
    of_arrays = ms.Decoder(seed=3, **brief).fit(windows.X, windows.y, groups=windows.trials)
    assert of_windows.image == of_arrays.image == expected
    assert of_windows.card == companion

    # In any order of the windows.
    order = np.random.default_rng(1).permutation(len(windows))
    shuffled = ms.Decoder(seed=3, **brief).fit(windows.X[order], windows.y[order], groups=windows.trials[order])
    assert shuffled.image == expected

    of_windows.save(tmp_path / "python.img")
    assert (tmp_path / "python.img").read_bytes() == expected
    assert (tmp_path / "python.img.json").read_text() == (tmp_path / "program.img.json").read_text()


def test_an_image_with_plastic_readouts_is_its_trained_network(brief: dict[str, Any], tmp_path: Path) -> None:
    [plastic, alone] = [tmp_path / "plastic.img", tmp_path / "alone.img"]
    options = [f"--{name}={value}" for name, value in brief.items()]
    session = "examples/centre_out.nwb"
    program("train", session, "-o", plastic, "--plastic", "--json", *options)
    program("train", session, "-o", alone, "--json", *options)
    loaded, expected = ms.load(plastic), ms.load(alone)
    assert isinstance(loaded, ms.Decoder) and isinstance(expected, ms.Decoder)
    assert loaded.image == expected.image == alone.read_bytes()
    windows = loaded.windows(ms.Recording(session))
    assert loaded.scores_hash(windows) == expected.scores_hash(windows)
    copy = pickle.loads(pickle.dumps(loaded))
    assert (copy.image, copy.card) == (loaded.image, loaded.card)
    copy.save(tmp_path / "copy.img")
    assert (tmp_path / "copy.img").read_bytes() == plastic.read_bytes()


def test_a_column_or_a_mask_says_what_is_held_out(
    windows: ms.Windows, recording: ms.Recording, brief: dict[str, Any]
) -> None:
    mask = recording.trials["split"][windows.trials] == "test"
    by_column = ms.Decoder(**brief).fit(windows, test="split")
    by_mask = ms.Decoder(**brief).fit(windows, test=mask)
    arrays = ms.Decoder(**brief).fit(windows.X[::-1], windows.y[::-1], windows.trials[::-1], test=mask[::-1])
    assert by_column.image == by_mask.image == arrays.image
    assert by_column.card["split_column"] == "split" and by_mask.card["split_column"] is None
    assert by_mask.card["held_out_trials"] == windows.trials[mask].tolist()
    assert (by_mask.held_out(windows) == mask).all()


def test_a_decoder_is_pickled_and_loaded(decoder: ms.Decoder, windows: ms.Windows, tmp_path: Path) -> None:
    expected = decoder.scores_hash(windows)
    assert pickle.loads(pickle.dumps(decoder)).scores_hash(windows) == expected
    decoder.save(tmp_path / "copy.img")
    assert ms.load(tmp_path / "copy.img").scores_hash(windows) == expected


def test_labels_of_any_kind(windows: ms.Windows, brief: dict[str, Any]) -> None:
    names = np.array(["left", "up", "right", "down"])[windows.y // 90]
    fitted = ms.Decoder(**brief).fit(windows.X, names, windows.trials)
    assert fitted.classes_.tolist() == fitted.card["classes"] == ["down", "left", "right", "up"]
    assert set(fitted.predict(windows.X)) <= set(names)


def test_progress_is_told_and_its_exception_ends_the_training(windows: ms.Windows, brief: dict[str, Any]) -> None:
    told: list[ms.Progress] = []
    ms.Decoder(**brief).fit(windows, progress=told.append)
    assert [one.done for one in told] == [1, 2, 3, 4] and told[0].total == 4
    assert {one.fold for one in told} == {0, 1} and all(np.isfinite(one.loss) for one in told)

    class Enough(Exception):
        pass

    calls = []

    def stop(progress: ms.Progress) -> None:
        calls.append(progress)
        raise Enough

    with pytest.raises(Enough):
        ms.Decoder(**{**brief, "epochs": 100_000}).fit(windows, progress=stop)
    assert len(calls) == 1


def test_a_bar_is_shown(windows: ms.Windows, brief: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    ms.Decoder(**brief).fit(windows, progress=True)
    assert "training" in capsys.readouterr().err


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell ignores interrupts of what it runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_a_training(windows: ms.Windows, brief: dict[str, Any]) -> None:
    def interrupt(_: ms.Progress) -> None:
        signal.raise_signal(signal.SIGINT)

    # It would take hours.
    endless = ms.Decoder(**{**brief, "epochs": 1_000_000})
    with pytest.raises(KeyboardInterrupt):
        endless.fit(windows, progress=interrupt)
    main = threading.main_thread()
    assert main.ident is not None
    timer = threading.Timer(0.5, lambda: signal.pthread_kill(main.ident or 0, signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        endless.fit(windows)


def test_the_interpreter_is_free_meanwhile(decoder: ms.Decoder, windows: ms.Windows) -> None:
    ticks: list[float] = []
    is_done = threading.Event()

    def count() -> None:
        while not is_done.wait(0.001):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=count)
    thread.start()
    start = time.monotonic()
    decoder.scores(np.concatenate([windows.X] * 20))
    end = time.monotonic()
    is_done.set()
    thread.join()
    during = [tick for tick in ticks if start < tick < end]
    assert len(during) > 10, f"{len(during)} turns in {end - start} s"


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        (np.zeros((2, 50, 64)), TypeError, "float64"),
        (np.zeros((2, 50, 64), dtype=np.uint8), TypeError, "uint8"),
        (np.zeros((2, 50, 63), dtype=bool), ms.Error, "63 channels, the network has 64"),
        (np.zeros((50, 64), dtype=bool), ms.Error, "shape"),
        ([[True]], TypeError, "list"),
    ],
)
def test_other_arrays_are_refused(decoder: ms.Decoder, X: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        decoder.scores(X)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parameters", "error", "words"),
    [
        ({"weight_bits": 9}, ms.Error, "4 to 8"),
        ({"weight_bits": 8.0}, TypeError, "weight_bits"),
        ({"folds": 1}, ms.Error, "fold"),
        ({"seed": -1}, ms.Error, "seed"),
        ({"topology": "no/such.toml"}, ms.TrainingError, "no/such.toml"),
        ({"core": "none"}, ms.Error, "up5k"),
        ({"epochs": 0}, ms.Error, "epochs"),
        ({"synapses": 10_000_000}, ms.TrainingError, "synapses"),
    ],
)
def test_other_parameters_are_refused(
    windows: ms.Windows, brief: dict[str, Any], parameters: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        ms.Decoder(**{**brief, **parameters}).fit(windows)


def test_arrays_that_do_not_fit_are_refused(windows: ms.Windows, brief: dict[str, Any]) -> None:
    X, y, decoder = windows.X, windows.y, ms.Decoder(**brief)
    refused: list[tuple[tuple[Any, ...], str]] = [
        ((X, y[1:]), "windows"),
        ((X, y, windows.trials[1:]), "groups"),
        ((X, np.zeros(len(y))), "two or more"),
        ((windows, y), "leave y and groups out"),
        ((X,), "y is missing"),
    ]
    for arguments, words in refused:
        with pytest.raises(ms.Error, match=words):
            decoder.fit(*arguments)
    with pytest.raises(ms.Error, match="two classes"):
        decoder.fit(X, y, np.zeros(len(y), dtype=int))
    with pytest.raises(TypeError, match="test has the dtype"):
        decoder.fit(X, y, test=np.zeros(len(y)))  # type: ignore[arg-type]


def test_an_unfitted_decoder_says_so(tmp_path: Path) -> None:
    decoder = ms.Decoder()
    with pytest.raises(ms.Error, match="not fitted"):
        decoder.live()
    with pytest.raises(ms.Error, match="not fitted"):
        decoder.save(tmp_path / "x.img")
    with pytest.raises(ms.Error, match="not fitted"):
        decoder.card


def test_files_that_cannot_be_used(decoder: ms.Decoder, tmp_path: Path) -> None:
    with pytest.raises(ms.ImageError, match="missing.img"):
        ms.load(tmp_path / "missing.img")
    decoder.save(tmp_path / "damaged.img")
    image = bytearray((tmp_path / "damaged.img").read_bytes())
    image[100] ^= 1
    (tmp_path / "damaged.img").write_bytes(image)
    with pytest.raises(ms.ImageError, match="damaged.img"):
        ms.load(tmp_path / "damaged.img")
    with pytest.raises(ms.ImageError, match="cannot write"):
        decoder.save(tmp_path / "no" / "folder.img")
    assert issubclass(ms.ImageError, ms.Error) and issubclass(ms.Error, ValueError)


def test_results_are_shown(decoder: ms.Decoder, windows: ms.Windows, recording: ms.Recording) -> None:
    shown: Any
    for shown, words in [(decoder, "100.0 %"), (windows, "160 of 50 ticks"), (recording, "target_direction")]:
        assert words in shown._repr_html_()
    assert "not fitted" in ms.Decoder()._repr_html_()
    assert repr(ms.Decoder(seed=2)) == "Decoder(seed=2)"


def test_what_arrays_were_cut_from_is_unknown(windows: ms.Windows) -> None:
    decoder = ms.Decoder(topology="direct", epochs=2, folds=2).fit(windows.X, windows.y, groups=windows.trials)
    with pytest.raises(ms.Error, match="may have been used for training"):
        decoder.held_out(windows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y: y > 90, "y is of bool"),
        (lambda y: y.astype("S"), "give labels as numbers or text"),
        (lambda y: np.where(y == 0, np.nan, y), "windows have no label"),
        (lambda y: np.where(y == 0, None, y), "windows have no label"),
        (lambda y: np.where(y == 0, "a", y.astype(object)), "labels of one kind"),
    ],
)
def test_labels_that_a_saved_decoder_would_not_have_are_refused(windows: ms.Windows, change: Any, message: str) -> None:
    with pytest.raises(ms.Error, match=message):
        ms.Decoder().fit(windows.X, change(windows.y))


def test_truth_values_in_a_list_are_no_channels(decoder: ms.Decoder) -> None:
    with pytest.raises(TypeError, match="truth values"):
        decoder.live().tick([False, True])
