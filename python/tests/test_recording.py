"""Recordings of files and of the objects of other libraries."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import motorsrnn as ms

TRIALS = ["start_time", "stop_time", "go_cue_time", "target_direction"]


@pytest.fixture
def trials(recording: ms.Recording) -> dict[str, Any]:
    return {name: recording.trials[name] for name in TRIALS}


def same(recording: ms.Recording, windows: ms.Windows) -> None:
    """Checks that the windows of a recording are those of the file."""
    found = recording.windows(align="go_cue_time")
    assert (found.X == windows.X).all() and (found.y == windows.y).all() and (found.trials == windows.trials).all()


def test_a_file(recording: ms.Recording, windows: ms.Windows) -> None:
    assert recording.path == Path("examples/centre_out.nwb").resolve()
    assert len(recording.units) == 64 and recording.units[3].dtype == np.float64
    assert len(recording.sha256) == 64 and recording.warnings == []
    assert windows.X.dtype == np.bool_ and windows.classes.tolist() == [0, 90, 180, 270]
    assert windows.left_out == {} and windows.tick_ms == 1 and windows.label == "target_direction"
    assert (windows.of_trial == 0).all() and len(windows) == 160
    # A window is the spikes of its trial.
    trial = windows.trials[5]
    start = recording.trials["go_cue_time"][trial]
    times = recording.units[7]
    spikes = np.unique(np.floor(np.round((times - start) * 1e6) / 1e3).astype(int))
    assert np.flatnonzero(windows.X[5, :, 7]).tolist() == [tick for tick in spikes.tolist() if 0 <= tick < 50]


def test_arrays(recording: ms.Recording, windows: ms.Windows, trials: dict[str, Any], tmp_path: Path) -> None:
    of_arrays = ms.Recording.from_spikes(recording.units, trials, name="arrays")
    same(of_arrays, windows)
    assert of_arrays.path is None and of_arrays.name == "arrays"
    of_arrays.save(tmp_path / "saved.nwb")
    saved = ms.Recording(tmp_path / "saved.nwb")
    same(saved, windows)
    assert saved.sha256 == of_arrays.sha256


def test_options_choose_windows(recording: ms.Recording) -> None:
    two = recording.windows("target_direction", classes=[0, 180], align="go_cue_time", window_ms=40, tick_ms=2)
    assert two.X.shape[1:] == (20, 64) and set(two.y) == {0, 180}
    assert two.left_out["of other classes"] == 80
    several = recording.windows(align="go_cue_time", window_ms=20, stride_ms=20)
    assert several.of_trial.max() > 0 and np.unique(several.trials).size == 160
    some = recording.windows(align="go_cue_time", where="target_direction=0|90")
    assert some.classes.tolist() == [0, 90]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"label": "none"}, ms.RecordingError, "target_direction"),
        ({"align": "none"}, ms.RecordingError, "go_cue_time"),
        ({"window_ms": 50, "tick_ms": 3}, ms.Error, "multiple"),
        ({"window_ms": -1}, ms.Error, "-1"),
        ({"classes": [1]}, ms.RecordingError, "1"),
        ({"where": "target_direction"}, ms.RecordingError, "condition"),
    ],
)
def test_options_that_do_not_fit(
    recording: ms.Recording, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        recording.windows(**options)


def test_files_that_are_no_recordings(tmp_path: Path) -> None:
    with pytest.raises(ms.RecordingError, match="no such file"):
        ms.Recording(tmp_path / "missing.nwb")
    (tmp_path / "text.nwb").write_text("nothing")
    with pytest.raises(ms.RecordingError, match="text.nwb"):
        ms.Recording(tmp_path / "text.nwb")


def test_spike_times_are_checked(trials: dict[str, Any]) -> None:
    good = np.arange(1.0, 200.0)
    for units, error, words in [
        ([good.astype(np.float32)], TypeError, "float32"),
        ([np.arange(5)], TypeError, "int64"),
        ([np.array([[1.0]])], ms.Error, "one dimension"),
        ([np.array([np.nan])], ms.Error, "finite"),
        (3, TypeError, "int"),
        ("spikes", TypeError, "str"),
    ]:
        with pytest.raises(error, match=words):
            ms.Recording.from_spikes(units, trials)
    with pytest.raises(ms.Error, match="start_time"):
        ms.Recording.from_spikes([good], {"stop": good})
    with pytest.raises(TypeError, match="int64"):
        ms.Recording.from_spikes([good], {"start": np.arange(5), "stop": np.arange(5.0)})
    with pytest.raises(ms.Error, match="rows"):
        ms.Recording.from_spikes([good], {"start": np.zeros(2), "stop": np.ones(2), "label": ["a"]})
    with pytest.raises(TypeError, match="trials are a list"):
        ms.Recording.from_spikes([good], [1])


def test_what_is_odd_is_warned_of(trials: dict[str, Any]) -> None:
    with pytest.warns(ms.RecordingWarning, match="spike"):
        ms.Recording.from_spikes([np.empty(0)], trials)


def test_several_recordings_are_one_set(recording: ms.Recording, trials: dict[str, Any]) -> None:
    later = {name: values + (5000.0 if name.endswith("time") else 0) for name, values in trials.items()}
    rng = np.random.default_rng(2)
    begin, end = later["start_time"].min(), later["stop_time"].max()
    other = ms.Recording.from_spikes([rng.uniform(begin, end, times.size) for times in recording.units], later)
    with pytest.warns(ms.RecordingWarning, match="if this is one session"):
        both = ms.windows([recording, other], align="go_cue_time")
    assert len(both) > 160 and both.trials.max() >= 160


def test_a_page(recording: ms.Recording, trials: dict[str, Any]) -> None:
    assert "<svg" in recording.page()
    assert "<svg" in ms.Recording.from_spikes(recording.units, trials).page()


# What other libraries give: stand-ins with the same functions, and the libraries themselves where they are installed.


class TsGroup(dict[int, Any]):
    """As of pynapple."""

    def __init__(self, units: list[Any]) -> None:
        super().__init__({number: SimpleNamespace(times=lambda times=times: times) for number, times in enumerate(units)})


class IntervalSet:
    """As of pynapple."""

    metadata_columns = ["go_cue_time", "target_direction"]

    def __init__(self, trials: dict[str, Any]) -> None:
        self.start, self.end, self._trials = trials["start_time"], trials["stop_time"], trials

    def get_info(self, name: str) -> Any:
        return self._trials[name]


class Table:
    """As of pynwb."""

    colnames = TRIALS

    def __init__(self, trials: dict[str, Any]) -> None:
        self._trials = trials

    def __getitem__(self, name: str) -> Any:
        return self._trials[name]


class Sorting:
    """As of SpikeInterface."""

    def __init__(self, units: list[Any]) -> None:
        self._units, self.unit_ids = units, list(range(len(units)))

    def get_unit_spike_train(self, unit: int, return_times: bool) -> Any:
        assert return_times
        return self._units[unit]


class Quantity:
    """As Neo's SpikeTrain: in milliseconds, until it is rescaled."""

    def __init__(self, times: Any) -> None:
        self.magnitude = times * 1e3

    def rescale(self, unit: str) -> SimpleNamespace:
        assert unit == "s"
        return SimpleNamespace(magnitude=self.magnitude / 1e3)


