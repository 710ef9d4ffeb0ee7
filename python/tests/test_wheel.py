"""The wheel: what is in it, and what is not."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import motorsrnn as ms

MOST_BYTES = 7_000_000


@pytest.fixture
def wheel() -> Path:
    path = os.environ.get("MOTORSRNN_WHEEL")
    if path is None:
        pytest.skip("MOTORSRNN_WHEEL does not name the wheel")
    return Path(path)


def test_it_has_the_module_the_program_and_the_types(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"motorsrnn/__init__.py", "motorsrnn/py.typed", "motorsrnn/_motorsrnn.pyi"} <= set(names)
    assert [name for name in names if name.endswith(".so")] == ["motorsrnn/_motorsrnn.abi3.so"]
    assert all(name.startswith("motorsrnn") for name in names)
    assert wheel.name.startswith("motorsrnn-") and "-cp310-abi3-" in wheel.name


def test_it_is_small_and_names_no_folder_of_its_build(wheel: Path) -> None:
    if "manylinux" not in wheel.name:
        pytest.skip("the wheel is of the tests' build")
    assert wheel.stat().st_size < MOST_BYTES
    places = [str(Path(__file__).resolve().parents[2]), str(Path.home() / ".cargo"), str(Path.home() / ".rustup")]
    archive = zipfile.ZipFile(wheel)
    for name in archive.namelist():
        found = [place for place in places if place.encode() in archive.read(name)]
        assert not found, f"{name} names {found}"


def test_the_program_is_the_same(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "motorsrnn", *arguments], capture_output=True, text=True, check=False)

    assert run("--version").stdout.startswith("motorsrnn ")
    assert run("decode", "--none").returncode == 2
    missing = run("info", str(tmp_path / "none.nwb"))
    assert missing.returncode == 1 and missing.stderr.startswith("motorsrnn: ")


def test_every_public_name_is_documented() -> None:
    undocumented = [name for name in ms.__all__ if not (getattr(ms, name).__doc__ or "").strip()]
    assert undocumented == []
