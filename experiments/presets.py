"""Presets: what is stated of the protocols of published data sets, and what has to be asked."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, TypeAdapter

from foveola.data_schema import FoveolaError

PRESETS_PATH = Path(__file__).with_name("presets.toml")


class Original(BaseModel):
    """The apparatus of the original, in words; empty: not stated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    observers: str
    tracker: str
    screen: str
    calibration: str
    sigma: str


class Preset(BaseModel):
    """What is stated of the protocol of a published data set.

    Attributes
    ----------
    title, citation, stimuli : str
        What it is; an empty citation is not known to us.
    kind : "image" or "video"
        What is shown.
    original : Original
        The apparatus.
    settings : mapping
        Values of :data:`PROTOCOL` that are stated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    kind: Literal["image", "video"]
    citation: str
    stimuli: str
    original: Original
    settings: dict[str, float | int | str]


class ProtocolKey(NamedTuple):
    """A value that a protocol needs.

    Attributes
    ----------
    option : str
        Of ``foveola init``.
    place : str
        Key of the experiment's settings that it becomes.
    asked : str
        The question.
    parse : callable
        Makes the value of a word; the text of its ValueError tells what is taken.
    needed : callable
        Whether it is needed, given the preset and the values so far.
    """

    option: str
    place: str
    asked: str
    parse: Callable[[str], Any]
    needed: Callable[[Preset, Mapping[str, Any]], bool] = lambda _preset, _values: True


def _seconds(largest: float, *, positive: bool = False) -> Callable[[str], float]:
    told = f"a number of seconds, {'above' if positive else 'from'} 0 to {largest:g}"

    def parse(word: str) -> float:
        try:
            value = float(word.removesuffix("s").strip())
        except ValueError as error:
            raise ValueError(told) from error
        if not 0 <= value <= largest or (positive and value == 0):
            raise ValueError(told)
        return value

    return parse


def _count(word: str) -> int:
    if not word.isdecimal():
        raise ValueError("a whole number, 0 or more")
    return int(word)


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(word: str) -> str:
        if word not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return word

    return parse


#: What a protocol needs, in the order in which it is asked.
PROTOCOL = {
    "duration_s": ProtocolKey(
        "--duration-s",
        "duration_s",
        "How many seconds is each image shown?",
        _seconds(3600, positive=True),
        lambda preset, _values: preset.kind == "image",
    ),
    "fixation_cross_s": ProtocolKey(
        "--fixation-cross-s",
        "fixation_cross_s",
        "How many seconds is the fixation cross before each (0: none)?",
        _seconds(60),
    ),
    "isi_s": ProtocolKey(
        "--isi-s", "isi_s", "How many seconds is the screen empty after each (0: none)?",
        _seconds(60),
    ),
    "order": ProtocolKey(
        "--order",
        "order",
        "In which order (random, fixed, counterbalanced)?",
        _one_of("random", "fixed", "counterbalanced"),
    ),
    "layout": ProtocolKey(
        "--layout",
        "calibration.layout",
        "Which targets for the calibration (HV5, HV9, HV13)?",
        _one_of("HV5", "HV9", "HV13"),
    ),
    "check_every": ProtocolKey(
        "--check-every",
        "drift_check.every_trials",
        "A drift check before every so manieth image or video (0: never)?",
        _count,
    ),
    "block_trials": ProtocolKey(
        "--block-trials",
        "blocks.trials",
        "A break after how many images or videos (0: none)?",
        _count,
    ),
    "after_break": ProtocolKey(
        "--after-break",
        "blocks.after_break",
        "What follows a break (nothing, drift_check, validate, calibrate)?",
        _one_of("nothing", "drift_check", "validate", "calibrate"),
        lambda _preset, values: bool(values.get("block_trials")),
    ),
}  # fmt: skip


@cache
def presets() -> dict[str, Preset]:
    """All presets by name."""
    table = tomllib.loads(PRESETS_PATH.read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, Preset]).validate_python(table)


def preset_of(name: str) -> Preset:
    """Return the preset of that name; FoveolaError names those that there are."""
    if name not in presets():
        raise FoveolaError(
            f"There is no preset {name!r}.", remedy=f"Available: {', '.join(presets())}."
        )
    return presets()[name]


def parsed(key: str, word: str) -> Any:
    """Value of a word; FoveolaError tells what it must be."""
    wanted = PROTOCOL[key]
    try:
        return wanted.parse(word.strip())
    except ValueError as error:
        raise FoveolaError(
            f"{wanted.option} {word}: this is no answer.",
            remedy=f"{wanted.asked} Give {error}.",
        ) from error


def protocol_values(
    preset: Preset, given: Mapping[str, str], ask: Callable[[ProtocolKey], str] | None
) -> dict[str, Any]:
    """Every value that the protocol needs: given, stated, or asked for.

    Parameters
    ----------
    preset : Preset
        What is stated.
    given : mapping of str to str
        Words given on the command line, by key of :data:`PROTOCOL`; they win.
    ask : callable or None
        Asks the user for a value that is neither stated nor given; None: nobody is there.

    Raises
    ------
    FoveolaError
        If values are missing and nobody is there to be asked; it names all of them and the
        options that give them.
    """
    values: dict[str, Any] = {}
    missing: list[ProtocolKey] = []
    for key, wanted in PROTOCOL.items():
        if given.get(key):
            values[key] = parsed(key, given[key])
        elif not wanted.needed(preset, values):
            continue
        elif key in preset.settings:
            values[key] = preset.settings[key]
        elif ask is None:
            missing.append(wanted)
        else:
            values[key] = parsed(key, ask(wanted))
    if missing:
        lines = "".join(f"\n  {one.option:<20}{one.asked}" for one in missing)
        raise FoveolaError(
            f"The protocol of {preset.title} does not state everything, and nothing is invented.",
            remedy=f"Give:{lines}",
        )
    return values
