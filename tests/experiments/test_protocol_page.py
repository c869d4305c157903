"""The page that tells every setting tells the truth."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from foveola.experiments.presets import presets
from foveola.experiments.settings import ExperimentSettings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
TABLE: dict[str, Any] = tomllib.loads(
    next(one for one in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
)
#: Tables that the laboratory's page tells.
ELSEWHERE = {"screen", "calibration", "tracker"}
EXAMPLES = {"name", "stimuli", "instructions", "question"}


def test_every_key_is_there() -> None:
    assert set(TABLE) == set(ExperimentSettings.model_fields)


@pytest.mark.parametrize("key", sorted(set(TABLE) - ELSEWHERE - EXAMPLES))
def test_each_default_is_the_one_that_holds(key: str) -> None:
    field = ExperimentSettings.model_fields[key]
    default = field.get_default(call_default_factory=True)
    told = TABLE[key]
    if isinstance(told, dict):
        default = default.model_dump(mode="json")
    assert told == default


def test_the_examples_of_questions_are_questions() -> None:
    screen = {"width_px": 640, "height_px": 480, "width_cm": 32, "height_cm": 24, "distance_cm": 60}
    settings = ExperimentSettings.model_validate(TABLE | {"screen": screen})
    assert [one.id for one in settings.question] == ["liked", "seen", "people"]


def test_every_preset_is_in_the_table() -> None:
    assert set(presets()) <= set(re.findall(r"`([a-z0-9-]+)`", PAGE))
