"""``foveola doctor``: what this machine can do, in words."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import typer

from foveola.data_schema import GAZE_DTYPE, foveola_version

Verdict = Literal["yes", "limited", "no"]
SYMBOLS: dict[Verdict, str] = {"yes": "✔ yes", "limited": "~ limited", "no": "✘ no"}
COLOURS: dict[Verdict, str] = {"yes": "green", "limited": "yellow", "no": "red"}
BROWSERS = ("chromium", "google-chrome", "firefox", "microsoft-edge", "safari")


class Finding(NamedTuple):
    """What one examination found."""

    what: str
    verdict: Verdict
    words: str


def command(
    folder: Annotated[Path, typer.Argument(help="Where recordings will be written.")] = Path(),
) -> None:
    """Tell what this machine can do: window, trackers, disk, report viewer.

    Nothing is changed. The exit code is 0 also where something is missing: a computer that only
    scores models needs no tracker.
    """
    from rich.console import Console
    from rich.table import Table

    table = Table("Can it", "", "In words", title=f"foveola {foveola_version()}")
    console = Console()
    with console.status("Examining this machine ..."):
        for finding in findings(folder):
            style = COLOURS[finding.verdict]
            table.add_row(finding.what, f"[{style}]{SYMBOLS[finding.verdict]}[/]", finding.words)
    console.print(table)


def findings(folder: Path) -> Iterator[Finding]:
    """Examine this machine, one part after the other."""
    examinations: list[Callable[[], Finding]] = [
        _python,
        _window,
        lambda: _library("show a session to its operator", "PyQt6", "PyQt6", "lab"),
        lambda: Finding(
            "track no eyes", "yes", "To try things out: the trackers simulated, replay and mouse."
        ),
        lambda: _library("track with EyeLink", "pylink", "sr-research-pylink", "eyelink"),
        lambda: _library("track with Tobii", "TittaPy_v2", "TittaPy", "tobii"),
        lambda: _library("track through LSL", "pylsl", "pylsl", "lsl"),
        lambda: _library("read EyeLink EDF", "eyelinkio", "eyelinkio", "edf"),
        lambda: _disk(folder),
        _clock,
        _report_viewer,
    ]
    for examine in examinations:
        yield examine()


def _python() -> Finding:
    cores = os.cpu_count() or 1
    return Finding(
        "compute",
        "yes",
        f"Python {platform.python_version()} on {platform.system()}, {cores} cores.",
    )


def _window() -> Finding:
    what = "show stimuli in a window"
    if importlib.util.find_spec("psychopy") is None:
        return Finding(what, "no", "PsychoPy is not installed: pip install 'foveola[lab]'.")
    try:
        child = subprocess.run(
            [sys.executable, "-m", "foveola.experiments.window_check"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finding(what, "no", "A window did not open within a minute.")
    if child.returncode:
        reason = child.stderr.strip().splitlines() or ["the window could not be opened."]
        return Finding(what, "no", reason[-1])
    found = json.loads(child.stdout.strip().splitlines()[-1])
    size = f"{found['width_px']} x {found['height_px']} px"
    if found["virtual_screen"]:
        words = f"On Xvfb, a screen in memory ({size}): real windows, but no real refresh."
        return Finding(what, "limited", words)
    words = (
        f"{size}, {found['refresh_hz']:.2f} Hz measured; "
        f"{found['late_flips']} of {found['flips']} flips came late."
    )
    return Finding(what, "limited" if found["late_flips"] else "yes", words)


def _library(what: str, module: str, distribution: str, extra: str) -> Finding:
    """Look for a vendor's library, without asking for a device."""
    if importlib.util.find_spec(module) is None:
        return Finding(what, "no", f"Not installed: pip install 'foveola[{extra}]'.")
    version = importlib.metadata.version(distribution)
    return Finding(what, "yes", f"{distribution} {version} is installed.")


def _disk(folder: Path) -> Finding:
    what = "keep recordings"
    if not os.access(folder, os.W_OK):
        return Finding(what, "no", f"{folder} is not there or can't be written to.")
    free = shutil.disk_usage(folder).free
    hours = free / (GAZE_DTYPE.itemsize * 1000 * 3600)
    words = f"{free / 1e9:.0f} GB free: {hours:,.0f} hours of samples at 1000 Hz."
    return Finding(what, "yes" if hours > 10 else "limited", words)


def _clock() -> Finding:
    resolution_s = time.get_clock_info("monotonic").resolution
    verdict: Verdict = "yes" if resolution_s <= 1e-4 else "limited"
    return Finding("tell the time", verdict, f"Monotonic clock, steps of {resolution_s:.0e} s.")


def _report_viewer() -> Finding:
    found = next((name for name in BROWSERS if shutil.which(name)), None)
    if found or platform.system() in ("Darwin", "Windows"):
        return Finding("show reports", "yes", f"In {found or 'the browser of the system'}.")
    return Finding("show reports", "no", "No browser was found; reports open in any browser.")
