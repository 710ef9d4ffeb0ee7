"""Studies: the program's, read back."""

from __future__ import annotations

from pathlib import Path

import pytest

import motorsrnn as ms

TINY = {"quick": True, "only": ["sparsity"], "topologies": ["direct"], "epochs": 1, "align": "go_cue_time", "window_ms": 20}


def test_a_study_is_run_and_read(recording: ms.Recording, tmp_path: Path) -> None:
    study = ms.Study([recording], tmp_path / "report", **TINY)
    assert "not run" in study._repr_html_()
    with pytest.raises(ms.Error, match="no report.json"):
        study.claims
    cells = study.plan()
    assert cells and not any(cell.known for cell in cells) and all(cell.cost > 0 for cell in cells)
    assert {cell.recording for cell in cells} == {"centre_out"} and not (tmp_path / "report").exists()
    counts: list[int] = []
    study.run(threads=2, progress=counts.append)
    assert study.claims and {claim.verdict for claim in study.claims} <= {
        "holds", "fails", "undecided", "undecided-by-design", "not-tested", "not-applicable"
    }  # fmt: skip
    assert study.results["recording"] == "centre_out" and "<iframe" in study._repr_html_()
    assert counts == sorted(counts) and all(count <= len(cells) for count in counts)
    assert [(cell.id, cell.known) for cell in study.plan()] == [(cell.id, True) for cell in cells]
    # A second time, everything is known.
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "report" / "cells").iterdir()}
    study.run()
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "report" / "cells").iterdir()}


def test_options_that_there_are_not(recording: ms.Recording, tmp_path: Path) -> None:
    with pytest.raises(ms.Error, match="--depth"):
        ms.Study([recording], tmp_path / "report", depth=3).run()
    with pytest.raises(ms.Error, match="none.toml"):
        ms.Study([recording], tmp_path / "report", topologies=["none.toml"]).run()
    with pytest.raises(ms.Error, match="at least one"):
        ms.Study([], tmp_path / "report")
