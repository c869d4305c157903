"""Write scores, and beside them the companion that a report is made from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.transform import resize

from foveola.data_schema import (
    FoveolaError,
    ModelRow,
    Protocol,
    Score,
    new_score_pictures,
    provenance,
    read_fixation_set,
    relative_path,
    write_scores_csv,
)
from foveola.fixation_maps.centre_bias import CentreBias
from foveola.fixation_maps.sigma import parse_sigma

from .evaluation import OnProgress, default_sigma_px, score
from .ground_truth import Floats
from .model_table import load_models
from .profiles import metrics_of

LONGEST_SIDE_PX = 320
#: The brightest thousandth of a map is drawn white, so that one pixel does not darken the rest.
WHITE_PERCENTILE = 99.9


def score_models(
    fixations_path: str | Path,
    models: Sequence[str],
    path: str | Path,
    *,
    sigma: str = "",
    profile: str = "tuebingen",
    resize: bool = False,
    on_progress: OnProgress | None = None,
) -> list[Score]:
    """Score models on a file of fixations, and write ``NAME.csv`` with its companion ``NAME.h5``.

    Parameters
    ----------
    fixations_path : path-like
        A fixation set.
    models : sequence of str
        Names of models or paths of folders of maps.
    path : path-like
        ``NAME.csv``; older files give way.
    sigma : str, optional
        Width of the Gaussian that makes empirical maps, as ``24px`` or ``1deg``; by default one
        degree, or 24 px where the set does not know its pixels per degree.
    profile : str, default "tuebingen"
        Which metrics, as in :data:`~foveola.benchmark.profiles.PROFILES`.
    resize : bool, default False
        Whether maps in folders may have another size than their stimulus.
    on_progress : callable, optional
        Called with the number of maps that are scored and that there are.

    Returns
    -------
    list of Score
        The rows that were written.

    Raises
    ------
    FoveolaError
        If a file, name or map is not what it should be; then nothing is written.
    """
    path, fixations_path = Path(path), Path(fixations_path)
    if path.suffix != ".csv":
        raise FoveolaError(
            f"Scores are written as CSV, not to {path.name!r}.", remedy="Name it SCORES.csv."
        )
    metrics = tuple(metric.name for metric in metrics_of(profile))
    fixations = read_fixation_set(fixations_path)
    sigma_px = (
        parse_sigma(sigma).in_px(fixations.info.px_per_deg)
        if sigma
        else default_sigma_px(fixations)
    )
    centre_bias = CentreBias.fit(fixations)
    loaded = load_models(models, fixations, centre_bias, resize=resize)
    made = provenance(
        # Of a folder its name, as everywhere in provenance.
        {"models": [model.name for model in loaded], "resize": resize, **_baseline(centre_bias)},
        inputs=[fixations_path],
    )
    protocol = Protocol(
        profile=profile,
        dataset=fixations.info.name,
        fixations_path=relative_path(fixations_path, path.parent),
        fixations_sha256=made.inputs[0].sha256,
        sigma_px=sigma_px,
        metrics=metrics,
        stimuli=tuple(stimulus.id for stimulus in fixations.stimuli),
    )
    rows = [
        ModelRow(name=model.name, kind=model.kind, source=getattr(model, "source", ""))
        for model in loaded
    ]
    with new_score_pictures(path.with_suffix(".h5"), protocol, rows, made) as pictures:
        scores = score(
            fixations,
            loaded,
            profile=profile,
            sigma_px=sigma_px,
            centre_bias=centre_bias,
            on_map=lambda model, index, values: pictures.append(model, index, picture_of(values)),
            on_progress=on_progress,
        )
        write_scores_csv(path, scores)
    return scores


def _baseline(centre_bias: CentreBias) -> dict[str, Any]:
    """What information gain is counted from, for the provenance."""
    return {
        "baseline": "centre-bias",
        "centre_bias_bandwidth": centre_bias.bandwidth,
        "centre_bias_uniform_weight": centre_bias.uniform_weight,
    }


def picture_of(values: Floats) -> NDArray[np.uint8]:
    """Small grey picture of a map, for the eye and never for scores.

    Black is the map's minimum, white its 99.9th percentile, linear between; a constant map is
    black. The longest side is at most 320 pixels; a larger map is averaged down, a smaller one
    keeps its size.

    Parameters
    ----------
    values : ndarray, shape (height, width)
        Finite.

    Returns
    -------
    ndarray of uint8, shape (height, width) of the picture
    """
    scale = LONGEST_SIDE_PX / max(values.shape)
    if scale < 1:
        shape = tuple(max(1, round(side * scale)) for side in values.shape)
        values = resize(  # type: ignore[no-untyped-call]
            values, shape, order=1, anti_aliasing=True, preserve_range=True
        )
    least, white = float(values.min()), float(np.percentile(values, WHITE_PERCENTILE))
    if not white > least:
        white = max(float(values.max()), least)
    span = white - least
    grey = (values - least) / span if span > 0 else np.zeros_like(values)
    return np.asarray(np.round(255 * np.clip(grey, 0, 1)), np.uint8)
