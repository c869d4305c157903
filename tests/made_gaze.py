"""Gaze with a known truth, made without any of the project's own simulation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foveola import data_schema as ds

SCREEN = ds.Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)


class MadeGaze(NamedTuple):
    samples: ds.GazeSamples
    onsets_s: np.ndarray
    durations_s: np.ndarray
    places_px: np.ndarray


def scanpath(
    *,
    seed=0,
    n=12,
    rate_hz=1000.0,
    noise_deg=0.02,
    eyes="left",
    durations_s=(0.15, 0.4),
    distance_deg=(2.0, 9.0),
    start_s=100.0,
) -> MadeGaze:
    """Fixations at random places and minimum-jerk saccades of 21 ms + 2.2 ms/deg between them."""
    random = np.random.default_rng(seed)
    places = [np.zeros(2)]
    while len(places) < n:
        step = random.uniform(*distance_deg) * _unit(random.uniform(0, 2 * np.pi))
        if np.all(np.abs(places[-1] + step) < [18, 9]):
            places.append(places[-1] + step)
    durations = random.uniform(*durations_s, n)
    jumps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    saccades_s = 0.021 + 0.0022 * jumps
    onsets = np.concatenate([[0], np.cumsum(durations[:-1] + saccades_s)])
    time_s = np.arange(0, onsets[-1] + durations[-1], 1 / rate_hz)
    place = np.clip(np.searchsorted(onsets, time_s, side="right") - 1, 0, n - 1)
    into = (time_s - onsets[place] - durations[place]) / np.append(saccades_s, 1)[place]
    phase = np.clip(into, 0, 1)
    smooth = phase**3 * (10 - 15 * phase + 6 * phase**2)
    track = np.array(places)[place]
    to = np.array(places)[np.minimum(place + 1, n - 1)]
    truth = track + smooth[:, None] * (to - track)
    columns = {}
    for side in ("left", "right"):
        if eyes in (side, "both"):
            noisy = truth + random.normal(0, noise_deg, truth.shape)
            x_px, y_px = SCREEN.deg_to_px(*noisy.T)
            columns |= {f"{side}_x_px": x_px, f"{side}_y_px": y_px}
    places_px = np.stack(SCREEN.deg_to_px(*np.array(places).T), axis=1)
    samples = ds.gaze_samples(time_s + start_s, **columns)
    return MadeGaze(samples, onsets + start_s, durations, places_px)


def _unit(angle):
    return np.array([np.cos(angle), np.sin(angle)])


def broken_gaze(seed) -> ds.GazeSamples:
    """Some seconds of a scanpath, longer than what is measured at once, with short losses."""
    random = np.random.default_rng(seed)
    samples = scanpath(seed=seed, n=14).samples.copy()
    for first in random.integers(0, len(samples), 12):
        samples["left_x_px"][first : first + random.integers(1, 5)] = np.nan
    return samples
