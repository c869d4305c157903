"""``foveola published``: published score tables, beside own scores where they compare."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from foveola.benchmark import LeaderboardRow
    from foveola.benchmark.reference_tables import PublishedTable
    from foveola.data_schema import Protocol


def command(
    scores: Annotated[
        Path | None,
        typer.Argument(help="SCORES.csv of foveola score: shown where the protocol is the same."),
    ] = None,
) -> None:
    """Print published score tables with data set, protocol and source.

    Own scores stand beside a table only where data set, images and metrics are the same; for the
    other tables it is said why not.
    """
    from rich.console import Console
    from rich.text import Text

    from foveola.benchmark.reference_tables import differences, published_tables

    console = Console()
    protocol, rows = _own(scores) if scores else (None, [])
    for table in published_tables().values():
        console.print(Text(f"Table {table.number}: {table.protocol}", style="bold"))
        reasons = differences(table, protocol) if protocol else []
        console.print(_table(table, [] if reasons else rows))
        for model, note in table.notes.items():
            console.print(Text(f"{model}: {note}."))
        if reasons:
            console.print(Text(f"Own scores can't stand beside it: {'; '.join(reasons)}."))
        console.print(Text(f"Source: {table.source}\n", style="dim"))
    _tell_correlation()


def _own(path: Path) -> tuple[Protocol, list[LeaderboardRow]]:
    """Protocol of a score file, and its leaderboard."""
    from foveola.benchmark import leaderboard
    from foveola.data_schema import open_score_pictures, read_scores_csv

    rows = leaderboard(read_scores_csv(path))
    with open_score_pictures(path.with_suffix(".h5")) as companion:
        return companion.protocol, rows


def _table(table: PublishedTable, own: list[LeaderboardRow]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from foveola.benchmark.reference_tables import OUR_NAMES

    names = OUR_NAMES.get(table.profile, {})
    shown = Table(box=box.SIMPLE, padding=(0, 2, 0, 0))
    shown.add_column("model")
    for metric in table.metrics:
        shown.add_column(metric, justify="right")
    for model, scores in table.scores.items():
        shown.add_row(Text(model), *(scores[metric] for metric in table.metrics))
    for row in own:
        cells = [row.standings.get(names.get(metric, "")) for metric in table.metrics]
        shown.add_row(
            Text(f"{row.model} (own)"),
            *(f"{one.mean:.3f}" if one and not math.isnan(one.mean) else "–" for one in cells),
            style="bold",
        )
    return shown


def _tell_correlation() -> None:
    from foveola.benchmark.reference_tables import detectors_correlation

    found = detectors_correlation()
    typer.echo(
        f"Table 5, share of detectors against NSS: r = {found.r_from_counts:.4f} from the counts, "
        f"{found.r_from_printed_ratios:.3f} from the printed percentages (the paper says 0.94). "
        f"With n = {found.models}, p = {found.p_from_counts:.3f}: not significant at 0.05."
    )
