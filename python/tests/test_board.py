"""Boards: the simulated hardware, the model behind the wire protocol, and a serial device."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import numpy as np
import pytest

import motorsrnn as ms
from motorsrnn import _program


@pytest.fixture
def device(decoder: ms.Decoder) -> Iterator[str]:
    """Simulated hardware behind a pseudo-terminal."""
    command = _program.command(["simulate", "--pty", "--core", str(decoder.network.core)])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield next(word for line in process.stdout for word in line.split() if word.startswith("/dev/"))
        process.terminate()


@pytest.mark.parametrize("board", ["sim", "model"])
def test_a_board_gives_the_bits_of_the_model(decoder: ms.Decoder, windows: ms.Windows, board: str) -> None:
    X = windows.X[:2, :10]
    with decoder.open(board) as opened:
        decoding = opened.run(X)
        assert (decoding.scores == decoder.scores(X)).all()
        assert decoding.scores_hash == decoder.scores_hash(X)
        assert (decoding.decisions == decoder.predict(X)).all()
        assert (decoding.latency_us > 0).all() and decoding.latency_us.shape == X.shape[:2]
        opened.restart()
        live = decoder.live()
        for row in X[0]:
            found, expected = opened.tick(row), live.tick(row)
            assert (found.scores == expected.scores).all() and found.decision == expected.decision
            assert found.n_spikes == expected.n_spikes and found.spikes is None
            assert found.latency_us is not None and found.latency_us > 0
        assert opened.statistics["frames"] > 20 and opened.baud is None
        assert "p99" in decoding._repr_html_()
    with pytest.raises(ms.BoardError, match="closed"):
        opened.tick([1])


def test_a_serial_device(decoder: ms.Decoder, windows: ms.Windows, device: str) -> None:
    X = windows.X[:1, :10]
    for _ in range(2):  # Closing frees the port.
        with decoder.open(device) as board:
            assert board.baud is not None
            assert (board.run(X).scores == decoder.scores(X)).all()


def test_a_board_that_is_absent(decoder: ms.Decoder) -> None:
    with pytest.raises(ms.BoardError, match="/dev/none"):
        decoder.open("/dev/none")
    assert issubclass(ms.BoardError, OSError)
    with pytest.raises(ms.Error, match="baud"):
        decoder.open("model", baud="fast")


def test_windows_of_another_width_are_refused(decoder: ms.Decoder) -> None:
    with decoder.open("model") as board, pytest.raises(ms.Error, match="63 channels"):
        board.run(np.zeros((1, 2, 63), dtype=bool))


def test_events_that_a_board_refuses_end_the_window(decoder: ms.Decoder) -> None:
    with decoder.open("model") as board:
        with pytest.raises(ms.BoardError):
            board.tick([64])
        board.restart()
        assert board.tick([63]).tick == 0


def test_boards_are_listed_and_tested() -> None:
    assert {board["core"] for board in ms.boards()} >= {"up5k", "ecp5-25f"}
    assert isinstance(ms.ports(), list)
    report = ms.selftest("model")
    assert report.passed and len(report.steps) > 3 and "passed" in repr(report)
    with pytest.raises(ms.BoardError):
        ms.selftest("/dev/none")
