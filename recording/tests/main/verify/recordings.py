"""Writes one small session in many ways, each into a file of its own; `expected.json` has what a reader should find.

The session: 3 units with the spike times of `UNITS`, 4 trials, the labels of `LABELS`.
"""

import json
import sys
import uuid
from datetime import datetime, timezone

import h5py
import hdf5plugin
import numpy as np
from pynwb import NWBHDF5IO, NWBFile

INTERVALS = np.random.default_rng(1).integers(30, 3000, 60_000)
# Times of a clock of 30 kHz; enough for several blocks of every filter.
UNITS = [np.cumsum(INTERVALS[:40_000]) / 30_000, np.array([]), np.cumsum(INTERVALS[40_000:]) / 30_000]
START = [0.0, 1.0, 2.0, 3.0]
STOP = [0.75, 1.75, 2.75, 3.75]
LABELS = [0.0, 90.0, 0.0, 90.0]
SIDES = ["left", "right", "left", "right"]

SPIKES = np.concatenate(UNITS)
ENDS = np.cumsum([len(unit) for unit in UNITS])


def write(path, spikes=None, column=lambda values: values, text=h5py.string_dtype(), libver="earliest", more=None, **file):
    """With `spikes` as options of the spike times, and `column` as the shape and type of all columns."""
    with h5py.File(path, "w", libver=libver, **file) as root:
        root.attrs["nwb_version"] = "2.7.0"
        root.attrs["neurodata_type"] = "NWBFile"
        units = root.create_group("units")
        units.attrs["neurodata_type"] = "Units"
        units.create_dataset("spike_times", data=column(SPIKES), **(spikes or {}))
        units.create_dataset("spike_times_index", data=column(ENDS.astype(np.uint16)))
        units.create_dataset("id", data=column(np.arange(3)))
        trials = root.create_group("intervals/trials")
        trials.attrs["neurodata_type"] = "TimeIntervals"
        trials.attrs["colnames"] = ["start_time", "stop_time", "target_dir", "side"]
        trials.create_dataset("start_time", data=column(np.array(START)))
        trials.create_dataset("stop_time", data=column(np.array(STOP)))
        trials.create_dataset("target_dir", data=column(np.array(LABELS)))
        trials.create_dataset("side", data=column(np.array(SIDES, dtype="S8" if text == "S8" else object)), dtype=text)
        trials.create_dataset("id", data=column(np.arange(4)))
        if more:
            more(root)


def by_filters():
    plugin = hdf5plugin
    chunk = {"chunks": (3000,)}
    filters = {
        "gzip": {"compression": "gzip"},
        "gzip_shuffle_fletcher32": {"compression": "gzip", "shuffle": True, "fletcher32": True},
        "lzf": {"compression": "lzf"},
        "lzf_shuffle": {"compression": "lzf", "shuffle": True},
        "szip": {"compression": "szip"},
        "zstd": plugin.Zstd(clevel=3),
        "zstd_shuffle": {"shuffle": True, **plugin.Zstd(clevel=19)},
        "lz4": plugin.LZ4(),
        "bitshuffle": plugin.Bitshuffle(cname="none"),
        "bitshuffle_lz4": plugin.Bitshuffle(cname="lz4"),
        "bitshuffle_zstd": plugin.Bitshuffle(cname="zstd"),
    }
    for codec in ["blosclz", "lz4", "lz4hc", "zlib", "zstd"]:
        for shuffle in [plugin.Blosc.NOSHUFFLE, plugin.Blosc.SHUFFLE, plugin.Blosc.BITSHUFFLE]:
            filters[f"blosc_{codec}_{shuffle}"] = plugin.Blosc(cname=codec, clevel=9, shuffle=shuffle)
        for shuffle in [plugin.Blosc2.NOFILTER, plugin.Blosc2.SHUFFLE, plugin.Blosc2.BITSHUFFLE]:
            filters[f"blosc2_{codec}_{shuffle}"] = plugin.Blosc2(cname=codec, clevel=5, filters=shuffle)
    for name, options in filters.items():
        yield f"filter_{name}", {"spikes": {**chunk, **options}}
        yield f"filter_{name}_one_chunk", {"spikes": {"chunks": (len(SPIKES),), **options}}


