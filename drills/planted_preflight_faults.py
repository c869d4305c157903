"""Plant faults in a sound laboratory, one at a time; the pre-flight must name each, and no other.

Where a fault can be real it is: files that are there, an image that is cut off, a folder that can't
be written, a program that burns a processor, a tracker that is slow, blind, deaf or has a wild
clock. What this machine may not have (a refresh, a display that tells its size, a battery) is said
in the words that the system uses.

Claim: every fault named, and nothing else.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import numpy as np
import psutil
from PIL import Image

from foveola.data_schema import FoveolaError, GazeSamples, Screen, TrackerInfo
from foveola.experiments import ExperimentSettings, load_settings, preflight_facts, session_files
from foveola.experiments.preflight import findings
from foveola.experiments.preflight_records import Facts, WindowFacts
from foveola.tracking import ClockPair, MonotonicClock, SimulatedSettings, SimulatedTracker, Tracker

TOML = """\
name = "drill"
stimuli = "images"
[screen]
width_px = 1920
height_px = 1080
width_cm = 52.7
height_cm = 29.6
distance_cm = 60
"""
#: As xrandr and xset write it.
XRANDR = "HDMI-1 connected primary 1920x1080+0+0 (normal left inverted) 527mm x 296mm\n"
XSET_NEVER = "Screen Saver:\n  timeout:  0    cycle:  0\nDPMS:\n  DPMS is Disabled\n"
XSET_SOON = "Screen Saver:\n  timeout:  300    cycle:  600\nDPMS:\n  DPMS is Disabled\n"
#: Shorter than a pre-flight's own, as nothing here takes long to see.
TRACKER_S = 0.5
#: It ends by itself, should nobody end it.
BURN = "i=0; while [ $i -lt 30000000 ]; do i=$((i+1)); done"
LOOKS = 10


class Slow(SimulatedTracker):
    """It delivers every second sample."""

    def read(self) -> GazeSamples:
        """Half of what there is."""
        return super().read()[::2]


class Blind(SimulatedTracker):
    """It sees the left eye only."""

    def read(self) -> GazeSamples:
        """Samples without the right eye."""
        samples = super().read()
        samples["right_x_px"] = samples["right_y_px"] = np.nan
        return samples


class Wild(SimulatedTracker):
    """Its clock runs 1 % fast."""

    def clock_pair(self) -> ClockPair:
        """A pair of which the device's half runs away."""
        pair = super().clock_pair()
        return pair._replace(device_s=pair.device_s * 1.01)


class Gone(SimulatedTracker):
    """It is not there."""

    def connect(self, screen: Screen) -> TrackerInfo:  # noqa: ARG002
        """Find none."""
        raise FoveolaError("No eye tracker answers.", remedy="Switch it on.")


@dataclass
class Laboratory:
    """A sound laboratory, and how to measure parts of it again."""

    settings: ExperimentSettings
    facts: Facts

    def tracker(self, kind: type[SimulatedTracker], **settings: float) -> Facts:
        """Measure a tracker of that kind in it."""
        return replace(self.facts, tracker=_tracker(self.settings, kind, **settings))

    def window(self, **changes: object) -> Facts:
        """Change what its window showed."""
        window = self.facts.window or WindowFacts()
        return replace(self.facts, window=replace(window, **changes))  # type: ignore[arg-type]

    def power(self, xset: str, *, plugged: bool = True) -> Facts:
        """Ask what darkens its screen, where the system says that."""
        battery = mock.Mock(power_plugged=plugged)
        with (
            mock.patch.object(
                preflight_facts, "asked", side_effect=lambda *command: xset * (command[0] == "xset")
            ),
            mock.patch.object(psutil, "sensors_battery", return_value=battery, create=True),
        ):
            return replace(self.facts, power=preflight_facts.measure_power())

    def broken_image(self) -> Facts:
        """Cut an image off in its middle."""
        path = Path(str(self.settings.stimuli)) / "1.png"
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        try:
            return replace(self.facts, stimuli=preflight_facts.measure_stimuli(self.settings))
        finally:
            path.write_bytes(whole)

    def taken_name(self) -> Facts:
        """Let a journal of the observer be there."""
        files = session_files(self.settings, "01")
        files.journal.parent.mkdir(parents=True)
        files.journal.touch()
        return replace(self.facts, names=preflight_facts.measure_names(lambda: files))

    def burner(self) -> Facts:
        """Let a program burn a processor; where others want it too, it may take some looks."""
        with _burning() as name:
            for _ in range(LOOKS):
                programs = preflight_facts.measure_programs()
                # What else this machine does is not planted.
                busy = tuple(one for one in programs.busy if one[0] == name)
                if busy:
                    break
        return replace(self.facts, programs=replace(programs, busy=busy))

    def memory(self) -> Facts:
        """Let little memory be free."""
        with mock.patch.object(psutil, "virtual_memory", return_value=mock.Mock(available=4e8)):
            return replace(self.facts, memory=preflight_facts.measure_memory())

    def clock(self) -> Facts:
        """Let the clock go back once."""
        times = [*range(10_000), *range(9_000, 20_000)]
        with mock.patch("time.monotonic_ns", side_effect=times):
            return replace(self.facts, clock=preflight_facts.measure_clock())

    def disk(self) -> Facts:
        """Let the disk be nearly full."""
        with mock.patch("shutil.disk_usage", return_value=mock.Mock(free=1e7)):
            folder = Path(self.settings.data_folder)
            return replace(self.facts, disk=preflight_facts.measure_disk(folder))


