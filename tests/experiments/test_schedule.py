from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveola.data_schema import FileFormatError, image_stimulus
from foveola.experiments import (
    ScheduledTrial,
    load_settings,
    observer_generator,
    schedule,
    session_files,
)

Write = Callable[..., Path]
Make = Callable[..., tuple[ScheduledTrial, ...]]


@pytest.fixture
def scheduled(write_toml: Write) -> Callable[..., tuple[ScheduledTrial, ...]]:
    def make(observer: str, add: str = "", session: str = "") -> tuple[ScheduledTrial, ...]:
        settings = load_settings(write_toml(add=add))
        folder = session_files(settings, observer, session).recording.parent
        return schedule(settings, observer, session, relative_to=folder)

    return make


def test_the_same_seed_and_observer_give_the_same_order(scheduled: Make) -> None:
    assert scheduled("01") == scheduled("01")


def test_other_observers_have_other_orders(scheduled: Make) -> None:
    orders = {tuple(trial.stimulus.id for trial in scheduled(f"{i:02d}")) for i in range(20)}
    assert len(orders) > 10
    assert all(sorted(order) == ["a.png", "b.png", "c.png", "d.png"] for order in orders)


def test_trials_are_numbered_and_their_paths_relative(scheduled: Make) -> None:
    trials = scheduled("01")
    assert [trial.index for trial in trials] == [0, 1, 2, 3]
    assert all(trial.stimulus.path == f"../images/{trial.stimulus.id}" for trial in trials)


def test_drift_checks_come_before_every_second_trial_but_the_first(scheduled: Make) -> None:
    checks = [trial.drift_check for trial in scheduled("01", "\n[drift_check]\nevery_trials = 2\n")]
    assert checks == [False, False, True, False]


def test_an_image_that_cannot_be_read_is_named(scheduled: Make, images: Path) -> None:
    (images / "e.png").write_bytes(b"no image")
    with pytest.raises(FileFormatError, match=r"e\.png: this image can't be read"):
        scheduled("01")
    assert image_stimulus(images / "a.png").width_px == 320


@given(st.integers(0, 2**31), st.text(max_size=5), st.text(max_size=5))
def test_generators_differ_by_how_words_are_cut(seed: int, first: str, second: str) -> None:
    one = observer_generator(seed, first, "x" + second).integers(2**62)
    other = observer_generator(seed, first + "x", second).integers(2**62)
    assert one != other
    assert one == observer_generator(seed, first, "x" + second).integers(2**62)
    assert isinstance(observer_generator(seed, first), np.random.Generator)
