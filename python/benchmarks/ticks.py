"""Speed of the shipped decoder from Python: a tick at a time, and whole windows. Prints; checks nothing."""

from __future__ import annotations

import time

import numpy as np

import motorsrnn as ms

REPETITIONS = 5

decoder = ms.load("examples/decoder.img")
windows = decoder.windows(ms.Recording("examples/centre_out.nwb"))
X = np.concatenate([windows.X] * 4)
rows = X.reshape(-1, X.shape[2])
events = [np.flatnonzero(row).astype(np.uint16) for row in rows]


def best(run: object) -> float:
    """Ticks in a second of CPU, the best of several."""
    rates = []
    for _ in range(REPETITIONS):
        start = time.process_time()
        run()  # type: ignore[operator]
        rates.append(len(rows) / (time.process_time() - start))
    return max(rates)


def by_events() -> None:
    tick = decoder.live().tick
    for channels in events:
        tick(channels)


def by_rows() -> None:
    tick = decoder.live().tick
    for row in rows:
        tick(row)


def by_scores() -> None:
    tick = decoder.live().tick
    for channels in events:
        tick(channels).scores


whole = best(lambda: decoder.scores(rows[np.newaxis]))
print(f"{'whole windows':24} {whole:12,.0f} ticks/s of CPU")
for name, run in [("tick(uint16)", by_events), ("tick(uint16).scores", by_scores), ("tick(bool row)", by_rows)]:
    rate = best(run)
    print(f"{name:24} {rate:12,.0f} ticks/s of CPU, {rate / whole:.2f} of that")

tick, took = decoder.live().tick, []
for channels in events:
    start_ns = time.perf_counter_ns()
    tick(channels)
    took.append(time.perf_counter_ns() - start_ns)
p50, p99, most = np.percentile(took, [50, 99, 100]) / 1e3
print(f"{'one tick':24} p50 {p50:.1f} us, p99 {p99:.1f} us, max {most:.1f} us")
