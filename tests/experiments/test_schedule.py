from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveola.data_schema import FileFormatError, Screen, image_stimulus
from foveola.experiments import ScheduledTrial, observer_generator, schedule

SCREEN = Screen(width_px=640, height_px=480, width_cm=32, height_cm=24, distance_cm=60)


def scheduled(images: Path, *words: str, every: int = 0) -> tuple[ScheduledTrial, ...]:
    return schedule(
        {one.name: one for one in sorted(images.iterdir())},
        SCREEN,
        observer_generator(7, *words),
        relative_to=images.parent / "data",
        drift_check_every=every,
    )


def test_the_same_seed_and_observer_give_the_same_order(images: Path) -> None:
    assert scheduled(images, "01") == scheduled(images, "01")


def test_other_observers_have_other_orders(images: Path) -> None:
    orders = {
        tuple(trial.stimulus.id for trial in scheduled(images, f"{i:02d}")) for i in range(20)
    }
    assert len(orders) > 10
    assert all(sorted(order) == ["a.png", "b.png", "c.png", "d.png"] for order in orders)


def test_trials_are_numbered_and_their_paths_relative(images: Path) -> None:
    trials = scheduled(images, "01")
    assert [trial.index for trial in trials] == [0, 1, 2, 3]
    assert all(trial.stimulus.path == f"../images/{trial.stimulus.id}" for trial in trials)


def test_drift_checks_come_before_every_second_trial_but_the_first(images: Path) -> None:
    checks = [trial.drift_check for trial in scheduled(images, "01", every=2)]
    assert checks == [False, False, True, False]


def test_an_image_that_cannot_be_read_is_named(images: Path) -> None:
    (images / "e.png").write_bytes(b"no image")
    with pytest.raises(FileFormatError, match=r"e\.png: this image can't be read"):
        scheduled(images, "01")
    assert image_stimulus(images / "a.png").width_px == 320


@given(st.integers(0, 2**31), st.text(max_size=5), st.text(max_size=5))
def test_generators_differ_by_how_words_are_cut(seed: int, first: str, second: str) -> None:
    one = observer_generator(seed, first, "x" + second).integers(2**62)
    other = observer_generator(seed, first + "x", second).integers(2**62)
    assert one != other
    assert one == observer_generator(seed, first, "x" + second).integers(2**62)
    assert isinstance(observer_generator(seed, first), np.random.Generator)
