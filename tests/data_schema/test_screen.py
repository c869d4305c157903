from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from foveola.data_schema import Screen, angle_between_deg

SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)
on_screen = st.tuples(st.floats(0, 1920), st.floats(0, 1080))


def test_one_degree_at_the_centre_is_px_per_deg_wide() -> None:
    half = SCREEN.px_per_deg() / 2
    angle = SCREEN.angle_deg(960 - half, 540, 960 + half, 540)
    assert angle == pytest.approx(1, rel=0.01)  # pixels are 0.6 % taller than wide


def test_known_angle() -> None:
    """The right edge is atan(26.5 / 60) from the centre."""
    assert SCREEN.angle_deg(960, 540, 1920, 540) == pytest.approx(np.degrees(np.arctan(26.5 / 60)))


def test_constant_px_per_deg_would_be_wrong_in_the_corner() -> None:
    exact = SCREEN.angle_deg(1880, 1040, 1920, 1040)
    assert 40 / SCREEN.px_per_deg() / exact > 1.1


@given(on_screen)
def test_px_to_deg_and_back(place: tuple[float, float]) -> None:
    back = SCREEN.deg_to_px(*SCREEN.px_to_deg(*place))
    assert np.allclose(back, place, atol=1e-8)


@given(on_screen, on_screen)
def test_angle_is_symmetric_and_matches_the_arc_cosine(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    angle = SCREEN.angle_deg(*one, *other)
    assert angle == SCREEN.angle_deg(*other, *one)
    cosine = np.dot(SCREEN.directions(*one), SCREEN.directions(*other))
    assert np.cos(np.radians(angle)) == pytest.approx(cosine, abs=1e-12)


def test_tiny_angles_do_not_vanish() -> None:
    assert angle_between_deg([0, 0, 1], [1e-12, 0, 1]) == pytest.approx(np.degrees(1e-12))


def test_lost_gaze_stays_lost() -> None:
    assert np.isnan(SCREEN.angle_deg(np.nan, 1, 2, 3))


@pytest.mark.parametrize("field", ["width_px", "width_cm", "distance_cm"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_impossible_screens_are_refused(field: str, value: float) -> None:
    with pytest.raises(ValidationError, match=field):
        Screen(**{**SCREEN.model_dump(), field: value})
