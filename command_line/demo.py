"""``foveola demo``: the whole chain, from an observer's session in a window to a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from foveola.experiments.settings import ExperimentSettings

T = TypeVar("T")
#: Told how much is done, of how much.
Tell = Callable[[int, int], None]
MODELS = ("uniform", "centre-bias", "itti-koch", "gold-standard")
EXPERIMENT = """\
# The experiment of the demo. Change it, and run: foveola run {name} --observer 99 --windowed
name = "demo"
stimuli = "photographs"
duration_s = {seconds}
fixation_cross_s = 0.4
seed = {seed}
window = "windowed"

[screen]
width_px = 1024
height_px = 768
width_cm = 36.0
height_cm = 27.0
distance_cm = 60.0

[drift_check]
every_trials = 5

[tracker.simulated]
sampling_rate_hz = 1000
"""


def command(
    folder: Annotated[
        Path, typer.Argument(help="Where to; a number is added where it exists.")
    ] = Path("foveola-demo"),
    observers: Annotated[int, typer.Option(min=2, help="How many simulated observers.")] = 6,
    seconds: Annotated[float, typer.Option(min=0.5, help="How long each photograph.")] = 2.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 1,
) -> None:
    """Run the whole chain on ten photographs and simulated observers.

    The first observer's session runs in a PsychoPy window in real time, the others faster than
    real time; then fixations, maps, scores and a report. Without a screen the window opens on
    Xvfb, a screen in memory.
    """
    from rich.console import Console

    from foveola.experiments.settings import load_settings

    from .demo_photographs import copy_photographs

    console = Console()
    folder = free_folder(folder)
    photographs = copy_photographs(folder / "photographs")
    experiment = folder / "experiment.toml"
    experiment.write_text(
        EXPERIMENT.format(name=experiment, seconds=seconds, seed=seed), encoding="utf-8"
    )
    console.print(f"[bold]{len(photographs)} photographs, {observers} observers[/] in {folder}/")
    recordings = record(console, load_settings(experiment), observers)
    index = analyse(console, recordings, folder, seed)
    console.print(f"\nThe report: [bold]{index}[/]", soft_wrap=True)


def free_folder(folder: Path) -> Path:
    """First of ``folder``, ``folder-2``, ``folder-3`` ... that does not exist."""
    number, found = 1, folder
    while found.exists():
        number += 1
        found = folder.with_name(f"{folder.name}-{number}")
    return found


def record(console: Console, settings: ExperimentSettings, observers: int) -> list[Path]:
    """Run the sessions, the first in a window."""
    from foveola.experiments.session import run_session
    from foveola.experiments.xvfb import ensure_display

    words = ensure_display(settings.screen.width_px, settings.screen.height_px)
    if words:
        console.print(words)
    recordings = []
    with progress(console) as bars:
        for number in range(1, observers + 1):
            how = "in the window" if number == 1 else "faster than real time"
            tell = step(bars, f"Observer {number:02d}, {how}")

            def on_progress(done: int, total: int, _text: str, tell: Tell = tell) -> None:
                tell(done, total)

            recordings.append(
                run_session(
                    settings,
                    f"{number:02d}",
                    display="windowed" if number == 1 else "virtual",
                    unattended=True,
                    on_progress=on_progress,
                )
            )
    return recordings


def analyse(console: Console, recordings: list[Path], folder: Path, seed: int) -> Path:
    """Make fixations, maps, scores and the report; return the page to open."""
    from foveola.benchmark import leaderboard, score_models
    from foveola.benchmark.report import write_report
    from foveola.data_schema import write_fixation_set
    from foveola.fixation_maps.maps import write_maps
    from foveola.fixation_maps.recordings import fixations_from_recordings

    from .score import leaderboard_table

    fixations_path = folder / "fixations.h5"
    with progress(console) as bars:
        fixations = fixations_from_recordings(
            recordings, name="demo", track=lambda paths: counted(bars, "Fixations", list(paths))
        )
        write_fixation_set(fixations_path, fixations)
        write_maps(
            fixations,
            folder / "maps.h5",
            inputs=[fixations_path],
            track=lambda indices: counted(bars, "Fixation density maps", list(indices)),
        )
        scores = score_models(
            fixations_path, MODELS, folder / "scores.csv", on_progress=step(bars, "Scores")
        )
        index = write_report(
            folder / "scores.csv", folder / "report", seed=seed, on_progress=step(bars, "Report")
        )
    console.print(leaderboard_table(leaderboard(scores, seed=seed)))
    return index


@contextmanager
def progress(console: Console) -> Iterator[Progress]:
    """Show bars with the time that is left."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<38}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        yield bars


def counted(bars: Progress, description: str, items: list[T]) -> Iterator[T]:
    """Pass items on, and move a bar after each."""
    tell = step(bars, description)
    for done, item in enumerate(items):
        tell(done, len(items))
        yield item
    tell(len(items), len(items))


def step(bars: Progress, description: str) -> Tell:
    """Add a bar; what is returned is told how much is done, of how much."""
    task = bars.add_task(description, total=None)

    def tell(done: int, total: int) -> None:
        bars.update(task, completed=done, total=total)

    return tell
