from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from made_stages import SCREEN, make_stage

from foveola.data_schema import GAZE_DTYPE, Observer, RecordingHeader, TrackerInfo, provenance
from foveola.experiments import load_settings
from foveola.experiments import operator_watch as module
from foveola.experiments.operator_messages import SessionPart
from foveola.experiments.operator_watch import gaze_points, open_watch

Write = Callable[..., Path]


class NoView:
    """A link that starts nothing."""

    started: list[NoView] = []  # noqa: RUF012, the test empties it

    def __init__(self, *, screen: int) -> None:
        self.screen = screen
        self.parts: dict[str, Any] = {}
        self.started.append(self)

    def keep(self, name: str, part: object) -> None:
        self.parts[name] = part


@pytest.fixture
def opened(
    write_toml: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[list[NoView], list[str]]]:
    """Ask for a view before so many screens; return the views opened, and what was told."""
    monkeypatch.setattr(module, "OperatorLink", NoView)
    NoView.started = []

    def ask(
        screens: int = 2, add: str = "", *, unattended: bool = False, asked: bool | None = None
    ) -> tuple[list[NoView], list[str]]:
        tracker = TrackerInfo(make="EyeLink", model="1000", sampling_rate_hz=500, eyes="both")
        header = RecordingHeader(Observer(id="01"), SCREEN, tracker, provenance({}, seed=1))
        window: Any = SimpleNamespace(
            screens_px=[(1920 * i, 0, 1920, 1080) for i in range(screens)],
            window_px=(0, 0, 640, 480),
            background=(128, 128, 128),
        )
        told: list[str] = []
        open_watch(
            load_settings(write_toml(add=add)),
            header,
            make_stage(tmp_path).recorder,
            window,
            trials=4,
            unattended=unattended,
            asked=asked,
            notify=told.append,
        )
        return NoView.started, told

    return ask


def test_a_second_screen_gets_the_view(opened: Callable[..., Any], tmp_path: Path) -> None:
    (view,), told = opened(add="\n[operator]\nscreen = 0\n")
    assert told == []
    assert view.screen == 0
    session = view.parts["session"]
    assert isinstance(session, SessionPart)
    assert (session.observer, session.tracker, session.trials) == ("01", "EyeLink 1000", 4)
    assert session.folder == str(tmp_path / "data")


def test_on_a_single_screen_it_must_be_asked_for(opened: Callable[..., Any]) -> None:
    views, told = opened(screens=1)
    assert views == []
    assert "--operator-view" in told[0]


def test_on_a_single_screen_it_can_be_asked_for(opened: Callable[..., Any]) -> None:
    views, told = opened(screens=1, asked=True)
    assert len(views) == 1
    assert told == []


@pytest.mark.parametrize(
    "options",
    [
        {"asked": False},
        {"unattended": True},
        {"add": "\n[operator]\nview = false\n"},
    ],
)
def test_who_wants_none_gets_none_and_no_words(
    opened: Callable[..., Any], options: dict[str, Any]
) -> None:
    assert opened(**options) == ([], [])


def test_without_qt_the_session_goes_on_and_says_so(
    opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "PyQt6" else find(name)
    )
    views, told = opened(asked=True)
    assert views == []
    assert "foveola[lab]" in told[0]


def test_a_trail_is_thinned_and_keeps_its_newest_point() -> None:
    samples = np.zeros(50, GAZE_DTYPE)
    samples["time_s"] = np.arange(50) / 1000
    samples["left_x_px"] = np.arange(50)
    samples["right_x_px"] = np.nan
    points = gaze_points(samples, 1000.0)
    assert [point[1] for point in points] == [15.0, 32.0, 49.0]
    assert all(np.isnan(point[3]) for point in points)
    assert gaze_points(samples[:0], 1000.0) == []
