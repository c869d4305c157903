"""From the names that a user gives to models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from foveola.data_schema import (
    FileFormatError,
    FixationSet,
    FoveolaError,
    read_density_calibration,
)
from foveola.fixation_maps.centre_bias import CentreBias

from .baselines import CentreBiasModel, GoldStandardModel, Uniform
from .calibration import CalibratedModel
from .command_model import PREFIX, CommandModel
from .imported_model import MODULE_AND_NAME, imported_model
from .itti_koch import IttiKoch
from .model_options import ModelOptions, parse_model
from .models import Kind, SaliencyModel
from .onnx_model import OnnxModel
from .submitted_maps import SubmittedMaps, is_place_of_maps

#: Models that ship with Foveola, by name.
MODELS: dict[str, Callable[[FixationSet, CentreBias], SaliencyModel]] = {
    "uniform": lambda _set, _bias: Uniform(),
    "centre-bias": lambda _set, bias: CentreBiasModel(bias),
    "gold-standard": GoldStandardModel,
    "itti-koch": lambda _set, _bias: IttiKoch(),
}

PICKLES = (".pt", ".pth", ".pkl", ".pickle")


def load_models(
    names: Sequence[str],
    fixations: FixationSet,
    centre_bias: CentreBias,
    *,
    resize: bool = False,
    kind: Kind | None = None,
) -> list[SaliencyModel]:
    """Load models by name, file, folder, Python name or command.

    Parameters
    ----------
    names : sequence of str
        Names in :data:`MODELS`; paths of folders, zip, tar or HDF5 files of maps; ONNX files;
        ``module:name`` of Python code; ``command:...``. Each of these but the first may be
        followed by options, as ``maps.zip,kind=log_density``
        (:class:`~foveola.benchmark.model_options.ModelOptions`). A name wins; a folder that is
        called like a model is given as ``./itti-koch``. A JSON file is a calibration
        (``foveola calibrate``): the maps of its model become densities.
    fixations : FixationSet
        The set they will be scored on.
    centre_bias : CentreBias
        Fitted to that set.
    resize : bool, default False
        Whether maps in folders and files may have another size than their stimulus.
    kind : Kind, optional
        What the models predict that say nothing of their own; a saliency map by default.

    Raises
    ------
    FoveolaError
        If a name is none of these, or its maps do not fit the set.
    """
    models: list[SaliencyModel] = []
    for name in names:
        if name in MODELS:
            models.append(MODELS[name](fixations, centre_bias))
        elif name.lower().endswith(".json"):
            models.append(_calibrated(Path(name), fixations, centre_bias, resize=resize))
        else:
            models.append(outside_model(name, fixations, resize=resize, kind=kind))
    return models


def outside_model(
    text: str,
    fixations: FixationSet,
    *,
    resize: bool = False,
    kind: Kind | None = None,
    strict: bool = True,
) -> SaliencyModel:
    """Load one model that does not ship with Foveola; see :func:`load_models`.

    With ``strict=False``, faults in the names of submitted maps are left for the caller to ask
    for (:attr:`~foveola.benchmark.submitted_maps.SubmittedMaps.faults`).
    """
    name, options = parse_model(text, kind)
    if name.startswith(PREFIX):
        return CommandModel(name.removeprefix(PREFIX), options)
    path = Path(name)
    if is_place_of_maps(path):
        return _maps(path, fixations, options, resize=resize, strict=strict)
    if path.suffix.lower() == ".onnx":
        return OnnxModel(path, options)
    if path.suffix.lower() in PICKLES:
        raise FoveolaError(
            f"{name} may hold a pickle, which can run any code.",
            remedy="Export the network as ONNX, or give it as module:name.",
        )
    if MODULE_AND_NAME.fullmatch(name):
        return imported_model(name, options)
    raise FoveolaError(
        f"{name!r} is neither a model nor a folder of maps.",
        remedy=f"Models: {', '.join(MODELS)}; or a folder, zip, tar or HDF5 file of maps, an ONNX "
        f"file, module:name, or {PREFIX}...",
    )


def _calibrated(
    path: Path, fixations: FixationSet, centre_bias: CentreBias, *, resize: bool
) -> CalibratedModel:
    """Model of a calibration, which may come from anybody: it never leads to code that is run."""
    calibration = read_density_calibration(path)
    text = calibration.model
    place, _ = parse_model(text)
    if text not in MODELS:
        beside = path.parent / place
        if not (is_place_of_maps(beside) or beside.suffix.lower() == ".onnx"):
            raise FileFormatError(
                path,
                f"there is no model {text!r} beside it.",
                place="model",
                remedy="Put the maps or the ONNX file there; a calibration of code is used from "
                "Python, as foveola.benchmark.CalibratedModel.",
            )
        text = f"{beside}{text[len(place) :]}"
    (model,) = load_models([text], fixations, centre_bias, resize=resize)
    return CalibratedModel(model, calibration)


def _maps(
    path: Path, fixations: FixationSet, options: ModelOptions, *, resize: bool, strict: bool
) -> SubmittedMaps:
    return SubmittedMaps(
        path,
        fixations.stimuli,
        kind=options.kind or "saliency_map",
        resize=resize,
        name=options.name,
        strict=strict,
    )
