"""Networks trained elsewhere."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

import motorsrnn as ms
from motorsrnn import _program

NETWORK = "fuzz/nir_seeds/nested_gzip.nir"


@pytest.fixture(scope="module")
def imported() -> ms.ImportedNetwork:
    return ms.import_nir(NETWORK, "nir", dt=1e-3, reset="zero", reset_delay="no", integrator="euler", gain="equation")


def test_values_are_those_of_the_program(imported: ms.ImportedNetwork, tmp_path: Path) -> None:
    X = np.random.default_rng(3).random((100, imported.n_channels)) < 0.8
    image, events = tmp_path / "network.img", tmp_path / "events.npz"
    imported.save(image)
    np.savez(events, x=X.astype(np.float64))
    finished = subprocess.run(
        _program.command(["decode", events, "--network", image, "--json"]), capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in finished.stdout.splitlines()]
    expected = [line["values"] for line in lines if line["kind"] == "outputs"]
    assert imported.values(X).tolist() == expected and np.max(expected) > 0
    assert ms.load(image).values(X).tolist() == expected
    assert imported.report["kind"] == "import" and imported.outputs and "up5k" in repr(imported)
    with imported.open("model") as board:
        assert board.tick([0]).tick == 0


def test_what_the_file_does_not_say_is_asked_for() -> None:
    with pytest.raises(ms.Error, match="--reset"):
        ms.import_nir(NETWORK, "nir", dt=1e-3)
    with pytest.raises(ms.Error, match="none.nir"):
        ms.import_nir("none.nir", "nir")


def test_events_are_checked(imported: ms.ImportedNetwork) -> None:
    with pytest.raises(TypeError, match="bool or uint8"):
        imported.values(np.zeros((3, imported.n_channels)))  # type: ignore[arg-type]
    with pytest.raises(ms.Error, match="shape"):
        imported.values(np.zeros((3, imported.n_channels + 1), dtype=bool))
    with pytest.raises(ms.Error, match="2 events"):
        imported.values(np.full((3, imported.n_channels), 2, dtype=np.uint8))


def test_files_that_are_no_imports(tmp_path: Path) -> None:
    (tmp_path / "x.img").write_bytes(b"nothing")
    (tmp_path / "x.img.json").write_text('{"kind": "import"}')
    with pytest.raises(ms.ImageError):
        ms.load(tmp_path / "x.img")
