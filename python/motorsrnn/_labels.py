"""Labels of classes: as Python has them, and as companion files name them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray


def labels_of(names: Sequence[str]) -> NDArray[Any]:
    """The labels that these names stand for: numbers if all are, in ascending order, else text.

    Sorted labels are then in the order of the names.

    >>> labels_of(["0", "90", "180"])
    array([  0,  90, 180])
    >>> labels_of(["left", "right"]).tolist()
    ['left', 'right']
    """
    for kind in (int, float):
        try:
            values = [kind(name) for name in names]
        except ValueError:
            continue
        if not any("_" in name for name in names) and all(one < next_ for one, next_ in pairwise(values)):
            return np.array(values)
    return np.array(names, dtype=str)


def name_of(label: object) -> str:
    """The name of a label in a companion file.

    >>> [name_of(label) for label in (90, 90.0, 0.785, True, "left")]
    ['90', '90', '0.785', 'true', 'left']
    """
    if isinstance(label, (bool, np.bool_)):
        return "true" if label else "false"
    if isinstance(label, (float, np.floating)) and not float(label).is_integer():
        return repr(float(label))
    if isinstance(label, (int, float, np.number)):
        return str(int(label))
    return str(label)
