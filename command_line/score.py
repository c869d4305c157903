"""``foveola score``: score saliency models against fixations."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

CAPTION = "Means over images; 95 %: bootstrap interval of the first metric over images."

if TYPE_CHECKING:
    from rich.table import Table

    from foveola.benchmark import LeaderboardRow


def command(
    fixations: Annotated[Path, typer.Argument(help="A fixation set (.h5).")],
    models: Annotated[
        list[str],
        typer.Argument(
            help="uniform, centre-bias, gold-standard, itti-koch; folders, zip, tar or HDF5 "
            "files of maps named as the stimuli; ONNX files; module:name of Python code; "
            "'command:...'. Options follow: maps.zip,kind=log_density."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="SCORES.csv to write; SCORES.h5 goes beside it.")
    ],
    sigma: Annotated[
        str,
        typer.Option(
            help="Width of the Gaussian of empirical maps, as 24px or 1deg; by default 1deg, or "
            "24px where the set does not know its pixels per degree."
        ),
    ] = "",
    profile: Annotated[
        str, typer.Option(help="Which metrics: tuebingen, or mit (as the old Matlab code).")
    ] = "tuebingen",
    maps: Annotated[
        Literal["density", "metric-optimal"],
        typer.Option(
            help="What metrics are given of a model of densities: its density, or for each "
            "metric the map that does best in it."
        ),
    ] = "density",
    resize: Annotated[
        bool, typer.Option("--resize", help="Interpolate maps of another size than the stimulus.")
    ] = False,
    workers: Annotated[
        int, typer.Option(help="Processes that score; the figures are the same.", min=1)
    ] = 1,
    scheduler: Annotated[
        str,
        typer.Option(
            help="Dask scheduler whose workers score instead, as tcp://host:8786; or `local` for "
            "a Dask cluster of --workers processes."
        ),
    ] = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was killed.")
    ] = False,
    statistics: Annotated[
        bool,
        typer.Option(
            "--statistics",
            help="Also tell which differences are significant, how sure the order is, the share "
            "of explainable information, intervals over observers and the noise ceiling, and "
            "write all, with results by category and number of fixations, as "
            "SCORES.statistics.json. Takes longer.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the intervals of the table, and tests.")] = 0,
) -> None:
    """Score saliency models against fixations, and show the leaderboard.

    What is scored is kept in SCORES.csv.partial until the end: a run that was killed is gone on
    with by giving the same command with --resume.
    """
    # Long: a few lines for each option.
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    from foveola.benchmark import leaderboard, score_models

    with Progress(
        *Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn(),
        transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task("Fit the baselines", total=None)
        begun = False

        def on_progress(done: int, total: int) -> None:
            nonlocal begun
            if not begun:
                # What an earlier run has done says nothing about how fast this one is.
                bar.reset(task, description="Maps", completed=done, total=total)
                begun = True
            bar.update(task, completed=done)

        scores = score_models(
            fixations,
            models,
            output,
            sigma=sigma,
            profile=profile,
            maps=maps,
            resize=resize,
            workers=workers,
            scheduler=scheduler,
            resume=resume,
            statistics=statistics,
            seed=seed,
            on_progress=on_progress,
        )
    rows = leaderboard(scores, seed=seed)
    Console().print(leaderboard_table(rows))
    if note := undefined_note(rows):
        typer.echo(note)
    if statistics:
        from .statistics_tables import read_statistics, statistics_tables

        for table in statistics_tables(read_statistics(output)):
            Console().print(table)
    typer.echo(f"Scores: {output}")


def leaderboard_table(rows: list[LeaderboardRow]) -> Table:
    """Leaderboard for the terminal: means, and the interval of the metric that orders it."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from foveola.benchmark import METRICS

    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0), caption=CAPTION, caption_justify="left")
    table.add_column("model", overflow="fold", min_width=13)
    metrics = list(rows[0].standings) if rows else []
    for number, metric in enumerate(metrics):
        arrow = "" if metric not in METRICS else "↑" if METRICS[metric].higher_is_better else "↓"
        table.add_column(metric + arrow, justify="right", no_wrap=True)
        if number == 0:
            table.add_column("95 %", justify="left", no_wrap=True, style="dim")
    for row in rows:
        cells = [Text(row.model)]
        for number, standing in enumerate(row.standings.values()):
            known = not math.isnan(standing.mean)
            cells.append(Text(f"{standing.mean:.3f}" if known else "–"))
            if number == 0:
                cells.append(Text(f"{standing.low:.2f}…{standing.high:.2f}" if known else ""))
        table.add_row(*cells)
    return table


def undefined_note(rows: list[LeaderboardRow]) -> str:
    """Sentence on the images where metrics are not defined; empty where there are none."""
    parts = [
        f"{row.model} {metric} on {standing.undefined}"
        for row in rows
        for metric, standing in row.standings.items()
        if standing.undefined and standing.images
    ]
    if not parts:
        return ""
    return f"Left out of the means, where a metric is not defined: {', '.join(parts)}."
