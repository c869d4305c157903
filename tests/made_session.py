"""A made-up session with calibrations, drift checks, flips, lost gaze and hostile names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from made_gaze import SCREEN

from foveola import data_schema as ds

TARGETS = ((960.0, 540.0), (400.0, 300.0), (1500.0, 800.0))
RATE_HZ, REFRESH_HZ = 250, 60.0


def made_session(path: Path, *, stimulus="a.png", error_px=12.0, **changes) -> Path:
    """Four trials of 2 s, the last interrupted; one flip is late, gaze is lost for 100 ms."""
    times_s = np.arange(0, 12, 1 / RATE_HZ)
    x_px = np.where(times_s % 1 < 0.5, 700.0, 900.0)
    lost = (times_s > 3.1) & (times_s <= 3.2)
    gaze = {name: np.where(lost, np.nan, x_px) for name in ("left_x_px", "right_x_px")}
    gaze |= {name: np.where(lost, np.nan, 500.0) for name in ("left_y_px", "right_y_px")}
    flips_s = np.delete(np.arange(0, 12, 1 / REFRESH_HZ), 200)
    trials = tuple(
        ds.Trial(
            index=i, stimulus=stimulus, onset_s=1 + 2.5 * i, offset_s=3 + 2.5 * i,
            status="interrupted" if i == 3 else "complete",
        )
        for i in range(4)
    )  # fmt: skip
    settings = {
        "observer": ds.Observer(id="01"),
        "screen": SCREEN.model_copy(update={"refresh_hz": REFRESH_HZ}),
        "tracker": ds.TrackerInfo(make="Made", firmware="v5", sampling_rate_hz=250, eyes="both"),
        "provenance": ds.provenance(
            {"experiment": {"calibration": {"max_mean_error_deg": 0.5, "max_error_deg": 1.0}}},
            seed=5,
        ),
        "started_utc": "2026-01-02T03:04:05+00:00",
        "stimuli": (ds.Stimulus(id=stimulus, width_px=1920, height_px=1080),),
        "trials": trials,
        "blocks": (ds.Block(start_s=0, end_s=12, sampling_rate_hz=250, eyes="both"),),
        "calibrations": (
            checked(0.1, "calibration", accepted=True, error_px=3),
            checked(0.2, "validation", accepted=False, error_px=90, reason="repeated"),
            checked(0.5, "validation", accepted=True, error_px=error_px),
            checked(5.0, "drift_check", accepted=True, error_px=10),
            checked(8.0, "drift_check", accepted=False, error_px=70),
        ),
        "clock": ds.ClockFit(offset_s=-4711.5, drift_ppm=20.3, residual_s=3e-5, pairs=12),
        "samples": ds.gaze_samples(times_s, **gaze),
        "flips_s": flips_s,
    }
    ds.write_recording(path, ds.Recording(**(settings | changes)))
    return path


def checked(time_s, kind, *, accepted, error_px, reason="") -> ds.Calibration:
    """A calibration whose gaze lies so far to the right of (left eye) or below (right) targets."""
    points = []
    for x, y in TARGETS[:1] if kind == "drift_check" else TARGETS:
        for eye, at in (("left", (x + error_px, y)), ("right", (x, y + error_px))):
            error = float(SCREEN.angle_deg(x, y, *at))
            points.append(
                ds.TargetError(
                    target_x_px=x, target_y_px=y, eye=eye, gaze_x_px=at[0], gaze_y_px=at[1],
                    error_deg=error, rms_s2s_deg=0.02, std_deg=0.1, loss=0.0,
                )
            )  # fmt: skip
    return ds.Calibration(
        time_s=time_s, kind=kind, layout="HV3", accepted=accepted, reason=reason, points=points
    )
