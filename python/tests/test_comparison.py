"""The network beside other decoders."""

from __future__ import annotations

from typing import Any

import pytest

import motorsrnn as ms


def test_figures_are_those_of_the_training(windows: ms.Windows, brief: dict[str, Any]) -> None:
    decoder = ms.Decoder(**brief)
    told: list[ms.Progress] = []
    cv = ms.cross_validate(windows, decoder, baselines=["lda", "bayes", "gru", "lstm"], threads=1, progress=told.append)
    report = cv.decoder.card["report"]
    assert list(cv) == ["network", "lda", "bayes", "gru", "lstm"]
    assert cv.accuracy == pytest.approx(report["accuracy_mean"])
    assert cv["network"].accuracy_by_fold.tolist() == pytest.approx(report["accuracy_by_fold"])
    assert cv["lda"].accuracy == pytest.approx(report["lda"])
    assert cv["bayes"].accuracy == pytest.approx(report["poisson_naive_bayes"])
    assert all((tested.trials == cv["network"].trials).all() for tested in cv.values())
    mean, error = cv.difference("lda")
    assert mean == pytest.approx(cv["network"].is_right.mean() - cv["lda"].is_right.mean()) and error > 0
    assert len(told) == 3 * brief["folds"] * brief["epochs"]
    assert "shrinkage LDA" in cv._repr_html_() and "LSTM" in repr(cv)
    # The decoder that was given is not changed.
    assert decoder.threads == 2 and not hasattr(decoder, "classes_")


def test_other_names_are_refused(windows: ms.Windows) -> None:
    with pytest.raises(ms.Error, match="svm"):
        ms.cross_validate(windows, baselines=["svm"])
