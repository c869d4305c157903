"""Finds a Tobii tracker through TittaPy, which brings Tobii's own library in two versions."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from foveola.data_schema import FoveolaError, MissingExtraError

from .tobii_settings import TobiiSettings

#: Each version's search takes 2 s where it finds nothing.
MODULES = {"v2": "TittaPy_v2", "v1": "TittaPy_v1"}
CONNECT_REMEDY = (
    "Switch the tracker on, connect its cable, and see whether Tobii's Eye Tracker Manager finds "
    "it; or give its address: [tracker.tobii] address = ... in the settings."
)


def titta_modules(settings: TobiiSettings) -> dict[str, Any]:
    """Import the versions of TittaPy that the settings allow.

    Raises
    ------
    MissingExtraError
        If TittaPy is not installed.
    """
    wanted = list(MODULES) if settings.sdk == "auto" else [settings.sdk]
    try:
        return {name: importlib.import_module(MODULES[name]) for name in wanted}
    except ImportError as error:
        raise MissingExtraError("TittaPy", "tobii") from error


def find_tracker(modules: Mapping[str, Any], settings: TobiiSettings) -> tuple[Any, Any]:
    """Find the one tracker that the settings mean, within 5 s.

    Returns
    -------
    module, tracker
        The version of TittaPy that reached it, and its ``EyeTracker``.

    Raises
    ------
    FoveolaError
        If there is none, or there are several.
    """
    if settings.address:
        return _at_address(modules, settings.address)
    others: list[str] = []
    for module in modules.values():
        found = module.find_all_eye_trackers()
        fits = [one for one in found if settings.serial in ("", one["serial_number"])]
        if len(fits) > 1:
            raise FoveolaError(
                f"There are several Tobii trackers: {', '.join(map(_named, fits))}.",
                remedy='Choose one: [tracker.tobii] serial = "..." in the settings.',
            )
        if fits:
            return module, _opened(module, fits[0]["address"])
        others += [_named(one) for one in found]
    if settings.serial and others:
        raise FoveolaError(
            f"There is no Tobii tracker {settings.serial}, but {', '.join(sorted(set(others)))}.",
            remedy="Correct [tracker.tobii] serial.",
        )
    raise FoveolaError("There is no Tobii tracker.", remedy=CONNECT_REMEDY)


def _at_address(modules: Mapping[str, Any], address: str) -> tuple[Any, Any]:
    reasons = []
    for module in modules.values():
        try:
            return module, _opened(module, address)
        except FoveolaError as error:
            reasons.append(error.what)
    raise FoveolaError(" ".join(dict.fromkeys(reasons)), remedy=CONNECT_REMEDY)


def _opened(module: Any, address: str) -> Any:
    try:
        return module.EyeTracker(address)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise FoveolaError(
            f"The Tobii tracker at {address} can't be reached ({reason}).", remedy=CONNECT_REMEDY
        ) from error


def _named(one: Mapping[str, Any]) -> str:
    return f"{one['model']} {one['serial_number']}"
