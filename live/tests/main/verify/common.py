import os
import sys
import time

import numpy as np


def say(*words):
    print(*words, flush=True)


def told():
    line = sys.stdin.readline()
    if not line:
        os._exit(0)
    return line.strip()


def firing(tick, n_channels):
    """Channels that fire in a tick: 20 spikes a second, the same in every language."""
    mask = np.uint64(0xFFFFFFFF)
    channels = np.arange(n_channels, dtype=np.uint64)
    mixed = (np.uint64(tick * 1_000_003 & 0xFFFFFFFF) + channels * np.uint64(7_919)) & mask
    mixed = ((mixed ^ (mixed >> np.uint64(15))) * np.uint64(2_246_822_519)) & mask
    return np.nonzero((mixed ^ (mixed >> np.uint64(13))) % np.uint64(50) == 0)[0]


def ticks(n_ticks):
    """Numbers of ticks, one a millisecond."""
    start = time.monotonic()
    for tick in range(n_ticks):
        late = time.monotonic() - start - tick * 1e-3
        if late < 0:
            time.sleep(-late)
        yield tick
