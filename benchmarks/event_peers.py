"""Other detectors behind the interface of ours: remodnav, I2MC and pymovements, where installed.

They clash with the libraries of the tests (remodnav fails on SciPy 1.17), so that they live in an
environment of their own: ``pip install remodnav==1.1.2 I2MC==2.2.8 pymovements==0.28 "scipy<1.17"``
beside foveola.
"""

from __future__ import annotations

import importlib.util
import logging
import warnings
from collections.abc import Callable

import numpy as np

from foveola.data_schema import EventKind, Events, Eye, GazeSamples, Screen, empty_events, gaze_of

Peer = Callable[[GazeSamples, Screen, Eye], Events]
#: remodnav's names of events.
REMODNAV_KINDS = {
    "FIXA": EventKind.FIXATION,
    "SACC": EventKind.SACCADE,
    "ISAC": EventKind.SACCADE,
    "HPSO": EventKind.PSO,
    "LPSO": EventKind.PSO,
    "IHPS": EventKind.PSO,
    "ILPS": EventKind.PSO,
    "PURS": EventKind.PURSUIT,
}


def events(kinds: list[EventKind], onsets_s: np.ndarray, ends_s: np.ndarray) -> Events:
    found = empty_events(len(kinds))
    found["kind"], found["onset_s"] = kinds, onsets_s
    found["duration_s"] = ends_s - onsets_s
    return found


def rate_hz(samples: GazeSamples) -> float:
    return float(np.round(1 / np.median(np.diff(samples["time_s"])), 3))


def remodnav(samples: GazeSamples, screen: Screen, eye: Eye) -> Events:
    from remodnav.clf import EyegazeClassifier

    logging.getLogger("remodnav").setLevel(logging.ERROR)
    x_px, y_px = gaze_of(samples, eye)
    table = np.rec.fromarrays([x_px, y_px], names="x,y")
    classifier = EyegazeClassifier(1 / screen.px_per_deg(), rate_hz(samples))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = classifier(classifier.preproc(table))
    start_s = samples["time_s"][0]
    bounds = np.array([(row["start_time"], row["end_time"]) for row in rows]).reshape(-1, 2)
    kinds = [REMODNAV_KINDS[row["label"]] for row in rows]
    return events(kinds, bounds[:, 0] + start_s, bounds[:, 1] + start_s)


def i2mc(samples: GazeSamples, screen: Screen, eye: Eye) -> Events:
    import pandas as pd
    from I2MC import I2MC

    x_px, y_px = gaze_of(samples, eye)
    lost = -float(screen.width_px)
    time_ms = (samples["time_s"] - samples["time_s"][0]) * 1000
    table = pd.DataFrame(
        {
            "time": time_ms,
            "average_X": np.where(np.isnan(x_px + y_px), lost, x_px),
            "average_Y": np.where(np.isnan(x_px + y_px), -float(screen.height_px), y_px),
        }
    )
    rate = round(rate_hz(samples))
    options = {
        "xres": screen.width_px,
        "yres": screen.height_px,
        "freq": rate,
        "missingx": lost,
        "missingy": -float(screen.height_px),
        "scrSz": [screen.width_cm, screen.height_cm],
        "disttoscreen": screen.distance_cm,
        "downsamples": [2, 5, 10] if rate >= 300 else [2, 5],
    }
    if rate % 10:
        options["downsamples"] = [2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = I2MC(table, options, logging=False)
    found = result[0] if isinstance(result, tuple) else result
    if not found:
        return empty_events(0)
    first, last = (np.array(found[name], int) for name in ("start", "end"))
    time_s, step_s = samples["time_s"], 1 / rate
    # It knows fixations alone; what lies between two of them counts as a saccade.
    kinds = [EventKind.FIXATION] * len(first) + [EventKind.SACCADE] * max(0, len(first) - 1)
    onsets_s = np.concatenate([time_s[first], time_s[last[:-1]] + step_s])
    return events(kinds, onsets_s, np.concatenate([time_s[last] + step_s, time_s[first[1:]]]))


def pymovements_ivt(samples: GazeSamples, screen: Screen, eye: Eye) -> Events:
    return _pymovements(samples, screen, eye, "ivt")


def pymovements_microsaccades(samples: GazeSamples, screen: Screen, eye: Eye) -> Events:
    return _pymovements(samples, screen, eye, "microsaccades")


def _pymovements(samples: GazeSamples, screen: Screen, eye: Eye, method: str) -> Events:
    import pymovements as pm

    experiment = pm.Experiment(
        screen.width_px,
        screen.height_px,
        screen.width_cm,
        screen.height_cm,
        screen.distance_cm,
        origin="upper left",
        sampling_rate=rate_hz(samples),
    )
    x_px, y_px = gaze_of(samples, eye)
    time_ms = np.rint((samples["time_s"] - samples["time_s"][0]) * 1000).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gaze = pm.gaze.from_numpy(
            time=time_ms, pixel=np.stack([x_px, y_px]), experiment=experiment, time_unit="ms"
        )
        gaze.pix2deg()
        gaze.pos2vel("savitzky_golay", window_length=7, degree=2)
        settings = {"velocity_threshold": 45.0, "minimum_duration": 50} if method == "ivt" else {}
        gaze.detect(method, **settings)
    frame = gaze.events.frame
    onset_s, offset_s = (
        frame[name].to_numpy() / 1000 + samples["time_s"][0] for name in ("onset", "offset")
    )
    order = np.argsort(onset_s)
    onset_s, end_s = onset_s[order], offset_s[order] + 1 / rate_hz(samples)
    one, other = (EventKind.FIXATION, EventKind.SACCADE)
    if method != "ivt":
        one, other = other, one
    # It gives one kind; what lies between two of them is the other, as it has no third.
    kinds = [one] * len(onset_s) + [other] * max(0, len(onset_s) - 1)
    onsets = np.concatenate([onset_s, end_s[:-1]])
    return events(kinds, onsets, np.maximum(onsets, np.concatenate([end_s, onset_s[1:]])))


def peers() -> dict[str, Peer]:
    """The peers that this environment has."""
    known: dict[str, tuple[str, Peer]] = {
        "remodnav (peer)": ("remodnav", remodnav),
        "I2MC (peer)": ("I2MC", i2mc),
        "pymovements I-VT": ("pymovements", pymovements_ivt),
        "pymovements E-K": ("pymovements", pymovements_microsaccades),
    }
    return {
        name: peer for name, (module, peer) in known.items() if importlib.util.find_spec(module)
    }
