"""The shipped recording and decoder. Tests run at the root of the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import motorsrnn as ms

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="session")
def recording() -> ms.Recording:
    return ms.Recording(EXAMPLES / "centre_out.nwb")


@pytest.fixture(scope="session")
def windows(recording: ms.Recording) -> ms.Windows:
    return recording.windows(align="go_cue_time")


@pytest.fixture(scope="session")
def decoder() -> ms.Decoder:
    loaded = ms.load(EXAMPLES / "decoder.img")
    assert isinstance(loaded, ms.Decoder)
    return loaded


@pytest.fixture
def brief() -> dict[str, Any]:
    """Parameters of a training that takes little time and decodes badly."""
    return {"topology": "direct", "epochs": 2, "folds": 2, "threads": 2}
