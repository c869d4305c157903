"""The hand-labelled recordings of Andersson et al. (2017), and the agreement with their coders."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import io

from foveola.data_schema import EventKind, Events, GazeSamples, Screen, gaze_samples

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "andersson"
KINDS = {"img": "images", "dots": "dots", "video": "videos"}
CODERS = ("MN", "RA")
EVENTS = (EventKind.FIXATION, EventKind.SACCADE, EventKind.PSO, EventKind.PURSUIT)


class Labelled(NamedTuple):
    """One recording with the labels of two people."""

    name: str
    kind: str
    observer: str
    samples: GazeSamples
    screen: Screen
    labels: dict[str, NDArray[np.uint8]]


def recordings(folder: Path = FOLDER) -> list[Labelled]:
    """All recordings that both people labelled, in order of kind and name."""
    return [
        _labelled(path, kind)
        for kind in KINDS
        for path in sorted((folder / kind).glob("*_labelled_MN.mat"))
        if _of_coder(path, "RA").exists()
    ]


def _labelled(path: Path, kind: str) -> Labelled:
    contents = {
        coder: io.loadmat(_of_coder(path, coder), simplify_cells=True)["ETdata"] for coder in CODERS
    }
    tables = {coder: content["pos"] for coder, content in contents.items()}
    # Some files carry rows that the other coder's copy lacks.
    n = min(len(table) for table in tables.values())
    about, table = contents["MN"], tables["MN"][:n]
    places = np.where((table[:, 3:5] == 0).any(axis=1, keepdims=True), np.nan, table[:, 3:5])
    (width_px, height_px), (width_m, height_m) = about["screenRes"], about["screenDim"]
    screen = Screen(
        width_px=int(width_px),
        height_px=int(height_px),
        width_cm=width_m * 100,
        height_cm=height_m * 100,
        distance_cm=about["viewDist"] * 100,
    )
    time_s = np.arange(n) / _rate_hz(table[:, 0], float(about["sampFreq"]))
    return Labelled(
        name=path.name.removesuffix("_labelled_MN.mat"),
        kind=kind,
        observer=path.name.split("_")[0],
        samples=gaze_samples(time_s, right_x_px=places[:, 0], right_y_px=places[:, 1]),
        screen=screen,
        labels={coder: tables[coder][:n, 5].astype(np.uint8) for coder in CODERS},
    )


def _of_coder(path: Path, coder: str) -> Path:
    return path.with_name(path.name.replace("_labelled_MN", f"_labelled_{coder}"))


def _rate_hz(time_us: NDArray[np.float64], stated_hz: float) -> float:
    """The rate by the stamps: some recordings at 200 Hz say 500 Hz."""
    steps = np.diff(time_us[np.isfinite(time_us)])
    return float(round(1e6 / np.median(steps))) if len(steps) else stated_hz


def sample_labels(samples: GazeSamples, events: Events) -> NDArray[np.uint8]:
    """Kind of event at each sample; 0 where there is none."""
    labels = np.zeros(len(samples), np.uint8)
    ends_s = events["onset_s"] + events["duration_s"]
    edges = np.searchsorted(samples["time_s"], np.stack([events["onset_s"], ends_s]) - 1e-6)
    for first, end, kind in zip(*edges, events["kind"], strict=True):
        labels[first:end] = kind
    return labels


def kappa(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Cohen's kappa of two opinions; NaN where both always say the same."""
    chance = one.mean() * other.mean() + (1 - one.mean()) * (1 - other.mean())
    return float((np.mean(one == other) - chance) / (1 - chance)) if chance < 1 else float("nan")


def agreement(
    chosen: list[Labelled], found: list[NDArray[np.uint8]]
) -> dict[tuple[str, int, str], float]:
    """Kappa of all samples of a kind of stimulus together, by kind, event and coder."""
    result = {}
    for kind in KINDS:
        rows = [i for i, one in enumerate(chosen) if one.kind == kind]
        if not rows:
            continue
        ours = np.concatenate([found[i] for i in rows])
        for coder in CODERS:
            theirs = np.concatenate([chosen[i].labels[coder] for i in rows])
            for event in EVENTS:
                result[kind, int(event), coder] = kappa(ours == event, theirs == event)
    return result


HEADER = (
    " " * 24
    + "".join(f"{event.name.lower():>10} {kind:<6}" for event in EVENTS[:2] for kind in KINDS)
    + "".join(f"{event:>10} {kind:<6}" for event, kind in (("pso", "img"), ("pursuit", "video")))
)


def row_of(name: str, result: dict[tuple[str, int, str], float]) -> str:
    """One line of the table: kappa with MN / with RA."""
    columns = [(kind, event) for event in (1, 2) for kind in KINDS] + [("img", 3), ("video", 4)]
    cells = (
        "/".join(f"{result[kind, event, coder]:.3f}" for coder in CODERS) for kind, event in columns
    )
    return f"{name:<24}" + "".join(f"{cell:>17}" for cell in cells)