@pytest.mark.parametrize("of_units", [TsGroup, Sorting, dict, lambda units: [Quantity(one) for one in units], tuple])
@pytest.mark.parametrize("of_trials", [IntervalSet, Table, dict])
def test_objects_of_other_libraries(
    recording: ms.Recording, windows: ms.Windows, trials: dict[str, Any], of_units: Any, of_trials: Any
) -> None:
    units: Any = recording.units
    units = dict(enumerate(units)) if of_units is dict else of_units(units)
    same(ms.Recording.from_spikes(units, of_trials(trials)), windows)


@pytest.fixture
def libraries() -> None:
    folder = os.environ.get("MOTORSRNN_RECORDING_LIBRARIES")
    if folder is None:
        pytest.skip("the libraries that write recordings are not installed")
    sys.path.append(folder)


@pytest.mark.filterwarnings("default")
def test_the_libraries_themselves(
    libraries: None, recording: ms.Recording, windows: ms.Windows, trials: dict[str, Any]
) -> None:
    import neo
    import pandas
    import pynwb
    import quantities
    from spikeinterface.core import NumpySorting

    stop = max(times[-1] for times in recording.units) + 1
    trains = [neo.SpikeTrain(times * 1e3 * quantities.ms, t_stop=stop * 1e3) for times in recording.units]
    table = pandas.DataFrame(trials)
    same(ms.Recording.from_spikes(trains, table), windows)
    with pynwb.NWBHDF5IO("examples/centre_out.nwb", "r", load_namespaces=False) as file:
        session = file.read()
        same(ms.Recording.from_spikes(session.units, session.trials), windows)
        same(ms.Recording.from_spikes(session.units, session.trials.to_dataframe()), windows)
    rate = 16_384.0  # The clock of the session.
    sorting = NumpySorting.from_unit_dict(
        [{number: np.round(times * rate).astype(np.int64) for number, times in enumerate(recording.units)}], rate
    )
    same(ms.Recording.from_spikes(sorting, table.to_records()), windows)
