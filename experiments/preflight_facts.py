"""Measures what a pre-flight judges: window, tracker, clock, disk, names, power, programs."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from foveola.data_schema import Eye, FoveolaError, Screen, gaze_of, image_stimulus
from foveola.tracking import MonotonicClock, Tracker

from .picture import grey
from .preflight_records import (
    ClockFacts,
    DiskFacts,
    Facts,
    MemoryFacts,
    NameFacts,
    PowerFacts,
    ProgramFacts,
    StimulusFacts,
    TrackerFacts,
    WindowFacts,
)
from .settings import ExperimentSettings, stimulus_paths

FLIPS = 120
TRACKER_S = 2.0
READ_PERIOD_S = 0.01
CLOCK_PERIOD_S = 0.1
PROGRAMS_S = 0.5
BUSY_SHARE = 0.2
COMMAND_S = 5.0
#: A flip so many refreshes after the one before it was dropped.
LATE = 1.5


def measure_window(settings: ExperimentSettings, clock: Callable[[], float]) -> WindowFacts:
    """Open the experiment's window, flip for two seconds and close it."""
    from .psychopy_display import PsychoPyDisplay, renders_in_software
    from .xvfb import ensure_display

    fullscreen = settings.window == "fullscreen"
    try:
        ensure_display(settings.screen.width_px, settings.screen.height_px)
        real_px = desktop_px()
        sides = real_px if fullscreen else (settings.screen.width_px, settings.screen.height_px)
        update = {"width_px": sides[0], "height_px": sides[1], "refresh_hz": math.nan}
        screen = Screen(**{**settings.screen.model_dump(), **update})
        background = grey(settings.background)
        display = PsychoPyDisplay(screen, clock, background, fullscreen=fullscreen)
    except FoveolaError as error:
        return WindowFacts(error=error.what)
    try:
        intervals_s = np.diff([display.flip() for _ in range(FLIPS + 1)])
        software = renders_in_software()
    finally:
        display.close()
    usual_s = float(np.median(intervals_s))
    return WindowFacts(
        screen_px=real_px,
        refresh_hz=1 / usual_s,
        flips=FLIPS,
        dropped=int(np.count_nonzero(intervals_s > LATE * usual_s)),
        software=software,
        size_mm=display_size_mm(asked("xrandr", "--query"), real_px),
    )


def desktop_px() -> tuple[int, int]:
    """Size of the screen that the stimulus' window opens on."""
    from .psychopy_display import first_screen_px

    return first_screen_px()


def display_size_mm(xrandr: str, screen_px: tuple[int, int]) -> tuple[int, int] | None:
    """Find in the words of ``xrandr --query`` what a display of that size says of its own size.

    The first display that is connected and has as many pixels; None where none says anything.
    """
    pattern = re.compile(
        r"^\S+ connected (?:primary )?(\d+)x(\d+)\+\d+\+\d+ .*?(\d+)mm x (\d+)mm", re.MULTILINE
    )
    for match in pattern.finditer(xrandr):
        width_px, height_px, width_mm, height_mm = map(int, match.groups())
        if (width_px, height_px) == tuple(screen_px) and width_mm and height_mm:
            return width_mm, height_mm
    return None


