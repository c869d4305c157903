"""Small made-up score files with their companion, fixations and photographs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from foveola import data_schema as ds

MODELS = ("gold-standard", "centre-bias", "uniform", "itti-koch", "my maps")
STIMULI = ("one.jpg", "two.png", "three.jpg")
METRICS = ("IG", "AUC", "sAUC", "NSS", "CC", "KLDiv", "SIM")
#: Goodness of the models by name; a name that is not here is between the last two.
GOODNESS = {"gold-standard": 1.0, "centre-bias": 0.2, "uniform": 0.0, "itti-koch": 0.5}
SIZE_PX = (64, 48)
OBSERVERS = ("01", "02")


def made_scores(
    folder: Path,
    *,
    models: Sequence[str] = MODELS,
    stimuli: Sequence[str] = STIMULI,
    metrics: Sequence[str] = METRICS,
    observers: Sequence[str] = OBSERVERS,
    dataset: str = "made",
) -> Path:
    """Write ``scores.csv``, its companion, ``fix.h5`` and photographs; return the first."""
    rng = np.random.default_rng(1)
    info = ds.SetInfo(name=dataset, px_per_deg=20, citation="Nobody (2026).")
    fixations = ds.fixation_set(
        info,
        tuple(_photograph(folder, i, name, rng) for i, name in enumerate(stimuli)),
        tuple(observers),
        _fixations(len(stimuli), len(observers), rng),
        ds.provenance(seed=1),
        folder,
    )
    ds.write_fixation_set(folder / "fix.h5", fixations)
    scores = [
        ds.Score(model, stimulus, metric, _value(model, metric, rng))
        for model in models
        for stimulus in stimuli
        for metric in metrics
    ]
    ds.write_scores_csv(folder / "scores.csv", scores)
    _write_companion(folder, models, stimuli, metrics, dataset)
    return folder / "scores.csv"


def _photograph(folder: Path, i: int, name: str, rng: np.random.Generator) -> ds.Stimulus:
    width, height = SIZE_PX
    path = folder / f"photograph-{i}.png"
    colours = rng.integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
    Image.fromarray(colours).resize(SIZE_PX).save(path)
    return ds.image_stimulus(path, stimulus_id=name, relative_to=folder)


def _fixations(stimuli: int, observers: int, rng: np.random.Generator) -> np.ndarray:
    each = 6
    table = np.zeros(stimuli * observers * each, ds.STIMULUS_FIXATION_DTYPE)
    index = np.arange(len(table))
    table["stimulus"], table["observer"] = index // (observers * each), index // each % observers
    table["order"], table["duration_s"] = index % each, rng.uniform(0.1, 0.6, len(table))
    table["onset_s"] = table["order"] * 0.3
    table["x_px"] = rng.uniform(0, SIZE_PX[0] - 1, len(table))
    table["y_px"] = rng.uniform(0, SIZE_PX[1] - 1, len(table))
    return table


def _value(model: str, metric: str, rng: np.random.Generator) -> float:
    goodness = GOODNESS.get(model, 0.4)
    noise = float(rng.normal(0, 0.02)) if goodness else 0.0
    return 2 - 2 * goodness + noise if metric == "KLDiv" else goodness + noise


def _write_companion(
    folder: Path, models: Sequence[str], stimuli: Sequence[str], metrics: Sequence[str], name: str
) -> None:
    protocol = ds.Protocol(
        profile="tuebingen",
        dataset=name,
        fixations_path="fix.h5",
        fixations_sha256=ds.sha256_of(folder / "fix.h5"),
        sigma_px=20,
        metrics=tuple(metrics),
        stimuli=tuple(stimuli),
    )
    kinds = {"gold-standard": "log_density"}
    rows = [ds.ModelRow(name=one, kind=kinds.get(one, "saliency_map")) for one in models]
    picture = np.add.outer(np.arange(24), np.arange(32)).astype(np.uint8) * 4
    made = ds.provenance(inputs=[folder / "fix.h5"], seed=7)
    with ds.new_score_pictures(folder / "scores.h5", protocol, rows, made) as writer:
        for i in range(len(models)):
            for j in range(len(stimuli)):
                gain = ds.ScaledPicture(_gain(i), -1e-4 * 128 / 127, 1e-4)
                writer.append(i, j, ds.ScaledPicture(picture, 0.0, 2e-3), gain)


def _gain(model: int) -> np.ndarray:
    """Gains on the left and losses on the right, 0 between."""
    gain = np.full((24, 32), 128, np.uint8)
    gain[:, :8], gain[:, 24:] = 255 - model, 1
    return gain
