"""The folder of a new experiment: settings with their sources, and what to do next."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from foveola.data_schema import FoveolaError, Screen

from .presets import PROTOCOL, Preset
from .settings import NAME_PATTERN

SCREEN_FORM = "1920x1080,53.1x29.9,60,60"
SCREEN_HELP = "width x height in px, in cm, distance of the eyes in cm, refresh rate in Hz"
SETTINGS_NAME = "experiment.toml"


def screen_of(words: str) -> Screen:
    """The observer's screen from words as ``1920x1080,53.1x29.9,60,60``; units may stand there.

    Raises
    ------
    FoveolaError
        If they do not tell a screen.
    """
    parts = [re.sub(r"(px|cm|hz)", "", part, flags=re.IGNORECASE) for part in words.split(",")]
    try:
        (width_px, height_px), (width_cm, height_cm) = (
            [float(side) for side in re.split("[x×*]", part.strip())] for part in parts[:2]
        )
        distance_cm, refresh_hz = (float(part) for part in parts[2:])
        return Screen(
            width_px=int(width_px),
            height_px=int(height_px),
            width_cm=width_cm,
            height_cm=height_cm,
            distance_cm=distance_cm,
            refresh_hz=refresh_hz,
        )
    except ValueError as error:
        raise FoveolaError(
            f"{words!r} does not tell a screen.", remedy=f"Give {SCREEN_FORM}: {SCREEN_HELP}."
        ) from error


def write_experiment(
    folder: Path,
    preset_name: str,
    preset: Preset,
    values: Mapping[str, Any],
    screen: Screen,
    *,
    name: str = "",
    seed: int = 1,
) -> Path:
    """Write an experiment's folder; nothing that is there is written over.

    Parameters
    ----------
    folder : Path
        To be made, or empty.
    preset_name : str
        Name of the preset.
    preset : Preset
        What is stated of the protocol.
    values : mapping
        Values of :data:`foveola.experiments.presets.PROTOCOL`.
    screen : Screen
        The laboratory's own.
    name : str, optional
        Name of the experiment; made from the folder's by default.
    seed : int
        Decides the order, with the observers' ids.

    Returns
    -------
    Path
        The settings.

    Raises
    ------
    FoveolaError
        If the folder holds anything, or can't be made.
    """
    name = name or re.sub(r"[^A-Za-z0-9]+", "-", folder.resolve().name).strip("-")[:64]
    if not re.fullmatch(NAME_PATTERN, name):
        raise FoveolaError(
            f"{name!r} can't be the name of an experiment.",
            remedy="Give --name with letters (A to Z), digits and hyphens.",
        )
    try:
        if folder.exists() and any(folder.iterdir()):
            raise FoveolaError(
                f"The folder {folder} is not empty, and nothing is written over.",
                remedy="Name a new folder.",
            )
        (folder / "stimuli").mkdir(parents=True, exist_ok=True)
        settings = folder / SETTINGS_NAME
        text = settings_text(preset_name, preset, values, screen, name=name, seed=seed)
        settings.write_text(text, encoding="utf-8")
        (folder / "README.md").write_text(readme_text(name, preset), encoding="utf-8")
    except OSError as error:
        raise FoveolaError(
            f"The folder {folder} can't be written ({error.strerror}).",
            remedy="Choose another place.",
        ) from error
    return settings


def settings_text(
    preset_name: str,
    preset: Preset,
    values: Mapping[str, Any],
    screen: Screen,
    *,
    name: str,
    seed: int,
) -> str:
    """The experiment's settings, each value with its source."""
    lines = [
        f"# After the protocol of {preset.title} (foveola init --preset {preset_name}).",
        f"# {preset.citation or 'Its publication is not known to us.'}",
        "#",
        f"# The original: {preset.stimuli}.",
        *(
            f"#   {what:<12} {text or 'not stated'}"
            for what, text in preset.original.model_dump().items()
        ),
        f"# Your screen has {screen.px_per_deg():.1f} px/deg at its centre.",
        "# Every other key, with its default: docs/protocol.md.",
        "",
        _line("name", name, "begins the name of every file"),
        _line("stimuli", "stimuli", f"the {preset.kind}s: copy them into this folder"),
        _line("seed", seed, "with the observer's id it decides the order"),
        *_of_table("", preset, values),
        _line("observer_ids", "checked", "ids end with a check digit: foveola observer new"),
        _line("observer_form", True, "asks for vision, dominant eye and consent"),
        "",
        "[screen]  # your own: every angle depends on it",
        *(
            _line(key, getattr(screen, key))
            for key in ("width_px", "height_px", "width_cm", "height_cm", "distance_cm")
        ),
        _line("refresh_hz", screen.refresh_hz),
    ]
    for table in ("calibration", "drift_check", "blocks"):
        if rows := _of_table(table, preset, values):
            lines += ["", f"[{table}]", *rows]
    return "\n".join(lines) + "\n"


def readme_text(name: str, preset: Preset) -> str:
    """What to do next."""
    return f"""# {name}

An experiment after the protocol of {preset.title}. Copy your {preset.kind}s into `stimuli/`; what is shown,
how, and where each value comes from stands in `{SETTINGS_NAME}`. Then, in this folder:

```
foveola observer new      # prints an id, which the next two need
foveola run {SETTINGS_NAME} --observer ID --session rehearsal --fast
foveola run {SETTINGS_NAME} --observer ID --tracker eyelink
```

The rehearsal is a simulated observer's, faster than real time and without a window. A session that
breaks off is continued by `foveola resume {SETTINGS_NAME} --observer ID`.

Who stands behind an id is written down elsewhere, never in this folder.
"""  # noqa: E501, as long as the lines that it becomes


def _of_table(table: str, preset: Preset, values: Mapping[str, Any]) -> list[str]:
    """Lines of the protocol's values that belong into a table."""
    lines = []
    for key, value in values.items():
        where, _, last = PROTOCOL[key].place.rpartition(".")
        if where == table:
            lines.append(_line(last, value, _source(key, value, preset)))
    return lines


def _source(key: str, value: Any, preset: Preset) -> str:
    if key not in preset.settings:
        return f"your choice: not stated for {preset.title}"
    if preset.settings[key] != value:
        return f"your choice: {preset.title} has {preset.settings[key]}"
    return f"as stated for {preset.title}"


def _line(key: str, value: Any, comment: str = "") -> str:
    text = f"{key} = {json.dumps(value, ensure_ascii=False)}"
    return f"{text:<32}# {comment}" if comment else text
