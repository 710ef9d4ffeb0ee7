"""Movement at every tick."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import motorsrnn as ms


@pytest.fixture(scope="module")
def reach() -> ms.MovementDecoder:
    loaded = ms.load("examples/reach.img")
    assert isinstance(loaded, ms.MovementDecoder)
    return loaded


def test_scores_are_those_of_the_program(reach: ms.MovementDecoder) -> None:
    stream = reach.stream(ms.Recording("examples/reach.nwb"))
    score = reach.score(stream)
    report = reach.card["report"]
    assert score.scores_hash == report["scores_hash"]
    assert score.r2 == pytest.approx(report["image_r2"])
    assert list(score.r2_by_axis) == reach.axes == stream.axes and "R²" in repr(score)
    # The same from values and movement.
    (start, stop), *_ = stream.held_out
    warm_up = 500 // stream.tick_ms
    values = reach.values(stream.X[start - warm_up : stop])[warm_up:]
    truth, counts = stream.movement[start:stop], stream.is_scored[start:stop]
    errors = ((truth - values)[counts] ** 2).sum(axis=0)
    spread = ((truth[counts] - truth[counts].mean(axis=0)) ** 2).sum(axis=0)
    assert (1 - errors / spread).mean() == pytest.approx(score.r2, abs=1e-6)
    assert stream.times_s.shape == (len(stream.X),) and np.diff(stream.times_s).min() > 0


def test_ticks_have_values(reach: ms.MovementDecoder) -> None:
    stream = reach.stream(ms.Recording("examples/reach.nwb"))
    X = stream.X[:20]
    expected = reach.values(X)
    live = reach.live()
    with reach.open("model") as board:
        for row, values in zip(X, expected):
            tick = live.tick(row)
            assert tick.values is not None and tick.values == pytest.approx(values)
            assert tick.decision is None and "values=" in repr(tick)
            of_board = board.tick(row).values
            assert of_board is not None and (of_board == tick.values).all()
    with pytest.raises(ms.Error, match="shape"):
        reach.values(stream.X[0])


def test_a_decoder_of_movement_is_saved(reach: ms.MovementDecoder, tmp_path: Path) -> None:
    reach.save(tmp_path / "copy.img")
    assert (tmp_path / "copy.img").read_bytes() == reach.image == Path("examples/reach.img").read_bytes()


def test_a_recording_without_the_movement_is_refused(reach: ms.MovementDecoder, recording: ms.Recording) -> None:
    with pytest.raises(ms.RecordingError):
        reach.stream(recording)
