from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_stages import SCREEN

from foveola.data_schema import GazeSamples, gaze_samples
from foveola.experiments.calibration_settings import CalibrationSettings
from foveola.experiments.gaze_rest import has_gaze, rests

SETTINGS = CalibrationSettings(collect_s=0.5, max_std_deg=1.0, min_gaze=0.7)
RATE_HZ = 500.0
PX_PER_DEG = SCREEN.px_per_deg()


def gaze(
    *,
    std_deg: float = 0.1,
    lost: float = 0.0,
    n: int = 250,
    eyes: str = "both",
    jump_deg: float = 0,
) -> GazeSamples:
    r = np.random.default_rng(1)
    samples = gaze_samples(np.arange(n) / RATE_HZ)
    for eye in ("left", "right") if eyes == "both" else (eyes,):
        for axis, middle in (("x", 320.0), ("y", 240.0)):
            values = middle + PX_PER_DEG * std_deg / np.sqrt(2) * r.standard_normal(n)
            values[n // 2 :] += PX_PER_DEG * jump_deg if axis == "x" else 0.0
            values[: round(lost * n)] = np.nan
            samples[f"{eye}_{axis}_px"] = values
    return samples


def rest(samples: GazeSamples, rate_hz: float = RATE_HZ) -> bool:
    return rests(samples, rate_hz, SCREEN, SETTINGS)


@pytest.mark.parametrize(
    ("samples", "there"),
    [
        (gaze(), True),
        (gaze(eyes="left"), True),
        (gaze(std_deg=0.8), True),
        (gaze(std_deg=1.3), False),
        (gaze(jump_deg=1.0), True),  # a microsaccade, and a small correction, are rest
        (gaze(jump_deg=2.5), False),
        (gaze(lost=0.25), True),
        (gaze(lost=0.35), False),
        (gaze(lost=1.0), False),
        (gaze(n=0), False),
        (gaze(n=150), False),  # too few for the rate
    ],
)
def test_gaze_rests_where_there_is_enough_and_it_is_steady(
    samples: GazeSamples, there: bool
) -> None:
    assert rest(samples) is there


def test_one_eye_that_wanders_is_no_rest() -> None:
    samples = gaze()
    samples["right_x_px"] = gaze(jump_deg=4)["right_x_px"]
    assert not rest(samples)


def test_an_unknown_rate_asks_for_no_number_of_samples() -> None:
    assert rest(gaze(n=20), np.nan)


@given(st.floats(0, 1), st.floats(0, 3), st.floats(0.01, 3), st.floats(0, 1))
def test_weaker_limits_never_refuse_what_stronger_ones_take(
    lost: float, std_deg: float, max_std_deg: float, min_gaze: float
) -> None:
    samples = gaze(lost=lost, std_deg=std_deg)
    strong = SETTINGS.model_copy(update={"max_std_deg": max_std_deg, "min_gaze": min_gaze})
    weak = strong.model_copy(update={"max_std_deg": max_std_deg * 2, "min_gaze": min_gaze / 2})
    assert rests(samples, RATE_HZ, SCREEN, strong) <= rests(samples, RATE_HZ, SCREEN, weak)


def test_gaze_of_any_eye_is_gaze() -> None:
    assert has_gaze(gaze(eyes="right", lost=0.9))
    assert not has_gaze(gaze(lost=1.0))
    assert not has_gaze(gaze(n=0))
