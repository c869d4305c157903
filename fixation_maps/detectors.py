"""Detectors of events, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial

from foveola.data_schema import Events, FoveolaError, GazeSamples, Screen

from .engbert_kliegl import engbert_kliegl
from .i2mc import i2mc
from .idt import idt
from .ivt import ivt
from .motion import motion
from .nystrom_holmqvist import nystrom_holmqvist
from .remodnav import remodnav

#: Finds events of every kind it knows in samples: in order of time, none over another, with blinks
#: and longer losses among them. Further parameters are keywords in seconds and degrees. The
#: fixations alone are ``fixations_of(events)``.
Detector = Callable[[GazeSamples, Screen], Events]

#: Every detector that can be asked for by name.
DETECTORS: dict[str, Detector] = {
    "ivt": ivt,
    "idt": idt,
    "engbert-kliegl": engbert_kliegl,
    "nystrom-holmqvist": nystrom_holmqvist,
    "remodnav": remodnav,
    "i2mc": i2mc,
    "motion": motion,
}


def detector_of(name: str, parameters: Mapping[str, float | bool] | None = None) -> Detector:
    """Get a detector by name, with some of its parameters set.

    Raises
    ------
    FoveolaError
        If there is no such detector, or it has no such parameter.
    """
    if name not in DETECTORS:
        raise FoveolaError(
            f"There is no detector {name!r}.", remedy=f"Known are: {', '.join(DETECTORS)}."
        )
    known = parameters_of(DETECTORS[name])
    for parameter in parameters or {}:
        if parameter not in known:
            raise FoveolaError(
                f"The detector {name} has no parameter {parameter!r}.",
                remedy=f"It has: {', '.join(known)}.",
            )
    return partial(DETECTORS[name], **dict(parameters or {}))


def parameters_of(detector: Detector) -> dict[str, float | bool]:
    """All parameters of a detector and their values."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(detector).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def parse_parameters(texts: list[str]) -> dict[str, float | bool]:
    """Read parameters written as ``name=value``.

    Examples
    --------
    >>> parse_parameters(["merge_deg=1", "binocular=true"])
    {'merge_deg': 1.0, 'binocular': True}

    Raises
    ------
    FoveolaError
        If one is not written so.
    """
    parameters: dict[str, float | bool] = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            truth = {"true": True, "false": False}.get(value.strip().lower())
            parameters[name.strip()] = float(value) if truth is None else truth
        except ValueError as error:
            raise FoveolaError(
                f"{text!r} sets no parameter.", remedy="Write it as merge_deg=0.5."
            ) from error
    return parameters
