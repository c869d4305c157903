"""Small fixation sets with images of different sizes."""

from __future__ import annotations

import numpy as np

from foveola import data_schema as ds


def made_set(seed=0, sizes=((30, 40), (20, 50), (30, 40)), observers=4, each=6) -> ds.FixationSet:
    """Fixations that gather at the middle and, on each image, at a place of its own."""
    random = np.random.default_rng(seed)
    stimuli = tuple(
        ds.Stimulus(id=f"{i}.png", width_px=width, height_px=height)
        for i, (height, width) in enumerate(sizes)
    )
    tables = []
    for index, (height, width) in enumerate(sizes):
        own = random.uniform(0.2, 0.8, 2)
        for observer in range(observers):
            table = np.zeros(each, ds.STIMULUS_FIXATION_DTYPE)
            table["stimulus"], table["observer"] = index, observer
            table["order"] = np.arange(each)
            centre = np.where(random.random((each, 1)) < 0.5, own, 0.5)
            place = np.clip(random.normal(centre, 0.1), 0, 0.999)
            table["x_px"], table["y_px"] = place[:, 0] * width, place[:, 1] * height
            table["duration_s"] = 0.2
            tables.append(table)
    table = np.concatenate(tables)
    info = ds.SetInfo(name="made", px_per_deg=4.0)
    names = tuple(f"{observer:02d}" for observer in range(observers))
    return ds.fixation_set(info, stimuli, names, table, ds.provenance())
