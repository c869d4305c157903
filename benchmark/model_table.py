"""From the names that a user gives to models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from foveola.data_schema import FixationSet, FoveolaError
from foveola.fixation_maps.centre_bias import CentreBias

from .baselines import CentreBiasModel, GoldStandardModel, Uniform
from .itti_koch import IttiKoch
from .map_folder import MapFolder
from .models import SaliencyModel

#: Models that ship with Foveola, by name.
MODELS: dict[str, Callable[[FixationSet, CentreBias], SaliencyModel]] = {
    "uniform": lambda _set, _bias: Uniform(),
    "centre-bias": lambda _set, bias: CentreBiasModel(bias),
    "gold-standard": GoldStandardModel,
    "itti-koch": lambda _set, _bias: IttiKoch(),
}


def load_models(
    names: Sequence[str],
    fixations: FixationSet,
    centre_bias: CentreBias,
    *,
    resize: bool = False,
) -> list[SaliencyModel]:
    """Load models by name or by folder of maps.

    Parameters
    ----------
    names : sequence of str
        Names in :data:`MODELS`, or paths of folders of maps. A name wins; a folder that is called
        like a model is given as ``./itti-koch``.
    fixations : FixationSet
        The set they will be scored on.
    centre_bias : CentreBias
        Fitted to that set.
    resize : bool, default False
        Whether maps in folders may have another size than their stimulus.

    Raises
    ------
    FoveolaError
        If a name is neither, or a folder does not fit the set.
    """
    models = []
    for name in names:
        if name in MODELS:
            models.append(MODELS[name](fixations, centre_bias))
        elif Path(name).is_dir():
            models.append(MapFolder(Path(name), fixations.stimuli, resize=resize))
        else:
            raise FoveolaError(
                f"{name!r} is neither a model nor a folder of maps.",
                remedy=f"Models: {', '.join(MODELS)}.",
            )
    return models
