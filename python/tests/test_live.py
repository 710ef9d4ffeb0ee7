"""A network, a tick at a time."""

from __future__ import annotations

import numpy as np
import pytest

import motorsrnn as ms


def test_ticks_are_those_of_whole_windows(decoder: ms.Decoder, windows: ms.Windows) -> None:
    live = decoder.live()
    expected = decoder.scores(windows.X[:3])
    for window, scores in zip(windows.X[:3], expected):
        live.restart()
        for number, row in enumerate(window):
            tick = live.tick(np.flatnonzero(row).astype(np.uint16))
            assert tick.tick == number
            assert (tick.scores == scores[number]).all() and tick.scores.dtype == np.int16
            assert tick.decision == decoder.classes_[scores[number].argmax()]
            assert tick.decision_index == scores[number].argmax()
            assert tick.spikes is not None and tick.n_spikes == len(tick.spikes)
            assert tick.latency_us is None and tick.values is None


def test_events_are_channels_or_a_row(decoder: ms.Decoder, windows: ms.Windows) -> None:
    row = max(windows.X[0], key=np.count_nonzero)
    channels = np.flatnonzero(row)
    assert len(channels) > 0
    ways = [row, channels.astype(np.uint16), channels.tolist(), tuple(channels.tolist()), np.repeat(row, 2)[::2]]
    scores = []
    for events in ways:
        live = decoder.live()
        scores.append(live.tick(events).scores.tolist())
    assert all(found == scores[0] for found in scores)
    assert (live.n_channels, live.n_neurons) == (64, decoder.network.n_neurons)


@pytest.mark.parametrize(
    ("events", "error", "words"),
    [
        (np.array([1.0]), TypeError, "float64"),
        (np.array([1], dtype=np.int64), TypeError, "int64"),
        (np.zeros((1, 64), dtype=bool), TypeError, "shape"),
        (np.zeros(63, dtype=bool), ms.Error, "63 channels"),
        (np.array([64], dtype=np.uint16), ms.Error, "channel 64"),
        (np.array([2, 1], dtype=np.uint16), ms.Error, "sort"),
        (np.array([2, 2], dtype=np.uint16), ms.Error, "once"),
        ("1", TypeError, "str"),
        ([70_000], OverflowError, ""),
    ],
)
def test_other_events_are_refused_and_change_nothing(
    decoder: ms.Decoder, events: object, error: type[Exception], words: str
) -> None:
    live, other = decoder.live(), decoder.live()
    with pytest.raises(error, match=words or None):
        live.tick(events)  # type: ignore[arg-type]
    assert (live.tick([1, 2]).scores == other.tick([1, 2]).scores).all()


def test_a_tick_is_shown(decoder: ms.Decoder) -> None:
    assert repr(decoder.live().tick([1])).startswith("Tick(tick=0, decision=")
