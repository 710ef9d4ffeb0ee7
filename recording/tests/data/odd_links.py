# Makes odd_links.nwb: links that are rarely met, and electrodes in an unusual place. Needs h5py.
import h5py
import numpy as np

with h5py.File("odd_links.nwb", "w", libver=("earliest", "v110")) as file:
    file.attrs["nwb_version"] = "2.6.0"
    text = h5py.string_dtype()

    electrodes = file.create_group("scratch/electrodes")
    electrodes["id"] = [100, 101]
    electrodes.create_dataset("area", data=["M1", "PMd"], dtype=text)
    electrodes["location"] = h5py.SoftLink("/nowhere")

    units = file.create_group("units")
    units["spike_times"] = np.array([1.0, 65.5], "f2")
    units["spike_times_index"] = np.array([1, 2], "u1")
    units["electrodes"] = [1, 0]
    units["electrodes"].attrs["table"] = electrodes.ref

    trials = file.create_group("intervals/trials")
    trials["start_time"] = [1.0, 3.0]
    trials["stop_time"] = [2.0, 4.0]
    file["labels/x"] = [5, 6]
    trials["absolute"] = h5py.SoftLink("/labels//./x/")
    trials["relative"] = h5py.SoftLink("./absolute")
    trials["circle"] = h5py.SoftLink("circle_back")
    trials["circle_back"] = h5py.SoftLink("/intervals/trials/circle")
    trials["dangling"] = h5py.SoftLink("nothing")
    trials["itself"] = h5py.ExternalLink("odd_links.nwb", "/intervals/trials/itself")
    for step in range(20):
        trials[f"step{step:02}"] = h5py.SoftLink(f"step{step + 1:02}")
    trials["step20"] = [7, 8]