#: What is planted, the finding that must name it, and how.
FAULTS: tuple[tuple[str, str, Callable[[Laboratory], Facts]], ...] = (
    ("the screen refreshes at 75 Hz", "refresh", lambda lab: lab.window(refresh_hz=75.0)),
    ("one flip in twenty is dropped", "flips", lambda lab: lab.window(dropped=6)),
    ("the screen has 1280 x 720 px", "screen", lambda lab: lab.window(screen_px=(1280, 720))),
    ("the display is 60 cm wide", "screen size", lambda lab: lab.window(size_mm=(600, 337))),
    ("no tracker is there", "tracker", lambda lab: lab.tracker(Gone)),
    ("half the samples are missing", "tracker rate", lambda lab: lab.tracker(Slow)),
    ("one eye is not seen", "eyes", lambda lab: lab.tracker(Blind)),
    ("the tracker's clock runs away", "tracker clock", lambda lab: lab.tracker(Wild)),
    ("the computer's clock goes back", "clock", Laboratory.clock),
    ("the disk is nearly full", "disk", Laboratory.disk),
    ("a journal of the observer is there", "names", Laboratory.taken_name),
    ("the screen is darkened soon", "screen saver", lambda lab: lab.power(XSET_SOON)),
    ("the battery is in use", "battery", lambda lab: lab.power(XSET_NEVER, plugged=False)),
    ("a program burns a processor", "programs", Laboratory.burner),
    ("an image is cut off", "stimuli", Laboratory.broken_image),
    ("little memory is free", "memory", Laboratory.memory),
)


def sound_laboratory(folder: Path) -> Laboratory:
    """Measure this machine, with a window that has all that a laboratory's has."""
    (folder / "images").mkdir()
    noise = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    for name in ("1.png", "2.png"):
        Image.fromarray(noise).save(folder / "images" / name)
    (folder / "drill.toml").write_text(TOML, encoding="utf-8")
    settings = load_settings(folder / "drill.toml")
    window = WindowFacts(
        screen_px=(1920, 1080),
        refresh_hz=59.97,
        flips=120,
        dropped=0,
        software=False,
        size_mm=preflight_facts.display_size_mm(XRANDR, (1920, 1080)),
    )
    lab = Laboratory(settings, Facts(window=window))
    files = session_files(settings, "01")
    lab.facts = replace(
        lab.power(XSET_NEVER),
        tracker=_tracker(settings, SimulatedTracker),
        clock=preflight_facts.measure_clock(),
        disk=preflight_facts.measure_disk(Path(settings.data_folder)),
        names=preflight_facts.measure_names(lambda: files),
        programs=replace(preflight_facts.measure_programs(), busy=()),
        stimuli=preflight_facts.measure_stimuli(settings),
        memory=preflight_facts.measure_memory(),
    )
    return lab


def _tracker(
    settings: ExperimentSettings, kind: type[SimulatedTracker], **changes: float
) -> preflight_facts.TrackerFacts:
    clock = MonotonicClock()

    def make() -> Tracker:
        return kind(SimulatedSettings(**changes), clock, seed=1)

    with mock.patch.object(preflight_facts, "TRACKER_S", TRACKER_S):
        return preflight_facts.measure_tracker(make, settings.screen, clock)


@contextlib.contextmanager
def _burning() -> Iterator[str]:
    """A program of another session that uses a whole processor, as far as it gets it; its name."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "burner"
        program.symlink_to(shutil.which("sh") or "/bin/sh")
        # In between stands a process that ends, so that the burner is no child of ours.
        start = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:], stdout=2).pid)"
        command = [sys.executable, "-c", start, str(program), "-c", BURN]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        try:
            yield program.name
        finally:
            psutil.Process(int(done.stdout)).kill()


def named(settings: ExperimentSettings, facts: Facts) -> dict[str, str]:
    """What the pre-flight complains of: words with the remedy by the name of the finding."""
    return {
        one.name: f"{one.words} {one.remedy}"
        for one in findings(settings, facts)
        if one.verdict in ("warn", "fail") and one.remedy
    }


def main() -> int:
    """Plant every fault, print a line each, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.parse_args()
    right = 0
    with tempfile.TemporaryDirectory() as folder:
        lab = sound_laboratory(Path(folder))
        sound = named(lab.settings, lab.facts)
        print(f"sound laboratory: {len(sound)} complaints {sound or ''}".rstrip())
        for what, expected, plant in FAULTS:
            found = named(lab.settings, plant(lab))
            good = list(found) == [expected]
            right += good
            print(f"{'named ' if good else 'MISSED'} {what}: {found}")
    print(f"{right} of {len(FAULTS)} planted faults named, and nothing else")
    return int(right < len(FAULTS) or bool(sound))


if __name__ == "__main__":
    sys.exit(main())
