import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_gaze import SCREEN, scanpath

from foveola.data_schema import EventKind, gaze_samples
from foveola.fixation_maps.event_properties import event_properties
from foveola.fixation_maps.gaze_signal import gaze_signal


@given(st.data())
@settings(deadline=None)
def test_events_are_measured_as_one_by_one(data):
    samples = scanpath(n=3, rate_hz=250, seed=data.draw(st.integers(0, 99))).samples
    n = len(samples)
    samples["left_x_px"][data.draw(st.lists(st.integers(0, n - 1), max_size=40))] = np.nan
    edges = data.draw(st.lists(st.integers(0, n), min_size=2, max_size=8, unique=True))
    starts, ends = np.array(sorted(edges)[: len(edges) // 2 * 2], int).reshape(-1, 2).T
    speed = np.random.default_rng(0).random(n)
    signal = gaze_signal(samples, SCREEN)
    events = event_properties(signal, starts, ends, EventKind.SACCADE, speed_deg_s=speed)
    for event, start, end in zip(events, starts, ends, strict=True):
        x_px, y_px = signal.x_px[start:end], signal.y_px[start:end]
        seen = np.isfinite(x_px)
        assert event["kind"] == EventKind.SACCADE
        assert event["onset_s"] == samples["time_s"][start]
        assert event["duration_s"] == pytest.approx((end - start) / 250)
        assert event["peak_velocity_deg_s"] == speed[start:end].max()
        if not seen.any():
            assert np.isnan([event["x_px"], event["dispersion_deg"], event["amplitude_deg"]]).all()
            continue
        x_px, y_px = x_px[seen], y_px[seen]
        assert event["x_px"] == pytest.approx(x_px.mean())
        assert event["y_px"] == pytest.approx(y_px.mean())
        assert (event["start_x_px"], event["end_y_px"]) == (x_px[0], y_px[-1])
        ends_deg = SCREEN.angle_deg(x_px[0], y_px[0], x_px[-1], y_px[-1])
        assert event["amplitude_deg"] == pytest.approx(float(ends_deg), abs=1e-9)
        directions = SCREEN.directions(x_px, y_px)
        mean = directions.sum(axis=0) / np.linalg.norm(directions.sum(axis=0))
        angles = np.degrees(np.arccos(np.clip(directions @ mean, -1, 1)))
        assert event["dispersion_deg"] == pytest.approx(np.sqrt(np.mean(angles**2)), abs=1e-5)


def test_no_events_and_no_gaze_are_no_trouble():
    none = np.empty(0, int)
    signal = gaze_signal(gaze_samples(np.arange(9) / 500), SCREEN)
    assert len(event_properties(signal, none, none, EventKind.FIXATION)) == 0
    event = event_properties(signal, np.array([2]), np.array([5]), EventKind.FIXATION)[0]
    assert np.isnan(event["x_px"])
    assert event["duration_s"] == pytest.approx(0.006)
