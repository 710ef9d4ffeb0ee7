"""scikit-learn takes a decoder as an estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import motorsrnn as ms

sklearn = pytest.importorskip("sklearn")

pytestmark = pytest.mark.filterwarnings("default")


def test_clone_copies_the_parameters(decoder: ms.Decoder, brief: dict[str, Any]) -> None:
    from sklearn.base import clone

    original = ms.Decoder(seed=7, **brief)
    copy = clone(original)
    assert copy is not original and copy.get_params() == original.get_params()
    assert copy.set_params(seed=8).seed == 8 and original.seed == 7
    with pytest.raises(ms.Error, match="no parameter"):
        copy.set_params(depth=3)


def test_cross_val_score_splits_by_trial(windows: ms.Windows, brief: dict[str, Any]) -> None:
    from sklearn.base import is_classifier
    from sklearn.model_selection import GroupKFold, cross_val_score

    decoder = ms.Decoder(**{**brief, "epochs": 10})
    assert is_classifier(decoder)
    scores = cross_val_score(decoder, windows.X, windows.y, groups=windows.trials, cv=GroupKFold(2))
    assert scores.shape == (2,) and scores.mean() > 0.5


def test_a_pipeline_ends_in_it(windows: ms.Windows, brief: dict[str, Any]) -> None:
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    half = FunctionTransformer(lambda X: X[:, :, ::2])
    pipeline = Pipeline([("half", half), ("decoder", ms.Decoder(**brief))])
    pipeline.fit(windows.X, windows.y, decoder__groups=windows.trials)
    assert pipeline.predict(windows.X).shape == (160,)
    assert pipeline["decoder"].network.n_channels == 32
    search = GridSearchCV(pipeline, {"decoder__weight_bits": [4, 8]}, cv=2)
    search.fit(windows.X, windows.y)
    assert search.best_params_["decoder__weight_bits"] in (4, 8)
    assert np.isfinite(search.best_score_)
