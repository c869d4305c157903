"""Small sound records and files that tests start from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foveola import data_schema as ds

#: Made once, because it holds the time to the second.
PROVENANCE = ds.provenance({"sigma": 1.5}, seed=3)
SCREEN = ds.Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)
STIMULI = (
    ds.Stimulus(id="a.png", width_px=40, height_px=30),
    ds.Stimulus(id="b/ü.png", width_px=20, height_px=10),
)


def a_recording() -> ds.Recording:
    samples = ds.gaze_samples(np.arange(2000) / 1000, left_x_px=np.linspace(0, 1919, 2000))
    events = ds.empty_events(2)
    events["kind"] = ds.EventKind.FIXATION
    events["onset_s"], events["duration_s"] = [0.1, 0.5], [0.2, 0.3]
    points = (
        ds.TargetError(target_x_px=960, target_y_px=540, eye="left", error_deg=0.4, loss=0.0),
        ds.TargetError(target_x_px=960, target_y_px=540, eye="right"),
    )
    return ds.Recording(
        observer=ds.Observer(id="01"),
        screen=SCREEN,
        tracker=ds.TrackerInfo(make="Simulated", sampling_rate_hz=1000, eyes="left"),
        provenance=PROVENANCE,
        started_utc="2026-01-01T00:00:00+00:00",
        stimuli=STIMULI,
        trials=(
            ds.Trial(index=0, stimulus="a.png", onset_s=0.1, offset_s=1, variables={"k": "v;\nü"}),
        ),
        blocks=(ds.Block(start_s=0, end_s=2, sampling_rate_hz=1000, eyes="left"),),
        calibrations=(
            ds.Calibration(time_s=0, kind="validation", layout="HV9", accepted=True, points=points),
        ),
        clock=ds.ClockFit(pairs=9, jumps=(ds.ClockJump(time_s=1.5, size_s=-0.25),)),
        samples=samples,
        messages=(ds.Message(time_s=0.5, text="TRIALID 1 – é"),),
        events=events,
        flips_s=np.arange(3) / 60,
    )


def a_fixation_set(folder: Path | None = None) -> ds.FixationSet:
    table = np.zeros(4, ds.STIMULUS_FIXATION_DTYPE)
    table["stimulus"], table["observer"] = [1, 0, 0, 0], [0, 1, 0, 0]
    table["order"] = [0, 0, 1, 0]
    table["x_px"], table["y_px"] = [19.9, 39.5, 40.0, 3.7], [0, 29.99, 3, 4.2]
    table["duration_s"], table["eye"] = 0.2, ds.Eye.LEFT
    info = ds.SetInfo(name="made", px_per_deg=30)
    return ds.fixation_set(info, STIMULI, ("01", "02"), table, ds.provenance(), folder)
