"""``foveola compare``: tell whether models differ, and by how much."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from foveola.benchmark import Comparison

CAPTION = (
    "Diff: first minus second, with its 95 % bootstrap interval over images. p: paired "
    "permutation test, Holm's correction for all rows. d: Cohen's d_z. Higher: share of the images "
    "where the first scores higher. Better: where p < .05."
)


def command(
    scores: Annotated[Path, typer.Argument(help="SCORES.csv of foveola score.")],
    models: Annotated[
        list[str] | None, typer.Argument(help="Two models or more; all by default.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(help="Only this metric; may be repeated. All by default."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of intervals and tests.")] = 0,
    json: Annotated[
        bool, typer.Option("--json", help="Print all figures as JSON instead of a table.")
    ] = False,
) -> None:
    """Tell whether models differ, and by how much: paired tests, intervals and effect sizes."""
    from rich.console import Console

    from foveola.benchmark import compare
    from foveola.data_schema import read_scores_csv

    found = compare(read_scores_csv(scores), models or (), metrics=metric or (), seed=seed)
    if json:
        typer.echo(comparisons_json(found))
    else:
        console = Console()
        for table in comparison_tables(found):
            console.print(table)
        console.print(CAPTION, style="dim")


def comparisons_json(found: list[Comparison]) -> str:
    """All figures; what is not a finite number is null."""
    import json
    from dataclasses import asdict

    rows = [asdict(one) | {"better": one.better} for one in found]
    return json.dumps(
        [
            {
                key: None if isinstance(value, float) and not math.isfinite(value) else value
                for key, value in row.items()
            }
            for row in rows
        ],
        indent=2,
        ensure_ascii=False,
    )


def comparison_tables(found: list[Comparison]) -> list[Table]:
    """Comparisons for the terminal, one table for each pair of models."""
    from itertools import groupby

    from rich import box
    from rich.table import Table
    from rich.text import Text

    tables = []
    for (first, second), rows in groupby(found, key=lambda one: (one.first, one.second)):
        title = Text(f"first: {first}, second: {second}", style="bold")
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), title=title, title_justify="left")
        table.add_column("metric", no_wrap=True)
        for name in ("first", "second", "diff", "95 %", "p", "d", "higher", "better"):
            table.add_column(name, justify="left" if name == "better" else "right", no_wrap=True)
        for one in rows:
            table.add_row(
                Text(one.metric),
                f"{one.first_mean:.3f}",
                f"{one.second_mean:.3f}",
                f"{one.difference:.3f}",
                f"{one.low:.3f}…{one.high:.3f}",
                p_text(one.adjusted),
                f"{one.effect_size:.2f}",
                f"{one.superiority:.0%}",
                {"": "–", one.first: "first", one.second: "second"}[one.better],
            )
        tables.append(table)
    return tables


def p_text(p_value: float) -> str:
    """A p-value as it is read: no more digits than it has."""
    if math.isnan(p_value):
        return "–"
    return "< .001" if p_value < 0.001 else f"{p_value:.3f}".removeprefix("0")