def measure_tracker(
    make: Callable[[], Tracker], screen: Screen, clock: Callable[[], float]
) -> TrackerFacts:
    """Connect a tracker, take two seconds of samples, and disconnect."""
    try:
        tracker = make()
        try:
            info = tracker.connect(screen)
            tracker.start()
            batches, pairs = [], []
            end_s, pair_due_s = clock() + TRACKER_S, -math.inf
            while (now_s := clock()) < end_s:
                batches.append(tracker.read())
                if now_s >= pair_due_s:
                    pairs.append(tracker.clock_pair())
                    pair_due_s = now_s + CLOCK_PERIOD_S
                time.sleep(READ_PERIOD_S)
            tracker.stop()
        finally:
            tracker.close()
    except FoveolaError as error:
        return TrackerFacts(error=error.what, remedy=error.remedy)
    samples = np.concatenate(batches)
    steps_s = np.diff(samples["device_time_s"])
    span_s = float(steps_s.sum())
    eyes = (Eye.LEFT, Eye.RIGHT) if info.eyes == "both" else (Eye[info.eyes.upper()],)
    return TrackerFacts(
        name=f"{info.make} {info.model}".strip(),
        simulated=info.simulated,
        nominal_hz=info.sampling_rate_hz,
        rate_hz=len(steps_s) / span_s if span_s > 0 else math.nan,
        longest_gap_s=float(steps_s.max()) if len(steps_s) else math.nan,
        eyes=info.eyes,
        seen=tuple((eye.name.lower(), _share_seen(samples, eye)) for eye in eyes),
        round_trip_s=float(np.median([pair.round_trip_s for pair in pairs])),
        drift_ppm=_drift_ppm(pairs),
        keeps_record=tracker.capabilities.records_on_device,
    )


def _share_seen(samples: Any, eye: Eye) -> float:
    x_px, y_px = gaze_of(samples, eye)
    return float(np.mean(np.isfinite(x_px + y_px))) if len(samples) else 0.0


