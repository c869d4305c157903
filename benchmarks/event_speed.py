"""Processor time of detectors over an hour of binocular gaze at 1000 Hz, ours beside the peers.

``python benchmarks/event_speed.py --minutes 60`` prints seconds of processor time for both eyes,
one after the other, and the ratio to the peer. Ours run on each eye alone, as the peers do. Each is
warmed up on ten seconds first. All run in turn, three times over, and medians are printed, so that
what else the machine does falls on all of them. A shorter recording shows the ratios sooner; peers
that take long can be given a part of the recording by ``--part`` (their time is then scaled up).
The last lines show that the time of event properties grows with the events, not with samples times
events.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from event_peers import Peer, peers

from foveola.data_schema import EventKind, Eye, GazeSamples, Screen, gaze_samples
from foveola.fixation_maps.detectors import DETECTORS
from foveola.fixation_maps.event_properties import event_properties
from foveola.fixation_maps.gaze_signal import gaze_signal

SCREEN = Screen(width_px=1920, height_px=1080, width_cm=53, height_cm=30, distance_cm=60)
EYES = (Eye.LEFT, Eye.RIGHT)
#: Which of ours stands beside which peer.
PAIRS = {
    "ivt": "pymovements I-VT",
    "engbert-kliegl": "pymovements E-K",
    "remodnav": "remodnav (peer)",
    "i2mc": "I2MC (peer)",
    "motion": "remodnav (peer)",
}


def hour(seconds: float, rate_hz: float = 1000.0, seed: int = 0) -> GazeSamples:
    """Fixations of 0.15 to 0.45 s, saccades, noise, and a blink every four seconds."""
    random = np.random.default_rng(seed)
    count = int(seconds / 0.34) + 1
    places = random.uniform([-14, -8], [14, 8], (count, 2))
    onsets = np.concatenate([[0], np.cumsum(random.uniform(0.19, 0.49, count - 1))])
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    which = np.minimum(np.searchsorted(onsets, time_s, side="right") - 1, count - 1)
    phase = np.clip((time_s - onsets[which]) / 0.04, 0, 1)
    smooth = (phase**3 * (10 - 15 * phase + 6 * phase**2))[:, None]
    truth = places[np.maximum(which - 1, 0)] * (1 - smooth) + places[which] * smooth
    columns = {}
    blinks = np.arange(2.0, seconds, 4.0)
    lost = (time_s - blinks[np.maximum(np.searchsorted(blinks, time_s) - 1, 0)]) % seconds < 0.15
    for side in ("left", "right"):
        x_px, y_px = SCREEN.deg_to_px(*(truth + random.normal(0, 0.03, truth.shape)).T)
        columns[f"{side}_x_px"] = np.where(lost, np.nan, x_px)
        columns[f"{side}_y_px"] = np.where(lost, np.nan, y_px)
    return gaze_samples(time_s, **columns)


def one_eye(samples: GazeSamples, eye: Eye) -> GazeSamples:
    other = "right" if eye is Eye.LEFT else "left"
    alone = samples.copy()
    for axis in ("x_px", "y_px"):
        alone[f"{other}_{axis}"] = np.nan
    return alone


def cpu_s(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def ours(eyes: list[GazeSamples], name: str) -> Callable[[], object]:
    return lambda: [DETECTORS[name](alone, SCREEN) for alone in eyes]


def theirs(samples: GazeSamples, peer: Peer) -> Callable[[], object]:
    return lambda: [peer(samples, SCREEN, eye) for eye in EYES]


def properties(samples: GazeSamples, events: int) -> Callable[[], object]:
    signal = gaze_signal(samples, SCREEN)
    edges = np.linspace(0, len(samples), 2 * events + 1).astype(int)
    starts, ends = edges[:-1:2], edges[1::2]
    return lambda: event_properties(signal, starts, ends, EventKind.FIXATION)


def medians_s(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median of the processor times of each, all of them in turn."""
    times = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            times[name].append(cpu_s(run))
    return {name: float(np.median(found)) for name, found in times.items()}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=60.0)
    arguments.add_argument("--part", type=float, default=1.0, help="share that the peers get")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--without", nargs="*", default=[], help="what is left out")
    options = arguments.parse_args()
    samples, warm = hour(options.minutes * 60), hour(10.0)
    part = samples[: round(len(samples) * options.part)]
    print(f"{len(samples):,} samples of two eyes; the peers got {len(part):,}")
    # The copies that leave one eye are made before the clock starts.
    alone, warm_alone = ([one_eye(one, eye) for eye in EYES] for one in (samples, warm))
    runs = {name: ours(alone, name) for name in DETECTORS if name not in options.without}
    for name in runs:
        ours(warm_alone, name)()
    known = {name: peer for name, peer in peers().items() if name not in options.without}
    for name, peer in known.items():
        theirs(warm, peer)()
        runs[name] = theirs(part, peer)
    seconds = medians_s(runs, options.rounds)
    for name in known:
        seconds[name] *= len(samples) / len(part)
        print(f"{name:<20}{seconds[name]:10.2f} s")
    for name in DETECTORS:
        if name in seconds:
            peer_s = seconds.get(PAIRS.get(name, ""))
            ratio = f"{peer_s / seconds[name]:8.1f} x {PAIRS[name]}" if peer_s else ""
            print(f"{name:<20}{seconds[name]:10.2f} s {ratio}")
    counts = (1_000, 10_000, 100_000)
    runs = {f"{events:,}": properties(samples, events) for events in counts}
    runs["1,000"]()
    for events, found in medians_s(runs, options.rounds).items():
        print(f"properties of {events:>7} events in {len(samples):,} samples {found:8.3f} s")


if __name__ == "__main__":
    main()
