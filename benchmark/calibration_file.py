"""Calibrate the maps of a named model, and write what another run scores as densities."""

from __future__ import annotations

from pathlib import Path

from foveola.data_schema import (
    DensityCalibration,
    FoveolaError,
    provenance,
    read_fixation_set,
    relative_path,
    write_density_calibration,
)
from foveola.fixation_maps.centre_bias import CentreBias

from .calibration import BLURS, FOLDS, OnImage, calibrate
from .evaluation import default_sigma_px
from .model_options import parse_model
from .model_table import MODELS, load_models


def calibrate_model(
    fixations_path: str | Path,
    model: str,
    path: str | Path,
    *,
    resize: bool = False,
    folds: int = FOLDS,
    seed: int = 0,
    on_image: OnImage | None = None,
) -> DensityCalibration:
    """Calibrate a model on a file of fixations, and write ``NAME.json``.

    Parameters
    ----------
    fixations_path : path-like
        A fixation set.
    model : str
        As :func:`~foveola.benchmark.model_table.load_models` takes it. Maps and ONNX files are
        kept as a path from the calibration's folder, so that both can be moved together.
    path : path-like
        ``NAME.json``; an older file gives way.
    resize : bool, default False
        Whether maps may have another size than their stimulus.
    folds, seed, on_image
        As for :func:`~foveola.benchmark.calibration.calibrate`.

    Raises
    ------
    FoveolaError
        If a file, name or map is not what it should be; then nothing is written.
    """
    path, fixations_path = Path(path), Path(fixations_path)
    if path.suffix != ".json":
        raise FoveolaError(
            f"A calibration is written as JSON, not to {path.name!r}.",
            remedy="Name it CALIBRATION.json.",
        )
    fixations = read_fixation_set(fixations_path)
    sigma_px = default_sigma_px(fixations)
    centre_bias = CentreBias(fixations, bandwidth=0.05, uniform_weight=1.0)
    (loaded,) = load_models([model], fixations, centre_bias, resize=resize)
    made = provenance(
        {"model": loaded.name, "resize": resize, "folds": folds},
        inputs=[fixations_path],
        seed=seed,
    )
    calibration = calibrate(
        fixations,
        loaded,
        [share * sigma_px for share in BLURS],
        made,
        model_text=_beside(model, path.parent),
        folds=folds,
        seed=seed,
        on_image=on_image,
    )
    write_density_calibration(path, calibration)
    return calibration


def _beside(model: str, folder: Path) -> str:
    """Name of a model as a calibration in that folder keeps it."""
    place, _ = parse_model(model)
    if model in MODELS or not Path(place).exists():
        return model
    return relative_path(Path(place), folder) + model[len(place) :]