def _drift_ppm(pairs: list[Any]) -> float:
    """How much faster the tracker's clock runs than this computer's, from the quicker readings."""
    quick = sorted(pairs, key=lambda pair: pair.round_trip_s)[: max(2, (len(pairs) + 1) // 2)]
    host_s = np.array([pair.host_s for pair in quick])
    device_s = np.array([pair.device_s for pair in quick])
    if np.ptp(host_s) == 0:
        return math.nan
    slope = np.polyfit(host_s - host_s[0], device_s - device_s[0], 1)[0]
    return float(1e6 * (slope - 1))


def measure_clock() -> ClockFacts:
    """Read this computer's clock again and again."""
    times_ns = np.array([time.monotonic_ns() for _ in range(20_000)])
    steps_ns = np.diff(times_ns)
    moved = steps_ns[steps_ns > 0]
    return ClockFacts(
        monotonic=bool(np.all(steps_ns >= 0)) and time.get_clock_info("monotonic").monotonic,
        resolution_s=float(moved.min()) / 1e9 if len(moved) else math.inf,
    )


def measure_disk(folder: Path) -> DiskFacts:
    """Ask for the free space of the folder that recordings go to, or that it will be made in."""
    there = next((one for one in (folder, *folder.parents) if one.exists()), Path())
    if not os.access(there, os.W_OK):
        return DiskFacts(str(folder), 0.0, f"The folder {folder} can't be written to.")
    return DiskFacts(str(folder), float(shutil.disk_usage(there).free))


def measure_names(paths: Callable[[], Iterable[Path]]) -> NameFacts:
    """Look for files of the session that are there."""
    try:
        return NameFacts(tuple(path.name for path in paths() if path.exists()))
    except FoveolaError as error:
        return NameFacts(error=error.what)


def measure_power() -> PowerFacts:
    """Ask what darkens the screen, and whether the computer runs on its battery."""
    import psutil

    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    delays = [
        *blank_delays(asked("xset", "q")),
        *idle_delays(asked("gsettings", "get", "org.gnome.desktop.session", "idle-delay")),
    ]
    by, blank_s = min(delays, key=lambda one: one[1], default=("", math.nan))
    return PowerFacts(
        blank_s=blank_s, by=by, on_battery=battery is not None and not battery.power_plugged
    )


def blank_delays(xset: str) -> list[tuple[str, float]]:
    """Find in the words of ``xset q`` what darkens the screen, and after how many seconds."""
    found = []
    if match := re.search(r"Screen Saver:.*?timeout:\s+(\d+)", xset, re.DOTALL):
        found.append(("The X server's screen saver", float(match.group(1)) or math.inf))
    standby = re.search(r"Standby:\s+(\d+)\s+Suspend:\s+(\d+)\s+Off:\s+(\d+)", xset)
    if standby and "DPMS is Enabled" in xset:
        delays_s = [float(delay) for delay in standby.groups() if float(delay)]
        found.append(("Power saving (DPMS)", min(delays_s, default=math.inf)))
    return found


def idle_delays(gsettings: str) -> list[tuple[str, float]]:
    """Find the desktop's delay in the words of ``gsettings``, as ``uint32 300``; 0: never."""
    match = re.fullmatch(r"uint32 (\d+)", gsettings.strip())
    return [("The desktop", float(match.group(1)) or math.inf)] if match else []


def measure_programs() -> ProgramFacts:
    """Watch the other programs for half a second; names only, nobody's."""
    import psutil

    own = {os.getpid(), os.getppid()}
    own |= {child.pid for child in psutil.Process().children(recursive=True)}
    others = []
    for process in psutil.process_iter(["name"]):
        try:
            process.cpu_percent()
        except psutil.Error:
            continue
        others.append(process)
    time.sleep(PROGRAMS_S)
    busy: dict[str, float] = {}
    for process in others:
        try:
            share = process.cpu_percent() / 100
        except psutil.Error:
            continue
        if process.pid not in own and share > BUSY_SHARE:
            name = str(process.info["name"])
            busy[name] = busy.get(name, 0.0) + share
    return ProgramFacts(tuple(sorted(busy.items(), key=lambda one: -one[1])))


def measure_stimuli(settings: ExperimentSettings) -> StimulusFacts:
    """Read every stimulus to its end."""
    broken = []
    paths = stimulus_paths(settings)
    for name, path in paths.items():
        try:
            image_stimulus(path, stimulus_id=name, decode=True)
        except FoveolaError as error:
            broken.append((name, getattr(error, "reason", error.what)))
    return StimulusFacts(len(paths), tuple(broken))


def measure_memory() -> MemoryFacts:
    """Ask for the memory that is free for a session."""
    import psutil

    return MemoryFacts(float(psutil.virtual_memory().available))


def asked(*command: str) -> str:
    """What a program of the system says; empty where there is none, or it fails."""
    if not sys.platform.startswith("linux") or shutil.which(command[0]) is None:
        return ""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=COMMAND_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def measure(
    settings: ExperimentSettings,
    *,
    tracker: Callable[[Callable[[], float]], Tracker] | None,
    session_paths: Callable[[], Iterable[Path]] | None,
    window: bool = True,
    stimuli: bool = True,
    tell: Callable[[str], None] = lambda _words: None,
) -> Facts:
    """Measure everything; takes some seconds.

    Parameters
    ----------
    settings : ExperimentSettings
        The experiment.
    tracker : callable or None
        Makes the tracker from a clock; None: none is measured.
    session_paths : callable or None
        Names the files of the session to be; None: nobody is named yet.
    window : bool, default True
        Whether a window is opened, and what darkens its screen asked for.
    stimuli : bool, default True
        Whether all stimuli are read.
    tell : callable, optional
        Told what is measured.
    """
    clock = MonotonicClock()
    tell("window")
    window_facts = measure_window(settings, clock) if window else None
    # A screen in memory is never dark.
    real_screen = window_facts is not None and not window_facts.software
    tell("tracker")
    screen = settings.screen
    tracker_facts = measure_tracker(lambda: tracker(clock), screen, clock) if tracker else None
    tell("other programs")
    programs = measure_programs()
    tell("stimuli, disk, names, memory")
    return Facts(
        window=window_facts,
        tracker=tracker_facts,
        clock=measure_clock(),
        disk=measure_disk(Path(settings.data_folder)),
        names=measure_names(session_paths) if session_paths else None,
        power=measure_power() if real_screen else None,
        programs=programs,
        stimuli=measure_stimuli(settings)
        if stimuli
        else StimulusFacts(len(stimulus_paths(settings))),
        memory=measure_memory(),
        why={"power": "there is no real screen here", "names": "no observer is named"},
    )
