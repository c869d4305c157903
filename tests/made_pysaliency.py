"""Files in the layouts that pysaliency writes."""

from __future__ import annotations

import h5py
import numpy as np


def save_stimuli(folder, kind=b"FileStimuli", version=b"2.1", shapes=((30, 40, 3), (20, 50))):
    folder.mkdir(parents=True, exist_ok=True)
    with h5py.File(folder / "stimuli.hdf5", "w") as file:
        file.attrs["type"], file.attrs["version"] = kind, version
        file.attrs["size"] = len(shapes)
        if kind == b"Stimuli":
            for i, shape in enumerate(shapes):
                file[str(i)] = np.zeros(shape, np.uint8)
            return
        names = [f"stimuli/{i}.png".encode() for i in range(len(shapes))]
        file.create_dataset("filenames", data=np.array(names, object), dtype=h5py.string_dtype())
        dataset = file.create_dataset("shapes", (len(shapes),), dtype=h5py.vlen_dtype(np.int64))
        for i, shape in enumerate(shapes):
            dataset[i] = np.array(shape)


NAN = np.nan
XS = np.array([[1.0, 2.0, 3.0], [4.0, NAN, NAN]])


def save_fixations(folder, kind, change=None):
    with h5py.File(folder / "fixations.hdf5", "w") as file:
        file.attrs["type"] = kind
        file.attrs["version"] = "1.0"
        if kind == "FixationTrains":
            file["train_xs"], file["train_ys"], file["train_ts"] = XS, XS + 1, XS / 10
            file["train_ns"], file["train_subjects"] = [1, 0], [0, 3]
        elif kind == "Fixations":
            file["x"], file["y"], file["t"] = [1.0, 2, 3, 4], [2.0, 3, 4, 5], [0.1, 0.2, 0.3, 0.4]
            file["n"], file["subjects"] = [1, 1, 1, 0], [0, 0, 0, 3]
            file["x_hist"] = np.array([[NAN, NAN], [1, NAN], [1, 2], [NAN, NAN]])
        else:
            group = file.create_group("scanpaths") if kind == "ScanpathFixations" else file
            group["xs"], group["ys"] = np.nan_to_num(XS), np.nan_to_num(XS + 1)
            group["n"], group["length"] = [1, 0], [3, 1]
            group["scanpath_attributes/subject"] = [0, 3]
            group["fixation_attributes/ts"] = np.nan_to_num(XS / 10)
            group["fixation_attributes/durations"] = np.nan_to_num(XS / 5)
        if change:
            change(file)