def by_layouts():
    for libver in ["earliest", "v108", "v110", "v112", "v114", "latest"]:
        yield f"libver_{libver}", {"libver": libver}
        yield f"libver_{libver}_chunked", {"libver": libver, "spikes": {"chunks": (1000,), "maxshape": (None,)}}
    yield "fixed_chunks_latest", {"libver": "latest", "spikes": {"chunks": (640,), "compression": "gzip"}}
    yield "user_block", {"userblock_size": 2048}
    yield "paged", {"libver": "latest", "fs_strategy": "page"}
    yield "matlab_column", {"column": lambda values: values.reshape(-1, 1)}
    yield "matlab_row", {"column": lambda values: values.reshape(1, -1)}
    yield "big_endian", {"column": lambda v: v if v.dtype == object else v.astype(v.dtype.newbyteorder(">"))}
    yield "fixed_text", {"text": "S8"}
    for dtype in ["f4", "f8"]:
        yield f"real_index_{dtype}", {"column": lambda v, d=dtype: v.astype(d) if v.dtype == np.uint16 else v}
    for dtype in ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2"]:
        yield f"labels_{dtype}", {"more": lambda root, d=dtype: replace(root, np.array(LABELS).astype(d))}


def replace(root, labels):
    del root["intervals/trials/target_dir"]
    root["intervals/trials/target_dir"] = labels


def move(root, place, link):
    root.move(place, "moved")
    root[place] = link


def by_links():
    for libver in ["earliest", "latest"]:
        for place in ["units", "intervals", "intervals/trials", "intervals/trials/target_dir", "units/spike_times"]:
            name = f"soft_{libver}_{place.replace('/', '_')}"
            yield name, {"libver": libver, "more": lambda root, p=place: move(root, p, h5py.SoftLink("/moved"))}
        for target in ["/absent", "/intervals/trials/loop"]:
            for place in ["loop", "units/loop", "intervals/trials/loop"]:
                name = f"dangling_{libver}_{(place + target).replace('/', '_')}"
                more = lambda root, p=place, t=target: root.__setitem__(p, h5py.SoftLink(t))
                yield name, {"libver": libver, "more": more}
        external = h5py.ExternalLink("libver_earliest.nwb", "/units")
        yield f"external_{libver}", {"libver": libver, "more": lambda root, e=external: move(root, "units", e)}
        absent = h5py.ExternalLink("absent.nwb", "/x")
        yield f"external_absent_{libver}", {
            "libver": libver,
            "more": lambda root, a=absent: root.__setitem__("intervals/trials/elsewhere", a),
        }

    def many(root):
        for i in range(200):
            root[f"intervals/trials/column_{i:03}"] = np.arange(4)

    yield "many_columns_earliest", {"more": many}
    yield "many_columns_latest", {"libver": "latest", "more": many}


def by_pynwb(path):
    session = NWBFile("a session", str(uuid.uuid4()), datetime(2024, 1, 1, tzinfo=timezone.utc))
    device = session.create_device("array")
    groups = [session.create_electrode_group(area, area, area, device) for area in ["M1", "PMd"]]
    for i in range(4):
        session.add_electrode(location=["M1", "M1", "PMd", "PMd"][i], group=groups[i // 2])
    session.add_unit_column("quality", "quality")
    for i, unit in enumerate(UNITS):
        electrodes = [[0], [1, 2], [3]][i]
        session.add_unit(spike_times=unit, electrodes=electrodes, electrode_group=groups[i % 2], quality=["good", "mua", "good"][i])
    session.add_trial_column("target_dir", "direction")
    session.add_trial_column("side", "side")
    session.add_trial_column("target_pos", "x and y")
    for i in range(4):
        session.add_trial(START[i], STOP[i], target_dir=LABELS[i], side=SIDES[i], target_pos=[float(i), -float(i)])
    with NWBHDF5IO(path, "w") as io:
        io.write(session)


def main():
    names = []
    for name, options in [*by_layouts(), *by_filters(), *by_links()]:
        write(f"{name}.nwb", **options)
        names.append(name)
    by_pynwb("pynwb.nwb")
    with open("expected.json", "w") as file:
        expected = {"names": [*names, "pynwb"], "units": [list(unit) for unit in UNITS], "labels": LABELS, "sides": SIDES}
        json.dump(expected, file)


if __name__ == "__main__":
    sys.exit(main())
